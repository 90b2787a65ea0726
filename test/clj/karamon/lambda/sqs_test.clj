(ns karamon.lambda.sqs-test
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.lambda :as lambda]
   [karamon.lambda.sqs :as sqs]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)
   (java.time Instant)))

(set! *warn-on-reflection* true)

(deftest messages-of-a-queue-become-plain
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

(deftest another-event-is-an-error
  (let [e (is (thrown-with-msg? ExceptionInfo #"^Expected an SQS event with :records, found the keys \[:orderId\]$" (sqs/messages {"orderId" 7})))]
    (is (= ::lambda/other-event (:type (ex-data e))))))
