(ns karamon.lambda.batch
  "Processes a batch and reports the failed records to AWS, so that only those are sent again. `defbatch` calls this.

  | source | after a failure | reported to AWS |
  |---|---|---|
  | SQS | the others continue | each failed message |
  | SQS FIFO | the rest of its message group isn't started | the message, and the rest of its group |
  | Kinesis, DynamoDB | the records after it aren't started | the first failed one: AWS sends it again, and all after it |
  | Kafka | the rest of its partition isn't started | the first failed one of each partition |

  Records that aren't started when the invocation has 100 milliseconds left count as failed.

  With `:threads`, several records are processed at once: of an SQS queue any, of a FIFO queue those of different groups, of a
  Kinesis stream those of different partition keys, of DynamoDB those of different items, of Kafka those of different
  partitions. Records of the same group, key, item or partition stay in order. Records of a stream after a failed one may
  then be done already; AWS sends them again, as after any failure."
  (:require
   [clojure.string :as str]
   [karamon.lambda.log :as log])
  (:import
   (java.util.concurrent Callable ExecutionException Executors Future ThreadFactory)
   (karamon.event LambdaEvent)
   (karamon.log Failure Fatal)
   (karamon.runtime Later)))

(set! *warn-on-reflection* true)

(def ^:private margin-ms 100)

;; An item is a record with `:index`, `:id` (its identifier in the answer to AWS), `:domain` (a failure stops the items of its
;; domain with a greater index) and `:lane` (threads keep the items of a lane in order). A domain consists of whole lanes.

(defn- queue-items [event]
  (for [[index {:keys [message-id attributes event-source-arn] :as record}] (map-indexed vector (:records event))
        :let [group (when (str/ends-with? (str event-source-arn) ".fifo") (:message-group-id attributes))
              place (if group [:group group] index)]]
    {:index index, :id message-id, :domain place, :lane place, :record record, :path ["Records" index]}))

(defn- stream-items [event id lane]
  (for [[index record] (map-indexed vector (:records event))]
    {:index index, :id (id record), :domain :shard, :lane (lane record), :record record, :path ["Records" index]}))

(defn- kafka-items [event]
  (map-indexed (fn [index item] (assoc item :index index))
    (for [[k records]    (:records event)
          :let           [place (subs (str k) 1)]
          [index record] (map-indexed vector records)]
      {:id     {"partition" place, "offset" (:offset record)}
       :domain place
       :lane   place
       :record record
       :path   ["records" place index]})))

;; In delays, since a thread may find a var while another thread is still loading its namespace.
(def ^:private sources
  {"aws:sqs"          {:items queue-items, :record (delay (requiring-resolve 'karamon.lambda.sqs/message)), :report :rest}
   "aws:kinesis"      {:items  #(stream-items % (comp :sequence-number :kinesis) (comp :partition-key :kinesis))
                       :record (delay (requiring-resolve 'karamon.lambda.kinesis/record))
                       :report :first}
   "aws:dynamodb"     {:items  #(stream-items % (comp :sequence-number :dynamodb) (comp :keys :dynamodb))
                       :record (delay (requiring-resolve 'karamon.lambda.dynamodb/record))
                       :report :first}
   "aws:kafka"        {:items kafka-items, :record (delay (requiring-resolve 'karamon.lambda.kafka/record)), :report :first}
   "SelfManagedKafka" {:items kafka-items, :record (delay (requiring-resolve 'karamon.lambda.kafka/record)), :report :first}})

(defn- source
  "Returns the entry of `sources` for the event's records, nil if it has none."
  [event]
  (let [records (:records event)
        from    (or (:event-source event) (when (vector? records) (:event-source (first records))))]
    (or (sources from)
        (when-not (and (vector? records) (empty? records))
          (throw (ex-info (str "A batch handler takes the records of SQS, Kinesis, DynamoDB streams and Kafka, found "
                               (cond from          (str "those of " from)
                                     (map? event)  (str "an event with the keys " (vec (keys event)))
                                     :else         (pr-str event)))
                          {:type :karamon.lambda/other-event, :event-source from}))))))

(defn- report-failure!
  "Reports a failed record. Logs an error of the reporting itself. A record that can't be converted is reported as sent."
  [{:keys [name ctx convert on-failure]} {:keys [id record] :as item} e]
  (try
    (if on-failure
      (on-failure e (try (convert item) (catch Exception _ record)) ctx)
      (log/error! (str name ": the record " id " failed") e))
    (catch Throwable again
      (when (Fatal/is again) (throw again))
      (log/error! (str name ": reporting the failed record " id " failed") again))))

(defn- stopped? [state {:keys [domain index]}]
  (when-let [failed (get-in state [:failed domain])]
    (< (long failed) (long index))))

(defn- failed [state {:keys [domain index]} e]
  (-> state
      (update-in [:failed domain] (fnil min Long/MAX_VALUE) index)
      (cond-> e       (update :thrown conj e)
              (not e) (assoc :late true))))

(defn- work-on!
  "Calls the function with an item's record, unless a failure or the deadline stops it, and records the outcome."
  [{:keys [f ctx convert deadline state] :as run} item]
  (when-not (stopped? @state item)
    (if (<= (long deadline) (System/currentTimeMillis))
      (swap! state failed item nil)
      (try
        (Later/await (f (convert item) ctx) (+ (long deadline) (long margin-ms)))
        (swap! state update :done inc)
        (catch Throwable e
          (when (Fatal/is e) (throw e))
          (swap! state failed item e)
          (report-failure! run item e))))))

(defn- work-at-once! [run items threads]
  (let [lanes   (sort-by (comp :index first) (vals (group-by :lane items)))
        factory (reify ThreadFactory
                  (newThread [_ task] (doto (Thread. task (str "batch " (:name run))) (.setDaemon true))))
        pool    (Executors/newFixedThreadPool (min (long threads) (count lanes)) factory)]
    (try
      (let [work    (fn [lane] (bound-fn [] (run! #(work-on! run %) lane)))
            futures (mapv #(.submit pool ^Callable (work %)) lanes)]
        (doseq [future futures]
          (try
            (.get ^Future future)
            (catch ExecutionException e (throw (ex-cause e))))))
      (finally (.shutdown pool)))))

(defn- reported [items report {:keys [failed]}]
  (for [{:keys [domain index id]} items
        :let  [first-failed (failed domain)]
        :when (and first-failed (if (= :rest report) (<= first-failed index) (= first-failed index)))]
    {"itemIdentifier" id}))

(defn- not-started
  "Returns a text with the number of records that weren't started for lack of time; nil if time wasn't the reason."
  [items {:keys [done late thrown]}]
  (when late
    (str (- (count items) done (count thrown)) " weren't started because the time was nearly up")))

(defn- all-failed [items {:keys [thrown] :as state}]
  (let [e (ex-info (str "None of the batch's " (count items) " records succeeded"
                        (when-let [e (first thrown)] (str ", the first failed with " (.getName (class e)) ": " (Failure/message e)))
                        (some->> (not-started items state) (str ", ")))
                   {:type :karamon.lambda/all-failed, :records (count items)}
                   (first thrown))]
    (doseq [more (rest thrown)] (.addSuppressed ^Throwable e more))
    e))

(defn- deadline [ctx]
  (if-let [ms (:deadline-ms ctx)] (- (long ms) (long margin-ms)) (- Long/MAX_VALUE (long margin-ms))))

(defn- respond [{:keys [name threads throw-when-all-fail on-failure] :or {threads 1, throw-when-all-fail true}} f event ctx]
  (let [{:keys [items record report]} (source event)
        items   (if items (vec (items event)) [])
        record  (if record @record identity)
        sent    (:karamon/raw (meta event))
        convert (fn [item] (vary-meta (record (:record item)) assoc :karamon/raw (get-in sent (:path item))))
        state   (atom {:failed {}, :done 0, :late false, :thrown []})
        run     {:name name, :f f, :ctx ctx, :convert convert, :on-failure on-failure, :state state, :deadline (deadline ctx)}]
    (if (and (< 1 (long threads)) (next items))
      (work-at-once! run items threads)
      (run! #(work-on! run %) items))
    (let [{:keys [done] :as state} @state]
      (when (and throw-when-all-fail (zero? done) (seq items))
        (throw (all-failed items state)))
      (when-let [text (not-started items state)]
        (log/warn! (str name ": of " (count items) " records " text)))
      {"batchItemFailures" (vec (reported items report state))})))

(defn handler
  "Returns a lambda handler, as `karamon.lambda/batch` does. Its response is

      {\"batchItemFailures\" [{\"itemIdentifier\" \"m-1\"}]}

  It throws ex-info of `:type` `:karamon.lambda/all-failed` if no record succeeds and `:throw-when-all-fail` isn't false; the
  first record's exception is its cause, the other exceptions are suppressed ones. It throws ex-info of `:type`
  `:karamon.lambda/other-event` for any event but such a batch."
  [name opts f]
  (let [opts (assoc opts :name name)]
    (fn [event ctx]
      (respond opts f (LambdaEvent/from event) ctx))))
