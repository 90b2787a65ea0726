(ns karamon.lambda.aws-samples-test
  "Reads a sample of each event format of AWS: each becomes data and keeps the event as sent; those of a known kind become plain
  records; and values in AWS's own formats are written back unchanged."
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.aws-samples :as samples]
   [karamon.lambda :as lambda]
   [karamon.lambda.authorizer :as authorizer]
   [karamon.lambda.cognito :as cognito]
   [karamon.lambda.dynamodb :as dynamodb]
   [karamon.lambda.eventbridge :as eventbridge]
   [karamon.lambda.firehose :as firehose]
   [karamon.lambda.kafka :as kafka]
   [karamon.lambda.kinesis :as kinesis]
   [karamon.lambda.logs :as logs]
   [karamon.lambda.s3 :as s3]
   [karamon.lambda.s3-batch :as s3-batch]
   [karamon.lambda.sns :as sns]
   [karamon.lambda.sqs :as sqs]
   [karamon.test-events :refer [json-bytes read-json]])
  (:import
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(def ^:private plain
  "Kind to the function that converts its events to plain records."
  {:authorizer (comp vector authorizer/request), :dynamodb dynamodb/records, :eventbridge (comp vector eventbridge/message)
   :firehose   firehose/records, :kafka kafka/records, :kinesis kinesis/records, :logs (comp :events logs/batch)
   :s3         s3/changes, :s3-batch s3-batch/tasks, :sns sns/notifications, :sqs sqs/messages})

(defn- sample [sample-name]
  (read-json (samples/bytes-of sample-name)))

(deftest every-sample-becomes-data-and-keeps-the-event-as-sent
  (doseq [sample-name samples/sample-names
          :let [bytes (samples/bytes-of sample-name)
                event (lambda/event bytes)
                kind  (samples/kind sample-name)]]
    (testing sample-name
      (is (= kind (lambda/kind event)))
      (is (= (JsonReader/read bytes Keys/STRINGS true) (lambda/raw event)))
      (is (= (read-json bytes) (read-json (json-bytes (lambda/raw event)))))
      (is (every? (if (or kind (samples/source sample-name)) keyword? some?) (keys event)))
      (when-let [records (plain kind)]
        (is (seq (records event)))
        (is (every? map? (records event)))))))

(defn- sorted-sets
  "Returns attribute values with the members of each set sorted, since a set has no order."
  [x]
  (cond
    (map? x)    (into {} (map (fn [[k v]] [k (if (#{"SS" "NS" "BS"} k) (sort v) (sorted-sets v))])) x)
    (vector? x) (mapv sorted-sets x)
    :else       x))

(deftest attribute-values-are-written-back-unchanged
  (doseq [sample-name (:dynamodb samples/events)
          record      (get (sample sample-name) "Records")
          image       ["Keys" "NewImage" "OldImage"]
          :let        [sent (get-in record ["dynamodb" image])]
          :when       sent]
    (is (= (sorted-sets sent) (sorted-sets (dynamodb/attributes (dynamodb/item sent)))) (str sample-name " " image))))

(deftest data-is-written-back-unchanged
  (is (= (for [{data "data", id "recordId"} (get (sample "firehose") "records")] {"recordId" id, "result" "Ok", "data" data})
         (get (firehose/response (firehose/records (samples/bytes-of "firehose"))) "records"))))

(deftest the-answer-to-a-user-pool-is-its-event
  (doseq [sample-name (:cognito samples/events)]
    (is (= (sample sample-name) (cognito/answer (lambda/event (samples/bytes-of sample-name)))) sample-name)))

(deftest our-answers-equal-the-samples
  (let [sent (sample "authorizer-response")
        arns (get-in sent ["policyDocument" "Statement" 0 "Resource"])]
    (is (= sent (authorizer/deny (sent "principalId") arns {:context (sent "context"), :usage-key (sent "usageIdentifierKey")}))))
  (is (= (sample "s3-batch-response")
         (s3-batch/response (samples/bytes-of "s3-batch-1.0")
                            (for [{:keys [id]} (s3-batch/tasks (samples/bytes-of "s3-batch-1.0"))] {:id id, :message "800 x 600"})))))
