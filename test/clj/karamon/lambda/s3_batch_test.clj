(ns karamon.lambda.s3-batch-test
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.lambda :as lambda]
   [karamon.lambda.s3-batch :as s3-batch]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(deftest tasks-of-s3-batch-operations-are-read
  (is (= [{:id "dGFzay0x", :bucket "photos", :key "summer/my photo.jpg", :version-id nil, :arguments {:maxWidth "800"}}]
         (s3-batch/tasks (local/sample :s3-batch))))
  (testing "of version 1.0"
    (is (= [{:id "t", :bucket "photos", :key "a", :version-id "1", :arguments nil}]
           (s3-batch/tasks {"invocationSchemaVersion" "1.0", "job" {"id" "j"}
                            "tasks" [{"taskId" "t", "s3Key" "a", "s3VersionId" "1", "s3BucketArn" "arn:aws:s3:::photos"}]}))))
  (testing "and their results"
    (is (= {"invocationSchemaVersion" "2.0"
            "treatMissingKeysAs"      "TemporaryFailure"
            "invocationId"            "RVhBTVBMRQ=="
            "results"                 [{"taskId" "a", "resultCode" "Succeeded", "resultString" ""}
                                       {"taskId" "b", "resultCode" "PermanentFailure", "resultString" "gone"}]}
           (s3-batch/response (local/sample :s3-batch) [{:id "a"} {:id "b", :result :permanent-failure, :message "gone"}]
                              {:missing :temporary-failure})))
    (is (thrown-with-msg? ExceptionInfo #"No result :suceeded for a task: there are :permanent-failure, :succeeded, :temporary-failure\. Did you mean :succeeded\?"
                          (s3-batch/response (local/sample :s3-batch) [{:id "a", :result :suceeded}])))))

(deftest another-event-is-an-error
  (let [e (is (thrown-with-msg? ExceptionInfo #"^Expected an event of S3 Batch Operations with :tasks$" (s3-batch/tasks {"orderId" 7})))]
    (is (= ::lambda/other-event (:type (ex-data e))))))
