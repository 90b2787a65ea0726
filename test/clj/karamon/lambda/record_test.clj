(ns karamon.lambda.record-test
  "The functions that read an event's records either read all of them or throw a declared error."
  (:require
   [clojure.test :refer [deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.lambda :as lambda]
   [karamon.lambda.dynamodb :as dynamodb]
   [karamon.lambda.firehose :as firehose]
   [karamon.lambda.kafka :as kafka]
   [karamon.lambda.kinesis :as kinesis]
   [karamon.lambda.logs :as logs]
   [karamon.lambda.s3 :as s3]
   [karamon.lambda.s3-batch :as s3-batch]
   [karamon.lambda.sns :as sns]
   [karamon.lambda.sqs :as sqs]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)
   (karamon.json MalformedJson)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(def ^:private readers
  "Each source's function, with the path of the records in its sample."
  {:sqs      [sqs/messages ["Records"]]
   :sns      [sns/notifications ["Records"]]
   :s3       [s3/changes ["Records"]]
   :kinesis  [kinesis/records ["Records"]]
   :dynamodb [dynamodb/records ["Records"]]
   :kafka    [kafka/records ["records"]]
   :firehose [firehose/records ["records"]]
   :s3-batch [s3-batch/tasks ["tasks"]]})

(defn- error-type
  "Returns the type of the declared error that reading the event throws; nil if it is read."
  [f event]
  (try
    (f event)
    nil
    (catch ExceptionInfo e (:type (ex-data e)))
    (catch MalformedJson _ (when (string? event) ::lambda/other-event))))

(deftest records-of-another-form-are-refused
  (doseq [[kind [f path]] readers
          records         (cond-> [nil true 5 1.5 "x"]
                            (= :kafka kind)    (conj [{}] {"t-0" nil} {"t-0" 5} {"t-0" "x"} {"t-0" {}})
                            (not= :kafka kind) (conj {} {"a" {}}))]
    (testing [kind records]
      (is (= ::lambda/other-event (error-type f (assoc-in (local/sample kind) path records))))))
  (doseq [[kind [f path]] readers
          record          [nil true 5 "x" []]
          :let            [event (local/sample kind)
                           path  (if (= :kafka kind) (conj path (key (first (event "records")))) path)]]
    (testing [kind record]
      (is (= ::lambda/bad-value (error-type f (update-in event path conj record)))))))

(deftest events-of-other-sources-are-refused
  (doseq [[kind [f]] readers
          other      (conj (keys readers) :logs :schedule :cognito)
          :when      (not= kind other)]
    (testing [kind other]
      (is (= ::lambda/other-event (error-type f (local/sample other))))))
  (doseq [[_ [f]] readers
          event   [nil 1 [] "1" "null" {} {"orderId" 7}]]
    (is (= ::lambda/other-event (error-type f event)))))

(deftest an-error-says-what-was-found
  (doseq [[event text] [[{"Records" [{"eventSource" "aws:sqs"} 5]} #"^Expected an SQS event with :records, found 5 as record 1$"]
                        [{"eventSource" "aws:sqs", "Records" 5} #"^Expected an SQS event with :records, found the keys \[:event-source :records\], and in :records 5$"]
                        [{"Records" [{"eventSource" "aws:sqs", "messageAttributes" 5}]} #"^Expected an SQS event with :records, found the keys \[:event-source :message-attributes\] as record 0, which can't be read: "]
                        [(str "\"" (apply str (repeat 100000 "x")) "\"") #"^Expected an SQS event with :records, found a java.lang.String$"]]]
    (is (thrown-with-msg? ExceptionInfo text (sqs/messages event)))))

(deftest logs-of-another-form-are-refused
  (let [zipped (fn [^String json]
                 (let [out (java.io.ByteArrayOutputStream.)]
                   (with-open [zip (java.util.zip.GZIPOutputStream. out)] (.write zip (.getBytes json)))
                   (.encodeToString (java.util.Base64/getEncoder) (.toByteArray out))))]
    (doseq [data [5 true [] {} "" "*" "AAAA" (zipped "{") (zipped "[]") (zipped "5") (zipped "{}") (zipped "{\"logEvents\":5}")
                  (zipped "{\"logEvents\":[null]}") (zipped "{\"logEvents\":[{\"timestamp\":[]}]}")]]
      (testing data
        (is (= ::lambda/bad-value (error-type logs/batch {"awslogs" {"data" data}})))))))

(def ^:private odd
  (gen/elements [nil true 0 -1 1.5 1e300 "" "x" "%" "1.0" [] [nil] [1] {} {"a" 1} {"N" "x"} {"M" []} {"L" {}}]))

(defn- replaced
  "Returns a generator of data in which one part of `x`, at any depth, is replaced."
  [x]
  (cond
    (and (map? x) (seq x))
    (gen/one-of [odd (gen/let [k (gen/elements (keys x)), v (replaced (x k))] (assoc x k v))])

    (and (vector? x) (seq x))
    (gen/one-of [odd (gen/let [i (gen/choose 0 (dec (count x))), v (replaced (x i))] (assoc x i v))])

    :else odd))

(defspec any-event-is-read-or-refused-by-a-declared-error {:num-tests (Depth/times 1000 20000), :seed 75}
  (prop/for-all [[kind event] (gen/let [kind (gen/elements (keys readers)), event (replaced (local/sample kind))] [kind event])]
    (contains? #{nil ::lambda/other-event ::lambda/bad-value} (error-type (first (readers kind)) event))))
