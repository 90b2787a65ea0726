(ns karamon.lambda.kafka
  "Records of Kafka topics, Amazon MSK's and one's own, as plain ones. `karamon.lambda/defbatch` takes a batch of them apart."
  (:require
   [karamon.lambda.record :as record]
   [karamon.lambda.values :as values]))

(set! *warn-on-reflection* true)

(defn- header
  "Returns a header, a map of one name to signed bytes, as a pair."
  [m]
  (let [[name numbers] (first m)]
    [(subs (str name) 1) (byte-array (map unchecked-byte numbers))]))

(defn record
  "Returns a record of a Kafka event as a plain one:

      {:topic \"orders\" :partition 0 :offset 15 :time #<Instant> :key #<bytes> :value #<bytes> :headers [[\"name\" #<bytes>]]}

  `:key` and `:value` are nil where the record has none; `:headers` are in order, since a name may come twice.
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
  "Returns the records of a Kafka event, a vector: those of a partition in order. Throws ex-info of `:type`
  `:karamon.lambda/other-event` for another event."
  [event]
  (into [] (comp (mapcat val) (map record)) (record/records event "a Kafka event with :records")))
