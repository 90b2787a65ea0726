(ns karamon.lambda.firehose
  "Records that a function transforms for Firehose, and its answer:

      (deflambda shout [event ctx]
        (firehose/response
          (for [record (firehose/records event)]
            (update record :data #(str/upper-case (text %))))))"
  (:require
   [karamon.lambda.record :as record]
   [karamon.lambda.values :as values])
  (:import
   (karamon.text Options)))

(set! *warn-on-reflection* true)

(defn record
  "Converts a record of a Firehose event to a plain record: `:id`, `:data` (bytes), `:time` (an instant), and, if it came from
  a stream, `:partition-key`, `:sequence-number` and `:shard`."
  [{:keys [record-id data approximate-arrival-timestamp kinesis-record-metadata]}]
  (cond-> {:id   record-id
           :data (values/bytes64 data)
           :time (values/instant approximate-arrival-timestamp)}
    kinesis-record-metadata (assoc :partition-key (:partition-key kinesis-record-metadata)
                                   :sequence-number (:sequence-number kinesis-record-metadata)
                                   :shard (:shard-id kinesis-record-metadata))))

(defn records
  "Returns the records of a Firehose event, a vector. Throws ex-info of `:type` `:karamon.lambda/other-event` for any other, and
  `:karamon.lambda/bad-value` for a record that can't be read."
  [event]
  (record/records event :firehose "a Firehose event with :records" record))

(def ^:private results
  {:ok "Ok", :dropped "Dropped", :failed "ProcessingFailed"})

(defn response
  "Returns the answer to Firehose for `records`, which must include every record of the event, each a map of

  * `:id` -- the record's id
  * `:data` -- bytes, or a string, which is sent as UTF-8; optional unless the result is `:ok`
  * `:result` -- `:ok` (default), `:dropped`, or `:failed`, which Firehose stores separately
  * `:partition-keys` -- a map of names to values, for dynamic partitioning (default none)

  Ignores other keys of a record. Throws ex-info of `:type` `:karamon.lambda/bad-value` for an unknown result."
  [records]
  {"records"
   (vec
     (for [{:keys [id data result partition-keys] :or {result :ok}} records]
       (cond-> {"recordId" id
                "result"   (or (results result)
                               (throw (ex-info (Options/unknown "result" result "a record" (keys results))
                                               {:type :karamon.lambda/bad-value, :value result})))}
         data           (assoc "data" (values/base64 data))
         partition-keys (assoc "metadata" {"partitionKeys" partition-keys}))))})
