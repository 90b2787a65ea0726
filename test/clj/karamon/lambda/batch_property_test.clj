(ns karamon.lambda.batch-property-test
  "With any failures and any number of threads: no record is lost, no record is reported that AWS needn't send again, and records
  that must stay in order do."
  (:require
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.lambda :as lambda]
   [karamon.lambda.batches :refer [dynamodb-event fifo-event kafka-event kinesis-event sqs-event]])
  (:import
   (clojure.lang ExceptionInfo)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(def ^:private places (gen/elements ["a" "b" "c" "d"]))

(def ^:private batches
  "A batch: `:event`, `:places` (for each record in the event's order, the place within which order is kept), `:id` (a function
  from a handler's record to its id) and `:ids` (each record's, in the event's order)."
  (gen/let [source (gen/elements [:sqs :fifo :kinesis :dynamodb :kafka])
            names  (gen/vector places 0 20)]
    (let [n (count names)]
      (merge {:source source, :places names}
             (case source
               :sqs      {:event (sqs-event (range n)), :ids (map #(str "id-" %) (range n)), :id :id, :places (range n)}
               :fifo     {:event (fifo-event (map vector names (range n))), :ids (map #(str "id-" %) (range n)), :id :id}
               :kinesis  {:event (kinesis-event names), :ids (map #(str "seq-" %) (range n)), :id :sequence-number}
               :dynamodb {:event (dynamodb-event names), :ids (map #(str "seq-" %) (range n)), :id :sequence-number}
               :kafka    (let [counts (into (sorted-map) (update-keys (frequencies names) #(str % "-0")))
                               event  (kafka-event counts)
                               ids    (for [[place n] (event "records"), {offset "offset"} n] {"partition" place, "offset" offset})]
                           {:event  event
                            :ids    ids
                            :id     (fn [{:keys [topic partition offset]}] {"partition" (str topic "-" partition), "offset" offset})
                            :places (map #(get % "partition") ids)}))))))

(def ^:private cases
  "A batch, whether each of its records fails, whether each has a later result, and options."
  (gen/let [{:keys [ids] :as batch} batches
            share   (gen/elements [0 1 3 9])
            fails   (gen/vector (gen/frequency [[1 (gen/return true)] [share (gen/return false)]]) (count ids))
            later   (gen/vector gen/boolean (count ids))
            threads (gen/elements [1 2 4 16])]
    (assoc batch
           :fails (zipmap ids (if (= 9 share) (map (constantly false) fails) fails))
           :later (zipmap ids later)
           :threads threads)))

(defn- run-batch
  "Returns the response, or the exception, and the ids of the started and the finished records, each in order."
  [{:keys [event id fails later threads]} throw?]
  (let [begun   (atom [])
        done    (atom [])
        finish  (fn [record-id]
                  (when (fails record-id) (throw (ex-info "bad" {})))
                  (swap! done conj record-id))
        handler (lambda/batch "cases"
                              (lambda/batch-options {:threads threads, :throw-when-all-fail throw?, :on-failure (fn [& _])})
                              (fn [record _]
                                (let [record-id (id record)]
                                  (swap! begun conj record-id)
                                  (if (later record-id) (future (finish record-id)) (finish record-id)))))
        result  (try (handler event nil) (catch ExceptionInfo e e))]
    {:result   result
     :reported (when (map? result) (map #(get % "itemIdentifier") (result "batchItemFailures")))
     :begun    @begun
     :done     @done}))

(defn- from-first-failure
  "Returns the first failing id of `ids` and those after it."
  [fails ids]
  (drop-while (complement fails) ids))

(defn- by-place [{:keys [ids places]}]
  (vals (update-vals (group-by first (map vector places ids)) #(map second %))))

(defn- wanted
  "Returns the ids that the response must report, as a set."
  [{:keys [source ids fails] :as batch}]
  (set (case source
         (:sqs :fifo)        (mapcat #(from-first-failure fails %) (by-place batch))
         (:kinesis :dynamodb) (take 1 (from-first-failure fails ids))
         :kafka              (mapcat #(take 1 (from-first-failure fails %)) (by-place batch)))))

(defn- sent-again
  "Returns the ids of the records that AWS sends again because of the reported ones, as a set."
  [{:keys [source ids] :as batch} reported]
  (set (case source
         (:sqs :fifo)        reported
         (:kinesis :dynamodb) (drop-while (complement (set reported)) ids)
         :kafka              (mapcat #(drop-while (complement (set reported)) %) (by-place batch)))))

(defn- stopped
  "Returns the ids that must not be started, as a set: for a stream on several threads only those of the same key."
  [{:keys [source ids fails threads] :as batch}]
  (set (if (and (#{:kinesis :dynamodb} source) (= 1 threads))
         (rest (from-first-failure fails ids))
         (mapcat #(rest (from-first-failure fails %)) (by-place batch)))))

(defn- in-order? [{:keys [ids threads] :as batch} begun]
  (let [index (zipmap ids (range))]
    (every? (fn [together] (apply < -1 (map index (filter (set together) begun))))
            (if (= 1 threads) [ids] (by-place batch)))))

(defspec no-record-is-lost-and-none-is-reported-wrongly {:num-tests (Depth/times 300 3000), :max-size 60, :seed 71}
  (prop/for-all [batch cases]
    (let [{:keys [reported begun done]} (run-batch batch false)
          again (sent-again batch reported)]
      (and (= (wanted batch) (set reported))
           (= (count reported) (count (set reported)))
           (every? #(or (again %) (some #{%} done)) (:ids batch))
           (apply distinct? ::none begun)
           (not-any? (stopped batch) begun)
           (in-order? batch begun)))))

(defspec a-batch-throws-only-if-no-record-succeeds {:num-tests (Depth/times 300 2000), :max-size 30, :seed 72}
  (prop/for-all [batch cases]
    (let [{:keys [result done]} (run-batch batch true)]
      (if (and (seq (:ids batch)) (empty? done))
        (= ::lambda/all-failed (:type (ex-data result)))
        (= (wanted batch) (set (map #(get % "itemIdentifier") (get result "batchItemFailures"))))))))

(def ^:private groups
  (gen/vector (gen/elements (map #(str "g" %) (range 12))) 1 200))

(defspec many-threads-lose-no-message-of-a-fifo-queue {:num-tests (Depth/times 100 1000), :max-size 200, :seed 73}
  (prop/for-all [names   groups
                 failing (gen/set (gen/choose 0 199))
                 threads (gen/choose 2 32)]
    (let [ids   (map #(str "id-" %) (range (count names)))
          batch {:source :fifo, :event (fifo-event (map vector names (range (count names)))), :ids ids, :id :id, :places names
                 :fails  (zipmap ids (map #(contains? failing %) (range))), :later (constantly false), :threads threads}
          {:keys [reported begun done]} (run-batch batch false)]
      (and (= (wanted batch) (set reported))
           (= (set ids) (into (set reported) done))
           (not-any? (set done) reported)
           (in-order? batch begun)))))
