(ns karamon.dev.gateway.service-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway.service :as service]))

(set! *warn-on-reflection* true)

(defn- parsed
  "Returns what `events`, lines from line 5 on, give for the function f of service s."
  [events]
  (service/parse (str "service: s\nfunctions:\n  f:\n    clj: a.b/c\n    events:\n" events) "serverless.yml"))

(defn- places-aside [events]
  (map #(dissoc % :file :line) events))

(defn- routes [events]
  (-> (parsed events) :functions first :routes places-aside))

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
    {:source :alb :method :get :path "/x" :pattern "/x" :catch-all false :multi-value true}))

(deftest an-alb-path-of-a-star-matches-all-paths
  (are [path] (= [["/{proxy+}" true]] (map (juxt :path :catch-all) (routes (str "      - alb: {conditions: {path: '" path "'}}"))))
    "*"
    "/*")
  (is (= [:get :post] (map :method (routes "      - alb: {conditions: {path: /x, method: [GET, POST]}}")))))

(deftest other-events-are-listed-with-their-place
  (let [{:keys [routes websocket others]} (-> (parsed (str "      - schedule: rate(1 hour)\n      - sqs: {arn: arn:x, batchSize: 5}\n      - eventBridge\n"
                                                           "      - websocket: $connect\n      - websocket: {route: hi, authorizer: guard}\n"
                                                           "      - websocket: {route: ask, routeResponseSelectionExpression: $default}\n"))
                                              :functions first)]
    (is (= [] routes))
    (is (= [{:kind "schedule" :detail "rate(1 hour)" :file "serverless.yml" :line 6}
            {:kind "sqs" :detail {"arn" "arn:x", "batchSize" 5} :file "serverless.yml" :line 7}
            {:kind "eventBridge" :detail nil :file "serverless.yml" :line 8}]
           others))
    (is (= [{:route "$connect" :file "serverless.yml" :line 9} {:route "hi" :authorizer "guard" :file "serverless.yml" :line 10}
            {:route "ask" :response true :file "serverless.yml" :line 11}]
           websocket))))

(deftest the-settings-of-routes-are-as-declared
  (are [yaml settings] (= [settings] (map #(dissoc % :source :method :path :file :line) (:routes (first (:functions (parsed yaml))))))
    "      - http: {path: a, method: get, cors: true, private: true}"                {:cors true :private true}
    "      - http: {path: a, method: get, cors: false, private: false}"              {}
    "      - http: {path: a, method: get, authorizer: {name: g, type: token}}"       {:authorizer {"name" "g", "type" "token"}}
    "      - http: {path: a, method: get, integration: lambda, request: {schemas: {x: {}}}}"
    {:integration "lambda" :request {"schemas" {"x" {}}}}
    "      - httpApi: GET /a\nprovider: {httpApi: {payload: 1.0}}"                     {:payload-1 true}
    "      - httpApi: GET /a\nprovider: {httpApi: {payload: '2.0'}}"                   {}
    "      - httpApi: GET /a\n    httpApi: {payload: '1.0'}"                           {:payload-1 true}
    "      - httpApi: GET /a\n    httpApi: {payload: '2.0'}\nprovider: {httpApi: {payload: '1.0'}}" {}
    "      - httpApi: {path: /a, method: get, authorizer: {name: g}}\nprovider: {httpApi: {cors: {maxAge: 1}}}"
    {:authorizer {"name" "g"} :cors {"maxAge" 1}}))

(deftest the-settings-of-the-provider-are-as-declared
  (is (= {:stage       "prod"
          :http-api    {"payload" "1.0"}
          :api-gateway {"apiKeys" ["a"]}
          :websocket   {"websocketsApiName" "w"}}
         (-> (service/parse (str "service: s\nprovider: {stage: prod, httpApi: {payload: '1.0'}, apiGateway: {apiKeys: [a]}, "
                                 "websocketsApiName: w}\nfunctions: {}")
                            "serverless.yml")
             (select-keys [:stage :http-api :api-gateway :websocket])))))

(deftest environments-are-strings-and-those-of-functions-take-precedence
  (let [{:keys [functions warnings]}
        (service/parse (str "provider:\n  environment: {COLOR: red, SIZE: 5, NONE: null, ON: true}\n"
                            "functions:\n  f:\n    clj: a/b\n    environment: {COLOR: blue, TABLE: !Ref T, RATE: 0.5}\n  g: {clj: a/c}\n")
                       "serverless.yml")]
    (is (= [{"COLOR" "blue", "SIZE" "5", "ON" "true", "RATE" "0.5"} {"COLOR" "red", "SIZE" "5", "ON" "true"}]
           (map :environment functions)))
    (is (= ["serverless.yml:6: environment of f: only CloudFormation knows TABLE, left out"] warnings))))

(deftest functions-and-events-keep-their-order-however-many-there-are
  (let [names (map #(str "f" %) (range 30))]
    (is (= names (map :name (:functions (service/parse (str "functions:\n" (str/join (map #(str "  " % ": {clj: a/b}\n") names)))
                                                       "serverless.yml")))))))

(deftest a-number-that-only-cloudformation-knows-is-the-default-with-a-warning
  (let [{:keys [functions warnings]} (service/parse "functions:\n  f:\n    clj: a/b\n    memorySize: !If [big, 2048, 512]\n" "serverless.yml")]
    (is (= [1769] (map :memory-mb functions)))
    (is (= ["serverless.yml:4: memorySize of f is {\"Fn::If\" [\"big\" 2048 512]}, which only CloudFormation knows: the default is used"]
           warnings))))

(deftest a-rest-path-loses-one-slash-at-its-end
  (are [path expected] (= [expected] (map :path (routes (str "      - http: {path: " path ", method: get}"))))
    "cups/"    "/cups"
    "/cups/"   "/cups"
    "/"        "/"
    "a//"      "/a/")
  (is (= ["/cups/"] (map :path (routes "      - httpApi: GET /cups/")))))

(deftest an-unknown-event-is-a-warning-that-names-the-nearest
  (are [event warning] (= [(str "serverless.yml:6: unknown event " warning)] (:warnings (parsed (str "      - " event))))
    "shedule: rate(1 minute)"       "shedule: left out. Did you mean schedule?"
    "schedul: rate(1 minute)"       "schedul: left out. Did you mean schedule?"
    "webSocket: {route: $connect}"  "webSocket: left out. Did you mean websocket?"
    "htpApi: GET /hello"            "htpApi: left out. Did you mean httpApi?"
    "documentDb: {}"                "documentDb: left out."))

(deftest the-other-settings-of-a-function-are-read-with-their-defaults
  (let [yaml (str "service: s\nprovider: {name: aws, timeout: 5}\n"
                  "functions:\n  - one:\n      clj: a.b/c\n      url: true\n      memorySize: 512\n"
                  "  - two: {handler: index.js}\n  - three: {clj: a.b/d, timeout: 7, role: !GetAtt R.Arn}\n")]
    (is (= {:service "s"
            :functions [{:name "one" :handler "a.b/c" :timeout-ms 5000 :memory-mb 512 :url true
                         :environment {} :routes [] :websocket [] :others []}
                        {:name "three" :handler "a.b/d" :timeout-ms 7000 :memory-mb 1769 :url false
                         :environment {} :routes [] :websocket [] :others []}]
            :stage "dev"
            :http-api nil
            :api-gateway nil
            :websocket {}
            :files ["serverless.yml"]
            :warnings []}
           (service/parse yaml "serverless.yml")))))

(deftest errors-have-their-line
  (are [yaml message] (str/includes? (try (service/parse yaml "serverless.yml") (catch Exception e (ex-message e))) message)
    "functions:\n  f:\n    clj: nonsense\n"  "serverless.yml:3: the function f has clj: \"nonsense\", expected namespace/name"
    "functions:\n  f:\n    clj: a/b\n    events:\n      - http: /x\n" "serverless.yml:5: expected a method and a path, such as GET /hello, found \"/x\""
    "service: x\n"                           "expected functions:"
    ""                                       "expected functions:"
    "provider: aws\nfunctions: 5"            "expected functions:"
    "functions: {f: [}"                      "serverless.yml isn't YAML"
    "a: &a\n  b: *a\nfunctions: {}\n"         "serverless.yml isn't YAML: in line 1 a value contains an alias of itself"
    "functions:\n  f: {clj: a/b}\n  f: {clj: a/c}\n" "in line 3 the key f occurs a second time"
    "functions:\n  f: a/b\n"                 "serverless.yml:2: the function f is \"a/b\", expected a map"
    "functions:\n  f:\n    url: true\n    cjl: a/b\n" "serverless.yml:4: the function f has cjl. Did you mean clj?"))

(deftest errors-in-a-function-have-their-line
  (are [yaml message] (= (str "serverless.yml:" message)
                         (try (service/parse (str "functions:\n  f:\n    clj: a/b\n    " yaml) "serverless.yml")
                              (catch Exception e (ex-message e))))
    "timeout: soon"                      "4: timeout must be a whole number, found \"soon\""
    "memorySize: 12.5"                   "4: memorySize must be a whole number, found 12.5"
    "timeout: [1]"                       "4: timeout must be a whole number, found [1]"
    "timeout: -1"                        "4: timeout must be a whole number, found -1"
    "events: {http: GET /hello}"         "4: events of f must be a list, each such as - http: GET /hello"
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
    (is (= ["serverless.yml:8: ${file(i.yml)} in functions.i isn't known: there is no file i.yml"
            "serverless.yml:5: ${param:t} in functions.f.timeout isn't known: there is no parameter t in params, and no --param t=…"
            "serverless.yml:7: the function h has no clj: namespace/name, and no handler or image: left out"]
           warnings))))

(deftest the-example-declares-the-functions-of-the-docs
  (let [{:keys [functions]} (service/load-service "serverless.yml")]
    (is (= ["example.core/echo" "example.core/hello" "example.core/greet" "example.events/settle" "example.events/tick"
            "example.objects/kind" "example.objects/kinds" "example.prices/price"]
           (map :handler functions)))
    (testing "each by REST and HTTP API, two by URL"
      (is (every? #(= #{:rest :http} (set (map :source (:routes %)))) (take 3 functions)))
      (is (= [true true false false false false false false] (map :url functions))))))

(deftest names-of-cloudformation-are-no-variables
  (is (= ["/${AWS::Region}/a"] (map :path (routes "      - http: GET /${AWS::Region}/a")))))

(deftest a-service-of-resources-has-no-functions
  (is (= [[] []] ((juxt :functions :warnings) (service/parse "provider: {name: aws}\nresources: {}" "serverless.yml")))))
