(ns karamon.lambda.batch
  "Processes a batch and reports the failed records to AWS, so that only those are sent again. `defbatch` calls this.

  | source | after a failure | reported to AWS |
  |---|---|---|
  | SQS | the others continue | each failed message |
  | SQS FIFO | the rest of its message group isn't started | the message, and the rest of its group |
  | Kinesis, DynamoDB | the records after it aren't started | the first failed one: AWS sends it again, and all after it |
  | Kafka | the rest of its partition isn't started | the first failed one of each partition |
  | EventBridge Pipes, of the first three | as without a pipe | each record to send again |
  | EventBridge Pipes, of Kafka | the rest of its partition isn't started | nothing: the invocation fails |

  The answer is made when the invocation has 100 milliseconds left, at the latest. Records that aren't finished by then count
  as failed, so that AWS doesn't send the finished ones again, as it would after a timeout. Threads that still run are
  interrupted; their outcome doesn't count any more, and they start no other record.

  With `:threads`, several records are processed at once: of an SQS queue any, of a FIFO queue those of different groups, of a
  Kinesis stream those of different partition keys, of DynamoDB those of different items, of Kafka those of different
  partitions. Records of the same group, key, item or partition stay in order. Records of a stream after a failed one may
  then be done already; AWS sends them again, as after any failure."
  (:require
   [karamon.lambda.finish :as finish]
   [karamon.lambda.log :as log]
   [karamon.lambda.sources :as sources]
   [karamon.lambda.window :as window])
  (:import
   (java.util.concurrent Executors ThreadFactory TimeUnit)
   (karamon.event LambdaEvent)
   (karamon.text Failure Fatal)))

(set! *warn-on-reflection* true)

(def ^:private margin-ms 100)

;; Part of the margin, for reports of unfinished records: `:on-failure` may block too.
(def ^:private report-ms 50)

(defn- report-failure!
  "Reports a failed record. Logs an error of the reporting itself. A record that can't be converted is reported as sent."
  [{:keys [name ctx convert on-failure]} {:keys [id record] :as item} e]
  (try
    (if on-failure
      (on-failure e (try (convert item) (catch Throwable e (Fatal/rethrow e) record)) ctx)
      (log/error! (str name ": the record " (karamon.text.Shown/text id) " failed") e))
    (catch Throwable again
      (when (Fatal/is again) (throw again))
      (log/error! (str name ": reporting the failed record " (karamon.text.Shown/text id) " failed") again))))

;; The state of a run: `:begun` has the thread of each index, `:ended` has indexes, `:failed` the least failed index of each
;; domain, `:thrown` the exceptions, `:results` those of the indexes that a window wants. Once it is `:over?`, nothing changes any more.

(defn- change [state f & args]
  (swap! state (fn [{:keys [over?] :as s}] (if over? s (apply f s args)))))

(defn- fail [failed {:keys [domain index]}]
  (update failed domain (fnil min Long/MAX_VALUE) index))

(defn- done-again?
  "Whether AWS sends the item again, because it or an earlier one of its domain failed."
  [failed {:keys [domain index]}]
  (when-let [first-failed (failed domain)]
    (<= (long first-failed) (long index))))

(defn- stopped? [failed {:keys [domain index]}]
  (when-let [first-failed (failed domain)]
    (< (long first-failed) (long index))))

(defn- begin
  "Adds the item to those begun, unless a failure or the deadline stops it."
  [{:keys [failed] :as state} {:keys [index] :as item} deadline]
  (if (or (stopped? failed item) (<= (long deadline) (System/currentTimeMillis)))
    state
    (assoc-in state [:begun index] (Thread/currentThread))))

(defn- end [state {:keys [index] :as item} e result]
  (cond-> (update state :ended conj index)
    e              (-> (update :failed fail item) (update :thrown conj e))
    (some? result) (assoc-in [:results index] result)))

(defn- work-on!
  "Calls the function with an item's record, and records the outcome, if it comes before the answer is made."
  [{:keys [f ctx convert deadline state results?] :as run} item]
  (Thread/interrupted) ; clears the interrupt that an earlier record may have left
  (when (contains? (:begun (change state begin item deadline)) (:index item))
    (let [[result e] (try
                       [(finish/finish! (f (convert item) ctx) results?) nil]
                       (catch Throwable e [nil e]))]
      (Fatal/rethrow e)
      (when-not (or (:over? (change state end item e result)) (nil? e))
        (report-failure! run item e)))))

(defn- work!
  "Works on the items of a lane in order. A fatal error ends the run; its invocation throws it, unless it has been answered."
  [{:keys [state] :as run} lane]
  (try
    (run! #(work-on! run %) lane)
    (catch Throwable e
      (when-not (identical? e (:fatal (change state assoc :over? true :fatal e)))
        (throw e)))))

(defn- daemons ^ThreadFactory [^String name]
  (reify ThreadFactory
    (newThread [_ task] (doto (Thread. task name) (.setDaemon true)))))

(defn- unfinished-error
  "Returns the exception for an item that `thread` still works on; its stack trace is that of the thread."
  [{:keys [id]} ^Thread thread]
  (doto ^Throwable (ex-info (str "The record " id " wasn't finished " margin-ms " ms before the deadline")
                            {:type :karamon.lambda/unfinished})
    (.setStackTrace (.getStackTrace thread))))

(defn- outcome
  "Adds the items left by a run to its final state: the `:unfinished` ones, each with its exception, and the `:waiting` ones,
  which the deadline stopped. All of them count as failed."
  [{:keys [begun ended failed] :as state} items]
  (let [unfinished (filterv #(and (begun (:index %)) (not (ended (:index %)))) items)
        waiting    (filterv #(not (or (begun (:index %)) (stopped? failed %))) items)]
    (assoc state
           :unfinished (mapv #(vector % (unfinished-error % (begun (:index %)))) unfinished)
           :waiting waiting
           :failed (reduce fail failed (concat unfinished waiting)))))

(defn- work-on-all!
  "Works on the items until they are done or the time is up. Returns the outcome."
  [{:keys [name deadline state] :as run} items threads]
  (let [lanes (if (= 1 threads) [items] (sort-by (comp :index first) (vals (group-by :lane items))))
        pool  (Executors/newFixedThreadPool (min (long threads) (count lanes)) (daemons name))
        work  (bound-fn* #(work! run %))]
    (try
      (doseq [lane lanes]
        (.execute pool #(work lane)))
      (.shutdown pool)
      (.awaitTermination pool (- (long deadline) (System/currentTimeMillis)) TimeUnit/MILLISECONDS)
      (outcome (swap! state assoc :over? true) items)
      (finally
        ;; Before the interrupts, so that a record that an interrupt ends isn't done.
        (swap! state assoc :over? true)
        (.shutdownNow pool)))))

(defn- report-unfinished!
  "Reports the unfinished items, in a thread of its own, which may go on after the answer."
  [{:keys [name] :as run} unfinished]
  (when (seq unfinished)
    (doto (.newThread (daemons name) (bound-fn [] (doseq [[item e] unfinished] (report-failure! run item e))))
      (.start)
      (.join (long report-ms)))))

(defn- reported [items report failed]
  (for [{:keys [domain index id]} items
        :let  [first-failed (failed domain)]
        :when (and first-failed (if (= :rest report) (<= first-failed index) (= first-failed index)))]
    {"itemIdentifier" id}))

(defn- not-started
  "Returns a text with the number of records that weren't started for lack of time; nil for none."
  [waiting]
  (when (seq waiting)
    (str (count waiting) " weren't started because the time was nearly up")))

(defn- all-failed [items thrown waiting]
  (let [e (ex-info (str "None of the batch's " (count items) " records succeeded"
                        (when-let [e (first thrown)] (str ", the first failed with " (.getName (class e)) ": " (Failure/message e)))
                        (some->> (not-started waiting) (str ", ")))
                   {:type :karamon.lambda/all-failed, :records (count items)}
                   (first thrown))]
    (doseq [more (rest thrown)] (.addSuppressed ^Throwable e more))
    e))

(defn- deadline [ctx]
  (if-let [ms (:deadline-ms ctx)] (- (long ms) (long margin-ms)) Long/MAX_VALUE))

(defn- unreported [items failed thrown]
  (ex-info (str "Of the batch's " (count items) " records " (count (reported items :rest failed)) " failed or weren't started. A pipe "
                "of Kafka can't report them, so the whole batch is sent again")
           {:type :karamon.lambda/unreported, :records (count items)}
           (first thrown)))

(defn- respond [{:keys [name threads throw-when-all-fail on-failure] :or {threads 1, throw-when-all-fail true} :as opts} f event ctx]
  (let [{:keys [items convert report]} (sources/batch event)
        state (atom {:begun {}, :ended #{}, :failed {}, :thrown []})
        run   {:name name, :f f, :ctx ctx, :convert convert, :on-failure on-failure, :state state, :deadline (deadline ctx)
               :results? (boolean (and (:reduce opts) (window/window? event)))}
        {:keys [ended failed thrown fatal unfinished waiting results]} (when (seq items) (work-on-all! run items threads))]
    (Fatal/rethrow fatal)
    (report-unfinished! run unfinished)
    (when (and throw-when-all-fail (seq items) (= (count ended) (count thrown)))
      (throw (all-failed items (into thrown (map second) unfinished) waiting)))
    (when-let [text (not-started waiting)]
      (log/warn! (str name ": of " (count items) " records " text)))
    (when (and (= :none report) (seq failed))
      (throw (unreported items failed thrown)))
    (merge {"batchItemFailures" (vec (reported items report failed))}
           (window/answer opts event ctx (map #(get results (:index %)) (remove #(done-again? failed %) items)) (empty? failed)))))

(defn handler
  "Returns a lambda handler, as `karamon.lambda/batch` does. Its response is

      {\"batchItemFailures\" [{\"itemIdentifier\" \"m-1\"}]}

  It throws ex-info of `:type` `:karamon.lambda/all-failed` if no record succeeds and `:throw-when-all-fail` isn't false; the
  first record's exception is its cause, the other exceptions are suppressed ones. The exception of a record that wasn't
  finished in time is ex-info of `:type` `:karamon.lambda/unfinished`. It throws ex-info of `:type`
  `:karamon.lambda/other-event`, before it processes any record, for any event but such a batch, and for a batch with a record
  that it can't report, such as one without an identifier. A stack that overflows outside a record's work is ex-info of `:type`
  `:karamon.lambda/overflow`."
  [name opts f]
  (let [opts (assoc opts :name name)]
    (fn [event ctx]
      (try
        (respond opts f (LambdaEvent/from event) ctx)
        (catch StackOverflowError e
          (throw (ex-info "Reading the batch overflowed the stack" {:type :karamon.lambda/overflow} e)))))))
