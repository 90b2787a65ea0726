(ns karamon.dev.gateway.server-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing use-fixtures]]
   [karamon.dev.gateway.server :as server]
   [karamon.dev.gateway.service :as service]
   [karamon.gateway :refer [defgateway]]
   [karamon.local :as local]
   [karamon.test.client :as client]
   [karamon.test.temp :as temp])
  (:import
   (java.util.concurrent Callable Executors Future)
   (karamon.json JsonWriter)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(def ^:private example (service/load-service "serverless.yml"))

(def ^:dynamic ^:private *port* nil)

(def ^:private logged (atom []))

(use-fixtures :once
  (fn [tests]
    (with-open [gateway (server/start {:service example, :folders [], :port 0, :log #(swap! logged conj %)})]
      (binding [*port* (:port gateway)]
        (tests)))))

(defn- request [options]
  (client/request (merge {:port *port*} options)))

(def ^:private each-host
  {"127.0.0.1" "/echo", "rest.localhost" "/echo", "http-api.localhost" "/echo", "echo.lambda-url.localhost" "/"})

(deftest the-example-answers-through-each-imitated-source
  (doseq [[host path] each-host]
    (testing host
      (is (= [200 "{\"hello\":\"world\"}" "application/json"]
             ((juxt :status :body #(get-in % [:headers "content-type"]))
              (request {:host host, :method "POST", :path path, :body "{\"hello\":\"world\"}"
                        :headers {"content-type" "application/json"}}))))))
  (doseq [host ["127.0.0.1" "rest.localhost" "http-api.localhost" "hello.lambda-url.localhost"]]
    (are [path body] (= body (:body (request {:host host, :path path})))
      "/hello"                            "{\"hello\":\"world\"}"
      "/hello?name=hoge"                  "{\"hello\":\"hoge\"}"
      "/hello?name=%E5%A4%AA%E9%83%8E+%2B" "{\"hello\":\"太郎 +\"}"))
  (doseq [host ["127.0.0.1" "rest.localhost" "http-api.localhost"]]
    (are [path body] (= body (:body (request {:host host, :path path})))
      "/hello/%E5%A4%AA%E9%83%8E" "{\"hello\":\"太郎\"}"
      "/hello/a%20b"              "{\"hello\":\"a b\"}")))

(deftest any-source-can-be-imitated-for-every-route
  (doseq [source [:rest :http :http-1.0 :function-url :alb :lattice]]
    (with-open [gateway (server/start {:service example, :folders [], :port 0, :imitate source})]
      (are [options body] (= body (:body (client/request (assoc options :port (:port gateway)))))
        {:path "/hello?name=hoge"}                                                    "{\"hello\":\"hoge\"}"
        {:path "/hello"}                                                              "{\"hello\":\"world\"}"
        {:path "/echo" :method "POST" :body "x=1" :headers {"content-type" "text/plain"}} "x=1"))))

(deftest bytes-pass-through-unchanged
  (let [bs (byte-array (map unchecked-byte (range 256)))]
    (doseq [[host path] each-host]
      (is (= (seq bs) (seq (:bytes (request {:host host, :method "POST", :path path, :body bs
                                             :headers {"content-type" "application/octet-stream"}}))))
          host))))

(deftest a-request-that-is-too-large-gets-a-413
  (let [{:keys [status body]} (request {:method "POST", :path "/echo", :body (byte-array 7000000)})]
    (is (= 413 status))
    (is (str/includes? body "6291456"))))

(deftest a-request-without-a-route-is-answered-as-the-service-would
  (are [host status message] (let [response (request {:host host, :path "/nowhere"})]
                               (and (= status (:status response)) (str/includes? (:body response) message)))
    "127.0.0.1"          404 "No route for GET /nowhere"
    "rest.localhost"     403 "Missing Authentication Token"
    "http-api.localhost" 404 "Not Found"))

(deftest a-stage-is-in-front-of-the-path-if-asked-for
  (with-open [gateway (server/start {:service example, :folders [], :port 0, :stage "dev"})]
    (are [path status] (= status (:status (client/request {:port (:port gateway), :path path})))
      "/dev/hello" 200
      "/hello"     404
      "/devhello"  404)
    (testing "function URLs have none"
      (are [path status] (= status (:status (client/request {:port (:port gateway), :path path, :host "hello.lambda-url.localhost"})))
        "/hello" 200
        "/"      200))))

(defgateway host-and-function [{:keys [host]} ctx]
  {:body (str (:function-name ctx) " " (str/replace host #":\d+$" ""))})

(defgateway path-and-parameter [{:keys [path path-parameters context source]} _]
  {:body (str path " " (:file path-parameters) " " (:version context source)), :cookies ["a=1" "b=2"]})

(deftest an-http-api-decodes-the-path-in-both-payload-formats
  (let [handler (str (ns-name (the-ns 'karamon.dev.gateway.server-test)) "/path-and-parameter")
        text    (str "provider: {httpApi: {payload: '1.0'}}\n"
                     "functions:\n"
                     "  a: {clj: " handler ", events: [{httpApi: 'GET /files/{file}'}]}\n"
                     "  b: {clj: " handler ", httpApi: {payload: '2.0'}, events: [{httpApi: 'GET /new/{file}'}]}\n")]
    (doseq [stage [nil "dev"]]
      (with-open [gateway (server/start {:service (service/parse text "serverless.yml"), :folders [], :port 0, :stage stage})]
        (are [path expected] (= expected ((juxt :status :body) (client/request {:port (:port gateway), :path (str (some->> stage (str "/")) path)})))
          "/files/a%20b"       [200 "/files/a%20b a b :http-1.0"]
          "/files/%252e%252e"  [200 "/files/%252e%252e %2e%2e :http-1.0"]
          "/files/50%2525"     [200 "/files/50%2525 50%25 :http-1.0"]
          "/new/%252e%252e"    [200 "/new/%252e%252e %2e%2e :http"])))))

(deftest a-load-balancer-answers-the-hosts-of-its-conditions
  (let [handler (str (ns-name (the-ns 'karamon.dev.gateway.server-test)) "/host-and-function")
        text    (str "functions:\n"
                     "  a: {clj: " handler ", events: [{alb: {priority: 1, conditions: {host: a.example.com, path: /all}}}]}\n"
                     "  b: {clj: " handler ", events: [{alb: {priority: 2, conditions: {host: b.example.com, path: /all}}}]}\n"
                     "  c: {clj: " handler ", events: [{alb: {priority: 3, conditions: {path: /img/*/big}}}]}\n")]
    (with-open [gateway (server/start {:service (service/parse text "serverless.yml"), :folders [], :port 0})]
      (are [host path expected] (= expected ((juxt :status :body) (client/request {:port (:port gateway), :host host, :path path})))
        "127.0.0.1"                   "/all"       [200 "a 127.0.0.1"]
        "a.example.com"               "/all"       [200 "a a.example.com"]
        "b.example.com"               "/all"       [200 "b b.example.com"]
        "b.example.com.alb.localhost" "/all"       [200 "b b.example.com"]
        "alb.localhost"               "/img/1/big" [200 "c alb.localhost"])
      (testing "and no other"
        (is (= 421 (:status (client/request {:port (:port gateway), :host "c.example.com", :path "/all"})))))
      (testing "nor its own pages"
        (is (= 421 (:status (client/request {:port (:port gateway), :host "b.example.com", :path "/_karamon/invoke/a", :method "POST"
                                             :body "{}", :headers {"content-type" "application/json"}}))))))))

(deftest a-taken-port-is-reported
  (is (thrown-with-msg? Exception #"Port \d+ on 127.0.0.1 is taken.*--port"
                        (server/start {:service example, :folders [], :port *port*}))))

(deftest an-address-of-another-machine-is-not-reported-as-taken
  (are [host] (thrown-with-msg? Exception #"^Can't listen on .*, port 0: " (server/start {:service example, :folders [], :port 0, :host host}))
    "no.such.host.invalid"
    "192.0.2.1"))

(defn boom [_ _]
  (throw (ex-info nil {:a 1} (IllegalStateException. "the cause"))))

(deftest an-exception-of-a-plain-function-is-logged-with-its-causes
  (let [logged  (atom [])
        service {:functions [{:name "f" :handler "karamon.dev.gateway.server-test/boom" :timeout-ms 1000 :memory-mb 128
                              :routes [{:source :rest :method :get :path "/f"}]}]}]
    (with-open [gateway (server/start {:service service, :folders [], :port 0, :log #(swap! logged conj %)})]
      (let [{:keys [status body]} (client/request {:port (:port gateway), :path "/f"})]
        (is (= 502 status))
        (is (str/starts-with? body "{\"message\":\"Internal server error\",\"errorType\":\"clojure.lang.ExceptionInfo\",\"errorMessage\":null")))
      (is (re-find #"(?s)^karamon.dev.gateway.server-test/boom threw \(request [-0-9a-f]{36}\)\nclojure.lang.ExceptionInfo\n  data: \{:a 1\}\ncaused by: java.lang.IllegalStateException: the cause\n  at "
                   (first @logged))))))

(def ^:private json {"content-type" "application/json"})

(defn- post [path body]
  ((juxt :status :body) (request {:method "POST", :path path, :body body, :headers json})))

(deftest any-event-can-be-posted-to-any-function-by-its-name
  (let [settled (.getBytes (JsonWriter/string (assoc-in (local/sample :sqs) ["Records" 1 "body"] "{\"orderId\":8}")))]
    (is (= [200 "{\"batchItemFailures\":[{\"itemIdentifier\":\"0a1b2c3d-0000-4000-8000-000000000002\"}]}"]
           (post "/_karamon/invoke/settle" settled))))
  (is (= [200 "{\"due\":\"2026-01-01T12:00:00Z\"}"] (post "/_karamon/invoke/tick" (JsonWriter/string (local/sample :schedule)))))
  (testing "an HTTP function gets its event too, and answers as its service reads it"
    (is (= [200 "{\"statusCode\":200,\"headers\":{\"content-type\":\"application/json\"},\"body\":\"{\\\"hello\\\":\\\"hoge\\\"}\",\"isBase64Encoded\":false}"]
           (post "/_karamon/invoke/hello" (JsonWriter/string (local/sample :rest))))))
  (testing "on every host"
    (is (= 200 (:status (request {:host "rest.localhost", :method "POST", :path "/_karamon/invoke/tick", :headers json
                                  :body (JsonWriter/string (local/sample :schedule))})))))
  (testing "an error has the form of Lambda's"
    (let [{:keys [status headers body]} (request {:method "POST", :path "/_karamon/invoke/tick", :headers json, :body "{\"a\":1}"})]
      (is (= [502 "Unhandled"] [status (headers "x-amz-function-error")]))
      (is (some #(re-find #"(?s)^example.events/tick threw \(request .*clojure.lang.ExceptionInfo: Expected an EventBridge event.*  at " %) @logged))
      (is (re-find #"^\{\"errorMessage\":\"Expected an EventBridge event.*\",\"errorType\":\"clojure.lang.ExceptionInfo\",\"stackTrace\":\[\"" body))))
  (testing "wrong calls are reported"
    (are [path body status text] (let [[found-status found] (post path body)]
                                   (and (= status found-status) (str/includes? found text)))
      "/_karamon/invoke/tik"  "{}" 404 "No function tik: there is echo, hello, greet, settle, tick, kind, kinds, price. Did you mean tick?"
      "/_karamon/invoke/tick" "{"  400 "The event isn't JSON"
      "/_karamon/invoke/"     "{}" 404 "No function : there is echo"
      "/_karamon/invoke/tick" nil  502 "Expected an EventBridge event")
    (is (= [405 "POST"] ((juxt :status #(get-in % [:headers "allow"])) (request {:path "/_karamon/invoke/tick"}))))
    (is (= 413 (first (post "/_karamon/invoke/tick" (byte-array 7000000)))))))

(deftest sixteen-connections-lose-no-request
  (let [threads (Executors/newFixedThreadPool 16)
        requests (Depth/times 500 10000)
        port    *port*]
    (try
      (let [one   (fn [n] (fn [] (let [name (str "n" n)
                                       response (client/request {:port port, :path (str "/hello?name=" name)})]
                                   (= [200 (str "{\"hello\":\"" name "\"}")] [(:status response) (:body response)]))))
            futures (mapv #(.submit threads ^Callable (one %)) (range requests))]
        (is (= {true requests} (frequencies (map #(.get ^Future %) futures)))))
      (finally (.shutdownNow threads)))))

(deftest a-ring-app-answers-and-reloads
  (temp/call-with-folder
    (fn [folder]
      (let [code    #(str "(ns live.ringed (:require [karamon.ring :as ring]))"
                          "(def app (ring/handler (fn [r] {:status 200 :headers {} :body (str " % " (:server-port r) (:uri r))})))")
            service {:functions [{:name "f" :handler "live.ringed/app" :timeout-ms 1000 :memory-mb 128
                                  :routes [{:source :rest :method :get :path "/f"}]}]}]
        (temp/save folder "live/ringed.clj" (code "1"))
        (with-open [gateway (server/start {:service service, :folders [folder], :port 0})]
          (let [get-f #(:body (client/request {:port (:port gateway), :path "/f"}))]
            (is (= (str "1" (:port gateway) "/f") (get-f)))
            (temp/save folder "live/ringed.clj" (code "2"))
            (is (= (str "2" (:port gateway) "/f") (get-f)))))))))

(deftest saved-code-is-live-and-broken-code-is-reported
  (temp/call-with-folder
    (fn [folder]
      (let [logged  (atom [])
            code    #(str "(ns live.app (:require [karamon.gateway :refer [defgateway]]))"
                          "(defgateway f [e c] {:body " % " :cookies [\"a=1\" \"b=2\"]}) (defgateway g [e c] {})")
            service {:functions [{:name "f" :handler "live.app/f" :timeout-ms 1000 :memory-mb 128
                                  :routes [{:source :rest :method :get :path "/f"} {:source :rest :method :head :path "/f"}]}]}]
        (temp/save folder "live/app.clj" (code "\"one\""))
        (with-open [gateway (server/start {:service service, :folders [folder], :port 0, :log #(swap! logged conj %)})]
          (let [get-f #(client/request {:port (:port gateway), :path "/f", :method %})]
            (is (= "one" (:body (get-f "GET"))))
            (is (= [["a=1" "b=2"]] [(:cookies (get-f "GET"))]))
            (testing "HEAD has the length and no body"
              (is (= ["3" ""] ((juxt #(get-in % [:headers "content-length"]) :body) (get-f "HEAD")))))
            (temp/save folder "live/app.clj" (code "\"two\""))
            (is (= "two" (:body (get-f "GET"))))
            (temp/save folder "live/app.clj" (code "(nowhere)"))
            (let [{:keys [status body]} (get-f "GET")]
              (is (= 500 status))
              (is (re-find #"live.app doesn't load: .*nowhere.*app.clj:1" body)))
            (get-f "GET")
            (is (= 1 (count @logged)) "logged once")
            (is (re-find #"nowhere" (first @logged)))
            (temp/save folder "live/app.clj" (code "\"three\""))
            (is (= "three" (:body (get-f "GET"))))))))))
