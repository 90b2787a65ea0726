(ns karamon.dev.gateway.service-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway.service :as service]))

(set! *warn-on-reflection* true)

(defn- routes [events]
  (-> (str "functions:\n  f:\n    clj: a.b/c\n    events:\n" events)
      (service/parse "serverless.yml")
      :functions first :routes))

(deftest each-way-to-write-an-event-gives-a-route
  (are [yaml route] (= [route] (routes yaml))
    "      - http: POST /echo"                          {:source :rest :method :post :path "/echo"}
    "      - http: any users/{id}"                      {:source :rest :method :any :path "/users/{id}"}
    "      - http: {path: echo, method: get}"           {:source :rest :method :get :path "/echo"}
    "      - http:\n          path: /a/{p+}\n          method: ANY" {:source :rest :method :any :path "/a/{p+}"}
    "      - httpApi: 'GET /hello'"                     {:source :http :method :get :path "/hello"}
    "      - httpApi: '*'"                              {:source :http :method :any :path "/{proxy+}" :catch-all true}
    "      - httpApi:\n          method: '*'\n          path: /x" {:source :http :method :any :path "/x"}
    "      - alb: {conditions: {path: /x, method: GET}, multiValueHeaders: true}"
    {:source :alb :method :get :path "/x" :catch-all false :multi-value true}))

(deftest an-alb-path-of-a-star-matches-all-paths
  (are [path] (= [["/{proxy+}" true]] (map (juxt :path :catch-all) (routes (str "      - alb: {conditions: {path: '" path "'}}"))))
    "*"
    "/*")
  (is (= [:get :post] (map :method (routes "      - alb: {conditions: {path: /x, method: [GET, POST]}}")))))

(deftest events-that-are-not-http-are-left-out
  (is (= [] (routes "      - schedule: rate(1 hour)\n      - sqs: arn:x\n      - eventBridge"))))

(deftest the-other-settings-of-a-function-are-read-with-their-defaults
  (let [yaml (str "service: s\nprovider: {name: aws, timeout: 5}\n"
                  "functions:\n  - one:\n      clj: a.b/c\n      url: true\n      memorySize: 512\n"
                  "  - two: {handler: index.js}\n  - three: {clj: a.b/d, timeout: 7, role: !GetAtt R.Arn}\n")]
    (is (= {:service "s"
            :functions [{:name "one" :handler "a.b/c" :timeout-ms 5000 :memory-mb 512 :url true :routes []}
                        {:name "three" :handler "a.b/d" :timeout-ms 7000 :memory-mb 1769 :url false :routes []}]
            :warnings []}
           (service/parse yaml "serverless.yml")))))

(deftest errors-have-their-line
  (are [yaml message] (str/includes? (try (service/parse yaml "serverless.yml") (catch Exception e (ex-message e))) message)
    "functions:\n  f:\n    clj: nonsense\n"  "serverless.yml:3: the function f has clj: \"nonsense\", expected namespace/name"
    "functions:\n  f:\n    clj: a/b\n    events:\n      - http: /x\n" "serverless.yml:5: expected a method and a path, such as GET /hello, found \"/x\""
    "service: x\n"                           "expected functions:"
    ""                                       "expected functions:"
    "functions: {f: [}"                      "serverless.yml isn't YAML"
    "a: &a\n  b: *a\nfunctions: {}\n"         "serverless.yml isn't YAML: in line 1 a value contains an alias of itself"
    "functions:\n  f: {clj: a/b}\n  f: {clj: a/c}\n" "in line 3 the key f occurs a second time"
    "functions:\n  - f: {clj: a/b}\n  - f: {clj: a/c}\n" "serverless.yml:3: a second function f"
    "functions:\n  f: a/b\n"                 "serverless.yml:2: the function f is \"a/b\", expected a map"
    "functions:\n  f:\n    url: true\n    cjl: a/b\n" "serverless.yml:4: the function f has cjl. Did you mean clj?"))

(deftest errors-in-a-function-have-their-line
  (are [yaml message] (= (str "serverless.yml:" message)
                         (try (service/parse (str "functions:\n  f:\n    clj: a/b\n    " yaml) "serverless.yml")
                              (catch Exception e (ex-message e))))
    "timeout: soon"                      "4: timeout must be a whole number, found \"soon\""
    "memorySize: 12.5"                   "4: memorySize must be a whole number, found \"12.5\""
    "timeout: [1]"                       "4: timeout must be a whole number, found [1]"
    "timeout: -1"                        "4: timeout must be a whole number, found -1"
    "events: {http: GET /hello}"         "4: events of f must be a list, each such as - http: GET /hello"
    "events:\n      - htpApi: GET /hello" "5: unknown event htpApi. Did you mean httpApi?"
    "events: [[]]"                       "4: expected an event, such as http: GET /hello, found []"
    "events: [{}]"                       "4: expected an event, such as http: GET /hello, found {}"
    "events:\n      - http: GET /a b"     "5: expected a method and a path, such as GET /hello, found \"GET /a b\""
    "events:\n      - alb: GET /a"        "5: expected conditions, such as {path: /hello}, found \"GET /a\""
    "events:\n      - http: GTE /hello"
    "5: no method \"GTE\": there is *, any, delete, get, head, options, patch, post, put. Did you mean get?"
    "events:\n      - http: {path: /a, method: [get, post]}"
    "5: no method [\"get\" \"post\"]: there is *, any, delete, get, head, options, patch, post, put."))

(deftest numbers-may-be-strings-and-each-variable-is-one-warning
  (let [yaml (str "provider: {memorySize: '512'}\nfunctions:\n  f:\n    clj: a/b\n    timeout: ${param:t}\n"
                  "  g: {clj: a/b, timeout: '7'}\n  h: {url: true}\n  i: ${file(i.yml)}\n  j: {handler: index.js}\n")
        {:keys [functions warnings]} (service/parse yaml "serverless.yml")]
    (is (= [[29000 512] [7000 512]] (map (juxt :timeout-ms :memory-mb) functions)))
    (is (= ["serverless.yml:5: timeout of f is ${param:t}, which only Serverless can resolve: the default is used"
            "serverless.yml:7: the function h has no clj: namespace/name, and no handler or image: left out"
            "serverless.yml:8: the function i is a variable, which only Serverless can resolve: left out"]
           warnings))))

(deftest a-missing-file-is-reported
  (is (thrown-with-msg? Exception #"No nowhere.yml here" (service/load-service "nowhere.yml"))))

(deftest the-example-declares-the-functions-of-the-docs
  (let [{:keys [functions]} (service/load-service "serverless.yml")]
    (is (= ["example.core/echo" "example.core/hello" "example.core/greet" "example.events/settle" "example.events/tick"
            "example.objects/kind" "example.objects/kinds"]
           (map :handler functions)))
    (testing "each by REST and HTTP API, two by URL"
      (is (every? #(= #{:rest :http} (set (map :source (:routes %)))) (take 3 functions)))
      (is (= [true true false false false false false] (map :url functions))))))
