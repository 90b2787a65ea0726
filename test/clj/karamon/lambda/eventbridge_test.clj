(ns karamon.lambda.eventbridge-test
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.lambda :as lambda]
   [karamon.lambda.eventbridge :as eventbridge]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)
   (java.time Instant)))

(set! *warn-on-reflection* true)

(deftest events-of-a-bus-become-plain
  (is (= {:id      "53dc4d37-0000-4000-8000-000000000002", :source "shop.orders", :type "Order placed"
          :detail  {:orderId 7, :customer {:firstName "Hana"}}, :time (Instant/parse "2026-01-01T12:00:00Z"), :resources []
          :account "111122223333", :region "eu-west-1"}
         (eventbridge/message (local/sample :eventbridge))))
  (is (= [true false false] (map eventbridge/scheduled? [(local/sample :schedule) (local/sample :eventbridge) {}]))))

(deftest another-event-is-an-error
  (let [e (is (thrown-with-msg? ExceptionInfo #"^Expected an EventBridge event with :source and :detail-type, found the keys \[:orderId\]$" (eventbridge/message {"orderId" 7})))]
    (is (= ::lambda/other-event (:type (ex-data e))))))
