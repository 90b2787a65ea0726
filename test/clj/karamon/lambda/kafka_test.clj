(ns karamon.lambda.kafka-test
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.lambda :as lambda]
   [karamon.lambda.kafka :as kafka]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)
   (java.time Instant)))

(set! *warn-on-reflection* true)

(deftest records-of-kafka-become-plain
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

(deftest another-event-is-an-error
  (let [e (is (thrown-with-msg? ExceptionInfo #"^Expected a Kafka event with :records, found the keys \[:orderId\]$" (kafka/records {"orderId" 7})))]
    (is (= ::lambda/other-event (:type (ex-data e))))))
