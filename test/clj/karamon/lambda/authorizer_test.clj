(ns karamon.lambda.authorizer-test
  (:require
   [clojure.test :refer [are deftest is testing]]
   [karamon.lambda :as lambda]
   [karamon.lambda.authorizer :as authorizer]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(deftest an-authorizers-request-is-read
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
  (testing "by an HTTP API in format 1.0"
    (is (= [:http-1.0 ["u"]] ((juxt :source :identity)
                              (authorizer/request (assoc (local/event {}) "version" "1.0", "type" "REQUEST", "methodArn" "a", "identitySource" "u"))))))
  (testing "by a WebSocket API"
    (is (= :websocket (:source (authorizer/request (assoc (local/event {:source :websocket, :resource "$connect"}) "type" "REQUEST", "methodArn" "a"))))))
  (is (= ::lambda/other-event (:type (ex-data (is (thrown? ExceptionInfo (authorizer/request {"a" 1}))))))))

(deftest an-authorizers-answers-are-made
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
    {:context {:a {:b 1}}} #"takes strings, numbers and booleans, found \{:b 1\} under :a: write it as JSON"
    {:contxt {}}           #"No option :contxt for an authorizer's answer: .*Did you mean :context\?"))
