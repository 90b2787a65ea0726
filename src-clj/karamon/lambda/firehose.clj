(ns karamon.lambda.firehose
  "Records that Firehose has transformed by a function, and what it takes back:

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
  "Returns a record of a Firehose event as a plain one: `:id`, `:data` (bytes), `:time` (an instant), and of a stream's
  record `:partition-key`, `:sequence-number` and `:shard`."
  [{:keys [record-id data approximate-arrival-timestamp kinesis-record-metadata]}]
  (cond-> {:id   record-id
           :data (values/bytes64 data)
           :time (values/instant approximate-arrival-timestamp)}
    kinesis-record-metadata (assoc :partition-key (:partition-key kinesis-record-metadata)
                                   :sequence-number (:sequence-number kinesis-record-metadata)
                                   :shard (:shard-id kinesis-record-metadata))))

(defn records
  "Returns the records of a Firehose event, a vector. Throws ex-info of `:type` `:karamon.lambda/other-event` for another."
  [event]
  (mapv record (record/records event "a Firehose event with :records")))

(def ^:private results
  {:ok "Ok", :dropped "Dropped", :failed "ProcessingFailed"})

(defn response
  "Returns what Firehose takes back for `records`, every one that came, each a map of

  * `:id` -- as it came
  * `:data` -- bytes, or a string, which is sent as UTF-8; what isn't `:ok` may have none
  * `:result` -- `:ok` (default), `:dropped`, or `:failed`, which Firehose keeps apart
  * `:partition-keys` -- a map of names to values, for dynamic partitioning (default none)

  Whatever else a record has is passed over. Throws ex-info of `:type` `:karamon.lambda/bad-value` for another result."
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
