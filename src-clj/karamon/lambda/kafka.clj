(ns karamon.lambda.kafka
  "Converts records of Kafka topics, of Amazon MSK or self-managed, to plain records. `karamon.lambda/defbatch` calls a function
  for each record of a batch."
  (:require
   [karamon.lambda.record :as record]
   [karamon.lambda.values :as values]))

(set! *warn-on-reflection* true)

(defn- header
  "Converts a header, a map of one name to signed bytes, to a pair."
  [m]
  (let [[name numbers] (first m)]
    [(subs (str name) 1) (byte-array (map unchecked-byte numbers))]))

(defn record
  "Converts a record of a Kafka event to a plain record:

      {:topic \"orders\" :partition 0 :offset 15 :time #<Instant> :key #<bytes> :value #<bytes> :headers [[\"name\" #<bytes>]]}

  `:key` and `:value` are nil if the record has none; `:headers` are a vector, since a name may be repeated.
  `karamon.lambda/text` and `karamon.lambda/json` read bytes as UTF-8 and as JSON."
  [{:keys [topic partition offset timestamp key value headers]}]
  {:topic     topic
   :partition partition
   :offset    offset
   :time      (values/instant timestamp)
   :key       (values/bytes64 key)
   :value     (values/bytes64 value)
   :headers   (mapv header headers)})

(defn records
  "Returns the records of a Kafka event, a vector, in order within each partition. Throws ex-info of `:type`
  `:karamon.lambda/other-event` for any other event, and `:karamon.lambda/bad-value` for a record that can't be read."
  [event]
  (let [expected "a Kafka event with :records"
        records  (:records (record/event event :kafka expected #(and (map? %) (every? sequential? (vals %)))))]
    (record/convert-all expected record (if (map? records) (mapcat val records) records))))
