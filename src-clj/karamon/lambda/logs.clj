(ns karamon.lambda.logs
  "Unzips the events that CloudWatch Logs sends to a subscription's function."
  (:require
   [karamon.lambda :as lambda]
   [karamon.lambda.record :as record]
   [karamon.lambda.values :as values])
  (:import
   (java.io ByteArrayInputStream IOException)
   (java.util.zip GZIPInputStream)
   (karamon.json MalformedJson)))

(set! *warn-on-reflection* true)

(def ^:private max-bytes
  "AWS documents no limit of a batch. One call of PutLogEvents takes up to 1 MiB of messages and 10,000 events. As JSON, with
  every character escaped and again among the fields of a filter's pattern, that is less than 16 MiB.
  https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"
  (* 32 1024 1024))

(defn- bad-batch [found cause]
  (ex-info (str "Expected the zipped JSON of a batch of CloudWatch Logs, found " found) {:type ::lambda/bad-value} cause))

(defn- inflate ^bytes [^bytes zipped]
  (let [unzipped (.readNBytes (GZIPInputStream. (ByteArrayInputStream. zipped)) (inc (long max-bytes)))]
    (when (< (long max-bytes) (alength unzipped))
      (throw (bad-batch (str (alength zipped) " bytes that hold more than " max-bytes) nil)))
    unzipped))

(defn- json [zipped]
  (let [found (try
                (lambda/json (inflate zipped))
                (catch IOException e (throw (bad-batch (ex-message e) e)))
                (catch MalformedJson e (throw (bad-batch (ex-message e) e))))]
    (when-not (and (map? found) (sequential? (:logEvents found)))
      (throw (bad-batch (record/shown found) nil)))
    found))

(defn unzip
  "Returns the batch in zipped bytes, such as the data of a Kinesis record that a subscription wrote:

      {:type \"DATA_MESSAGE\" :log-group \"/aws/lambda/shop\" :log-stream \"…\" :owner \"…\" :filters [\"…\"]
       :events [{:id \"…\" :time #<Instant> :message \"…\" :fields {…}}]}

  A `:type` of \"CONTROL_MESSAGE\" only checks that the function exists. `:fields` has the fields named in the filter's
  pattern, nil if it names none. Unzipped, a batch may have 32 MiB, more than twice what one call of PutLogEvents can become.
  Throws ex-info of `:type` `:karamon.lambda/bad-value` for more, and for anything but a zipped batch."
  [zipped]
  (let [{:keys [messageType logGroup logStream owner subscriptionFilters logEvents]} (json zipped)]
    {:type       messageType
     :log-group  logGroup
     :log-stream logStream
     :owner      owner
     :filters    subscriptionFilters
     :events     (record/convert-all "the zipped JSON of a batch of CloudWatch Logs"
                                     (fn [{:keys [id timestamp message extractedFields]}]
                                       {:id id, :time (values/instant timestamp), :message message, :fields extractedFields})
                                     logEvents)}))

(defn batch
  "Returns the batch of a CloudWatch Logs event, as `unzip` does. Throws ex-info of `:type` `:karamon.lambda/other-event` for
  any other event, and `:karamon.lambda/bad-value` for one whose data isn't a zipped batch."
  [event]
  (let [data (get-in (lambda/event event) [:awslogs :data])]
    (when-not data
      (throw (ex-info "Expected a CloudWatch Logs event with :awslogs" {:type ::lambda/other-event})))
    (unzip (values/bytes64 data))))
