(ns karamon.lambda.kinesis
  "Converts records of Kinesis data streams to plain records. `karamon.lambda/defbatch` calls a function for each record of a
  batch."
  (:require
   [karamon.lambda.record :as record]
   [karamon.lambda.values :as values]))

(set! *warn-on-reflection* true)

(defn record
  "Converts a record of a Kinesis event to a plain record:

      {:data #<bytes> :partition-key \"k\" :sequence-number \"…\" :shard \"shardId-000000000000\" :time #<Instant>
       :stream-arn \"…\" :region \"…\"}

  `karamon.lambda/text` and `karamon.lambda/json` read the data as UTF-8 and as JSON."
  [{:keys [event-id event-source-arn aws-region] :as record}]
  (let [kinesis (:kinesis record record)] ; a pipe's record has all in one map
    {:data            (values/bytes64 (:data kinesis))
     :partition-key   (:partition-key kinesis)
     :sequence-number (:sequence-number kinesis)
     :shard           (some->> event-id (re-find #"^[^:]+"))
     :time            (values/instant-of-seconds (:approximate-arrival-timestamp kinesis))
     :stream-arn      event-source-arn
     :region          aws-region}))

(defn records
  "Returns the records of a Kinesis event, a vector. Throws ex-info of `:type` `:karamon.lambda/other-event` for any other, and
  `:karamon.lambda/bad-value` for a record that can't be read."
  [event]
  (record/records event :kinesis "a Kinesis event with :records" record))
