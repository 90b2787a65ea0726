(ns karamon.lambda.bedrock-test
  "Forms: https://docs.aws.amazon.com/bedrock/latest/userguide/agents-lambda.html"
  (:require
   [clojure.test :refer [are deftest is testing]]
   [karamon.lambda :as lambda]
   [karamon.lambda.bedrock :as bedrock]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(deftest an-operation-of-an-api-schema-is-read-and-answered
  (is (= {:action-group "Orders", :operation "POST /orders/{orderId}", :parameters {:orderId 7}, :body {:shipTo "Hana", :count 2}
          :content-type "application/json", :text "Send two of the hats to Hana", :session-id "111122223333444"
          :session {:shopName "north"}, :prompt-session {}}
         (bedrock/request (local/sample :bedrock))))
  (is (= {"messageVersion" "1.0"
          "response" {"actionGroup" "Orders", "apiPath" "/orders/{orderId}", "httpMethod" "POST", "httpStatusCode" 404
                      "responseBody" {"application/json" {"body" "{\"a\":1}"}}}
          "sessionAttributes" {:shopName "north"}, "promptSessionAttributes" {:x "1"}}
         (bedrock/response (local/sample :bedrock) {:a 1} {:status 404, :prompt-session {:x "1"}})))
  (is (= {"text/plain" {"body" "sent"}}
         (get-in (bedrock/response (local/sample :bedrock) "sent" {:content-type "text/plain"}) ["response" "responseBody"]))))

(deftest a-function-is-read-and-answered
  (let [event (lambda/event (local/sample :bedrock-function))]
    (is (= :bedrock (lambda/kind event)))
    (is (= {:operation "price-of", :parameters {:hatColor "red", :maxPrice 19.90M}, :body nil, :content-type nil}
           (select-keys (bedrock/request event) [:operation :parameters :body :content-type])))
    (is (= {"actionGroup" "Catalogue", "function" "price-of", "functionResponse" {"responseBody" {"TEXT" {"body" "20"}}}}
           (get (bedrock/response event 20) "response")))
    (is (= {"responseBody" {"TEXT" {"body" "no"}}, "responseState" "REPROMPT"}
           (get-in (bedrock/response event "no" {:state :reprompt}) ["response" "functionResponse"])))))

(deftest values-are-read-as-their-type-says
  (are [type value read] (= {:p read}
                            (:parameters (bedrock/request (assoc (local/sample :bedrock-function)
                                                            "parameters" [{"name" "p", "type" type, "value" value}]))))
    "string"  "7"           "7"
    "integer" "7"           7
    "integer" "7.5"         "7.5"
    "integer" "seven"       "seven"
    "number"  "1e400"       1E+400M
    "number"  "1e999999999" "1e999999999"
    "boolean" "true"        true
    "boolean" "yes"         "yes"
    "array"   "[1, {\"a\": 2}]" [1 {:a 2}]
    "array"   "[a, b]"      "[a, b]"
    "object"  "{\"a\": 1}"  {:a 1}
    "object"  "{a=1}"       "{a=1}"
    "other"   "x"           "x"
    nil       "x"           "x"
    "integer" ""            ""
    "integer" nil           nil))

(deftest wrong-calls-are-errors
  (let [type #(:type (ex-data (is (thrown? ExceptionInfo (%)))))]
    (is (= ::lambda/other-event (type #(bedrock/request (local/sample :sqs)))))
    (is (= ::lambda/other-event (type #(bedrock/response (local/sample :sqs) "x"))))
    (is (= ::lambda/bad-value (type #(bedrock/response (local/sample :bedrock) "x" {:status 1000}))))
    (is (= ::lambda/bad-value (type #(bedrock/response (local/sample :bedrock-function) "x" {:state :fail}))))
    (is (= ::lambda/bad-option (type #(bedrock/response (local/sample :bedrock) "x" {:statuss 200}))))
    (testing "names the nearest state"
      (is (thrown-with-msg? ExceptionInfo #"No state :fail for an agent's answer: there are :failure, :reprompt"
                            (bedrock/response (local/sample :bedrock-function) "x" {:state :fail}))))))
