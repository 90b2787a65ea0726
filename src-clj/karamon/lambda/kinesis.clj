(ns karamon.lambda.kinesis
  "Records of Kinesis data streams as plain ones. `karamon.lambda/defbatch` takes a batch of them apart."
  (:require
   [karamon.lambda.record :as record]
   [karamon.lambda.values :as values]))

(set! *warn-on-reflection* true)

(defn record
  "Returns a record of a Kinesis event as a plain one:

      {:data #<bytes> :partition-key \"k\" :sequence-number \"…\" :shard \"shardId-000000000000\" :time #<Instant>
       :stream-arn \"…\" :region \"…\"}

  `karamon.lambda/text` and `karamon.lambda/json` read the data as UTF-8 and as JSON."
  [{:keys [kinesis event-id event-source-arn aws-region]}]
  {:data            (values/bytes64 (:data kinesis))
   :partition-key   (:partition-key kinesis)
   :sequence-number (:sequence-number kinesis)
   :shard           (some->> event-id (re-find #"^[^:]+"))
   :time            (values/instant-of-seconds (:approximate-arrival-timestamp kinesis))
   :stream-arn      event-source-arn
   :region          aws-region})

(defn records
  "Returns the records of a Kinesis event, a vector. Throws ex-info of `:type` `:karamon.lambda/other-event` for another."
  [event]
  (mapv record (record/records event "a Kinesis event with :records")))
