(ns measure
  "Measures tables of one format in this JVM, and prints the results as EDN. `start` measures the time to the first result;
  `small` runs the statements of the tour; `large` uses a table of ROWS rows.

      java … clojure.main bench/tables/measure.clj FORMAT start|small|large ROWS ROUNDS"
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.table :as table])
  (:import
   (java.lang ProcessHandle)
   (java.nio.file Files Path)
   (java.nio.file.attribute FileAttribute)
   (java.time Duration Instant)))

(set! *warn-on-reflection* true)

(defn- cpu-ms []
  (.toMillis ^Duration (.get (.totalCpuDuration (.info (ProcessHandle/current))))))

(defn- since-start-ms []
  (.toMillis (Duration/between (.get (.startInstant (.info (ProcessHandle/current)))) (Instant/now))))

(defn- peak-mb
  "Returns this process's peak memory, in MB."
  []
  (quot (parse-long (second (re-find #"VmHWM:\s+(\d+) kB" (str/join "\n" (Files/readAllLines (Path/of "/proc/self/status" (make-array String 0))))))) 1000))

(defn- ms [f]
  (let [start (System/nanoTime)]
    (f)
    (/ (- (System/nanoTime) start) 1e6)))

(defn- folder []
  (.toFile (Files/createTempDirectory "karamon-bench" (make-array FileAttribute 0))))

(defn- delete [folder]
  (run! #(.delete ^java.io.File %) (reverse (file-seq folder))))

(def ^:private people [[:id :string] [:name :string] [:city :string] [:age :int]])

(defn- small-round [s csv]
  (table/sql s "DROP TABLE IF EXISTS people")
  (let [steps [[:create #(table/create-table s "people" people)]
               [:load #(table/load-csv s "people" csv)]
               [:select #(table/sql s "SELECT * FROM people")]
               [:insert #(table/insert! s "people" [{:id "4", :name "duke", :city "menlopark", :age 28}])]
               [:delete #(table/delete! s "people" {:id "3"})]
               [:update #(table/update! s "people" {:city "palo alto"} {:id "1"})]
               [:compact #(table/compact! s "people" :major)]
               [:segments #(table/segments s "people")]
               [:clean #(table/clean-files! s "people")]]]
    (into {} (map (fn [[k f]] [k (ms f)])) steps)))

(defn- small [s rounds folder]
  (let [csv (io/file folder "people.csv")]
    (spit csv "id,name,city,age\n1,anna,kyoto,31\n2,ben,osaka,27\n3,chie,kobe,35\n")
    (vec (repeatedly rounds #(small-round s (str csv))))))

(defn- write-csv [file rows]
  (with-open [out (io/writer file)]
    (.write out "id,name,city,amount,at\n")
    (dotimes [i rows]
      ;; Each id once, in mixed order.
      (.write out (str (mod (* i 7919) rows) ",name" (mod i 5003) ",city" (mod i 97) "," (mod (* i 31) 10007) ","
                       "2026-01-0" (inc (mod i 9)) " 00:00:00\n")))))

(def ^:private plain-of
  "The prefix of Parquet tables, which are in the own catalog of each format's Spark."
  {:carbondata "", :iceberg "spark_catalog.default."})

(defn- drop-tables [s plain]
  (run! #(table/sql s (str "DROP TABLE IF EXISTS " %)) ["large" (str plain "p0") (str plain "p1") (str plain "p2")]))

(defn- points [s table rows n]
  (let [ids (mapv #(mod (* (inc %) 7907) rows) (range (+ n 3)))
        times (mapv (fn [id] (ms #(assert (= 1 (count (table/sql s [(str "SELECT * FROM " table " WHERE id = ?") id])))))) ids)]
    (nth (sort (drop 3 times)) (quot n 2))))

(defn- large-round [s table-format csv rows]
  (let [plain   (plain-of table-format)
        columns "id, name, city, amount, at"]
    (drop-tables s plain)
    (table/create-table s "large" [[:id :bigint] [:name :string] [:city :string] [:amount :int] [:at :timestamp]]
      (if (= :carbondata table-format) {:sort-columns [:id]} {}))
    (when (= :iceberg table-format)
      (table/sql s "ALTER TABLE large WRITE ORDERED BY id"))
    (let [load-ms      (ms #(table/load-csv s "large" csv))
          _            (table/sql s (str "CREATE TABLE " plain "p0 USING parquet AS SELECT * FROM large ORDER BY id"))
          point        (points s "large" rows 15)
          point-plain  (points s (str plain "p0") rows 15)
          scan         (ms #(table/sql s "SELECT city, SUM(amount) FROM large GROUP BY city"))
          scan-plain   (ms #(table/sql s (str "SELECT city, SUM(amount) FROM " plain "p0 GROUP BY city")))
          update-ms    (ms #(table/update! s "large" {:city "elsewhere"} ["id % 100 = ?" 7]))
          update-plain (ms #(table/sql s (str "CREATE TABLE " plain "p1 USING parquet AS SELECT id, name, "
                                              "CASE WHEN id % 100 = 7 THEN 'elsewhere' ELSE city END AS city, amount, at FROM " plain "p0")))
          delete-ms    (ms #(table/delete! s "large" ["id % 100 = ?" 13]))
          delete-plain (ms #(table/sql s (str "CREATE TABLE " plain "p2 USING parquet AS SELECT " columns " FROM " plain
                                              "p1 WHERE id % 100 <> 13")))
          after        (points s "large" rows 15)
          sums         (fn [t] (table/sql s (str "SELECT COUNT(*) AS n, SUM(id) AS ids, SUM(amount) AS amounts, "
                                                 "SUM(CAST(XXHASH64(id, name, city, amount, at) AS decimal(38, 0))) AS hash FROM " t)))]
      (assert (= (sums "large") (sums (str plain "p2"))) "both tables have the same rows")
      {:load load-ms, :point point, :point-plain point-plain, :point-after after, :scan scan, :scan-plain scan-plain
       :update update-ms, :update-plain update-plain, :delete delete-ms, :delete-plain delete-plain
       :compact (ms #(table/compact! s "large" :major)), :point-compacted (points s "large" rows 15)})))

(let [[table-format what rows rounds] *command-line-args*
      table-format (keyword table-format)
      folder       (folder)]
  (with-open [^java.io.Closeable s (table/session {:warehouse (str (io/file folder "warehouse")), :format table-format})]
    (table/sql s "SELECT 1")
    (let [found (case what
                  "start" {:wall (since-start-ms), :cpu (cpu-ms)}
                  "small" {:rounds (small s (parse-long rounds) folder)}
                  "large" (let [csv (io/file folder "rows.csv")]
                            (write-csv csv (parse-long rows))
                            {:rounds (vec (repeatedly (parse-long rounds) #(large-round s table-format (str csv) (parse-long rows))))}))]
      (prn (assoc found :peak (peak-mb)))))
  (delete folder)
  (shutdown-agents))
