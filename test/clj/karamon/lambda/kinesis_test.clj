(ns karamon.lambda.kinesis-test
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.lambda :as lambda]
   [karamon.lambda.kinesis :as kinesis]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)
   (java.time Instant)))

(set! *warn-on-reflection* true)

(deftest records-of-a-stream-become-plain
  (let [[record] (kinesis/records (local/sample :kinesis))]
    (is (= {:orderId 7} (lambda/json (:data record))))
    (is (= {:partition-key "customer-1", :sequence-number "49590338271490256608559692538361571095921575989136588898"
            :shard         "shardId-000000000000", :time (Instant/parse "2026-01-01T12:00:00.250Z")
            :stream-arn    "arn:aws:kinesis:eu-west-1:111122223333:stream/orders", :region "eu-west-1"}
           (dissoc record :data)))))

(deftest another-event-is-an-error
  (let [e (is (thrown-with-msg? ExceptionInfo #"^Expected a Kinesis event with :records, found the keys \[:orderId\]$" (kinesis/records {"orderId" 7})))]
    (is (= ::lambda/other-event (:type (ex-data e))))))
