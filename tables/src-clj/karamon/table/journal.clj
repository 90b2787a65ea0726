(ns karamon.table.journal
  "The list of the statements that changed a warehouse, in a file of it: a line when one begins and a line when it ends. What
  began and never ended was cut short by the end of its process. It tells which statement wrote a file."
  (:require
   [clojure.edn :as edn]
   [clojure.string :as str])
  (:import
   (java.io File)
   (java.util.regex Pattern)))

(set! *warn-on-reflection* true)

(def ^:private kept
  "How much of a statement's text is kept, in characters."
  1000)

(def ^:private writing
  (Object.))

(defn changes?
  "Tells whether a statement may change something."
  [sql]
  (not (re-find #"(?i)^\s*(select|show|describe|desc|explain|with|values|set|use)\b" sql)))

(defn- write [^File file line]
  (locking writing
    (spit file (str (pr-str line) "\n") :append true)))

(defn begin
  "Notes that a statement begins; returns its number."
  [file sql]
  (let [id (System/nanoTime)]
    (write file {:id id, :pid (.pid (java.lang.ProcessHandle/current)), :began (System/currentTimeMillis)
                 :sql (if (> (count sql) kept) (str (subs sql 0 kept) "…") sql)})
    id))

(defn end
  "Notes that a statement ended; `failure` is the sentence of its error or nil."
  [file id failure]
  (write file (cond-> {:id id, :ended (System/currentTimeMillis)} failure (assoc :failure failure))))

(defn- parsed [line]
  (try
    (edn/read-string line)
    (catch RuntimeException _ nil)))

(defn statements
  "Returns what a journal tells of statements, in the order they began: maps of `:id`, `:sql`, `:began`, `:ended` (milliseconds
  of the epoch) and `:failure`. One that was cut short has `:cut-short` true, and its end is when that was found; one without an
  end is under way."
  [^File file]
  (when (.exists file)
    (let [lines (keep parsed (str/split-lines (slurp file)))]
      (sort-by :began (vals (reduce (fn [found line] (update found (:id line) merge line)) {} lines))))))

(defn mark-cut-short
  "Notes that whatever is under way was cut short: for when nobody else can be at work in the warehouse."
  [file]
  (doseq [{:keys [id]} (remove :ended (statements file))]
    (write file {:id id, :ended (System/currentTimeMillis), :cut-short true})))

(defn names?
  "Tells whether a statement names a table."
  [sql table]
  (re-find (re-pattern (str "(?i)(?<![\\w.])(?:\\w+\\.)?" (Pattern/quote (last (str/split table #"\."))) "(?!\\w)")) sql))

(defn interrupted
  "Returns those statements that were cut short and after which no files were cleaned of any table that they name."
  [statements]
  (for [[{:keys [sql cut-short] :as statement} & later] (take-while seq (iterate rest statements))
        :when (and cut-short
                   (not-any? (fn [{cleaned :sql, :keys [failure cut-short]}]
                               (when-let [[_ table] (and (not failure) (not cut-short)
                                                         (re-find #"(?i)^(?:CLEAN FILES FOR TABLE |CALL system\.expire_snapshots\(table => ')([\w.]+)" cleaned))]
                                 (names? sql table)))
                             later))]
    statement))
