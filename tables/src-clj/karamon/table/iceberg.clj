(ns karamon.table.iceberg
  "What is Iceberg's own: how its sessions start, and its statements, each a function to SQL."
  (:require
   [clojure.string :as str]
   [karamon.table.literal :refer [identifier literal]])
  (:import
   (java.time Instant)
   (org.apache.spark.sql SparkSession)))

(set! *warn-on-reflection* true)

(defn check
  "Iceberg needs nothing of a JVM besides Spark's flags."
  [])

(def same-in-executors
  "Names of the classes that a cluster's executors must have as this process has them: by it, its jar."
  ["org.apache.iceberg.spark.SparkCatalog"])

(defn configuration
  "Returns Spark's settings for a warehouse at `uri`, which needs no metastore."
  [uri _metastore]
  {"spark.sql.extensions"                          "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
   "spark.sql.defaultCatalog"                      "warehouse"
   "spark.sql.catalog.warehouse"                   "org.apache.iceberg.spark.SparkCatalog"
   "spark.sql.catalog.warehouse.type"              "hadoop"
   "spark.sql.catalog.warehouse.warehouse"         uri
   "spark.sql.catalog.warehouse.default-namespace" "default"
   "spark.sql.warehouse.dir"                       uri})

(defn started
  "Makes the database that names without one stand in."
  [^SparkSession spark]
  (.sql spark "CREATE NAMESPACE IF NOT EXISTS default"))

(def ^:private properties-of-ours
  "Deletes and updates write what they delete beside the data, as deletion vectors, and don't write the data anew."
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
    (throw (ex-info (str "Iceberg's CREATE TABLE knows no :sort-columns: follow it with ALTER TABLE " table " WRITE ORDERED BY "
                         (str/join ", " (map name sort-columns)))
                    {:type :karamon.table/bad-option, :option :sort-columns})))
  (str "CREATE TABLE " table " (" columns ") USING iceberg TBLPROPERTIES ("
       (options (merge properties-of-ours properties)) ")"))

(defn load-csv [table columns path {:keys [header delimiter]}]
  (str "INSERT INTO " table " SELECT "
       (str/join ", " (map-indexed (fn [i [column type]]
                                     (str "CAST(" (if header (identifier column) (str "_c" i)) " AS " type ")"))
                                   columns))
       " FROM csv.`" path "` WITH (" (options {"header" header, "delimiter" delimiter}) ")"))

(defn update-rows [table values condition]
  (str "UPDATE " table " SET " (str/join ", " (for [[k v] values] (str (identifier k) " = " (literal v)))) condition))

(defn compact [table kind _options]
  (when (= :custom kind)
    (throw (ex-info "Iceberg has no segments to choose from for :custom: expected :minor or :major"
                    {:type :karamon.table/bad-option, :kind kind})))
  (str "CALL system.rewrite_data_files(table => '" (qualified table) "', options => map("
       (if (= :major kind) "'rewrite-all', 'true'" "'min-input-files', '2', 'delete-file-threshold', '1'") "))"))

(defn segments [table]
  (str "SELECT content, file_path, record_count, file_size_in_bytes FROM " (qualified table) ".files"))

(defn history [table]
  (str "SELECT committed_at, snapshot_id, parent_id, operation, summary FROM " (qualified table) ".snapshots"))

(defn clean-files [table]
  (str "CALL system.expire_snapshots(table => '" (qualified table) "', older_than => TIMESTAMP '" (Instant/now)
       "', retain_last => 1)"))
