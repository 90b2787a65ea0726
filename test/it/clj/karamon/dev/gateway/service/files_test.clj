(ns karamon.dev.gateway.service.files-test
  (:require
   [clojure.java.io :as io]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway.service :as service])
  (:import
   (java.nio.file Files)
   (java.nio.file.attribute FileAttribute)))

(set! *warn-on-reflection* true)

(defn- parsed
  "Returns what `events`, lines from line 5 on, give for the function f of service s."
  [events]
  (service/parse (str "service: s\nfunctions:\n  f:\n    clj: a.b/c\n    events:\n" events) "serverless.yml"))

(defn- places-aside [events]
  (map #(dissoc % :file :line) events))

(defn- routes [events]
  (-> (parsed events) :functions first :routes places-aside))

(defn- project
  "Returns a new folder with `files`, names to texts."
  [files]
  (let [folder (.toFile (Files/createTempDirectory "service" (make-array FileAttribute 0)))]
    (doseq [[name text] files]
      (spit (io/file folder name) text))
    folder))

(defn- load-project
  "Returns the service that `files` declare."
  ([files] (load-project files {}))
  ([files opts] (service/load-service (str (io/file (project files) "serverless.yml")) opts)))

(defn- all-routes [{:keys [functions]}]
  (for [{:keys [name routes]} functions, {:keys [method path]} routes]
    [name method path]))

(deftest functions-may-be-in-other-files
  (let [fns "caps: {clj: shop.core/caps, events: [{http: GET /caps}]}"]
    (are [functions files] (= [["caps" :get "/caps"]] (all-routes (load-project (assoc files "serverless.yml" (str "functions: " functions)))))
      "${file(fns.yml)}"                             {"fns.yml" fns}
      "${file(fns.json)}"                            {"fns.json" "{\"caps\": {\"clj\": \"shop.core/caps\", \"events\": [{\"http\": \"GET /caps\"}]}}"}
      "{caps: '${file(fns.yml):caps}'}"              {"fns.yml" fns}
      "['${file(fns.yml)}']"                         {"fns.yml" fns}
      "['${file(all.yml):shop.fns}', '${file(no.yml), null}']" {"all.yml" (str "shop: {fns: {" fns "}}")}
      "['${file(list.yml)}']"                        {"list.yml" (str "- " fns)}
      "${self:custom.fns}\ncustom: {fns: {'caps': {'clj': shop.core/caps, events: '${file(ev.yml)}'}}}" {"ev.yml" "- http: GET /caps"}))
  (testing "several in order, and what is in two is merged"
    (is (= [["a" :get "/a"] ["b" :get "/b"] ["c" :get "/c"]]
           (all-routes (load-project {"serverless.yml" "functions:\n  - ${file(one.yml)}\n  - ${file(two.yml):more}\n"
                                      "one.yml" "a: {clj: x/a, events: [{http: GET /a}]}\nb: {clj: x/b, events: [{http: GET /no}]}"
                                      "two.yml" "more: {b: {events: [{http: GET /b}]}, c: {clj: x/c, events: [{http: GET /c}]}}"})))))
  (testing "with the file and line in errors"
    (is (thrown-with-msg? Exception #"^fns.yml:2: no method \"GTE\""
          (load-project {"serverless.yml" "functions: ${file(fns.yml)}"
                         "fns.yml" "caps: {clj: a/b, events: [\n  {http: GTE /caps}]}"}))))
  (testing "that only Node can read"
    (let [{:keys [functions warnings]} (load-project {"serverless.yml" "functions: ${file(fns.js)}", "fns.js" ""})]
      (is (= [] functions))
      (is (= 1 (count warnings)))
      (is (re-find #"serverless.yml:1: .*fns.js computes it; npx serverless karamon dev resolves it" (first warnings))))))

(deftest variables-may-be-anywhere-in-events
  (are [events custom] (= [{:source :rest :method :get :path "/v2/caps"}]
                          (map #(select-keys % [:source :method :path])
                               (:routes (first (:functions (service/parse (str "custom: " custom "\nfunctions:\n  caps:\n    clj: a/b\n    events:" events)
                                                                          "serverless.yml"))))))
    "\n      - http: {path: '${self:custom.base}/caps', method: get}" "{base: v2}"
    "\n      - http: GET /${self:custom.base}/caps"                   "{base: v2}"
    "\n      - http: {path: v2/caps, method: '${self:custom.verb}'}"  "{verb: get}"
    "\n      - ${self:custom.event}"                                  "{event: {http: {path: v2/caps, method: get}}}"
    "\n      - http: ${self:custom.event}"                            "{event: GET /v2/caps}"
    " ${self:custom.events}"                                          "{events: [{http: GET /v2/caps}]}"
    "\n      - http: GET /${env:NOT_THERE, 'v2'}/caps"                "{}"
    "\n      - http: GET /${self:custom.${sls:stage}.base}/caps"      "{dev: {base: v2}}"))

(deftest the-stage-and-parameters-of-the-command-count
  (let [text "functions: {f: {clj: a/b, environment: {S: '${sls:stage}', P: '${param:p}'}}}\nparams: {default: {p: 1}, prod: {p: 2}}"]
    (are [opts environment stage] (= [environment stage] ((juxt #(:environment (first (:functions %))) :stage) (service/parse text "s.yml" opts)))
      {}                                   {"S" "dev", "P" "1"}     "dev"
      {:stage "prod"}                      {"S" "prod", "P" "2"}    "prod"
      {:stage "prod", :params {"p" "cli"}} {"S" "prod", "P" "cli"}  "prod")))

(deftest conditions-of-a-load-balancer-are-read
  (is (= [{:priority 7, :conditions {:host ["a.example.com"], :header [{:name "x-kind" :values ["a" "b"]}], :query [["k" "1"]]
                                     :ip ["10.0.0.0/8"]}}]
         (map #(select-keys % [:priority :conditions])
              (routes (str "      - alb: {priority: 7, conditions: {path: /a, host: a.example.com, header: {name: X-Kind, values: [a, b]}, "
                           "query: {k: 1}, ip: [10.0.0.0/8]}}")))))
  (is (= [{:path "/img/*/big" :catch-all false} {:path "/docs/v?/x" :catch-all false} {:path "/y/{proxy+}" :catch-all false}]
         (map #(select-keys % [:path :catch-all]) (routes "      - alb: {conditions: {path: [/img/*/big, /docs/v?/x, /y/*]}}"))))
  (are [conditions message] (= (str "serverless.yml:6: " message)
                               (try (routes (str "      - alb: {conditions: " conditions "}")) (catch Exception e (ex-message e))))
    "{header: {name: X}}" "expected a header condition, such as {name: X-Kind, values: [a]}, found {\"name\" \"X\"}"
    "{query: big}"        "expected a query condition, such as {kind: a}, found \"big\""
    "{}"                  "expected conditions, such as {path: /hello}, found {\"conditions\" {}}"))

(deftest what-is-not-imitated-is-one-warning-with-its-place
  (are [event warnings] (= warnings (:warnings (parsed (str "      - " event "\n"))))
    "http: {path: a, method: get, integration: lambda-proxy, async: false}" []
    "http: {path: a, method: get, integration: lambda}"
    ["serverless.yml:6: integration \"lambda\" isn't imitated: the function gets the event of a proxy integration, and its reply is the response"]
    "http: {path: a, method: get, integration: mock}"
    ["serverless.yml:6: integration \"mock\" isn't imitated: the function is called"]
    "http: {path: a, method: get, async: true}"
    ["serverless.yml:6: async true isn't imitated: the client waits for the function"]
    "httpApi: GET /a\nprovider:\n  httpApi:\n    payload: '1.0'" []
    "http: GET /a\n        cors: true"
    ["serverless.yml:7: cors beside http has no effect: indent it to be below http."]))

(deftest settings-beside-their-event-are-an-error-that-says-how-to-indent
  (is (thrown-with-msg? Exception
        #"^serverless.yml:6: http has no value: indent path and method by two more spaces, to be below http$"
        (parsed "      - http:\n        path: caps\n        method: get\n"))))

(deftest a-second-function-at-a-route-is-one-warning
  (let [text (str "functions:\n"
                  "  a: {clj: x/a, events: [{http: GET /same}, {httpApi: GET /same}, {http: GET /other}]}\n"
                  "  b: {clj: x/b, events: [{http: {path: same/, method: get}}]}\n"
                  "  c: {clj: x/c, events: [{httpApi: GET /same}]}\n")]
    (is (= [(str "serverless.yml:3: GET /same of b is that of a at serverless.yml:2, which answers here; the last one answers when "
                 "deployed")
            "serverless.yml:4: GET /same of c is that of a at serverless.yml:2, which answers here; Serverless refuses to deploy it"]
           (:warnings (service/parse text "serverless.yml"))))))

(deftest a-url-may-be-a-variable
  (are [url expected] (= expected (:url (first (:functions (service/parse (str "functions: {f: {clj: a/b, url: " url "}}") "s.yml")))))
    "'${param:open, false}'"           false
    "'${param:open, true}'"            true
    "'${strToBool(${env:NO, ''0''})}'" false
    "'${ssm:/open}'"                   false
    "{cors: true}"                     {"cors" true}))

(deftest an-event-that-is-not-known-is-left-out-with-one-warning
  (let [{:keys [functions warnings]} (parsed "      - http: ${ssm:/event}\n      - ${ssm:/all}\n      - http: {path: a, method: '${ssm:/verb}'}\n      - http: GET /b\n")]
    (is (= ["/b"] (map :path (:routes (first functions)))))
    (is (= [6 7 8] (map #(parse-long (second (re-find #":(\d+):" %))) warnings)))))

(deftest yaml-and-json-are-read-in-place-of-a-missing-yml
  (are [name text] (= ["f"] (map :name (:functions (load-project {name text}))))
    "serverless.yaml" "functions: {f: {clj: a/b}}"
    "serverless.json" "{\"functions\": {\"f\": {\"clj\": \"a/b\"}}}")
  (is (thrown-with-msg? Exception #"serverless.ts is a program, which only Serverless can run: npx serverless karamon dev serves it"
        (load-project {"serverless.ts" "export default {}"}))))

(deftest handlers-in-included-files-are-found
  (let [folder (project {"serverless.yml" "functions: ['${file(fns.yml)}', {g: {clj: x/g}, h: {handler: h.js}, i: {clj: '${ssm:/h}'}}]"
                         "fns.yml" "f: {clj: x/f, events: [{http: GTE /bad}]}"})]
    (is (= ["x/f" "x/g"] (service/handlers (str (io/file folder "serverless.yml")))))
    (is (nil? (service/handlers (str (io/file folder "other.yml")))))))

(deftest a-missing-file-is-reported
  (is (thrown-with-msg? Exception #"No nowhere.yml here" (service/load-service "nowhere.yml"))))

(deftest the-files-that-were-read-or-looked-for-are-named
  (let [folder (project {"serverless.yml" "functions: ['${file(fns.yml)}', '${file(no.yml), null}']\nresources: ${file(res.yml)}"
                         "fns.yml" "f: {clj: x/f}"})]
    (is (= (set (map #(str (io/file folder %)) ["serverless.yml" "fns.yml" "no.yml"]))
           (set (:files (service/load-service (str (io/file folder "serverless.yml")))))))))
