(ns karamon.lambda.kinds-test
  "Each kind of event has a sample whose names are AWS's in kebab case, but for those that people chose."
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.lambda :as lambda]
   [karamon.lambda.answer :as answer]
   [karamon.lambda.cognito :as cognito]
   [karamon.local :as local]
   [karamon.local.sample :as sample]
   [karamon.test-events :refer [json-bytes read-json]]))

(set! *warn-on-reflection* true)

(def ^:private other-names
  "A sample's name to its kind, where they differ."
  {:sqs-fifo :sqs, :sqs-pipe :sqs, :schedule :eventbridge, :kinesis-window :kinesis, :bedrock-function :bedrock
   :cognito-federation :cognito, :appsync-batch :appsync})

(defn- keys-in
  "Returns the keys of all maps in x."
  [x]
  (cond
    (map? x)        (into (set (keys x)) (mapcat keys-in) (vals x))
    (sequential? x) (into #{} (mapcat keys-in) x)
    :else           #{}))

(deftest every-sample-is-of-its-kind
  (doseq [kind sample/kinds
          :when (not (some #{kind} sample/http-kinds))]
    (testing kind
      (is (= (other-names kind kind) (lambda/kind (lambda/event (local/sample kind)))))
      (is (= (local/sample kind) (lambda/raw (lambda/event (local/sample kind))))))))

;; The names in our samples that people would have chosen. Each has a capital or another sign that kebab case would change.
(def ^:private of-people
  {:activemq           #{:shopName}
   :rabbitmq           #{(keyword "orders::/") :shopName :attemptCount}
   :documentdb         #{:orderId :shipTo :postCode}
   :connect            #{:orderId :orderPage :connect:Subtype :costCenter :shopName}
   :lex                #{:orderId :postCode :lastOrder :customerId :FindOrder :x-shop:shopName}
   :iot-authorizer     #{:X-Shop-Name}
   :iot-provisioning   #{:SerialNumber :shopName}
   :iot-button         #{:shopName :tillName :counterButton}
   :iot-events         #{:lastDegrees :doorOpen}
   :appsync            #{:orderId :custom:shopName :tokenUse :customerId :lastOrder :wantedId :shopName}
   :appsync-batch      #{:orderId :custom:shopName :tokenUse :customerId :wantedId :shopName}
   :appsync-authorizer #{:wantedId :X-Shop-Name}
   :alarm              #{:shopName}
   :cognito-sync       #{:lastOrder}
   ;; https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-inbound-federation.html
   :cognito-federation #{:FirstName (keyword "http://schemas.example/claims/Group")}
   :s3-object          #{:Host :X-Shop-Name}
   :kinesis-window     #{:orderCount}
   :sqs-pipe           #{:shopName}
   :codecommit         #{}
   :codepipeline       #{}
   :codedeploy         #{}
   :config             #{}
   :ses                #{}
   :client-vpn         #{}
   :autoscaling        #{}
   :transfer           #{}
   :secret-rotation    #{}})

(deftest only-names-that-people-chose-keep-their-form
  (doseq [[kind names] of-people]
    (testing kind
      (is (= names (into #{} (filter #(re-find #"[A-Z:/]" (subs (str %) 1))) (keys-in (lambda/event (local/sample kind)))))))))

(deftest events-of-each-kind-are-found-by-other-signs-too
  (doseq [[kind event] {:kafka        {"eventSource" "aws:SelfManagedKafka", "records" {}}
                        :activemq     {"eventSource" "aws:amq", "messages" []}
                        :rabbitmq     {"eventSource" "aws:mq", "rmqMessagesByQueue" {}}
                        :appsync      {"typeName" "Query", "fieldName" "order", "arguments" {}, "identity" nil}
                        :lex          {"bot" {}, "invocationSource" "DialogCodeHook", "currentIntent" {"slots" {"orderId" "7"}}}
                        :iot-button   {"serialNumber" "1", "clickType" "SINGLE", "batteryVoltage" "1 mV"}
                        :eventbridge  {"source" "aws.s3", "detail-type" "x", "detail" {}}}]
    (is (= kind (lambda/kind (lambda/event event)))))
  (doseq [event [{"orderId" 7} {"awslogs" "on"} {"type" "delivery", "methodArn" 1} {"type" nil, "routeArn" 1}
                 {"serverId" "s", "username" "u", "sourceIp" "::1", "protocol" "ssh"} {"bot" {}, "invocationSource" "me"} {"event" {"payload" 1}} {"info" 1, "arguments" []}
                 [{"orderId" 7}] [] [1] [[{"eventSource" "aws:sqs"}]] {"Records" [1]} {"Records" 1}]]
    (is (nil? (lambda/kind (lambda/event event))) (pr-str event))
    (is (= event (read-json (json-bytes (lambda/event event)))))))

(deftest an-array-is-data-whatever-its-first-item-is
  (is (= [{} 1 {:orderId 7}] (lambda/event [{} 1 {"orderId" 7}]) (lambda/event "[{}, 1, {\"orderId\": 7}]"))))

(deftest records-that-come-alone-keep-peoples-names
  (let [records {:sqs      {"eventSource" "aws:sqs", "messageAttributes" {"shopName" {"stringValue" "north"}}}
                 :sns      {"EventSource" "aws:sns", "Sns" {"MessageAttributes" {"shopName" {"Value" "north"}}}}
                 :dynamodb {"eventSource" "aws:dynamodb", "dynamodb" {"Keys" {"shopName" {"S" "north"}}, "NewImage" {"shopName" {"S" "north"}}}}
                 :kafka    {"eventSource" "aws:kafka", "headers" [{"shopName" [1]}]}}]
    (doseq [[kind record] records
            :let [event (lambda/event record)]]
      (testing kind
        (is (= kind (lambda/kind event)))
        (is (contains? (keys-in event) :shopName))
        (is (not (contains? (keys-in event) :shop-name)))
        (is (= [event] (lambda/event [record])))))))

(deftest answers-have-awss-names
  (doseq [[kind given expected]
          [[:lex
            {:session-state {:dialog-action      {:type "ElicitSlot", :slot-to-elicit "postCode"}
                             :intent             {:name "FindOrder", :slots {:orderId {:value {:interpreted-value "7"}}}}
                             :session-attributes {:customerId "customer-1"}}
             :messages      [{:content-type "PlainText", :content "Where to?"}]}
            {"sessionState" {"dialogAction"      {"type" "ElicitSlot", "slotToElicit" "postCode"}
                             "intent"            {"name" "FindOrder", "slots" {:orderId {"value" {"interpretedValue" "7"}}}}
                             "sessionAttributes" {:customerId "customer-1"}}
             "messages"     [{"contentType" "PlainText", "content" "Where to?"}]}]
           [:appsync-batch [{:data {:orderId 7}} {:error-message "No", :error-type "None"}]
            [{"data" {:orderId 7}} {"errorMessage" "No", "errorType" "None"}]]
           [:appsync-authorizer {:is-authorized true, :resolver-context {:shopName "north"}, :ttl-override 10}
            {"isAuthorized" true, "resolverContext" {:shopName "north"}, "ttlOverride" 10}]
           [:autoscaling {:instance-ids ["i-1"]} {"InstanceIDs" ["i-1"]}]
           [:client-vpn {:allow true, :schema-version "v3"} {:allow true, :schema-version "v3"}]
           [:iot-authorizer {:is-authenticated true, :policy-documents [{:Version "2012-10-17"}]}
            {"isAuthenticated" true, "policyDocuments" [{:Version "2012-10-17"}]}]
           [:iot-provisioning {:allow-provisioning true, :parameter-overrides {:shopName "south"}}
            {"allowProvisioning" true, "parameterOverrides" {:shopName "south"}}]
           [:transfer {:role "arn", :home-directory-details "[]"} {"Role" "arn", "HomeDirectoryDetails" "[]"}]
           [:ses {:disposition "CONTINUE"} {"disposition" "CONTINUE"}]]]
    (is (= expected (answer/response (local/sample kind) given)) kind))
  (is (= (assoc-in (local/sample :cognito-sync) ["datasetRecords"] {:lastOrder {"oldValue" "6", "newValue" "8", "op" "replace"}})
         (answer/response (local/sample :cognito-sync) {:dataset-records {:lastOrder {:old-value "6", :new-value "8", :op "replace"}}})))
  (is (= {:FirstName "Hana"}
         (get-in (cognito/answer (local/sample :cognito-federation) {:user-attributes-to-map {:FirstName "Hana"}}) ["response" "userAttributesToMap"])))
  (is (= "Expected an event of a kind that karamon.lambda.answer lists, found one of :sqs"
         (ex-message (is (thrown? clojure.lang.ExceptionInfo (answer/response (local/sample :sqs) {})))))))
