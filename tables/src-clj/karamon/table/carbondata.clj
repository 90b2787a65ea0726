(ns karamon.table.carbondata
  "Everything specific to CarbonData: how its sessions start, and its statements, each a function that returns SQL."
  (:require
   [clojure.string :as str]
   [karamon.table.literal :refer [identifier literal]])
  (:import
   (java.net URI)
   (karamon.table Instead)
   (org.apache.carbondata.core.util ByteUtil CarbonProperties)
   (org.apache.hive.common HiveVersionAnnotation)))

(set! *warn-on-reflection* true)

(defn- location [^Class c]
  (.getLocation (.getCodeSource (.getProtectionDomain c))))

(defn- patched?
  "Returns whether a class of CarbonData comes from the folder or jar of our own classes, where the build puts the classes that
  it patches."
  [c]
  (= (location Instead) (location c)))

(def same-in-executors
  "Names of the classes that must be the same in this process and in a cluster's executors: those that the build patched, and
  the one of Spark that must fit this JDK."
  ["org.apache.carbondata.core.util.ByteUtil" "org.apache.carbondata.core.datastore.filesystem.LocalCarbonFile"
   "org.apache.carbondata.core.util.CarbonUtil" "org.apache.carbondata.core.util.DataTypeUtil"
   "org.apache.carbondata.core.util.path.CarbonTablePath$1"
   "org.apache.carbondata.core.scan.complextypes.PrimitiveQueryType" "karamon.table.FractionFormat"
   "karamon.table.CheckedOutput" "org.apache.spark.unsafe.Platform"])

(defn check
  "Throws ex-info of `:type` `:karamon.table/unpatched` unless this JVM has the classes that the build patched. Without them
  COMPACT silently loses data, and a table reads as empty after its writer is killed or the disk was full."
  []
  (let [zeros  (byte-array 8)
        refuse (fn [class-name cause]
                 (throw (ex-info (str "CarbonData's " class-name " isn't the patched one, so tables would lose data: put "
                                      "tables/target/classes, or karamon-table's jar, first on the class path, as "
                                      "./karamon table does")
                                 {:type :karamon.table/unpatched} cause)))]
    (try
      [(ByteUtil/toLong zeros 0 8) (ByteUtil/toInt zeros 0 4) (ByteUtil/toShort zeros 0 2)]
      (catch NoSuchMethodError e
        (refuse "ByteUtil" e)))
    ;; Without initializing them: they make loggers, which keep the System/err of that moment.
    (doseq [^String n same-in-executors
            :when (str/starts-with? n "org.apache.carbondata.")
            :let  [c (Class/forName n false (.getClassLoader Instead))]
            :when (not (patched? c))]
      (refuse (.getSimpleName c) nil))))

(defn- name-hive-2-3-7
  "Makes Hive give its version as 2.3.7. Spark 3.1 refuses all later ones, though those of 2.3 work, and have fewer advisories.
  A class in the code would be initialized with this namespace, and make a logger too early."
  []
  (let [info  (Class/forName "org.apache.hive.common.util.HiveVersionInfo")
        field (doto (.getDeclaredField info "version") (.setAccessible true))
        ^HiveVersionAnnotation real (.get field nil)]
    (.set field nil (reify HiveVersionAnnotation
                      (version [_] "2.3.7")
                      (shortVersion [_] "2.3.7")
                      (user [_] (.user real))
                      (date [_] (.date real))
                      (url [_] (.url real))
                      (revision [_] (.revision real))
                      (branch [_] (.branch real))
                      (srcChecksum [_] (.srcChecksum real))
                      (annotationType [_] HiveVersionAnnotation)))))

(defn configuration
  "Returns Spark's settings for a warehouse at `uri`, whose metastore is the folder `metastore`. Also sets CarbonData's
  JVM-wide properties."
  [uri metastore]
  (name-hive-2-3-7)
  (doto (CarbonProperties/getInstance)
    (.addProperty "carbon.clean.file.force.allowed" "true")
    ;; Keeps each index file as its segment wrote it.
    (.addProperty "carbon.merge.index.in.segment" "false")
    ;; What UPDATE and nested values write timestamps with; `FractionFormat` reads them with or without a fraction.
    (.addProperty "carbon.timestamp.format" "yyyy-MM-dd HH:mm:ss.SSS")
    ;; Merges the files of deleted rows after DELETE. If that fails, such as on a full disk, the DELETE is lost, and succeeds.
    (.addProperty "carbon.horizontal.compaction.enable" "false"))
  ;; A path, since CREATE DATABASE compares it with CarbonData's own path.
  {"spark.sql.warehouse.dir"                     (str/replace (.getPath (URI. uri)) #"/$" "")
   "spark.sql.extensions"                        "org.apache.spark.sql.CarbonExtensions"
   ;; CREATE TABLE without a format would make one of text files, which has no UPDATE or DELETE.
   "spark.sql.sources.default"                   "carbondata"
   "spark.sql.legacy.createHiveTableByDefault"   "false"
   "spark.sql.catalogImplementation"             "hive"
   "spark.hadoop.javax.jdo.option.ConnectionURL" (str "jdbc:derby:;databaseName=" metastore ";create=true")})

(defn started
  "Does nothing: a new CarbonData warehouse needs no preparation."
  [_spark])

(defn- text [s]
  (str "'" (str/replace (str s) #"['\\]" "\\\\$0") "'"))

(defn- options [m]
  (str/join ", " (for [[k v] (sort m)] (str (text (name k)) " = " (text v)))))

(defn create-table [table columns {:keys [sort-columns properties]}]
  (let [properties (cond-> (or properties {})
                     sort-columns (assoc "SORT_COLUMNS" (str/join ", " (map name sort-columns))))]
    (str "CREATE TABLE " table " (" columns ") STORED AS carbondata"
         (when (seq properties) (str " TBLPROPERTIES (" (options properties) ")")))))

(defn update-rows [table values condition]
  (str "UPDATE " table " SET (" (str/join ", " (map identifier (keys values))) ") = ("
       (str/join ", " (map literal (vals values))) ")" condition))

(defn compact [table kind {:keys [segments]}]
  (str "ALTER TABLE " table " COMPACT '" (str/upper-case (name kind)) "'"
       (when (= :custom kind) (str " WHERE SEGMENT.ID IN (" (str/join ", " segments) ")"))))

(defn segments [table]
  (str "SHOW SEGMENTS FOR TABLE " table))

(defn history [table]
  (str "SHOW HISTORY SEGMENTS FOR TABLE " table))

(defn clean-files [table]
  (str "CLEAN FILES FOR TABLE " table " OPTIONS ('force' = 'true')"))
