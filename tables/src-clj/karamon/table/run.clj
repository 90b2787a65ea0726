(ns karamon.table.run
  "Runs statements in a session. Records statements that may change data in the warehouse's journal; reports errors as one
  sentence."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.table.drawing :as drawing]
   [karamon.table.journal :as journal]
   [karamon.table.literal :as literal]
   [karamon.table.rewrite :as rewrite]
   [karamon.table.row :as row]
   [karamon.table.s3 :as s3]
   [karamon.table.session :as session])
  (:import
   (java.io File IOException)
   (java.util Iterator)
   (org.apache.hadoop.fs FSError)
   (org.apache.spark.sql Dataset SparkSession)
   (org.apache.spark.sql.types StructField)))

(set! *warn-on-reflection* true)

(defn- parser-message
  "Returns the message of Spark's parser from `message`, where that of CarbonData's parser comes before or after it."
  [message]
  (second (re-find #"(?s)== Spark Parser: \S+ ==\s*(.*?)\n" message)))

(defn sentence
  "Returns the error of a statement in one line."
  [^Throwable e]
  (let [causes  (take-while some? (iterate ex-cause e))
        message (or (some #(when-not (str/blank? (ex-message %)) (ex-message %)) (reverse causes))
                    (.getName (class e)))
        line    (or (s3/sentence causes) (parser-message message) (first (remove str/blank? (str/split-lines message))))]
    (-> (str/trim line)
        (str/replace #" expecting \{.*?\}(?=\()" " ")
        (str/replace #" expecting \{.*?\}" "")
        (str/replace #";?\s*$" ""))))

(defn- failed [sql e]
  (ex-info (sentence e) {:type :karamon.table/failed, :statement sql} e))

(defn reporting
  "Calls `f` for a statement; reports its exceptions as those of Spark."
  [sql f]
  (try (f) (catch Exception e (throw (failed sql e)))))

(defn- dataset ^Dataset [{:keys [^SparkSession spark on-statement]} ^String sql]
  (when on-statement
    (on-statement sql))
  (.sql spark sql))

(defn- call-journaled
  "Calls `f`. If its statement may change data, no other such statement runs meanwhile, and the journal records it. (CarbonData
  loses a delete that runs at the same time as an insert, and reports it as done.)"
  [session sql f]
  (when (realized? (:end session))
    (throw (ex-info "This session is closed: open another with karamon.table/session" {:type :karamon.table/closed})))
  (if-not (journal/changes? sql)
    (reporting sql f)
    (locking (:writing session)
      (let [file (session/journal-file (:warehouse session))
            id   (try (journal/begin file sql) (catch IOException e (throw (failed sql e))))]
        (try
          (let [result (f)]
            (journal/end file id nil)
            result)
          (catch Throwable e
            (journal/end file id (sentence e))
            ;; FSError is Hadoop's for a failing disk.
            (throw (if (or (instance? Exception e) (instance? FSError e)) (failed sql e) e))))))))

(defn columns
  "Returns a table's columns, pairs of a name and a SQL type."
  [session table]
  (let [{:keys [^SparkSession spark]} session]
    (reporting (str "TABLE " table)
      (fn []
        (mapv (fn [^StructField field] [(.name field) (.catalogString (.dataType field))])
              (.fields (.schema (.table spark ^String (literal/identifier table)))))))))

(defn- prepared
  "Returns the SQL of a statement, in the form that the session's format takes."
  [session statement]
  (rewrite/rewrite (:format session) (literal/statement statement) #(columns session %)))

(defn rows
  "Runs a statement and returns a vector of its rows."
  [session statement]
  (let [sql (prepared session statement)]
    (call-journaled session sql
      (fn []
        (let [found   (dataset session sql)
              columns (row/columns (.schema found))]
          (mapv #(row/row->map columns %) (.collectAsList found)))))))

(defn reducible
  "Returns a reducible of a statement's rows. Each reduction runs the statement and holds one partition of its rows at a time."
  [session statement]
  (let [sql (prepared session statement)]
    (row/reducible
      (fn []
        (call-journaled session sql
          (fn []
            (let [found (dataset session sql)]
              [(.schema found) (.toLocalIterator found)])))))))

(defn- iterated
  "Returns a lazy sequence of an iterator's elements. Calls each function that may wait for Spark through `waiting`."
  [waiting ^Iterator it]
  (lazy-seq
    (when (waiting #(.hasNext it))
      (cons (.next it) (iterated waiting it)))))

(defn call-with-rows
  "Runs a statement, and calls `f` with the columns of its result and a lazy sequence of its rows. The sequence holds one partition
  of rows at a time. Without columns, as of CREATE TABLE, doesn't call it. Returns whether it has columns. Options:

  * `:limit` -- the most rows to fetch (default all)
  * `:waiting` -- a function that calls the function it gets, which may wait for Spark"
  [session statement {:keys [limit waiting], :or {waiting #(%)}} f]
  (let [sql (prepared session statement)]
    (call-journaled session sql
      (fn []
        (let [^Dataset found (waiting #(dataset session sql))
              columns        (row/columns (.schema found))]
          (when (seq columns)
            (f columns (map #(row/row->map columns %)
                         (if limit
                           (waiting #(.takeAsList found (int limit)))
                           (iterated waiting (waiting #(.toLocalIterator found)))))))
          (boolean (seq columns)))))))

(defn show
  "Prints at most `limit` rows of a statement."
  [session statement limit]
  (let [sql (prepared session statement)]
    (call-journaled session sql
      (fn []
        (let [found   (dataset session sql)
              columns (row/columns (.schema found))
              rows    (mapv #(row/row->map columns %) (.takeAsList found (inc (int limit))))]
          (when (seq columns)
            (println (drawing/table columns (take limit rows)))
            (cond
              (empty? rows)          (println "  no rows")
              (> (count rows) limit) (println (str "  … and more than these " limit)))))))))

(defn url
  "Returns a path in the form that both Spark and CarbonData accept. A path that isn't a URL is a file on this machine."
  [path]
  (if (re-find #"^[a-zA-Z0-9]+://" path)
    path
    (str "file://" (.getAbsolutePath (io/file path)))))

(defn folder
  "Returns the folder of a table on this machine."
  ^File [session table]
  (let [location (some #(when (= "Location" (str/trim (str (:col_name %)))) (:data_type %))
                       (rows session (str "DESCRIBE FORMATTED " (literal/identifier table))))]
    (if-let [[_ path] (re-matches #"(?:file:/*)?(/.*|[A-Za-z]:.*)" (str location))]
      (io/file (str/replace path #"^/*(?=/|[A-Za-z]:)" ""))
      (throw (ex-info (str "The files of " table " are at " location ", not on this machine")
               {:type :karamon.table/not-here, :table table})))))
