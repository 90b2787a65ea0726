(ns karamon.dev.gateway.function-test
  "Handlers that don't return in time."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.gateway.error :as error]
   [karamon.dev.gateway.function :as function]
   [karamon.dev.gateway.offline :as offline]
   [karamon.dev.gateway.reload :as reload]
   [karamon.dev.gateway.server :as server]
   [karamon.test.client :as client])
  (:import
   (java.util.concurrent CountDownLatch TimeUnit)
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(def ^:private interrupted (atom nil))

(defn blocked [_ _]
  (try
    (.await (CountDownLatch. 1))
    (catch InterruptedException e
      (.countDown ^CountDownLatch @interrupted)
      (throw e))))

(def ^:private go (atom nil))

(def ^:private finished (atom nil))

(defn waiting [_ _]
  (.await ^CountDownLatch @go)
  (.countDown ^CountDownLatch @finished)
  nil)

(defn quick [_ _]
  {"statusCode" 200, "body" "quick"})

(defn- interrupted? []
  (.await ^CountDownLatch @interrupted 60 TimeUnit/SECONDS))

(defn- function
  ([timeout-ms] (function "f" timeout-ms))
  ([name timeout-ms]
   {:name name, :handler "karamon.dev.gateway.function-test/blocked", :timeout-ms timeout-ms, :memory-mb 128}))

(defn- call
  "Returns what a call of the handler that blocks returns, and the logged texts."
  [timeout-ms wait-ms]
  (reset! interrupted (CountDownLatch. 1))
  (let [logged (atom [])]
    [(function/call (function timeout-ms) (.getBytes "{}") {:log #(swap! logged conj %), :wait-ms wait-ms})
     logged]))

(deftest a-handler-ends-at-its-timeout
  (let [[result logged] (call 100 nil)]
    (is (function/timed-out? result))
    (is (not (function/unanswered? result)))
    (is (= "Task timed out after 0.10 seconds" (ex-message result)))
    (is (interrupted?))
    (is (re-find #"^karamon.dev.gateway.function-test/blocked: Task timed out after 0.10 seconds\n\tat (?s:.*)karamon.dev.gateway.function_test\$blocked"
                 (first @logged)))))

(deftest a-service-that-waits-no-longer-leaves-the-handler-its-time
  (reset! go (CountDownLatch. 1))
  (reset! finished (CountDownLatch. 1))
  (let [function (assoc (function 60000) :handler "karamon.dev.gateway.function-test/waiting")
        result   (function/call function (.getBytes "{}") {:log (fn [_]), :wait-ms 50})]
    (is (function/unanswered? result))
    (is (not (function/timed-out? result)))
    (.countDown ^CountDownLatch @go)
    (is (.await ^CountDownLatch @finished 50 TimeUnit/SECONDS)))
  (testing "and no more"
    (is (function/unanswered? (first (call 200 100))))
    (is (interrupted?)))
  (testing "a service that waits as long as the function may run answers first"
    (is (function/unanswered? (first (call 100 100)))))
  (testing "a service that waits longer gets the function's error"
    (is (function/timed-out? (first (call 100 200))))))

(defn- get-f
  "Returns the status and the body that `source` answers if it waits for `wait-ms`, of which the function has 100."
  [source wait-ms]
  (reset! interrupted (CountDownLatch. 1))
  (with-redefs [error/waits (update-vals error/waits (constantly wait-ms))]
    (with-open [gateway (server/start {:service {:functions [(assoc (function 100) :routes [{:source source, :method :get, :path "/f"}])]}
                                       :folders [], :port 0, :log (fn [_])})]
      (update ((juxt :status :body) (client/request {:port (:port gateway), :path "/f"}))
        1 str/replace #",\"requestId\":\"[-0-9a-f]{36}\"" ""))))

(deftest each-service-answers-as-on-aws
  (let [details "\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"Task timed out after 0.10 seconds\"}"]
    (testing "when the function has timed out"
      (is (= [502 (str "{\"message\":\"Internal server error\"," details)] (get-f :rest 60000)))
      (is (= [500 (str "{\"message\":\"Internal Server Error\"," details)] (get-f :http 60000)))
      (is (= [502 (str "{\"message\":\"Internal server error\"," details)] (get-f :alb 1)))
      (is (= [502 (str "{\"message\":\"Internal server error\"," details)] (get-f :function-url 1)))))
  (testing "when it waits no longer"
    (is (= [504 "{\"message\":\"Endpoint request timed out\"}"] (get-f :rest 50)))
    (is (= [503 "{\"message\":\"Service Unavailable\"}"] (get-f :http 50)))))

(deftest the-services-wait-as-long-as-on-aws
  (is (= {:rest 29000, :http 30000} error/waits)))

(deftest an-invocation-by-name-has-lambdas-error
  (reset! interrupted (CountDownLatch. 1))
  (with-open [gateway (server/start {:service {:functions [(function 100)]}, :folders [], :port 0, :log (fn [_])})]
    (let [{:keys [status headers body]} (client/request {:port (:port gateway), :method "POST", :path "/_karamon/invoke/f"
                                                         :headers {"content-type" "application/json"}})]
      (is (= [502 "Unhandled" "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"Task timed out after 0.10 seconds\"}"]
             [status (headers "x-amz-function-error") body])))))

(deftest serverless-offline-gets-the-error-too
  (reset! interrupted (CountDownLatch. 1))
  (let [reply (offline/reply {:functions {"f" (function 100)}, :watcher (reload/watch []), :log (fn [_])}
                             {"function" "f", "data" "{\"event\":{\"requestContext\":{}}}"})
        {:strs [statusCode body]} (JsonReader/read ^bytes reply Keys/STRINGS)]
    (is (= 502 statusCode))
    (is (str/includes? body "Task timed out after 0.10 seconds"))
    (is (interrupted?))))

(deftest handlers-that-block-keep-no-other-waiting
  (reset! interrupted (CountDownLatch. 300))
  (let [logged (atom [])]
    (with-open [gateway (server/start {:service {:functions [(assoc (function "f" 60000) :url true)
                                                             {:name "q", :handler "karamon.dev.gateway.function-test/quick"
                                                              :timeout-ms 60000, :memory-mb 128, :url true}]}
                                       :folders [], :port 0, :log #(swap! logged conj %)})]
      (let [ask     #(client/request {:port (:port gateway), :path "/", :host (str % ".lambda-url.localhost")})
            blocked (mapv (fn [_] (future (try (ask "f") (catch Exception _)))) (range 300))]
        (is (= {200 200} (frequencies (repeatedly 200 #(:status (ask "q"))))))
        (is (not-any? realized? blocked))))))
