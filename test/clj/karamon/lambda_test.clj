(ns karamon.lambda-test
  (:require
   [clojure.core.async :as async]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.lambda :as lambda :refer [defbatch deflambda]]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)
   (java.util.concurrent CompletableFuture)
   (karamon.json MalformedJson)))

(set! *warn-on-reflection* true)

(deflambda plain [event ctx] {:event event, :id (:aws-request-id ctx)})

(deflambda documented
  "Says what it does."
  {:added "1.0", :my.app/role :admin, :prime [{"Records" []}]}
  [{:keys [records]} _]
  (count records))

(defbatch taken-apart
  "Takes it apart."
  {:threads 2, :prime ["events/sqs.json"], :added "1.0"}
  [{:keys [body]} _ctx]
  (when (= "b" body) (throw (Exception. "b"))))

(deftest a-lambda-handler-is-an-ordinary-function
  (is (= {:event {:a 1}, :id nil} (plain {:a 1} nil)))
  (is (= 2 (documented {:records [1 2]} nil)))
  (is (= {"batchItemFailures" []} (taken-apart {:records []} nil))))

(deftest the-macros-define-functions-with-metadata
  (let [m (meta #'documented)]
    (is (= ["Says what it does." "1.0" :admin [{"Records" []}]] ((juxt :doc :added :my.app/role :karamon/prime) m)))
    (is (= {:prime [{"Records" []}]} (:karamon/lambda m)))
    (is (not (contains? m :prime))))
  (let [m (meta #'taken-apart)]
    (is (= ["Takes it apart." "1.0" '([event ctx]) ["events/sqs.json"]] ((juxt :doc :added :arglists :karamon/prime) m)))
    (is (not-any? #(contains? m %) [:threads :prime]))))

(deftest lambda-passes-data-and-takes-data
  (is (= {"event" {"orderId" 7, "detail-type" "x"}, "id" "r-1"}
         (local/invoke #'plain {"orderId" 7, "detail-type" "x"} {:request-id "r-1"})))
  (is (= 2 (local/invoke #'documented (local/sample :sqs)))))

(deflambda later [{:keys [kind]} _]
  (case kind
    "future"  (future {:a 1})
    "stage"   (CompletableFuture/completedFuture [1])
    "promise" (doto (promise) (deliver nil))
    "delay"   (delay (future "x"))
    "channel" (async/go {:a 1})
    "bad"     (async/go (IllegalStateException. "later"))
    (throw (IllegalArgumentException. "now"))))

(deflambda ^:private exactly {:decimals :exact} [event ctx]
  (mapv str [(:price event) (get (lambda/raw event) "price") (:count event)]))

(deflambda ^:private inexactly [event ctx]
  (mapv str [(:price event) (get (lambda/raw event) "price") (:count event)]))

(defn ^:private raw-number [event _] (str (event "price")))

(deftest numbers-are-doubles-or-exact
  (let [sent {"price" 12345678901234567.89M, "count" 3}]
    (is (= ["12345678901234567.89" "12345678901234567.89" "3"] (local/invoke #'exactly sent)))
    (is (= ["1.2345678901234568E16" "12345678901234567.89" "3"] (local/invoke #'inexactly sent)))
    (testing "a plain function gets the event as it came"
      (is (= "12345678901234567.89" (local/invoke #'raw-number sent)))))
  (testing "one number beyond a double's range fails nothing"
    (is (= {:a 1E+400M, :b [0.5 {:c -1E+400M}]} (lambda/event "{\"a\": 1e400, \"b\": [0.5, {\"c\": -1e400}]}"))))
  (is (= {:a 0.1000000000000000055M} (lambda/json "{\"a\": 0.1000000000000000055}" {:decimals :exact})))
  (is (= {:a 0.1} (lambda/json "{\"a\": 0.1000000000000000055}") (lambda/json (.getBytes "{\"a\": 0.1}") {:decimals :double}))))

(deftest results-may-come-later
  (are [kind result] (= result (local/invoke #'later {"kind" kind}))
    "future"  {"a" 1}
    "stage"   [1]
    "promise" nil
    "delay"   "x"
    "channel" {"a" 1})
  (testing "and an exception reaches Lambda unchanged"
    (is (thrown-with-msg? IllegalStateException #"later" (local/invoke #'later {"kind" "bad"})))
    (is (thrown-with-msg? IllegalArgumentException #"now" (local/invoke #'later {})))))

(deftest options-are-checked
  (are [f opts text] (let [e (is (thrown-with-msg? ExceptionInfo text (f opts)))]
                       (= [::lambda/bad-option (key (first opts))] ((juxt :type :option) (ex-data e))))
    lambda/options       {:prme []}                  #"No option :prme for a lambda handler: there are :decimals, :prime\. Did you mean :prime\?"
    lambda/options       {:prime {}}                 #"The option :prime must be a vector of events"
    lambda/options       {:prime [{:a 1}]}           #"The option :prime must be a vector of events"
    lambda/options       {:decimals true}            #"The option :decimals must be :double or :exact, found true"
    lambda/options       {:threads 2}                #"No option :threads for a lambda handler"
    lambda/batch-options {:thread 2}                 #"No option :thread for a batch handler: there are :on-failure, :on-window, :prime, :reduce, :threads, :throw-when-all-fail\. Did you mean :threads\?"
    lambda/batch-options {:threads 0}                #"The option :threads must be a whole number from 1 to 1000, found 0"
    lambda/batch-options {:threads 1.5}              #"found 1.5"
    lambda/batch-options {:throw-when-all-fail nil}  #"must be true or false, found nil"
    lambda/batch-options {:on-failure "log"}         #"must be a function of the exception, the record and the context")
  (is (= {:threads 2} (lambda/batch-options {:threads 2}))))

(deftest the-macros-report-wrong-arguments
  (doseq [[form text] '[[(karamon.lambda/deflambda a [event] nil) "deflambda needs a name and two arguments, (deflambda a [event ctx] …), found [event]"]
                        [(karamon.lambda/deflambda a ([event ctx] nil)) "found ([event ctx] nil)"]
                        [(karamon.lambda/defbatch a/b [record ctx] nil) "defbatch needs a name and two arguments, (defbatch a/b [record ctx] …), found a/b"]
                        [(karamon.lambda/defbatch a "doc") "found nil"]]]
    (testing form
      (is (str/includes? (ex-message (ex-cause (is (thrown? Exception (macroexpand-1 form))))) text)))))

(deftest an-unknown-option-fails-when-the-namespace-loads
  (doseq [[form option] '[[(karamon.lambda/deflambda misspelt {:prme []} [event ctx] nil) :prme]
                          [(karamon.lambda/defbatch misspelt {:thread 2} [record ctx] nil) :thread]]]
    (let [e (is (thrown? Exception (binding [*ns* (the-ns 'karamon.lambda-test)] (eval form))))]
      (is (= {:type ::lambda/bad-option, :option option} (ex-data (last (take-while some? (iterate ex-cause e)))))))))

(deftest names-of-aws-are-in-kebab-case-and-other-names-as-sent
  (are [sent data] (= data (lambda/event sent))
    {"Records" [{"eventSource" "aws:sqs", "messageId" "m", "messageAttributes" {"shopName" {"dataType" "String"}}}]}
    {:records [{:event-source "aws:sqs", :message-id "m", :message-attributes {:shopName {:data-type "String"}}}]}
    {"Records" [{"EventSource" "aws:sns", "Sns" {"MessageId" "m", "MessageAttributes" {"ShopName" {"Type" "String"}}}}]}
    {:records [{:event-source "aws:sns", :sns {:message-id "m", :message-attributes {:ShopName {:type "String"}}}}]}
    {"Type" "Notification", "TopicArn" "t", "Message" "m", "MessageAttributes" {"ShopName" {"Type" "String"}}}
    {:type "Notification", :topic-arn "t", :message "m", :message-attributes {:ShopName {:type "String"}}}
    {"Records" [{"eventSource" "aws:s3", "s3" {"object" {"eTag" "x"}}, "requestParameters" {"sourceIPAddress" "i"}}]}
    {:records [{:event-source "aws:s3", :s3 {:object {:e-tag "x"}}, :request-parameters {:source-ip-address "i"}}]}
    {"Records" [{"eventSource" "aws:dynamodb", "eventID" "e", "dynamodb" {"NewImage" {"orderId" {"M" {"aB" {"N" "1"}}}}}}], "state" {"sumOf" 1}}
    {:records [{:event-source "aws:dynamodb", :event-id "e", :dynamodb {:new-image {:orderId {:M {:aB {:N "1"}}}}}}], :state {:sumOf 1}}
    {"eventSource" "SelfManagedKafka", "records" {"my_Topic-0" [{"timestampType" "t", "headers" [{"shopName" [1]}]}]}}
    {:event-source "SelfManagedKafka", :records {:my_Topic-0 [{:timestamp-type "t", :headers [{:shopName [1]}]}]}}
    {"source" "s", "detail-type" "T", "detail" {"orderId" {"a B" 1}}, "replay-name" "r"}
    {:source "s", :detail-type "T", :detail {:orderId {(keyword "a B") 1}}, :replay-name "r"}
    {"triggerSource" "t", "userPoolId" "u", "request" {"userAttributes" {"custom:shopName" "n"}, "newDeviceUsed" true}}
    {:trigger-source "t", :user-pool-id "u", :request {:user-attributes {:custom:shopName "n"}, :new-device-used true}}
    {"type" "REQUEST", "methodArn" "a", "headers" {"X-Shop" "n"}, "requestContext" {"apiId" "i", "authorizer" {"theUser" 1}}}
    {:type "REQUEST", :method-arn "a", :headers {:X-Shop "n"}, :request-context {:api-id "i", :authorizer {:theUser 1}}}
    {"RequestType" "Create", "ResponseURL" "u", "LogicalResourceId" "L", "ResourceProperties" {"DomainName" "d"}}
    {:request-type "Create", :response-url "u", :logical-resource-id "L", :resource-properties {:DomainName "d"}}
    {"invocationSchemaVersion" "2.0", "job" {"userArguments" {"maxWidth" "8"}}, "tasks" [{"taskId" "t"}]}
    {:invocation-schema-version "2.0", :job {:user-arguments {:maxWidth "8"}}, :tasks [{:task-id "t"}]}
    {"xAmzRequestId" "r", "userRequest" {"headers" {"Accept-Encoding" "e"}}}
    {:x-amz-request-id "r", :user-request {:headers {:Accept-Encoding "e"}}}
    {"Step" "createSecret", "SecretId" "s", "ClientRequestToken" "c"}
    {:step "createSecret", :secret-id "s", :client-request-token "c"}))

(deftest unknown-events-keep-their-names-as-sent
  (are [sent data] (= data (lambda/event sent))
    {"orderId" {"shipTo" [{"postCode" 1}]}}             {:orderId {:shipTo [{:postCode 1}]}}
    {"Records" [{"eventSource" "aws:new", "eventID" 1}]} {:Records [{:eventSource "aws:new", :eventID 1}]}
    {"Records" "none"}                                   {:Records "none"}
    {"Records" [1]}                                      {:Records [1]}
    {"source" "s", "detail" {}}                          {:source "s", :detail {}}
    "[{\"aB\":1}]"                                       [{:aB 1}]
    "\"text\""                                           "text"
    "null"                                               nil
    {}                                                   {})
  (is (nil? (lambda/kind (lambda/event {"orderId" 1}))))
  (is (= {:records []} (lambda/event {"Records" []})) "an empty batch"))

(deftest the-event-as-sent-is-available
  (doseq [kind [:sqs :sns :s3 :dynamodb :kinesis :kafka :firehose :eventbridge :logs :cognito :authorizer :cloudformation :s3-batch]
          :let [sent  (local/sample kind)
                event (lambda/event sent)]]
    (is (= [kind sent] [(lambda/kind event) (lambda/raw event)]))
    (is (= event (lambda/event event)) "an event that is converted already stays unchanged"))
  (is (= {"a" 1} (lambda/raw (assoc (lambda/event "{\"a\":1}") :b 2))))
  (is (nil? (lambda/raw {:a 1}))))

(deftest a-large-object-is-read-whole
  (let [sent (into {} (map (fn [i] [(str "aB" i "c") i])) (range 100))]
    (is (= (update-keys sent keyword) (lambda/event sent)))
    (is (= (into {} (map (fn [i] [(keyword (str "a-b" i "c")) i])) (range 100))
           (get-in (lambda/event {"Records" [{"eventSource" "aws:s3", "userIdentity" sent}]}) [:records 0 :user-identity])))))

(deftest json-and-text-are-read
  (is (= {:aB 1} (lambda/json "{\"aB\":1}") (lambda/json (.getBytes "{\"aB\":1}"))))
  (is (= "größe" (lambda/text (.getBytes "größe" "UTF-8"))))
  (is (thrown? MalformedJson (lambda/json "{"))))
