(ns karamon.lambda.records-test
  "Records of each source as plain ones."
  (:require
   [clojure.test :refer [are deftest is testing]]
   [karamon.lambda :as lambda]
   [karamon.lambda.eventbridge :as eventbridge]
   [karamon.lambda.firehose :as firehose]
   [karamon.lambda.kafka :as kafka]
   [karamon.lambda.kinesis :as kinesis]
   [karamon.lambda.logs :as logs]
   [karamon.lambda.s3 :as s3]
   [karamon.lambda.s3-batch :as s3-batch]
   [karamon.lambda.sns :as sns]
   [karamon.lambda.sqs :as sqs]
   [karamon.lambda.values :as values]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)
   (java.time Instant)))

(set! *warn-on-reflection* true)

(deftest messages-of-a-queue
  (let [[first-message second-message] (sqs/messages (local/sample :sqs))]
    (is (= {:id               "0a1b2c3d-0000-4000-8000-000000000001"
            :body             "{\"orderId\":7,\"total\":12.5}"
            :attributes       {:shopName "north", :attempt 1}
            :group            nil
            :deduplication-id nil
            :sequence-number  nil
            :receive-count    1
            :sent             (Instant/parse "2026-01-01T12:00:00Z")
            :first-received   (Instant/parse "2026-01-01T12:00:00.250Z")
            :sender           "AIDAEXAMPLE"
            :receipt-handle   "handle-1"
            :queue-arn        "arn:aws:sqs:eu-west-1:111122223333:orders"
            :region           "eu-west-1"}
           first-message))
    (is (= [3 {}] ((juxt :receive-count :attributes) second-message))))
  (is (= ["customer-1" "order-7" "18849496460467696128"]
         ((juxt :group :deduplication-id :sequence-number) (first (sqs/messages (local/sample :sqs-fifo)))))))

(deftest message-attributes-by-their-type
  (are [type text value] (= value (values/attribute type text text))
    "String"           "a"                    "a"
    "String.email"     "a@b"                  "a@b"
    "Number"           "7"                    7
    "Number.float"     "1.50"                 1.50M
    "Number"           "123456789012345678901" 123456789012345678901N
    "String.Array"     "[\"a\",1]"            ["a" 1])
  (is (= [0 1 -1] (vec (values/attribute "Binary" nil "AAH/"))))
  (is (thrown-with-msg? ExceptionInfo #"Expected a number, found \"x\"" (values/attribute "Number" "x" nil)))
  (is (thrown-with-msg? ExceptionInfo #"Expected base64, found \"a\*\"" (values/attribute "Binary.png" nil "a*"))))

(deftest notifications-of-a-topic
  (is (= [{:id               "5e0f0000-0000-4000-8000-000000000002"
           :topic-arn        "arn:aws:sns:eu-west-1:111122223333:orders"
           :subject          "An order"
           :message          "{\"orderId\":7}"
           :attributes       {:shopName "north"}
           :time             (Instant/parse "2026-01-01T12:00:00Z")
           :subscription-arn "arn:aws:sns:eu-west-1:111122223333:orders:5e0f0000-0000-4000-8000-000000000001"}]
         (sns/notifications (local/sample :sns))))
  (testing "in a queue"
    (let [notification (get-in (local/sample :sns) ["Records" 0 "Sns"])]
      (is (= [(assoc (first (sns/notifications (local/sample :sns))) :subscription-arn nil)] (sns/notifications notification))))))

(deftest changes-of-a-bucket
  (is (= [{:event            "ObjectCreated:Put"
           :bucket           "photos"
           :key              "summer/my photo (1).jpg"
           :size             3
           :etag             "900150983cd24fb0d6963f7d28e17f72"
           :version-id       "v1"
           :sequencer        "0055AED6DCD90281E5"
           :time             (Instant/parse "2026-01-01T12:00:00Z")
           :region           "eu-west-1"
           :principal-id     "AWS:EXAMPLE"
           :source-ip        "192.0.2.1"
           :request-id       "EXAMPLE123456789"
           :configuration-id "on-upload"
           :details          nil}]
         (s3/changes (local/sample :s3))))
  (testing "what a kind of change adds"
    (is (= {:glacier-event-data {:restore-event-data {:lifecycle-restore-storage-class "STANDARD"}}}
           (:details (first (s3/changes (assoc-in (local/sample :s3) ["Records" 0 "glacierEventData"]
                                                  {"restoreEventData" {"lifecycleRestoreStorageClass" "STANDARD"}})))))))
  (testing "keys are form data"
    (are [sent key] (= key (:key (first (s3/changes (assoc-in (local/sample :s3) ["Records" 0 "s3" "object" "key"] sent)))))
      "a+b"           "a b"
      "a%2Bb"         "a+b"
      "%E5%A4%AA.txt" "太.txt"
      "100%"          "100%"))
  (testing "the test that S3 sends holds none"
    (is (= [] (s3/changes {"Service" "Amazon S3", "Event" "s3:TestEvent", "Bucket" "photos"}))))
  (testing "EventBridge has the key as it is"
    (is (= {:event "Object Created", :bucket "photos", :key "a+b", :size 3, :details {:reason "PutObject"}}
           (select-keys (first (s3/changes {"source" "aws.s3", "detail-type" "Object Created", "time" "2026-01-01T12:00:00Z"
                                            "detail" {"bucket" {"name" "photos"}, "object" {"key" "a+b", "size" 3}, "reason" "PutObject"}}))
                        [:event :bucket :key :size :details])))
    (is (= ["192.0.2.1" "r"] ((juxt :source-ip :request-id)
                              (first (s3/changes {"source" "aws.s3", "detail-type" "Object Created"
                                                  "detail" {"source-ip-address" "192.0.2.1", "request-id" "r"}})))))))

(deftest messages-of-a-bus
  (is (= {:id      "53dc4d37-0000-4000-8000-000000000002", :source "shop.orders", :type "Order placed"
          :detail  {:orderId 7, :customer {:firstName "Hana"}}, :time (Instant/parse "2026-01-01T12:00:00Z"), :resources []
          :account "111122223333", :region "eu-west-1"}
         (eventbridge/message (local/sample :eventbridge))))
  (is (= [true false false] (map eventbridge/scheduled? [(local/sample :schedule) (local/sample :eventbridge) {}]))))

(deftest records-of-a-stream
  (let [[record] (kinesis/records (local/sample :kinesis))]
    (is (= {:orderId 7} (lambda/json (:data record))))
    (is (= {:partition-key "customer-1", :sequence-number "49590338271490256608559692538361571095921575989136588898"
            :shard         "shardId-000000000000", :time (Instant/parse "2026-01-01T12:00:00.250Z")
            :stream-arn    "arn:aws:kinesis:eu-west-1:111122223333:stream/orders", :region "eu-west-1"}
           (dissoc record :data)))))

(deftest records-of-kafka
  (let [[{[[header-name header-value]] :headers :as record}] (kafka/records (local/sample :kafka))]
    (is (= {:topic "orders", :partition 0, :offset 15, :time (Instant/parse "2026-01-01T12:00:00Z")}
           (dissoc record :key :value :headers)))
    (is (= ["customer-1" {:orderId 7} "shopName" "north"]
           [(lambda/text (:key record)) (lambda/json (:value record)) header-name (lambda/text header-value)])))
  (testing "bytes are signed, keys and values may be missing"
    (let [[record] (kafka/records {"eventSource" "aws:kafka"
                                   "records"     {"t-0" [{"key" nil, "value" nil, "headers" [{"a" [-128 0 127]} {"a" []}]}]}})]
      (is (= [nil nil [["a" [-128 0 127]] ["a" []]]]
             [(:key record) (:value record) (map (fn [[k v]] [k (vec v)]) (:headers record))])))))

(deftest records-of-firehose-and-what-it-takes-back
  (let [[record :as records] (firehose/records (assoc-in (local/sample :firehose) ["records" 0 "kinesisRecordMetadata"]
                                                         {"shardId" "s", "partitionKey" "k", "sequenceNumber" "1"}))]
    (is (= {:id "1", :time (Instant/parse "2026-01-01T12:00:00Z"), :partition-key "k", :sequence-number "1", :shard "s"}
           (dissoc record :data)))
    (is (= {"records" [{"recordId" "1", "result" "Ok", "data" "eyJvcmRlcklkIjo3fQ=="}]} (firehose/response records))))
  (is (= {"records" [{"recordId" "1", "result" "Dropped"}
                     {"recordId" "2", "result" "ProcessingFailed", "data" "w7w="}
                     {"recordId" "3", "result" "Ok", "data" "YQ==", "metadata" {"partitionKeys" {:shop "n"}}}]}
         (firehose/response [{:id "1", :result :dropped} {:id "2", :result :failed, :data "ü"} {:id "3", :data "a", :partition-keys {:shop "n"}}])))
  (is (thrown-with-msg? ExceptionInfo #"The :result of a record must be one of \[:ok :dropped :failed\], found :drop\. Did you mean :dropped\?"
                        (firehose/response [{:id "1", :result :drop}]))))

(deftest logs-are-unzipped
  (is (= {:type    "DATA_MESSAGE", :log-group "/aws/lambda/shop", :log-stream "2026/01/01/[1]0", :owner "111122223333"
          :filters ["errors"]
          :events  [{:id "1", :time (Instant/parse "2026-01-01T12:00:00Z"), :message "ERROR no order 7", :fields nil}]}
         (logs/batch (local/sample :logs)))))

(deftest tasks-of-s3-batch-operations
  (is (= [{:id "dGFzay0x", :bucket "photos", :key "summer/my photo.jpg", :version-id nil, :arguments {:maxWidth "800"}}]
         (s3-batch/tasks (local/sample :s3-batch))))
  (testing "of version 1.0"
    (is (= [{:id "t", :bucket "photos", :key "a", :version-id "1", :arguments nil}]
           (s3-batch/tasks {"invocationSchemaVersion" "1.0", "job" {"id" "j"}
                            "tasks" [{"taskId" "t", "s3Key" "a", "s3VersionId" "1", "s3BucketArn" "arn:aws:s3:::photos"}]}))))
  (testing "and what is told of them"
    (is (= {"invocationSchemaVersion" "2.0"
            "treatMissingKeysAs"      "TemporaryFailure"
            "invocationId"            "RVhBTVBMRQ=="
            "results"                 [{"taskId" "a", "resultCode" "Succeeded", "resultString" ""}
                                       {"taskId" "b", "resultCode" "PermanentFailure", "resultString" "gone"}]}
           (s3-batch/response (local/sample :s3-batch) [{:id "a"} {:id "b", :result :permanent-failure, :message "gone"}]
                              {:missing :temporary-failure})))
    (is (thrown-with-msg? ExceptionInfo #"must be one of .*, found :suceeded\. Did you mean :succeeded\?"
                          (s3-batch/response (local/sample :s3-batch) [{:id "a", :result :suceeded}])))))

(deftest another-event-says-so
  (doseq [f [sqs/messages sns/notifications s3/changes kinesis/records kafka/records firehose/records logs/batch eventbridge/message
             s3-batch/tasks]]
    (let [e (is (thrown-with-msg? ExceptionInfo #"^Expected an? .* with :" (f {"orderId" 7})))]
      (is (= ::lambda/other-event (:type (ex-data e)))))))
