(ns karamon.lambda.aws-samples-test
  "Sample events of others, where they lie beside the project: each becomes data and keeps what was sent; those of a known
  kind become plain records; and what has a form of AWS's own is written back unchanged."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.lambda :as lambda]
   [karamon.lambda.authorizer :as authorizer]
   [karamon.lambda.dynamodb :as dynamodb]
   [karamon.lambda.firehose :as firehose]
   [karamon.lambda.kafka :as kafka]
   [karamon.lambda.kinesis :as kinesis]
   [karamon.lambda.logs :as logs]
   [karamon.lambda.s3 :as s3]
   [karamon.lambda.s3-batch :as s3-batch]
   [karamon.lambda.sns :as sns]
   [karamon.lambda.sqs :as sqs]
   [karamon.lambda.values :as values]
   [karamon.test-events :refer [json-bytes read-json]])
  (:import
   (java.io File)
   (java.nio.file Files)))

(set! *warn-on-reflection* true)

(def ^:private kinds
  "The start of a file's name to the kind of its event; nil for what is no event of these."
  (array-map
    "alb-" nil, "apigw-custom-auth-response" nil, "apigw-custom-auth" :authorizer, "apigw-v2-custom-authorizer-v2" :authorizer
    "apigw-v2-custom-authorizer-v1" :authorizer, "apigw-" nil, "cloudwatch-alarm-sns" :sns, "cloudwatch-logs" :logs
    "dynamodb-" :dynamodb, "function-url" nil, "kafka-" :kafka, "kinesis-firehose-event" :firehose, "kinesis-firehose-response" nil
    "kinesis-" :kinesis, "lambda-urls" nil, "s3-batch-job-event-request" :s3-batch, "s3-batch-job-event-response" nil
    "s3-object-lambda" :s3-object, "s3-" :s3, "secretsmanager" :secret-rotation, "ses-" :ses, "sns-" :sns, "sqs-" :sqs))

(def ^:private plain
  "Kind to what makes plain records of its events."
  {:authorizer (comp vector authorizer/request), :dynamodb dynamodb/records, :firehose firehose/records, :kafka kafka/records
   :kinesis    kinesis/records, :logs (comp :events logs/batch), :s3 s3/changes, :s3-batch s3-batch/tasks
   :sns        sns/notifications, :sqs sqs/messages})

(defn- samples []
  (let [files (filter #(str/ends-with? (str %) ".json") (sort (.listFiles (io/file "../shared/events"))))]
    (when (empty? files)
      (println "No sample events in ../shared/events: skipped"))
    (for [^File file files]
      [(str/replace (.getName file) ".json" "") (Files/readAllBytes (.toPath file))])))

(deftest every-sample-becomes-data-and-keeps-what-was-sent
  (is (every? some? (keys plain)))
  (doseq [[file-name bytes] (samples)
          :let [event (lambda/event bytes)
                kind  (val (first (filter #(str/starts-with? file-name (key %)) kinds)))]]
    (testing file-name
      (is (= kind (lambda/kind event)))
      (is (= (read-json bytes) (lambda/raw event)))
      (is (= (read-json bytes) (read-json (json-bytes (lambda/raw event)))))
      (is (every? keyword? (keys event)))
      (when-let [records (plain kind)]
        (is (seq (records event)))
        (is (every? map? (records event)))))))

(defn- sorted-sets
  "Returns attribute values with the members of each set in one order: a set has none of its own."
  [x]
  (cond
    (map? x)    (into {} (map (fn [[k v]] [k (if (#{"SS" "NS" "BS"} k) (sort v) (sorted-sets v))])) x)
    (vector? x) (mapv sorted-sets x)
    :else       x))

(deftest attribute-values-are-written-back-unchanged
  (is (= "2" (dynamodb/value {"S" "2"})))
  (doseq [[file-name bytes] (samples) :when (str/starts-with? file-name "dynamodb-")
          {sent "dynamodb"} ((read-json bytes) "Records")
          image             ["Keys" "NewImage" "OldImage"]
          :when             (sent image)]
    (is (= (sorted-sets (sent image)) (sorted-sets (dynamodb/attributes (dynamodb/item (sent image))))) (str file-name " " image))))

(deftest data-is-written-back-unchanged
  (is (= "aGk=" (values/base64 (values/bytes64 "aGk="))))
  (doseq [[file-name bytes] (samples) :when (= "kinesis-firehose-event" file-name)
          :let [sent (read-json bytes)]]
    (is (= (for [{data "data", id "recordId"} (sent "records")] {"recordId" id, "result" "Ok", "data" data})
           (get (firehose/response (firehose/records bytes)) "records")))))

(deftest answers-of-aws-own-samples-are-what-is-made-here
  (is (= {"isAuthorized" true} (authorizer/simple true)))
  (doseq [[file-name bytes] (samples)
          :let [sent (read-json bytes)]]
    (case file-name
      "apigw-custom-auth-response"
      (let [arns (get-in sent ["policyDocument" "Statement" 0 "Resource"])]
        (is (= (assoc-in sent ["policyDocument" "Statement" 0 "Effect"] "Deny")
               (authorizer/deny (sent "principalId") arns {:context (sent "context"), :usage-key (sent "usageIdentifierKey")}))))
      "s3-batch-job-event-response"
      (is (= sent (s3-batch/response (lambda/event (dissoc (assoc sent "job" {}, "tasks" []) "results"))
                                     [{:id (get-in sent ["results" 0 "taskId"]), :message (get-in sent ["results" 0 "resultString"])}])))
      nil)))
