(ns karamon.lambda.cloudformation-test
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.lambda :as lambda :refer [deflambda]]
   [karamon.lambda.cloudformation :as cloudformation]
   [karamon.local :as local]
   [karamon.test-events :refer [read-json]])
  (:import
   (clojure.lang ExceptionInfo)
   (com.sun.net.httpserver HttpHandler HttpServer)
   (java.net InetAddress InetSocketAddress)))

(set! *warn-on-reflection* true)

(defn- with-url
  "Calls `f` with a CloudFormation event whose URL answers with `status`, and returns the body of the PUT request, and the
  result of `f`."
  [status f]
  (let [put    (promise)
        server (HttpServer/create (InetSocketAddress. (InetAddress/getLoopbackAddress) 0) 0)]
    (.createContext server "/"
                    (reify HttpHandler
                      (handle [_ exchange]
                        (with-open [exchange exchange]
                          (deliver put {:method (.getRequestMethod exchange)
                                        :type   (.getFirst (.getRequestHeaders exchange) "content-type")
                                        :body   (read-json (.readAllBytes (.getRequestBody exchange)))})
                          (.sendResponseHeaders exchange status -1)))))
    (.start server)
    (try
      (let [event (assoc (local/sample :cloudformation) "ResponseURL" (str "http://127.0.0.1:" (.getPort (.getAddress server)) "/x?sig=1"))]
        [(binding [*err* (java.io.StringWriter.)] (f event)) (deref put 20000 nil)])
      (finally (.stop server 0)))))

(def ^:private answer
  {"Status"            "SUCCESS", "PhysicalResourceId" "Certificate-00000000-0000-4000-8000-000000000002"
   "StackId"           "arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/00000000-0000-4000-8000-000000000001"
   "RequestId"         "00000000-0000-4000-8000-000000000002"
   "LogicalResourceId" "Certificate"})

(deflambda certificate [event ctx]
  (cloudformation/answering event ctx
    (fn [{:keys [resource-properties]}]
      (future {:id "c-1", :data {:For (:DomainName resource-properties)}}))))

(deflambda failing [event ctx]
  (cloudformation/answering event ctx (fn [event] (throw (Exception. (str (get-in event [:resource-properties :Why])))))))

(deftest a-stack-always-gets-an-answer
  (testing "success"
    (let [done (assoc answer "PhysicalResourceId" "c-1" "Data" {"For" "shop.example"})]
      (is (= [done {:method "PUT", :type nil, :body done}] (with-url 200 #(local/invoke #'certificate %))))))
  (testing "an exception"
    (is (= (assoc answer "Status" "FAILED" "Reason" "java.lang.IllegalStateException: no domain")
           (:body (second (with-url 200 (fn [event] (cloudformation/answering event nil (fn [_] (throw (IllegalStateException. "no domain"))))))))))
    (is (= (assoc answer "Status" "FAILED" "Reason" "java.lang.Exception: later")
           (:body (second (with-url 200 (fn [event] (cloudformation/answering event nil (fn [_] (future (throw (Exception. "later"))))))))))))
  (testing "a result that comes too late"
    (is (= "FAILED" (get-in (second (with-url 200 (fn [event] (cloudformation/answering event {:deadline-ms (+ 5200 (System/currentTimeMillis))}
                                                                                        (fn [_] (promise))))))
                            [:body "Status"]))))
  (testing "an answer that is too long"
    (is (re-find #"^The answer has \d+ bytes, CloudFormation accepts 4096$"
                 (get-in (second (with-url 200 (fn [event] (cloudformation/answering event nil (fn [_] {:data {:a (apply str (repeat 5000 "x"))}})))))
                         [:body "Reason"])))
    (is (= "FAILED" (get-in (second (with-url 200 (fn [event] (cloudformation/answering event nil (fn [_] {:data {:a inc}}))))) [:body "Status"]))))
  (testing "a URL that refuses the answer fails the invocation"
    (let [e (is (thrown-with-msg? ExceptionInfo #"CloudFormation's URL answered 403"
                                  (with-url 403 #(cloudformation/answering % nil (fn [_] {})))))]
      (is (= {:type ::lambda/not-taken, :status 403} (ex-data e))))))

(deftest the-reason-of-a-failure-is-logged-and-cut-to-the-limit
  (let [log  (atom "")
        long (apply str (repeat 5000 "x"))
        [_ {:keys [body]}] (with-url 200 #(local/invoke #'failing (assoc-in % ["ResourceProperties" "Why"] long) {:log (fn [text] (swap! log str text))}))]
    (is (= ["FAILED" (subs (str "java.lang.Exception: " long) 0 1000)] ((juxt #(get % "Status") #(get % "Reason")) body)))
    (is (re-find #"(?s)^ERROR Create of Certificate failed \(request \S+\)\njava.lang.Exception: x{5000}\n\tat " @log))))

(deftest the-answer-to-a-stack-is-a-map
  (let [event (local/sample :cloudformation)]
    (is (= answer (cloudformation/response event {})))
    (is (= "p-1" (get (cloudformation/response (assoc event "PhysicalResourceId" "p-1") {}) "PhysicalResourceId")))
    (is (= (assoc answer "Status" "FAILED" "Reason" "It failed: see the function's log") (cloudformation/response event {:status :failed})))
    (is (= (assoc answer "Data" {:a "1"} "NoEcho" true "Reason" "ok") (cloudformation/response event {:data {:a "1"}, :no-echo true, :reason "ok"})))
    (is (thrown-with-msg? ExceptionInfo #"No option :dta for an answer: .*Did you mean :data\?" (cloudformation/response event {:dta 1})))))
