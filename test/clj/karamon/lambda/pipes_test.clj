(ns karamon.lambda.pipes-test
  "EventBridge Pipes: arrays of records, as https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html has them;
  the identifiers of failed ones are those of eb-pipes-batching-concurrency.html there."
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.lambda :as lambda]
   [karamon.lambda.dynamodb :as dynamodb]
   [karamon.lambda.kafka :as kafka]
   [karamon.lambda.kinesis :as kinesis]
   [karamon.lambda.sqs :as sqs]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)
   (java.time Instant)))

(set! *warn-on-reflection* true)

(defn- kinesis-record [n]
  {"kinesisSchemaVersion" "1.0", "partitionKey" (str "k-" n), "sequenceNumber" (str "seq-" n), "data" "eyJvcmRlcklkIjo3fQ=="
   "approximateArrivalTimestamp" 1767268800.5, "eventSource" "aws:kinesis", "eventVersion" "1.0"
   "eventID" (str "shardId-000000000000:seq-" n), "eventName" "aws:kinesis:record", "awsRegion" "eu-west-1"
   "eventSourceARN" "arn:aws:kinesis:eu-west-1:111122223333:stream/orders"})

(defn- dynamodb-record [n]
  {"eventID" (str "event-" n), "eventName" "MODIFY", "eventSource" "aws:dynamodb", "awsRegion" "eu-west-1"
   "eventSourceARN" "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/1"
   "dynamodb" {"SequenceNumber" (str "seq-" n), "Keys" {"orderId" {"N" (str n)}}}})

(defn- kafka-record [partition offset]
  {"eventSource" "aws:kafka", "topic" "orders", "partition" partition, "offset" offset, "timestamp" 1767268800000
   "key" "Y3VzdG9tZXItMQ==", "value" "eyJvcmRlcklkIjo3fQ==", "headers" [{"shopName" [110]}]})

(defn- answer [event bad?]
  (let [handler (lambda/batch "work" (lambda/batch-options {:on-failure (fn [& _])})
                              (fn [record _] (when (bad? record) (throw (Exception. "bad")))))]
    (map #(get % "itemIdentifier") (get (handler event nil) "batchItemFailures"))))

(deftest a-pipes-records-are-read-as-those-of-their-source
  (is (= (sqs/messages (local/sample :sqs)) (sqs/messages (local/sample :sqs-pipe))))
  (is (= [["k-1" "seq-1" "shardId-000000000000" (Instant/parse "2026-01-01T12:00:00.500Z") {:orderId 7}]]
         (map (juxt :partition-key :sequence-number :shard :time (comp lambda/json :data)) (kinesis/records [(kinesis-record 1)]))))
  (is (= [[{:orderId 1} "orders"]] (map (juxt :keys :table) (dynamodb/records [(dynamodb-record 1)]))))
  (is (= [["orders" 1 15 "shopName"]] (map (juxt :topic :partition :offset (comp ffirst :headers)) (kafka/records [(kafka-record 1 15)]))))
  (is (= (local/sample :sqs-pipe) (lambda/raw (lambda/event (local/sample :sqs-pipe)))))
  (doseq [event [[] [1] [{"orderId" 7}] [(kinesis-record 1)]]]
    (is (= :karamon.lambda/other-event (:type (ex-data (is (thrown? ExceptionInfo (sqs/messages event)))))))))

(deftest a-pipe-hears-of-each-record-to-send-again
  (testing "of a queue, each failed one by its messageId"
    (is (= ["0a1b2c3d-0000-4000-8000-000000000002"]
           (answer (local/sample :sqs-pipe) #(= "0a1b2c3d-0000-4000-8000-000000000002" (:id %))))))
  (testing "of a stream, by its eventID, with all after it: they weren't started"
    (is (= ["shardId-000000000000:seq-1" "shardId-000000000000:seq-2"]
           (answer (mapv kinesis-record [0 1 2]) #(= "seq-1" (:sequence-number %)))))
    (is (= ["event-1" "event-2"] (answer (mapv dynamodb-record [0 1 2]) #(= "seq-1" (:sequence-number %))))))
  (is (= [] (answer (local/sample :sqs-pipe) (constantly false)) (answer [] (constantly true)))))

(deftest a-pipe-of-kafka-cant-hear-of-single-records-so-the-invocation-fails
  (is (= [] (answer [(kafka-record 0 1) (kafka-record 1 1)] (constantly false))))
  (let [e (is (thrown? ExceptionInfo (answer [(kafka-record 0 1) (kafka-record 1 1) (kafka-record 1 2)] #(= 1 (:partition %)))))]
    (is (= :karamon.lambda/unreported (:type (ex-data e))))
    (is (= (str "Of the batch's 3 records 2 failed or weren't started. A pipe of Kafka can't report them, so the whole batch is sent "
                "again")
           (ex-message e)))
    (is (= "bad" (ex-message (ex-cause e))))))

(deftest a-pipes-record-without-an-identifier-is-refused
  (doseq [event [[(dissoc (kinesis-record 1) "eventID")] [(kinesis-record 1) {}] [(kinesis-record 1) (dynamodb-record 1)]]]
    (is (= :karamon.lambda/other-event (:type (ex-data (is (thrown? ExceptionInfo (answer event (constantly false))))))))))

(deftest self-managed-kafka-has-two-names
  (doseq [named ["SelfManagedKafka" "aws:SelfManagedKafka"]
          :let [event (assoc (local/sample :kafka) "eventSource" named)]]
    (is (= 1 (count (kafka/records event))))
    (is (= [] (answer event (constantly false))))))

;; The form: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds_gettingstarted.html
(deftest changes-of-a-table-come-through-kinesis-too
  (let [change {"awsRegion" "eu-west-1", "eventID" "event-1", "eventName" "MODIFY", "userIdentity" nil, "recordFormat" "application/json"
                "tableName" "orders", "eventSource" "aws:dynamodb"
                "dynamodb"  {"ApproximateCreationDateTime" 1767268800500, "Keys" {"orderId" {"N" "7"}}
                             "NewImage" {"orderId" {"N" "7"}, "shipTo" {"M" {"postCode" {"S" "1"}}}}, "SizeBytes" 20}}
        time   (Instant/parse "2026-01-01T12:00:00.500Z")
        record #(dynamodb/record (lambda/event %))]
    (is (= {:event :modify, :table "orders", :keys {:orderId 7}, :new {:orderId 7, :shipTo {:postCode "1"}}, :time time}
           (select-keys (record change) [:event :table :keys :new :time])))
    (is (= time (:time (record (assoc-in change ["dynamodb" "ApproximateCreationDateTimePrecision"] "MILLISECOND")))))
    (is (= time (:time (record (update change "dynamodb" assoc "ApproximateCreationDateTimePrecision" "MICROSECOND"
                                       "ApproximateCreationDateTime" 1767268800500000)))))))

(defn- window [state final? records]
  (assoc (local/sample :kinesis-window) "state" state, "isFinalInvokeForWindow" final?, "Records" records))

(defn- record [n amount]
  {"eventSource" "aws:kinesis", "kinesis" {"sequenceNumber" (str n), "partitionKey" "k", "data" (str amount)}})

;; https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
(deftest a-window-has-a-state
  (let [ended   (atom [])
        handler (lambda/batch "sum" (lambda/batch-options {:reduce    (fn [state amount] (update state :total (fnil + 0) amount))
                                                           :on-window (fn [state window _] (swap! ended conj [state window]))
                                                           :on-failure (fn [& _])})
                              (fn [{:keys [sequence-number]} _]
                                (when (= "3" sequence-number) (throw (Exception. "bad")))
                                (future (parse-long sequence-number))))]
    (is (= {"batchItemFailures" [], "state" {:total 3}} (handler (window {} false [(record 1 "MQ==") (record 2 "Mg==")]) nil)))
    (testing "to which only records are added that AWS doesn't send again"
      (is (= {"batchItemFailures" [{"itemIdentifier" "3"}], "state" {:total 5}}
             (handler (window {"total" 3} true [(record 2 "Mg==") (record 3 "Mw==") (record 4 "NA==")]) nil)))
      (is (= [] @ended)))
    (testing "which the last invocation may use"
      (is (= {"batchItemFailures" [], "state" {:total 5}} (handler (window {"total" 5} true []) nil)))
      (is (= [[{:total 5} {:start (Instant/parse "2026-01-01T12:00:00Z"), :end (Instant/parse "2026-01-01T12:02:00Z")
                           :shard "shardId-000000000000", :stream-arn "arn:aws:kinesis:eu-west-1:111122223333:stream/orders"}]]
             @ended)))
    (testing "and without :reduce it stays as it is"
      (is (= {"batchItemFailures" [], "state" {:orderCount 6}}
             ((lambda/batch "none" (lambda/batch-options nil) (constantly 1)) (local/sample :kinesis-window) nil))))))
