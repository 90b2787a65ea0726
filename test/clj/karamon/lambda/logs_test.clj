(ns karamon.lambda.logs-test
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.lambda :as lambda]
   [karamon.lambda.logs :as logs]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)
   (java.time Instant)))

(set! *warn-on-reflection* true)

(deftest logs-are-unzipped
  (is (= {:type    "DATA_MESSAGE", :log-group "/aws/lambda/shop", :log-stream "2026/01/01/[1]0", :owner "111122223333"
          :filters ["errors"]
          :events  [{:id "1", :time (Instant/parse "2026-01-01T12:00:00Z"), :message "ERROR no order 7", :fields nil}]}
         (logs/batch (local/sample :logs)))))

(deftest another-event-is-an-error
  (let [e (is (thrown-with-msg? ExceptionInfo #"^Expected a CloudWatch Logs event with :awslogs$" (logs/batch {"orderId" 7})))]
    (is (= ::lambda/other-event (:type (ex-data e))))))
