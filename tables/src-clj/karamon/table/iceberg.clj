(ns karamon.table.iceberg
  "Everything specific to Iceberg: how its sessions start, and its statements, each a function that returns SQL."
  (:require
   [clojure.string :as str]
   [karamon.table.literal :refer [identifier literal]])
  (:import
   (java.time Instant)
   (org.apache.spark.sql SparkSession)))

(set! *warn-on-reflection* true)

(defn check
  "Does nothing: Iceberg needs no more of a JVM than Spark's flags."
  [])

(def same-in-executors
  "Names of the classes that must be the same in this process and in a cluster's executors: one that stands for Iceberg's jar."
  ["org.apache.iceberg.spark.SparkCatalog"])

(defn configuration
  "Returns Spark's settings for a warehouse at `uri`, which needs no metastore."
  [uri _metastore]
  {"spark.sql.extensions"                          "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
   "spark.sql.defaultCatalog"                      "warehouse"
   "spark.sql.catalog.warehouse"                   "org.apache.iceberg.spark.SparkCatalog"
   "spark.sql.catalog.warehouse.type"              "hadoop"
   "spark.sql.catalog.warehouse.warehouse"         uri
   ;; A statement may fail after its commit, as on a full disk: a cached table would still be the one before.
   "spark.sql.catalog.warehouse.cache-enabled"     "false"
   "spark.sql.catalog.warehouse.default-namespace" "default"
   "spark.sql.warehouse.dir"                       uri})

(defn started
  "Creates the default database, which holds tables whose names have no database."
  [^SparkSession spark]
  (.sql spark "CREATE NAMESPACE IF NOT EXISTS default"))

(def ^:private default-properties
  "With these, deletes and updates write deletion vectors, and don't rewrite data files."
  {"format-version"    "3"
   "write.delete.mode" "merge-on-read"
   "write.update.mode" "merge-on-read"
   "write.merge.mode"  "merge-on-read"})

(defn- text [s]
  (str "'" (str/replace (str s) #"['\\]" "\\\\$0") "'"))

(defn- options [m]
  (str/join ", " (for [[k v] (sort m)] (str (text (name k)) " = " (text v)))))

(defn- qualified [table]
  (if (str/includes? table ".") table (str "default." table)))

(defn create-table [table columns {:keys [sort-columns properties]}]
  (when (seq sort-columns)
    (throw (ex-info (str "Iceberg's CREATE TABLE doesn't support :sort-columns: create the table, then run ALTER TABLE " table
                         " WRITE ORDERED BY " (str/join ", " (map name sort-columns)))
                    {:type :karamon.table/bad-option, :option :sort-columns})))
  (str "CREATE TABLE " table " (" columns ") USING iceberg TBLPROPERTIES ("
       (options (merge default-properties properties)) ")"))

(defn update-rows [table values condition]
  (str "UPDATE " table " SET " (str/join ", " (for [[k v] values] (str (identifier k) " = " (literal v)))) condition))

(defn compact [table kind _options]
  (when (= :custom kind)
    (throw (ex-info "Iceberg has no segments, so no :custom compaction: expected :minor or :major"
                    {:type :karamon.table/bad-option, :kind kind})))
  (str "CALL system.rewrite_data_files(table => '" (qualified table) "', options => map("
       (if (= :major kind) "'rewrite-all', 'true'" "'min-input-files', '2', 'delete-file-threshold', '1'") "))"))

(defn segments [table]
  (str "SELECT content, file_path, record_count, file_size_in_bytes FROM " (qualified table) ".files"))

(defn files [table]
  (str "SELECT content, file_path, record_count, referenced_data_file FROM " (qualified table) ".files"))

(defn history [table]
  (str "SELECT committed_at, snapshot_id, parent_id, operation, summary FROM " (qualified table) ".snapshots"))

(defn clean-files [table]
  (str "CALL system.expire_snapshots(table => '" (qualified table) "', older_than => TIMESTAMP '" (Instant/now)
       "', retain_last => 1)"))
