(ns karamon.table.lake-test
  "Iceberg's tables on S3, in a catalog in a database: statements, two processes that write to the same table, and one that is
  killed. CarbonData can't have any."
  (:require
   [clojure.edn :as edn]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.table :as table]
   [karamon.table.fixture :refer [carbondata? error-of]]
   [karamon.table.process :as process]
   [karamon.table.s3-test :as s3-test]))

(set! *warn-on-reflection* true)

(defn- options [warehouse endpoint database]
  {:warehouse warehouse
   :format    :iceberg
   :config    (into {"spark.sql.catalog.lake" "org.apache.iceberg.spark.SparkCatalog"}
                    (for [[k v] {"type"                   "jdbc"
                                 "uri"                    (str "jdbc:sqlite:" database "?busy_timeout=60000")
                                 "warehouse"              "s3://bucket/lake"
                                 "io-impl"                "org.apache.iceberg.aws.s3.S3FileIO"
                                 "s3.client-factory-impl" "org.apache.iceberg.aws.s3.DefaultS3FileIOAwsClientFactory"
                                 "http-client.type"       "urlconnection"
                                 "client.region"          "us-east-1"
                                 "s3.endpoint"            endpoint
                                 "s3.path-style-access"   "true"
                                 "s3.access-key-id"       (:access-key s3-test/credentials)
                                 "s3.secret-access-key"   (:secret-key s3-test/credentials)}]
                      [(str "spark.sql.catalog.lake." k) v]))})

(def ^:private merge-on-read
  (str "TBLPROPERTIES ('format-version'='3', 'write.delete.mode'='merge-on-read', 'write.update.mode'='merge-on-read', "
       "'commit.retry.num-retries'='20')"))

(defn- report [& values]
  (apply prn values)
  (flush))

(defn- insert-lines [s from]
  (dotimes [i 4]
    (table/insert! s "lake.db.lines" [{:id (+ (long from) i)}])))

(defn first-life
  "Creates the tables, inserts lines, and updates all rows of the other table until it is killed."
  [warehouse endpoint database]
  (let [s (table/session (options warehouse endpoint database))]
    (table/sql s "CREATE NAMESPACE lake.db")
    (table/sql s (str "CREATE TABLE lake.db.people (id bigint, v int) USING iceberg " merge-on-read))
    (table/sql s (str "CREATE TABLE lake.db.lines (id bigint) USING iceberg " merge-on-read))
    (table/sql s "INSERT INTO lake.db.people SELECT id, 0 FROM range(2000)")
    (table/delete! s "lake.db.people" ["id % 2 = ?" 1])
    (table/update! s "lake.db.people" {:v 1} {:id 0})
    (report :sums (vals (first (table/sql s "SELECT COUNT(*) AS n, SUM(id) AS ids, SUM(v) AS v FROM lake.db.people"))))
    (table/update! s "lake.db.people" {:v 0} :all)
    (report :ready)
    (insert-lines s 0)
    (report :lines)
    (doseq [v (rest (range))]
      (table/update! s "lake.db.people" {:v v} :all)
      (report :updated v))))

(defn second-life
  "Inserts lines at the same time as another process. At a line of standard input, prints what both tables have."
  [warehouse endpoint database]
  (with-open [^java.io.Closeable s (table/session (options warehouse endpoint database))]
    (insert-lines s 100)
    (report :lines)
    (while (not (.exists (java.io.File. (str warehouse) "killed"))) (java.util.concurrent.locks.LockSupport/parkNanos 10000000))
    (report :found (mapv :id (table/sql s "SELECT id FROM lake.db.lines ORDER BY id"))
      (mapv vals (table/sql s "SELECT v, COUNT(*) AS n, SUM(id) AS ids FROM lake.db.people GROUP BY v"))))
  (shutdown-agents))

(defn- life [f & arguments]
  (process/start `(do (require 'karamon.table.lake-test) (~(symbol "karamon.table.lake-test" f) ~@(map str arguments))) {}))

(deftest icebergs-tables-on-s3-survive-two-writers-and-a-kill
  (if carbondata?
    (is (= [:karamon.table/bad-option (str ":warehouse must be a folder of this machine, found \"s3a://bucket/w\": its tables are on "
                                           "local disk; load files from S3 into them")]
           (error-of #(table/session {:warehouse "s3a://bucket/w"}))))
    (s3-test/call-with-server
      (fn [endpoint]
        (let [[one two] (repeatedly 2 #(process/new-folder "karamon-lake"))
              database  (str one "/lake.db")
              writer    (life "first-life" one endpoint database)]
          (try
            (process/await-output writer #":ready" 240)
            (let [other (life "second-life" two endpoint database)]
              (process/await-output other #":lines" 240)
              (process/await-output writer #":updated 3" 240)
              (process/end writer)
              (spit (str two "/killed") "")
              (let [{:keys [text]} (process/finish other)
                    written (slurp (:out writer))
                    [lines people] (edn/read-string (str "[" (second (re-find #"(?m)^:found (.*)$" text)) "]"))
                    last-v  (parse-long (last (re-find #"(?s).*:updated (\d+)" written)))]
                (is (str/includes? written ":sums (1000 999000 1)"))
                (testing "both writers' rows are there"
                  (is (= (concat (range 4) (range 100 104)) lines) text))
                (testing "the killed update is whole, or isn't there"
                  (is (= [[1000 999000]] (map rest people)) text)
                  (is (<= last-v (ffirst people) (inc last-v)) text))))
            (finally
              (process/end writer))))))))
