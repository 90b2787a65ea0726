(ns karamon.lambda.firehose-test
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.lambda :as lambda]
   [karamon.lambda.firehose :as firehose]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)
   (java.time Instant)))

(set! *warn-on-reflection* true)

(deftest records-of-firehose-become-plain-and-are-answered
  (let [[record :as records] (firehose/records (assoc-in (local/sample :firehose) ["records" 0 "kinesisRecordMetadata"]
                                                         {"shardId" "s", "partitionKey" "k", "sequenceNumber" "1"}))]
    (is (= {:id "1", :time (Instant/parse "2026-01-01T12:00:00Z"), :partition-key "k", :sequence-number "1", :shard "s"}
           (dissoc record :data)))
    (is (= {"records" [{"recordId" "1", "result" "Ok", "data" "eyJvcmRlcklkIjo3fQ=="}]} (firehose/response records))))
  (is (= {"records" [{"recordId" "1", "result" "Dropped"}
                     {"recordId" "2", "result" "ProcessingFailed", "data" "w7w="}
                     {"recordId" "3", "result" "Ok", "data" "YQ==", "metadata" {"partitionKeys" {:shop "n"}}}]}
         (firehose/response [{:id "1", :result :dropped} {:id "2", :result :failed, :data "ü"} {:id "3", :data "a", :partition-keys {:shop "n"}}])))
  (is (thrown-with-msg? ExceptionInfo #"No result :drop for a record: there are :dropped, :failed, :ok\. Did you mean :dropped\?"
                        (firehose/response [{:id "1", :result :drop}]))))

(deftest another-event-is-an-error
  (let [e (is (thrown-with-msg? ExceptionInfo #"^Expected a Firehose event with :records, found the keys \[:orderId\]$" (firehose/records {"orderId" 7})))]
    (is (= ::lambda/other-event (:type (ex-data e))))))
