(ns karamon.table.carbondata-test
  "Checks that values survive which CarbonData as published loses on every JDK after 8. Only a comparison with plain Spark can show
  that: COMPACT reports success either way."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.table :as table]
   [karamon.table.fixture :refer [session]]
   [karamon.table.process :as process])
  (:import
   (java.io File FileOutputStream IOException)
   (java.nio.file Files)
   (java.nio.file.attribute FileAttribute)
   (java.util.zip ZipEntry ZipOutputStream)
   (karamon.table CheckedOutput)
   (org.apache.carbondata.core.datastore.filesystem LocalCarbonFile)
   (org.apache.carbondata.core.util CarbonThreadFactory)
   (org.apache.carbondata.core.util.path CarbonTablePath)))

(set! *warn-on-reflection* true)

(def ^:private rows-of
  "A query for the rows of a segment, in plain Spark."
  (str "SELECT id * 7919 - 3000000000 AS id, CAST(id %% 1000 - 500 AS int) AS n, CAST(id %% 300 - 150 AS smallint) AS si, "
       "CAST(CONCAT('c', id %% 37) AS string) AS city, TIMESTAMP_SECONDS(1700000000 + id * 86399) AS ts, "
       "DATE_ADD(DATE '1960-01-01', CAST(id AS int)) AS da, CAST(id AS decimal(20, 3)) / 8 AS de "
       "FROM range(%d, %d)"))

(def ^:private checksum
  (str "SELECT COUNT(*) AS n, COUNT(id) AS ids, COUNT(ts) AS times, SUM(id) AS id, SUM(CAST(n AS bigint)) AS ns, "
       "SUM(UNIX_SECONDS(ts)) AS ts, "
       "SUM(CAST(XXHASH64(id, n, si, city, ts, da, CAST(de AS decimal(20, 3))) AS decimal(38, 0))) AS hash FROM "))

(defn- checksum-of [from]
  (first (table/sql @session (str checksum from))))

(defn- plain [segments condition]
  (checksum-of (str "(" (str/join " UNION ALL " (for [i (range segments)] (format rows-of (* i 1000) (* (inc i) 1000))))
                    ") WHERE " condition)))

(defn- new-table [table properties]
  (table/sql @session (str "DROP TABLE IF EXISTS " table))
  (table/create-table @session table
    [[:id :bigint] [:n :int] [:si :smallint] [:city :string] [:ts :timestamp] [:da :date] [:de "decimal(20,3)"]] {:properties properties})
  (dotimes [i 5]
    (table/sql @session (str "INSERT INTO " table " SELECT id, n, si, city, ts, da, CAST(de AS decimal(20, 3)) FROM ("
                             (format rows-of (* i 1000) (* (inc i) 1000)) ")"))))

(defn loses-nothing
  "Checks a table with `properties` against plain Spark after each statement."
  [properties]
  (testing (pr-str properties)
    (new-table "sums" properties)
    (is (= 5000 (:times (plain 5 "true"))))
    (is (= (plain 5 "true") (checksum-of "sums")) "after INSERT")
    (table/compact! @session "sums" :minor)
    (is (= (plain 5 "true") (checksum-of "sums")) "after COMPACT 'MINOR'")
    (table/delete! @session "sums" ["n >= ?" 400])
    (is (= (plain 5 "n < 400") (checksum-of "sums")) "after DELETE")
    (table/compact! @session "sums" :major)
    (is (= (plain 5 "n < 400") (checksum-of "sums")) "after COMPACT 'MAJOR'")
    (is (some #(= "Compacted" (:Status %)) (table/segments @session "sums")))))

(def times-and-numbers
  "Properties of a table that loses values in COMPACT with CarbonData as published."
  {"SORT_COLUMNS" "ts,n,da", "SORT_SCOPE" "LOCAL_SORT"})

(deftest compact-loses-nothing
  (run! loses-nothing
    [{"SORT_COLUMNS" "city,id", "SORT_SCOPE" "LOCAL_SORT"}
     {"SORT_COLUMNS" "id,n,si,city", "SORT_SCOPE" "NO_SORT"}
     times-and-numbers
     {"SORT_COLUMNS" "si,id", "SORT_SCOPE" "GLOBAL_SORT"}
     {}]))

(deftest a-file-never-disappears-while-it-is-replaced
  (let [folder  (process/new-folder "karamon-replace")
        target  (io/file folder "tablestatus")
        stopped?   (atom false)
        missing (do (spit target "0")
                    (future (loop [missing 0]
                              (if @stopped? missing (recur (if (.exists target) missing (inc missing)))))))]
    (dotimes [i 2000]
      (let [written (io/file folder "tablestatus.write")]
        (spit written (str i))
        (is (.renameForce (LocalCarbonFile. (str written)) (str target)))))
    (reset! stopped? true)
    (is (= 0 @missing))
    (is (= "1999" (slurp target)))
    (is (= ["tablestatus"] (vec (.list folder))))))

(deftest an-unfinished-file-of-a-schema-is-not-the-schema
  (let [folder (process/new-folder "karamon-schema")]
    (doto (io/file folder "Metadata" "schema.write") io/make-parents (spit ""))
    (is (= (str folder "/Metadata/schema") (CarbonTablePath/getSchemaFilePath (str folder))))))

(deftest threads-do-not-keep-the-process-from-ending
  (is (.isDaemon (.newThread (CarbonThreadFactory. "writer") (fn [])))))

(deftest failed-files-that-are-gone-are-forgotten
  (let [folder (process/new-folder "karamon-failed")
        full   (.toPath (io/file "/dev/full"))
        failed (.get (doto (.getDeclaredField CheckedOutput "FAILED") (.setAccessible true)) nil)
        before (count failed)]
    (dotimes [i 2000]
      (let [file (io/file folder (str i))]
        (Files/createSymbolicLink (.toPath file) full (make-array FileAttribute 0))
        (is (thrown? IOException (with-open [out (CheckedOutput. (str file))] (.write out 1))))
        (when (< 0 i)
          (io/delete-file file))))
    (is (>= (+ before 1001) (count failed)))
    (is (not (.renameForce (LocalCarbonFile. (str (io/file folder "0"))) (str (io/file folder "target")))) "one that is there isn't")))

(deftest the-build-refuses-another-byteutil
  (let [folder (process/new-folder "karamon-patch")
        jar    (io/file folder "other.jar")]
    (with-open [zip (ZipOutputStream. (FileOutputStream. ^File jar))
                in  (io/input-stream (io/resource "karamon/table/Instead.class"))]
      (.putNextEntry zip (ZipEntry. "org/apache/carbondata/core/util/ByteUtil.class"))
      (io/copy in zip))
    (let [{:keys [exit text]} (process/run `(karamon.table.PatchCarbonData/main (into-array String [~(str folder)]))
                                {:class-path (cons (str jar) process/class-path)})]
      (is (= 1 exit))
      (is (str/includes? text "ByteUtil of this CarbonData has the calls {} to redirect, expected {getInt=2, getLong=2, getShort=2, putInt=1}"))
      (is (not (.exists (io/file folder "org")))))))
