(ns karamon.lambda.s3-test
  (:require
   [clojure.test :refer [are deftest is testing]]
   [karamon.lambda :as lambda]
   [karamon.lambda.s3 :as s3]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)
   (java.time Instant)))

(set! *warn-on-reflection* true)

(deftest changes-of-a-bucket-become-plain
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
  (testing "further data of a kind of change"
    (is (= {:glacier-event-data {:restore-event-data {:lifecycle-restore-storage-class "STANDARD"}}}
           (:details (first (s3/changes (assoc-in (local/sample :s3) ["Records" 0 "glacierEventData"]
                                                  {"restoreEventData" {"lifecycleRestoreStorageClass" "STANDARD"}})))))))
  (testing "keys are form data"
    (are [sent key] (= key (:key (first (s3/changes (assoc-in (local/sample :s3) ["Records" 0 "s3" "object" "key"] sent)))))
      "a+b"           "a b"
      "a%2Bb"         "a+b"
      "%E5%A4%AA.txt" "太.txt"
      "100%"          "100%"))
  (testing "S3's test event has none"
    (is (= [] (s3/changes {"Service" "Amazon S3", "Event" "s3:TestEvent", "Bucket" "photos"}))))
  (testing "EventBridge doesn't encode the key"
    (is (= {:event "Object Created", :bucket "photos", :key "a+b", :size 3, :details {:reason "PutObject"}}
           (select-keys (first (s3/changes {"source" "aws.s3", "detail-type" "Object Created", "time" "2026-01-01T12:00:00Z"
                                            "detail" {"bucket" {"name" "photos"}, "object" {"key" "a+b", "size" 3}, "reason" "PutObject"}}))
                        [:event :bucket :key :size :details])))
    (is (= ["192.0.2.1" "r"] ((juxt :source-ip :request-id)
                              (first (s3/changes {"source" "aws.s3", "detail-type" "Object Created"
                                                  "detail" {"source-ip-address" "192.0.2.1", "request-id" "r"}})))))))

(deftest another-event-is-an-error
  (let [e (is (thrown-with-msg? ExceptionInfo #"^Expected an S3 event with :records, found the keys \[:orderId\]$" (s3/changes {"orderId" 7})))]
    (is (= ::lambda/other-event (:type (ex-data e))))))
