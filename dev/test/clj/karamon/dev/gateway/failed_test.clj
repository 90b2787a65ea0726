(ns karamon.dev.gateway.failed-test
  "Handlers that fail: what the client gets, and what the terminal says."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.gateway.failed :as failed]
   [karamon.dev.gateway.server :as server]
   [karamon.test.client :as client]
   [karamon.test.temp :as temp])
  (:import
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(def ^:private code
  "(ns failing.app (:require [karamon.gateway :refer [defgateway]]))
(defn price [n] (throw (ex-info \"No price\" {:n n} (ArithmeticException. \"Divide by zero\"))))
(defgateway http [_ _] (price 7))
(defgateway chosen [_ _] {:status 500 :body {:message \"mine\"}})
(defn plain [_ _] (price 8))
(defn bad [_ _] {\"statusCode\" \"no\"})")

(defn- ask
  "Returns the response of `source` to a request to a function, and the logged texts. `options` are those of the gateway."
  [options source handler]
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "failing/app.clj" code)
      (let [logged  (atom [])
            service {:functions [{:name "f", :handler (str "failing.app/" handler), :timeout-ms 10000, :memory-mb 128
                                  :routes [{:source source, :method :get, :path "/f"}]}]}]
        (with-open [gateway (server/start (merge {:service service, :folders [folder], :port 0, :log #(swap! logged conj %)} options))]
          [(client/request {:port (:port gateway), :path "/f"}) @logged])))))

(defn- json [body]
  (JsonReader/read ^String body Keys/KEYWORDS))

(deftest the-answer-and-the-terminal-name-the-cause
  (doseq [[handler source expected] [["http" :rest 500] ["http" :alb 500] ["plain" :rest 502] ["plain" :http 500] ["plain" :function-url 502]]]
    (testing [handler source]
      (let [[{:keys [status body]} [logged]] (ask {} source handler)
            {:keys [message requestId errorType errorMessage errorData stackTrace causes]} (json body)]
        (is (= expected status))
        (is (re-matches #"(?i)Internal server error" message))
        (is (= ["clojure.lang.ExceptionInfo" "No price"] [errorType errorMessage]))
        (is (re-find #"\{:n [78]\}" errorData))
        (is (= [{:errorType "java.lang.ArithmeticException", :errorMessage "Divide by zero"}] causes))
        (is (re-matches #"at failing.app/price \(.*failing/app.clj:2\)" (first stackTrace)))
        (is (re-matches #"… \d+ more frames outside the project" (last stackTrace)))
        (is (str/includes? logged (str "(request " requestId ")\nclojure.lang.ExceptionInfo: No price\n  data: {:n ")))
        (is (re-find #"\ncaused by: java.lang.ArithmeticException: Divide by zero\n  at failing.app/price " logged))
        (is (< (count (str/split-lines logged)) 12))))))

(deftest clients-get-what-aws-sends-if-asked-for
  (doseq [[source expected] {:rest         [502 "application/json" "{\"message\": \"Internal server error\"}"]
                             :http         [500 "application/json" "{\"message\":\"Internal Server Error\"}"]
                             :function-url [502 "application/json" "Internal Server Error"]}
          handler           ["plain" "bad" "none"]]
    (testing [source handler]
      (is (= expected ((juxt :status #(get-in % [:headers "content-type"]) :body) (first (ask {:as-aws true} source handler)))))))
  (testing "a load balancer sends HTML"
    (let [{:keys [status headers body]} (first (ask {:as-aws true} :alb "plain"))]
      (is (= [502 "text/html" "awselb/2.0"] [status (headers "content-type") (headers "server")]))
      (is (re-find #"<center><h1>502 Bad Gateway</h1></center>" body))))
  (testing "a gateway handler's 500 is the function's own"
    (is (re-matches #"\{\"message\":\"Internal server error\",\"requestId\":\"[-0-9a-f]{36}\"\}"
                    (:body (first (ask {:as-aws true} :rest "http")))))))

(deftest a-websocket-event-that-is-sent-again-has-an-answer-too
  (is (= 502 (:status (failed/response {:as-aws? true, :files {}} :websocket "id" (Exception. "no"))))))

(deftest other-answers-stay-unchanged
  (is (= "{\"message\":\"mine\"}" (:body (first (ask {} :rest "chosen"))))))

(deftest a-reply-that-the-service-refuses-is-explained
  (let [[{:keys [status body]} [logged]] (ask {} :rest "bad")]
    (is (= [502 "Karamon.BadReply" "statusCode is \"no\""] [status (:errorType (json body)) (:errorMessage (json body))]))
    (is (str/includes? logged "the service would refuse the reply"))))

(deftest a-missing-handler-is-explained
  (let [[{:keys [status body]} [logged]] (ask {} :rest "none")]
    (is (= 502 status))
    (is (re-find #"^No var failing.app/none" (:errorMessage (json body))))
    (is (re-find #"No var failing.app/none" logged))))

(deftest a-request-is-logged-in-one-line
  ;; It may go on with the end of the connection, since the gateway is closed at once.
  (let [line (promise)]
    (ask {:log-requests true, :log #(when (str/includes? % "GET") (deliver line %))} :rest "http")
    (is (re-find #"^\d\d:\d\d:\d\d GET     [^ ]+:\d+/f  500  \d+ ms  f  [-0-9a-f]{36}(?=$|  )" (deref line 60000 "nothing")))))
