(ns karamon.table.session
  "Opens and closes sessions: checks the JVM and the options, claims the warehouse, starts and stops Spark. The public functions
  are in `karamon.table`."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.table.cluster :as cluster]
   [karamon.table.journal :as journal]
   [karamon.table.s3 :as s3])
  (:import
   (java.io Closeable File FileOutputStream PrintStream RandomAccessFile)
   (java.nio.channels OverlappingFileLockException)
   (java.util TimeZone)
   (java.util.concurrent.locks LockSupport)
   (karamon.text Options Shown)
   (org.apache.hadoop.fs FileSystem)
   (org.apache.spark.sql SparkSession SparkSession$Builder)
   (org.slf4j LoggerFactory)))

(set! *warn-on-reflection* true)

(def ^:private opened
  "The packages of java.base that Spark, Hive and CarbonData access by reflection. Without java.net, Hive's client hangs forever."
  ["java.lang" "java.lang.invoke" "java.lang.reflect" "java.io" "java.net" "java.nio" "java.util" "java.util.concurrent"
   "java.util.concurrent.atomic" "jdk.internal.ref" "sun.nio.ch" "sun.nio.cs" "sun.util.calendar"])

(def ^:private formats
  "Format to a class that is on the class path if the format's jars are, and the format's namespace."
  {:carbondata ["org.apache.carbondata.core.util.CarbonProperties" 'karamon.table.carbondata]
   :iceberg    ["org.apache.iceberg.spark.SparkCatalog" 'karamon.table.iceberg]})

(def ^:private known #{:warehouse :format :master :config :s3 :wait-ms :on-statement :print-log})

(defn- wrong [message data]
  (ex-info message (merge {:type :karamon.table/bad-option} data)))

(defn closed-packages
  "Returns those packages of java.base that aren't open to code on the class path."
  [packages]
  (let [base   (.getModule Object)
        loader (.getUnnamedModule (ClassLoader/getSystemClassLoader))]
    (vec (remove #(.isOpen base ^String % loader) packages))))

(defn check-opens
  "Throws ex-info of `:type` `:karamon.table/closed-packages` when this JVM lacks a flag."
  []
  (when-let [closed (seq (closed-packages opened))]
    (throw (ex-info (str "This JVM doesn't open " (str/join ", " closed) " of java.base, so Spark would fail or hang: "
                         "start it with java @tables/java.options, as ./karamon table does")
                    {:type :karamon.table/closed-packages, :packages closed}))))

(defn- on-class-path? [^String class-name]
  (try
    (Class/forName class-name false (.getContextClassLoader (Thread/currentThread)))
    true
    (catch ClassNotFoundException _ false)))

(defn- check-options [{:keys [warehouse format s3 wait-ms] :as options}]
  (Options/check options known "a session" :karamon.table/bad-option)
  (when-not (and (string? warehouse) (not (str/blank? warehouse)))
    (throw (wrong (str ":warehouse must be a folder's name, such as \"carbon-warehouse\", found " (Shown/of warehouse)) {:option :warehouse})))
  (when (re-find #"^[A-Za-z][A-Za-z0-9+.-]+:/" warehouse)
    (throw (wrong (str ":warehouse must be a folder of this machine, found " (Shown/of warehouse)
                       ": its tables are on local disk; load files from S3 into them")
                  {:option :warehouse})))
  (when-not (nat-int? wait-ms)
    (throw (wrong (str ":wait-ms must be a whole number of milliseconds, 0 or more, found " (Shown/of wait-ms)) {:option :wait-ms})))
  (when-not (formats format)
    (throw (wrong (Options/unknown "format" format (keys formats)) {:option :format})))
  (when-not (on-class-path? (first (formats format)))
    (throw (wrong (str "The class path of this JVM has no " (name format) ": each format needs its own process; start it with "
                       "./karamon table --format " (name format))
                  {:option :format})))
  (s3/check s3))

(defn function
  "Returns the function named `n` of the format's namespace."
  [format n]
  (requiring-resolve (symbol (str (second (formats format))) (name n))))

(defrecord Session [^SparkSession spark format ^File warehouse on-statement writing end]
  Closeable
  (close [_] @end)
  Object
  (toString [_] (str "#<Session " (name format) " " warehouse ">")))

(defmethod print-method Session [session ^java.io.Writer out]
  (.write out (str session)))

(defn state
  "Returns the warehouse's folder for everything but databases and tables: the metastore, the journal, the lock."
  ^File [^File warehouse]
  (io/file warehouse ".karamon"))

(defn journal-file
  "Returns the journal file of a warehouse."
  ^File [warehouse]
  (io/file (state warehouse) "statements.edn"))

(def ^:private claimed
  "The one warehouse of this JVM, a canonical file, and whether it is open."
  (atom nil))

(defn- claim-in-jvm [^File warehouse format]
  (let [[before after] (swap-vals! claimed #(if (or (nil? %) (= (dissoc % :open) {:warehouse warehouse, :format format}))
                                              {:warehouse warehouse, :format format, :open true}
                                              %))]
    (when (:open before)
      (throw (ex-info (str "This JVM already has a session on " (:warehouse before) ": close it before you open another")
                      {:type :karamon.table/open, :warehouse (str (:warehouse before))})))
    (when-not (:open after)
      (throw (ex-info (str "This JVM has already used the warehouse " (:warehouse after) ", and Spark can't change it: "
                           "open " warehouse " in another process")
                      {:type :karamon.table/second-warehouse, :warehouse (str warehouse), :first (str (:warehouse after))})))))

(defn- release-in-jvm []
  (swap! claimed assoc :open false))

(defn- claim-among-processes
  "Locks the warehouse for this process; returns the lock. It holds until it is closed or the process ends, even by a kill. Waits
  at most `wait-ms` milliseconds for another process's lock."
  ^Closeable [^File warehouse wait-ms]
  (let [file  (RandomAccessFile. (io/file (state warehouse) "lock") "rw")
        until (+ (System/nanoTime) (* 1000000 (long wait-ms)))]
    (when-not (loop []
                (or (try (.tryLock (.getChannel file)) (catch OverlappingFileLockException _ nil))
                    (when (neg? (- (System/nanoTime) until))
                      (LockSupport/parkNanos 50000000)
                      (recur))))
      (let [owner (str/trim (or (.readLine file) ""))]
        (.close file)
        (throw (ex-info (str "Warehouse " warehouse " is in use by process " owner ": only one process can use "
                             "a warehouse at a time")
                        {:type :karamon.table/in-use, :warehouse (str warehouse), :pid owner}))))
    (.setLength file 0)
    (.writeBytes file (str (.pid (java.lang.ProcessHandle/current)) "\n"))
    file))

(defn- temporary
  "Returns the folder for Spark's temporary files, emptied of those that a killed process left."
  ^File [^File state]
  (let [folder (io/file state "temporary")]
    (run! #(.delete ^File %) (reverse (file-seq folder)))
    (.mkdirs folder)
    folder))

(def ^:private max-log-bytes
  "A session renames a larger file of errors, and begins another."
  10000000)

(defn log-file
  "Returns the file of a warehouse that gets what libraries print to System/err."
  ^File [warehouse]
  (io/file (state warehouse) "stderr.txt"))

(defn- redirect-standard-error
  "Sends System/err to a file; returns a function that undoes that. Loggers, which print errors, are redirected only unless
  `print-log?`. Reasons: CarbonData's parser prints a stack trace for each statement that it leaves to Spark's parser, and JDK 25
  warns about time zones that libraries use."
  [^File file print-log?]
  (when print-log?
    ;; A logger keeps the System/err of when it is made.
    (LoggerFactory/getLogger "karamon.table"))
  (when (< max-log-bytes (.length file))
    (.renameTo file (io/file (str file ".old"))))
  (let [before System/err
        after  (PrintStream. (FileOutputStream. file true) true)]
    (System/setErr after)
    (fn []
      (System/setErr before)
      (.close after))))

(defn- start ^SparkSession [settings]
  (let [^SparkSession$Builder builder (SparkSession/builder)
        master (get settings "spark.master")]
    (doseq [[k v] settings]
      (.config builder ^String k ^String (str v)))
    (try
      (.getOrCreate builder)
      (catch Exception e
        (throw (if (cluster/cluster? master)
                 (ex-info (str "Can't start a session on the cluster at " master ": " (ex-message e))
                   {:type :karamon.table/no-cluster, :master master}
                   e)
                 e))))))

(defn- settings [{:keys [format master config s3]} own ^File state]
  (merge {"spark.master"                 master
          "spark.app.name"               "karamon"
          "spark.ui.enabled"             "false"
          "spark.sql.shuffle.partitions" "2"
          ;; Overflows are errors, and not other numbers or null.
          "spark.sql.ansi.enabled"       "true"
          "spark.sql.session.timeZone"   "UTC"
          "spark.local.dir"              (str (temporary state))}
         (when-not (cluster/cluster? master)
           {"spark.driver.bindAddress" "127.0.0.1"
            "spark.driver.host"        "127.0.0.1"})
         (s3/configuration s3)
         own
         config
         (when (cluster/cluster? master)
           (cluster/configuration @(function format :same-in-executors) opened config))))

(defn- stop
  "Stops Spark, and closes Hadoop's cached file systems, which hold S3 endpoints and credentials."
  [^SparkSession spark]
  (.stop spark)
  (FileSystem/closeAll))

(defn open
  "Starts Spark; see `karamon.table/session`."
  [options]
  (let [{:keys [format warehouse master wait-ms print-log] :as options}
        (merge {:format :carbondata, :master "local[*]", :wait-ms 0, :print-log true} options)]
    (check-options options)
    (check-opens)
    ((function format :check))
    (cluster/check-master master)
    (let [warehouse (.getCanonicalFile (io/file warehouse))
          state     (state warehouse)]
      (claim-in-jvm warehouse format)
      (try
        ;; CarbonData's UPDATE writes timestamps as text in the JVM's zone, where an hour in autumn is ambiguous.
        (TimeZone/setDefault (TimeZone/getTimeZone "UTC"))
        (.mkdirs state)
        (when-not (.isDirectory state)
          (throw (wrong (str "Can't create the warehouse " warehouse ": name a writable folder") {:option :warehouse})))
        (let [lock    (claim-among-processes warehouse wait-ms)
              restore (redirect-standard-error (log-file warehouse) print-log)]
          (try
            (journal/mark-cut-short (journal-file warehouse))
            ;; Otherwise Derby writes its log to the current folder.
            (System/setProperty "derby.stream.error.file" (str (io/file state "derby.log")))
            (let [spark (start (settings options ((function format :configuration) (str (.toURI warehouse)) (str (io/file state "metastore")))
                                         state))]
              (try
                (when (cluster/cluster? master)
                  (cluster/check-executors spark master))
                ((function format :started) spark)
                (catch Throwable e
                  (stop spark)
                  (throw e)))
              (->Session spark format warehouse (:on-statement options) (Object.)
                (delay (stop spark) (restore) (.close lock) (release-in-jvm) nil)))
            (catch Throwable e
              (restore)
              (.close lock)
              (throw e))))
        (catch Throwable e
          (release-in-jvm)
          (throw e))))))
