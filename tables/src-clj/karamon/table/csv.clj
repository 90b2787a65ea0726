(ns karamon.table.csv
  "Loads CSV files into tables. Spark's tasks read the rows (`karamon.table.record`), one INSERT writes them.

  Spark's own reader of CSV isn't used, because it repairs what it doesn't understand: it replaces bytes that the charset doesn't
  have, accepts quotes without an end, changes line ends within quotes, and knows no line numbers."
  (:require
   [clojure.string :as str]
   [karamon.table.fit :as fit]
   [karamon.table.literal :refer [identifier]]
   [karamon.table.parse :as parse]
   [karamon.table.record :as record]
   [karamon.table.run :as run])
  (:import
   (java.io FileNotFoundException IOException)
   (java.nio.charset Charset IllegalCharsetNameException)
   (java.util List)
   (karamon.table CsvForm CsvTask)
   (karamon.text Options)
   (org.apache.hadoop.conf Configuration)
   (org.apache.hadoop.fs FileStatus FileSystem Path)
   (org.apache.hadoop.io.compress CompressionCodecFactory)
   (org.apache.spark.api.java JavaSparkContext)
   (org.apache.spark.api.java.function FlatMapFunction)
   (org.apache.spark.sql Dataset Row SparkSession)
   (org.apache.spark.sql.types DataTypes StructField)))

(set! *warn-on-reflection* true)

(def ^:private defaults
  {:header true, :delimiter ",", :quote "\"", :escape "\"", :multi-line true, :charset "UTF-8", :null "", :bad-records :fail})

(defn- character? [x]
  (re-matches #"[^\r\n\ud800-\udfff]" (str x)))

(defn- charset? [x]
  (try
    (and (string? x) (Charset/isSupported x) (.canEncode (Charset/forName x)))
    (catch IllegalCharsetNameException _ false)))

(def ^:private rules
  {:header      ["true or false" boolean?]
   :delimiter   ["text without line ends" #(and (string? %) (re-matches #"[^\r\n]+" %))]
   :quote       ["one character, or nil" #(or (nil? %) (character? %))]
   :escape      ["one character, or nil" #(or (nil? %) (character? %))]
   :multi-line  ["true or false" boolean?]
   :charset     ["the name of a charset, such as \"Shift_JIS\"" charset?]
   :null        ["a text, or a set of texts" #(or (string? %) (and (set? %) (every? string? %)))]
   :bad-records [":fail or :skip" #{:fail :skip}]})

(defn- checked
  "Returns the options with their defaults."
  [options]
  (Options/check options rules "load-csv" :karamon.table/bad-option)
  (let [{:keys [delimiter quote escape] :as all} (merge defaults options)]
    (doseq [[option x] {:quote quote, :escape escape}]
      (when (and x (str/includes? delimiter (str x)))
        (throw (ex-info (str "The option :delimiter must not contain the " (name option) " " x)
                        {:type :karamon.table/bad-option, :option :delimiter}))))
    all))

(defn- form ^CsvForm [{:keys [charset delimiter quote escape multi-line]}]
  (let [code #(if % (int (first (str %))) CsvForm/NONE)]
    (CsvForm. charset delimiter (code quote) (code escape) multi-line)))

(def ^:private max-part-bytes
  "A larger file is read by several tasks, if its records have one line each."
  134217728)

(defn- visible
  "Returns the files among several, but empty and hidden ones."
  [found]
  (let [found (remove #(re-find #"^[._]" (.getName (.getPath ^FileStatus %))) found)]
    (when-let [folder (first (filter #(.isDirectory ^FileStatus %) found))]
      (throw (IOException. (str "Expected files, found the folder " (.getPath ^FileStatus folder)
                             ": load its files on their own"))))
    (filter #(pos? (.getLen ^FileStatus %)) found)))

(defn- matching
  "Returns what a pattern names; nothing if it isn't a pattern."
  [^FileSystem fs ^Path path]
  (try
    (.globStatus fs path)
    (catch IOException e
      (when-not (re-find #"[{\[]" (str path))
        (throw e)))))

(defn- files
  "Returns the files that a path names, sorted: a file, those of a folder, or those of a pattern such as people-*.csv. A file or
  folder whose name looks like a pattern comes first."
  [^String path ^Configuration conf]
  (let [at    (Path. path)
        fs    (.getFileSystem at conf)
        ^FileStatus named (try (.getFileStatus fs at) (catch FileNotFoundException _ nil))
        found (cond
                (nil? named)         (visible (matching fs at))
                (.isDirectory named) (visible (.listStatus fs at))
                :else                [named])]
    (when (empty? found)
      (throw (FileNotFoundException. (str (if named "There are no files in " "Path does not exist: ") path))))
    (sort-by #(str (.getPath ^FileStatus %)) found)))

(defn- divisible?
  "Returns whether a file may be divided at its line feeds."
  [{:keys [multi-line charset]} codecs ^FileStatus file]
  (and (not multi-line)
       (nil? (.getCodec ^CompressionCodecFactory codecs (.getPath file)))
       (re-find #"(?i)^(utf-8|us-ascii|iso-8859-\d+|windows-\d+|windows-31j|shift_jis|euc-\w+|gbk|gb18030|big5)$"
         (.name (Charset/forName charset)))))

(defn- parts
  "Returns the files, a large one in several parts, if it may be divided."
  [options files ^Configuration conf]
  (let [codecs (CompressionCodecFactory. conf)]
    (for [^FileStatus file files
          :let  [path   (str (.getPath file))
                 length (.getLen file)
                 large? (and (< (long max-part-bytes) length) (divisible? options codecs file))]
          start (range 0 (if large? length 1) max-part-bytes)]
      (cond-> {:path path, :bytes (if large? max-part-bytes length)}
        large? (assoc :start start, :end (min length (+ (long start) (long max-part-bytes))))))))

(def ^:private row-types
  "Types to Spark's, for rows as `karamon.table.parse` makes them, and to the SQL that makes values of the type from them."
  {"string"    [DataTypes/StringType]
   "binary"    [DataTypes/BinaryType]
   "boolean"   [DataTypes/BooleanType]
   "tinyint"   [DataTypes/ByteType]
   "smallint"  [DataTypes/ShortType]
   "int"       [DataTypes/IntegerType]
   "bigint"    [DataTypes/LongType]
   "float"     [DataTypes/FloatType]
   "double"    [DataTypes/DoubleType]
   "date"      [DataTypes/IntegerType "date_from_unix_date(%s)"]
   "timestamp" [DataTypes/LongType "timestamp_micros(%s)"]
   "timestamp_ntz" [DataTypes/LongType "CAST(timestamp_micros(%s) AS timestamp_ntz)"]})

(defn- column-name
  "Returns a column's name as SQL; it may have any character."
  [n]
  (if (re-matches #"\w+" n)
    (identifier n)
    (str "`" (str/replace n "`" "``") "`")))

(defn- field ^StructField [[column type]]
  (DataTypes/createStructField column
    (or (first (row-types type))
        (let [[precision scale] (fit/decimal-digits type)]
          (DataTypes/createDecimalType (int precision) (int scale))))
    true))

(defn- tasks
  "Returns the number of tasks for parts: as many as run at once, and more if there is much to read. Many small files share one."
  [^JavaSparkContext spark-context parts]
  (min (count parts) (max (.defaultParallelism spark-context)
                       (quot (long (transduce (map :bytes) + parts)) (long max-part-bytes)))))

(defn- dataset
  "Returns the rows that tasks read."
  ^Dataset [{:keys [^SparkSession spark]} job parts ^List fields ^Configuration conf]
  (let [spark-context (JavaSparkContext/fromSparkContext (.sparkContext spark))
        ^FlatMapFunction task (CsvTask. `record/rows job conf)]
    (.createDataFrame spark
      (.flatMap (.parallelize spark-context ^List parts (int (tasks spark-context parts))) task)
      (DataTypes/createStructType fields))))

(def ^:private max-reasons 100)

(defn- skipped
  "Returns the number of bad records, and the errors of the first of them."
  [session job parts conf]
  (let [errors (iterator-seq (.toLocalIterator (dataset session (assoc job :bad-records :only) parts
                                                 [(DataTypes/createStructField "error" DataTypes/StringType false)] conf)))]
    (reduce (fn [found ^Row row]
              (cond-> (update found :skipped inc)
                (< (count (:reasons found)) (long max-reasons)) (update :reasons conj (.getString row 0))))
      {:skipped 0, :reasons []}
      errors)))

(def ^:private views (atom 0))

(defn- insert-statement [table columns readable view path]
  (str "INSERT INTO " (identifier table) " SELECT "
       (str/join ", " (for [[column type] columns]
                        (if (readable column)
                          (format (get-in row-types [type 1] "%s") (column-name column))
                          (str "CAST(NULL AS " type ")"))))
       " FROM " view " /* " (str/replace path #"[^\p{L}\p{N} ._:/@=+-]" "_") " */"))

(defn- bad-record
  "Returns the error of a bad record among the causes of an exception, or nil."
  [e]
  (some #(when (= :karamon.table/bad-record (:type (ex-data %))) %) (take-while some? (iterate ex-cause e))))

(defn- cause-of
  "Returns the error of a bad record for a failed INSERT, or the given one. CarbonData keeps the message of such an error at most,
  so the rows are read once more."
  [e session job parts fields conf]
  (or (bad-record e)
      (when (str/starts-with? (str (ex-message e)) "DataLoad failure")
        (try
          (.count (dataset session job parts fields conf))
          nil
          (catch Exception e (bad-record e))))
      e))

(defn load-files
  "Adds the rows of CSV files to a table; see `karamon.table/load-csv`."
  [{:keys [^SparkSession spark format] :as session} table path options]
  (let [options (checked options)
        columns (run/columns session table)
        path    (run/url path)
        conf    (.hadoopConfiguration (.sparkContext spark))
        parts   (run/reporting (str "LOAD " path) #(vec (parts options (files path conf) conf)))
        {readable true, others false} (group-by (comp boolean parse/readable? second) columns)
        nulls   (:null options)
        job     {:form    (form options)
                 :names   (if (:header options) :header :table)
                 :table   table
                 :format  format
                 :columns (vec readable)
                 :others  (vec others)
                 :nulls   (if (string? nulls) #{nulls} nulls)
                 :bad-records (:bad-records options)}
        fields  (mapv field readable)
        view    (str "karamon_csv_" (swap! views inc))]
    (when (and (seq others) (not (:header options)))
      (throw (ex-info (str "The column " (ffirst others) " has the type " (second (first others)) ", which a CSV file can't hold")
                      {:type :karamon.table/bad-option, :option :header})))
    (try
      (let [result (when (= :skip (:bad-records options))
                     (run/reporting (str "LOAD " path) #(skipped session job parts conf)))]
        (.createOrReplaceTempView (dataset session job parts fields conf) view)
        (run/rows session (insert-statement table columns (into #{} (map first) readable) view path))
        result)
      (catch clojure.lang.ExceptionInfo e
        (throw (cause-of e session job parts fields conf)))
      (finally
        (.dropTempView (.catalog spark) view)))))
