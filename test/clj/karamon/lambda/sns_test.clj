(ns karamon.lambda.sns-test
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.lambda :as lambda]
   [karamon.lambda.sns :as sns]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)
   (java.time Instant)))

(set! *warn-on-reflection* true)

(deftest notifications-of-a-topic-become-plain
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

(deftest another-event-is-an-error
  (let [e (is (thrown-with-msg? ExceptionInfo #"^Expected an SNS event with :records, found the keys \[:orderId\]$" (sns/notifications {"orderId" 7})))]
    (is (= ::lambda/other-event (:type (ex-data e))))))
