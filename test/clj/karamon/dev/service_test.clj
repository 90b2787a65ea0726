(ns karamon.dev.service-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.service :as service]))

(set! *warn-on-reflection* true)

(defn- routes [events]
  (-> (str "functions:\n  f:\n    clj: a.b/c\n    events:\n" events)
      (service/parse "serverless.yml")
      :functions first :routes))

(deftest each-way-to-write-an-event-is-a-route
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

(deftest events-that-are-not-http-are-left-out
  (is (= [] (routes "      - schedule: rate(1 hour)\n      - sqs: arn:x\n      - eventBridge"))))

(deftest the-rest-of-a-function-is-read-with-serverless-defaults
  (let [yaml (str "service: s\nprovider: {name: aws, timeout: 5}\n"
                  "functions:\n  - one:\n      clj: a.b/c\n      url: true\n      memorySize: 512\n"
                  "  - two: {handler: index.js}\n  - three: {clj: a.b/d, timeout: 7, role: !GetAtt R.Arn}\n")]
    (is (= {:service "s"
            :functions [{:name "one" :handler "a.b/c" :timeout-ms 5000 :memory-mb 512 :url true :routes []}
                        {:name "three" :handler "a.b/d" :timeout-ms 7000 :memory-mb 1769 :url false :routes []}]}
           (service/parse yaml "serverless.yml")))))

(deftest what-is-wrong-is-told-with-its-line
  (are [yaml message] (str/includes? (try (service/parse yaml "serverless.yml") (catch Exception e (ex-message e))) message)
    "functions:\n  f:\n    clj: nonsense\n"  "serverless.yml:3: the function f has clj: \"nonsense\", expected namespace/name"
    "functions:\n  f:\n    clj: a/b\n    events:\n      - http: /x\n" "serverless.yml:5: expected a method and a path, such as GET /hello, found \"/x\""
    "service: x\n"                           "expected functions:"
    ""                                       "expected functions:"
    "functions: {f: [}"                      "serverless.yml isn't YAML"))

(deftest a-missing-file-is-told
  (is (thrown-with-msg? Exception #"No nowhere.yml here" (service/load-service "nowhere.yml"))))

(deftest the-example-declares-what-the-readme-tours
  (let [{:keys [functions]} (service/load-service "serverless.yml")]
    (is (= ["example.core/echo" "example.core/hello" "example.core/greet"] (map :handler functions)))
    (testing "each by REST and HTTP API, two by URL"
      (is (every? #(= #{:rest :http} (set (map :source (:routes %)))) functions))
      (is (= [true true false] (map :url functions))))))
