(ns karamon.table.record
  "Rows of CSV files. Tasks of Spark call `rows`, in this process or on a cluster's executors."
  (:require
   [clojure.string :as str]
   [karamon.table.parse :as parse])
  (:import
   (java.io InputStream)
   (java.util Iterator)
   (karamon.table CsvRange CsvReader CsvReader$Broken)
   (karamon.text Options Shown)
   (org.apache.hadoop.conf Configuration)
   (org.apache.hadoop.fs FSDataInputStream Path)
   (org.apache.hadoop.io.compress CompressionCodecFactory)
   (org.apache.spark TaskContext)
   (org.apache.spark.sql RowFactory)
   (org.apache.spark.util TaskCompletionListener)))

(set! *warn-on-reflection* true)

(defn- shown
  "Returns a path for a message: without the scheme of files on this machine."
  [path]
  (str/replace path #"^file:/*(?=/)" ""))

(defn- bad
  "Returns an exception for a bad record."
  ([path line message] (bad path line message nil))
  ([path line message data]
   (ex-info (str (shown path) ", line " line ": " message)
     (merge (select-keys data [:column :value]) {:type :karamon.table/bad-record, :path (shown path), :line line}))))

(defn- open
  "Opens a part of a file: returns an uncompressed stream, and a delay of the number of lines before it."
  [{:keys [path start end]} ^Configuration conf]
  (let [path  (Path. ^String path)
        open  #(.open (.getFileSystem path conf) path)
        file  ^FSDataInputStream (open)
        codec (.getCodec (CompressionCodecFactory. conf) path)]
    (if end
      (let [lines (CsvRange. file start end)]
        [lines (delay (with-open [file ^FSDataInputStream (open)]
                        (CsvRange/lineEnds file (.start lines))))])
      [(if codec (.createInputStream codec file) file) (delay 0)])))

(defn- fields [^CsvReader reader]
  (mapv #(.field reader %) (range (.size reader))))

(defn- targets
  "Returns for each field of a header the index of its column. Throws ex-info for a header that doesn't fit the table."
  [{:keys [columns others table]} path ^CsvReader reader]
  (let [header (fields reader)
        lower  (mapv str/lower-case header)
        index  (into {} (map-indexed (fn [i [column]] [(str/lower-case column) i])) columns)
        fail   #(throw (bad path (.line reader) %))]
    (when-let [problem (.problem reader)]
      (fail (str "in the header, " problem)))
    (when-let [twice (some (fn [[n count]] (when (< 1 count) n)) (frequencies lower))]
      (fail (str "the header has the column " (Shown/of twice) " twice")))
    (when-let [[column type] (first (filter #((set lower) (str/lower-case (first %))) others))]
      (fail (str "the column " column " has the type " type ", which a CSV file can't hold: use INSERT … SELECT")))
    (mapv (fn [column n]
            (or (index n)
                (fail (Options/unknown "column" column (str "the table " table) (map first columns)))))
      header lower)))

(defn- header-of
  "Returns the targets of the header of a file that is read from its middle."
  [{:keys [form] :as job} part conf]
  (with-open [^CsvReader reader (CsvReader. (first (open (dissoc part :start :end) conf)) form)]
    (.next reader)
    (targets job (:path part) reader)))

(defn- converter
  "Returns a function of the reader that returns its record as a row; it throws ex-info for a bad one."
  [{:keys [columns nulls format]} targets]
  (let [targets (int-array targets)
        count   (alength targets)
        empty-null? (contains? nulls "")
        readers (object-array (map (fn [[column type]] (parse/reader format column type)) columns))]
    (fn [^CsvReader reader]
      (some-> (.problem reader) (ex-info {}) throw)
      (when-not (= count (.size reader))
        (throw (ex-info (str (.size reader) (if (= 1 (.size reader)) " field" " fields") ", expected " count) {})))
      (let [row (object-array (alength readers))]
        (dotimes [i count]
          (let [text (.field reader i)
                j    (aget targets i)]
            (when-not (and (contains? nulls text) (not (.quoted reader i)))
              (aset row j ((aget readers j) text empty-null?)))))
        (RowFactory/create row)))))

(defn- text-row [text]
  (RowFactory/create (object-array [text])))

(defn- next-row
  "Returns the next row, or nil at the end."
  [{:keys [bad-records]} one-column? path ^CsvReader reader convert lines-before]
  (loop []
    (when (try
            (.next reader)
            (catch CsvReader$Broken e
              (throw (bad path (+ (.line reader) (long @lines-before)) (ex-message e)))))
      (if (and (.blank reader) (not one-column?))
        (recur)
        (let [row (try (convert reader) (catch clojure.lang.ExceptionInfo e e))]
          (if-not (instance? Throwable row)
            (if (= :only bad-records) (recur) row)
            (let [error #(bad path (+ (.line reader) (long @lines-before)) (ex-message row) (ex-data row))]
              (case bad-records
                :only (text-row (ex-message (error)))
                :skip (recur)
                :fail (throw (error))))))))))

(defn rows
  "Returns an iterator of the rows of a part of a file, which are read as they are needed. `job` has

  * `:form` -- a CsvForm
  * `:names` -- where the order of the fields comes from: `:header` or `:table`
  * `:table` -- the table's name, for messages
  * `:format` -- the table's format
  * `:columns` -- pairs of a name and a type, in the order of the rows
  * `:others` -- pairs of those that a file can't have
  * `:nulls` -- a set of the texts without quotes that mean null
  * `:bad-records` -- `:fail`, `:skip` or `:only`: to return the errors of bad records, and no others

  It must have no boolean: one that was sent to an executor is true for Clojure even if it is false.

  A `part` has a `:path`, and a `:start` and `:end` in bytes if it isn't the whole file. Throws ex-info of `:type`
  `:karamon.table/bad-record` for the first bad record."
  [job part conf]
  (let [{:keys [form columns names]} job
        {:keys [path start]} part
        [in lines-before] (open part conf)
        reader  (CsvReader. ^InputStream in form)
        _       (.addTaskCompletionListener (TaskContext/get)
                  (reify TaskCompletionListener
                    (onTaskCompletion [_ _] (.close reader))))
        targets (cond
                  (= :table names)               (vec (range (count columns)))
                  (and start (pos? (long start))) (header-of job part conf)
                  (.next reader)                 (targets job path reader)
                  :else                          (throw (bad path 1 "no header: the file is empty")))
        convert (converter job targets)
        ;; A delay throws its exception again: CarbonData asks for more rows after an exception.
        advance #(delay (or (next-row job (= 1 (count targets)) path reader convert lines-before)
                          (.close reader)))
        next    (volatile! (advance))]
    (reify Iterator
      (hasNext [_] (some? @@next))
      (next [_]
        (let [row @@next]
          (vreset! next (advance))
          row)))))
