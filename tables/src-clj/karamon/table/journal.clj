(ns karamon.table.journal
  "The journal: a file in a warehouse that records the statements that changed it, with one line when a statement begins and one
  when it ends. A statement that began and never ended was cut short when its process ended. The journal shows which statement
  wrote a file."
  (:require
   [clojure.edn :as edn]
   [clojure.string :as str])
  (:import
   (java.io File IOException RandomAccessFile)
   (java.nio.charset StandardCharsets)
   (java.util.regex Pattern)))

(set! *warn-on-reflection* true)

(def ^:private max-sql-chars
  "Longer statements are cut to this many characters."
  1000)

(def ^:private writing
  (Object.))

(defn changes?
  "Returns whether a statement may change data."
  [sql]
  (not (re-find #"(?i)^\s*(select|show|describe|desc|explain|with|values|set|use)\b" sql)))

(defn- write
  "Appends a line. If that fails, such as on a full disk, the file is as before."
  [^File file line]
  (locking writing
    (with-open [out (RandomAccessFile. file "rw")]
      (let [before (.length out)]
        (try
          (.seek out before)
          (.write out (.getBytes (str (pr-str line) "\n") StandardCharsets/UTF_8))
          (catch IOException e
            (.setLength out before)
            (throw e)))))))

(defn begin
  "Records that a statement begins; returns its number."
  [file sql]
  (let [id (System/nanoTime)]
    (write file {:id id, :pid (.pid (java.lang.ProcessHandle/current)), :began (System/currentTimeMillis)
                 :sql (if (> (count sql) max-sql-chars) (str (subs sql 0 max-sql-chars) "…") sql)})
    id))

(defn end
  "Records that a statement ended; `failure` is its error as a sentence, or nil. If that can't be written, the statement is later
  reported as cut short: its result stands."
  [file id failure]
  (try
    (write file (cond-> {:id id, :ended (System/currentTimeMillis)} failure (assoc :failure failure)))
    (catch IOException _ nil)))

(defn- parsed [line]
  (try
    (edn/read-string line)
    (catch RuntimeException _ nil)))

(defn statements
  "Returns the statements of a journal, in the order they began: maps of `:id`, `:sql`, `:began`, `:ended` (milliseconds of the
  epoch) and `:failure`. An interrupted statement has `:cut-short` true; its `:ended` is the time when that was noticed. A
  statement without `:ended` is running."
  [^File file]
  (when (.exists file)
    (let [lines (keep parsed (str/split-lines (slurp file)))]
      (sort-by :began (vals (reduce (fn [found line] (update found (:id line) merge line)) {} lines))))))

(defn mark-cut-short
  "Records all running statements as cut short. Call it only when nobody else can be using the warehouse."
  [file]
  (doseq [{:keys [id]} (remove :ended (statements file))]
    (write file {:id id, :ended (System/currentTimeMillis), :cut-short true})))

(defn names?
  "Returns whether a statement names a table."
  [sql table]
  (re-find (re-pattern (str "(?i)(?<![\\w.])(?:\\w+\\.)?" (Pattern/quote (last (str/split table #"\."))) "(?!\\w)")) sql))

(defn interrupted
  "Returns the statements that were cut short, unless the files of a table that they name were cleaned since."
  [statements]
  (for [[{:keys [sql cut-short] :as statement} & later] (take-while seq (iterate rest statements))
        :when (and cut-short
                   (not-any? (fn [{cleaned :sql, :keys [failure cut-short]}]
                               (when-let [[_ table] (and (not failure) (not cut-short)
                                                         (re-find #"(?i)^(?:CLEAN FILES FOR TABLE |CALL system\.expire_snapshots\(table => ')([\w.]+)" cleaned))]
                                 (names? sql table)))
                             later))]
    statement))
