(ns karamon.lambda.sources
  "Which records an event holds, for `karamon.lambda.batch`: their identifiers, their order, and what AWS wants to know of failed ones.
  The source's own namespace is loaded at its first batch."
  {:no-doc true}
  (:require
   [clojure.string :as str]
   [karamon.lambda.record :as record]))

(set! *warn-on-reflection* true)

;; An item is a record with `:index`, `:id` (its identifier in the answer to AWS), `:domain` (a failure stops the items of its
;; domain with a greater index) and `:lane` (threads keep the items of a lane in order). A domain consists of whole lanes.

;; Keys are strings, and DynamoDB's are maps of maps of strings. Anybody may send a batch with deeper ones to a function that they
;; may invoke, and hashing or comparing those could overflow the stack.
(defn- shallow
  "Returns the key of a record, without what is below two levels of it."
  ([k] (shallow k 2))
  ([k levels]
   (cond
     (not (coll? k)) k
     (zero? levels)  ::nested
     (map? k)        (update-vals k #(shallow % (dec levels)))
     :else           (mapv #(shallow % (dec levels)) k))))

(defn- place
  "Returns the path of a record in the event as sent; a pipe sends an array of records."
  [piped? index]
  (if piped? [index] ["Records" index]))

(defn- fifo? [arn] (and (string? arn) (str/ends-with? arn ".fifo")))

(defn- queue-items [records piped?]
  (for [[index {:keys [message-id attributes event-source-arn] :as record}] (map-indexed vector records)
        :let [lane (if (fifo? event-source-arn) [:group (shallow (:message-group-id attributes))] index)]]
    {:index index, :id message-id, :domain lane, :lane lane, :record record, :path (place piped? index)}))

;; Senders choose the keys of a stream's records. The hash of a key is enough to keep its records in order; keys of one hash only
;; wait for each other.
;; https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html: pipes want the event's id.
(defn- stream-items [id lane]
  (fn [records piped?]
    (for [[index record] (map-indexed vector records)]
      {:index index, :id ((if piped? :event-id id) record), :domain :shard, :lane (hash (shallow (lane record)))
       :record record, :path (place piped? index)})))

(defn- kafka-items [records _piped?]
  (map-indexed (fn [index item] (assoc item :index index))
    (for [[k records]    records
          :let           [place (subs (str k) 1)]
          [index record] (map-indexed vector records)]
      {:id     {"partition" place, "offset" (:offset record)}
       :domain place
       :lane   place
       :record record
       :path   ["records" place index]})))

(defn- kafka-pipe-items [records _piped?]
  (for [[index {:keys [topic partition offset] :as record}] (map-indexed vector records)
        :let [lane (shallow [topic partition])]]
    {:index index, :id {"partition" (str topic "-" partition), "offset" offset}, :domain lane, :lane lane, :record record, :path [index]}))

(defn- text? [id] (and (string? id) (seq id)))

(def ^:private kafka
  {:records? #(and (map? %) (every? vector? (vals %)))
   :items    kafka-items
   :id?      #(nat-int? (% "offset"))
   :form     "objects with an offset, in an array for each partition"
   :record   (delay (requiring-resolve 'karamon.lambda.kafka/record))
   :report   :first})

;; The vars are in delays, since a thread may find a var while another thread is still loading its namespace.
(def ^:private sources
  {"aws:sqs"          {:records? vector?
                       :items    queue-items
                       :id?      text?
                       :form     "an array of objects with a messageId"
                       :record   (delay (requiring-resolve 'karamon.lambda.sqs/message))
                       :report   :rest}
   "aws:kinesis"      {:records? vector?
                       :items    (stream-items (comp :sequence-number :kinesis) (some-fn :partition-key (comp :partition-key :kinesis)))
                       :id?      text?
                       :form     "an array of objects with a kinesis.sequenceNumber"
                       :record   (delay (requiring-resolve 'karamon.lambda.kinesis/record))
                       :report   :first}
   "aws:dynamodb"     {:records? vector?
                       :items    (stream-items (comp :sequence-number :dynamodb) (comp :keys :dynamodb))
                       :id?      text?
                       :form     "an array of objects with a dynamodb.SequenceNumber"
                       :record   (delay (requiring-resolve 'karamon.lambda.dynamodb/record))
                       :report   :first}
   "aws:kafka"            kafka
   ;; AWS's pages and its service differ in this name.
   "aws:SelfManagedKafka" kafka
   "SelfManagedKafka"     kafka})

(defn- refuse [from & message]
  (throw (ex-info (apply str message) {:type :karamon.lambda/other-event, :event-source from})))

;; For a stream, AWS sends the first failed record and all after it again; a pipe sends those that are reported, so all of them are.
;; A pipe can't report records of Kafka.
(defn- of-pipe [{:keys [report] :as reader}]
  (if (= kafka reader)
    (assoc kafka :records? vector?, :items kafka-pipe-items, :form "an array of objects with an offset", :report :none)
    (assoc reader
           :form   (if (= :first report) "an array of objects with an eventID" (:form reader))
           :report :rest)))

(defn- refuse [from & message]
  (throw (ex-info (apply str message) {:type :karamon.lambda/other-event, :event-source from})))

(defn- source
  "Returns the name of the source of the event's records; nil for an empty batch, which doesn't name it."
  [event records]
  (let [from (or (:event-source event) (when (vector? records) (:event-source (first records))))]
    (if (or (sources from) (= [] records))
      from
      (refuse from "A batch handler takes the records of SQS, Kinesis, DynamoDB streams and Kafka, found "
              (if from (str "those of " (karamon.text.Shown/text from)) (str (when (map? event) "an event with ") (record/shown event)))))))

(defn- items-of
  "Returns the items of the records, a vector. Throws if it can't read a record or its identifier: a failure of that record would be
  lost."
  [{:keys [records? items id? form]} from records piped?]
  (let [expected (str "The records of " from " must be " form ", found ")]
    (when-not (records? records)
      (refuse from expected (record/shown records)))
    (let [items (vec (items records piped?))]
      (doseq [{:keys [id record path]} items]
        (when-not (and (map? record) (id? id) (= from (:event-source record from)))
          (refuse from expected (record/shown record) (some->> (:event-source record) karamon.text.Shown/text (str " of "))
                  " at " (str/join "." path))))
      items)))

(defn batch
  "Returns the batch in an event: `:items`, a vector; `:convert`, a function of an item that returns its plain record; `:report`,
  which of the items after a failure are reported: `:first`, `:rest` or `:none`. Throws ex-info of `:type`
  `:karamon.lambda/other-event` if it isn't a batch, or has a record that can't be reported."
  [event]
  (let [piped?  (vector? event)
        records (if piped? event (:records event))
        from    (source event records)
        sent    (:karamon/raw (meta event))]
    (if-let [reader (some-> (sources from) (cond-> piped? of-pipe))]
      {:items   (items-of reader from records piped?)
       :convert (fn [item] (vary-meta (@(:record reader) (:record item)) assoc :karamon/raw (get-in sent (:path item))))
       :report  (:report reader)}
      {:items []})))
