(ns karamon.lambda.answers-test
  "What user pools, APIs and stacks take for an answer."
  (:require
   [clojure.test :refer [are deftest is testing]]
   [karamon.lambda :as lambda :refer [deflambda]]
   [karamon.lambda.authorizer :as authorizer]
   [karamon.lambda.cloudformation :as cloudformation]
   [karamon.lambda.cognito :as cognito]
   [karamon.local :as local]
   [karamon.test-events :refer [read-json]])
  (:import
   (clojure.lang ExceptionInfo)
   (com.sun.net.httpserver HttpHandler HttpServer)
   (java.net InetAddress InetSocketAddress)))

(set! *warn-on-reflection* true)

(deftest a-user-pool-gets-its-event-back
  (let [sent (local/sample :cognito)]
    (is (= sent (cognito/answer (lambda/event sent))))
    (is (= (update sent "response" assoc "autoConfirmUser" true, "asIs" 1)
           (cognito/answer (lambda/event sent) {:auto-confirm-user true, "asIs" 1})))
    (is (= {"claimsAndScopeOverrideDetails" {"idTokenGeneration" {"claimsToAddOrOverride" {:my-claim 1}, "claimsToSuppress" ["email"]}}
            "autoConfirmUser"               false, "autoVerifyEmail" false, "autoVerifyPhone" false}
           (get (cognito/answer sent {:claims-and-scope-override-details
                                      {:id-token-generation {:claims-to-add-or-override {:my-claim 1}, :claims-to-suppress ["email"]}}})
                "response"))))
  (is (= ::lambda/other-event (:type (ex-data (is (thrown? ExceptionInfo (cognito/answer {:request {}}))))))))

(deftest an-authorizer-is-asked
  (is (= {:token "Bearer example", :arn "arn:aws:execute-api:eu-west-1:111122223333:abcdef1234/dev/GET/orders/7"}
         (authorizer/request (local/sample :authorizer))))
  (let [asked {:path "/orders/7", :resource "/orders/{id}", :query {:a "1"}, :headers {"X-Shop" "n"}, :cookies {:sid "x"}}]
    (testing "by a REST API"
      (is (= {:source :rest, :arn "arn:r", :path "/orders/7", :path-parameters {:id "7"}, :query {:a "1"}, :cookies {"sid" "x"}}
             (select-keys (authorizer/request (assoc (local/event asked) "type" "REQUEST", "methodArn" "arn:r"))
                          [:source :arn :path :path-parameters :query :cookies]))))
    (testing "by an HTTP API"
      (is (= {:source :http, :arn "arn:r", :identity ["u" "v"], :query {:a "1"}, :cookies {"sid" "x"}}
             (select-keys (authorizer/request (assoc (local/event (assoc asked :source :http))
                                                     "type" "REQUEST", "routeArn" "arn:r", "identitySource" ["u" "v"]))
                          [:source :arn :identity :query :cookies])))))
  (testing "by an HTTP API in the older form"
    (is (= [:rest ["u"]] ((juxt :source :identity)
                          (authorizer/request (assoc (local/event {}) "version" "1.0", "type" "REQUEST", "methodArn" "a", "identitySource" "u"))))))
  (testing "by a WebSocket API"
    (is (= :websocket (:source (authorizer/request (assoc (local/event {:source :websocket, :resource "$connect"}) "type" "REQUEST", "methodArn" "a"))))))
  (is (= ::lambda/other-event (:type (ex-data (is (thrown? ExceptionInfo (authorizer/request {"a" 1}))))))))

(deftest an-authorizer-answers
  (let [policy (fn [effect resources] {"principalId"    "u"
                                       "policyDocument" {"Version"   "2012-10-17"
                                                         "Statement" [{"Action" ["execute-api:Invoke"], "Effect" effect, "Resource" resources}]}})]
    (is (= (policy "Allow" ["arn:1"]) (authorizer/allow "u" "arn:1")))
    (is (= (policy "Deny" ["arn:1" "arn:2"]) (authorizer/deny "u" '("arn:1" "arn:2"))))
    (is (= (assoc (policy "Allow" ["a"]) "context" {:n 1, "s" "x", :b true} "usageIdentifierKey" "k")
           (authorizer/allow "u" "a" {:context {:n 1, "s" "x", :b true}, :usage-key "k"}))))
  (is (= "arn:aws:execute-api:r:1:api/dev/*" (authorizer/every-route "arn:aws:execute-api:r:1:api/dev/GET/orders/7")))
  (is (= [{"isAuthorized" true} {"isAuthorized" false, "context" {:a 1}}] [(authorizer/simple true) (authorizer/simple nil {:a 1})]))
  (is (thrown-with-msg? Exception #"^Unauthorized$" (authorizer/unauthorized)))
  (are [opts text] (thrown-with-msg? ExceptionInfo text (authorizer/allow "u" "a" opts))
    {:context {:a {:b 1}}} #"holds strings, numbers and booleans, found \{:b 1\} under :a: write it as JSON"
    {:contxt {}}           #"No option :contxt for an authorizer's answer: .*Did you mean :context\?"))

(defn- with-url
  "Calls `f` with a CloudFormation event whose URL answers with `status`, and returns what was PUT there, and what `f` gave."
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
        [(f event) (deref put 20000 nil)])
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

(deftest a-stack-is-answered-whatever-happens
  (testing "what went well"
    (let [done (assoc answer "PhysicalResourceId" "c-1" "Data" {"For" "shop.example"})]
      (is (= [done {:method "PUT", :type nil, :body done}] (with-url 200 #(local/invoke #'certificate %))))))
  (testing "what throws"
    (is (= (assoc answer "Status" "FAILED" "Reason" "java.lang.IllegalStateException: no domain")
           (:body (second (with-url 200 (fn [event] (cloudformation/answering event nil (fn [_] (throw (IllegalStateException. "no domain"))))))))))
    (is (= (assoc answer "Status" "FAILED" "Reason" "java.lang.Exception: later")
           (:body (second (with-url 200 (fn [event] (cloudformation/answering event nil (fn [_] (future (throw (Exception. "later"))))))))))))
  (testing "what doesn't come before the time is up"
    (is (= "FAILED" (get-in (second (with-url 200 (fn [event] (cloudformation/answering event {:deadline-ms (+ 5200 (System/currentTimeMillis))}
                                                                                        (fn [_] (promise))))))
                            [:body "Status"]))))
  (testing "what CloudFormation wouldn't take"
    (is (re-find #"^The answer has \d+ bytes, CloudFormation takes 4096$"
                 (get-in (second (with-url 200 (fn [event] (cloudformation/answering event nil (fn [_] {:data {:a (apply str (repeat 5000 "x"))}})))))
                         [:body "Reason"])))
    (is (= "FAILED" (get-in (second (with-url 200 (fn [event] (cloudformation/answering event nil (fn [_] {:data {:a inc}}))))) [:body "Status"]))))
  (testing "and a URL that doesn't take it fails the invocation"
    (let [e (is (thrown-with-msg? ExceptionInfo #"CloudFormation's URL answered 403"
                                  (with-url 403 #(cloudformation/answering % nil (fn [_] {})))))]
      (is (= {:type ::lambda/not-taken, :status 403} (ex-data e))))))

(deftest the-answer-to-a-stack-is-a-map
  (let [event (local/sample :cloudformation)]
    (is (= answer (cloudformation/response event {})))
    (is (= "p-1" (get (cloudformation/response (assoc event "PhysicalResourceId" "p-1") {}) "PhysicalResourceId")))
    (is (= (assoc answer "Status" "FAILED" "Reason" "It failed: the function's log tells more") (cloudformation/response event {:status :failed})))
    (is (= (assoc answer "Data" {:a "1"} "NoEcho" true "Reason" "ok") (cloudformation/response event {:data {:a "1"}, :no-echo true, :reason "ok"})))
    (is (thrown-with-msg? ExceptionInfo #"No key :dta in an answer: .*Did you mean :data\?" (cloudformation/response event {:dta 1})))))
