(ns karamon.table.prompt.statement
  "Runs a statement at the prompt, and remembers the files of the tables that it changes."
  (:require
   [clojure.string :as str]
   [karamon.table :as table]
   [karamon.table.files :as files]
   [karamon.table.journal :as journal]
   [karamon.table.output :as output]
   [karamon.table.prompt.catalog :as catalog]
   [karamon.table.result :as result]
   [karamon.table.running :as running])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(defn- named-tables
  "Returns the tables that a statement names: those of the current database, and qualified ones."
  [{:keys [session catalog]} sql]
  (let [{:keys [tables databases]} (catalog/functions session catalog)]
    (concat (filter #(journal/names? sql %) (tables nil))
            (for [[_ database table] (re-seq #"(\w+)\.(\w+)" sql)
                  :when (and (some #{database} (databases)) (some #{table} (tables database)))]
              (str database "." table)))))

(defn- tree [session table]
  (try
    (table/tree session table)
    (catch ExceptionInfo _ nil)))

(defn- changing
  "Calls `f`, which runs a statement that may change data, and remembers the files of its tables as before it."
  [{:keys [session state catalog] :as context} sql f]
  (let [before (into {} (map (fn [table] [table (tree session table)])) (named-tables context sql))]
    (try
      (f)
      (finally
        (catalog/forget catalog)
        (let [named (named-tables context sql)]
          (swap! state #(-> %
                            (update :trees merge (zipmap named (repeat (files/->Tree nil (sorted-map)))) before)
                            (assoc :table (or (last named) (:table %))))))))))

(defn- waited
  "Returns for how many nanoseconds the pager waited for keys."
  [state]
  (:waited (some-> (:pager @state) deref) 0))

(defn- ended?
  "Returns whether no more rows are wanted: after Ctrl-C, or Q in the pager."
  [state cancelled?]
  (or (cancelled?) (:quit (some-> (:pager @state) deref))))

(defn- print-rows [{:keys [session state columns terminal limit] :as context} sql form]
  (running/call session (select-keys context [:draw :columns])
    (fn [{:keys [waiting cancel cancelled?]}]
      (swap! state assoc :cancel cancel)
      (try
        (let [columns? (result/print-result session sql
                         {:form form, :limit limit, :cells (when terminal (columns)), :waiting waiting
                          :through #(take-while (fn [_] (not (ended? state cancelled?))) (if terminal % (output/checked %)))})]
          (when-not (or columns? (not terminal))
            (println "  done")))
        (catch Exception e
          (when-not (cancelled?) (throw e)))
        (finally
          (swap! state dissoc :cancel)))
      (when (cancelled?)
        (some-> (:pager @state) (swap! assoc :quit false, :all true))
        (println "Cancelled.")))))

(defn run
  "Runs a statement and prints its rows in the prompt's form, or in `form`."
  ([{:keys [state] :as context} sql] (run context sql (:form @state)))
  ([{:keys [state catalog] :as context} sql form]
   (let [began  (System/nanoTime)
         before (waited state)
         named  (if (journal/changes? sql) nil (last (named-tables context sql)))]
     (if (journal/changes? sql)
       (changing context sql #(print-rows context sql form))
       (print-rows context sql form))
     (when (re-find #"(?i)^\s*use\b" sql)
       (catalog/forget catalog))
     (when (:timing @state)
       (println (format "  %.3f s" (/ (- (System/nanoTime) began (- (long (waited state)) (long before))) 1e9))))
     (when named
       (swap! state assoc :table named))
     (when-not (journal/changes? sql)
       (swap! state assoc :query (str/replace sql #";\s*$" "")))
     nil)))
