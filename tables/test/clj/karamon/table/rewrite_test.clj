(ns karamon.table.rewrite-test
  "Pastes SQL as CarbonData's documentation and articles have it, and statements that the parsers take for others."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.table :as table]
   [karamon.table.fixture :refer [carbondata? error-of session]]
   [karamon.table.process :as process]
   [karamon.table.rewrite :as rewrite]))

(set! *warn-on-reflection* true)

(defn- columns [_]
  [["id" "int"] ["s" "string"]])

(deftest statements-take-the-form-of-their-format
  (are [expected format sql] (= expected (rewrite/rewrite format sql columns))
    "UPDATE t SET (s) = ('x = ''1'', (y)') WHERE id = 1" :carbondata "UPDATE t SET s = 'x = ''1'', (y)' WHERE id = 1"
    "UPDATE t SET (a, b) = (f(1, 2), 'x')"              :carbondata "UPDATE t SET a = f(1, 2), b = 'x'"
    "UPDATE t SET s = 'x', id = 2 WHERE id = 1"         :iceberg    "UPDATE t SET (s, id) = ('x', 2) WHERE id = 1"
    "UPDATE t SET (s) = (SELECT 1)"                     :carbondata "UPDATE t SET (s) = (SELECT 1)"
    "CREATE TABLE t (id int) STORED AS carbondata"      :carbondata "CREATE TABLE t (id int) STORED BY 'carbondata';"
    "CREATE TABLE t (id int) USING iceberg"             :iceberg    "CREATE TABLE t (id int) STORED BY 'org.apache.carbondata.format'"
    "MERGE INTO T USING N ON T.ID = 'x'"                :carbondata "merge into t using n on t.id = 'x'"
    "merge into t using n on t.id = 'x'"                :iceberg    "merge into t using n on t.id = 'x'"
    "INSERT INTO t SELECT NULL, `s` FROM (VALUES ('a')) AS given(`s`)" :carbondata "INSERT INTO t (S) VALUES ('a')"
    "SELECT ';' FROM t WHERE a = 'UPDATE t SET a = 1'"  :carbondata "SELECT ';' FROM t WHERE a = 'UPDATE t SET a = 1'"))

(deftest comments-strings-and-operators-keep-their-meaning
  (are [expected format sql] (= expected (rewrite/rewrite format sql columns))
    "UPDATE t SET a = 1 WHERE id = 1" :iceberg "UPDATE t SET a = 1 -- first\nWHERE id = 1"
    "UPDATE t SET (a, b) = (1, 2) WHERE id = 1" :carbondata "UPDATE t SET a = 1 -- first\n, b = 2 WHERE id = 1"
    "UPDATE t SET a = CASE WHEN b <= 3 THEN 1 END" :iceberg "UPDATE t SET a = CASE WHEN b <= 3 THEN 1 END"
    "UPDATE t SET (a) = (b != 3 OR b == 4)" :carbondata "UPDATE t SET a = b != 3 OR b == 4"
    "UPDATE t SET (s) = ('x (select y)')" :carbondata "UPDATE t SET s = 'x (select y)'"
    "MERGE INTO A\n  USING B\n  ON A.ID = B.ID" :carbondata "MERGE INTO a\n  USING b\n  ON a.id = b.id"
    "CREATE TABLE t (s string COMMENT 'stored as iceberg') STORED AS carbondata"
    :carbondata "CREATE TABLE t (s string COMMENT 'stored as iceberg') STORED BY \"carbondata\""
    "CREATE TABLE t USING iceberg AS SELECT 'stored by carbondata'"
    :iceberg "CREATE TABLE t USING iceberg AS SELECT 'stored by carbondata'"
    "CREATE TABLE t STORED AS carbondata AS SELECT * FROM csv.`/a.csv`"
    :carbondata "CREATE TABLE t STORED AS carbondata AS SELECT * FROM csv.`/a.csv`"
    "INSERT INTO t SELECT `id`, NULL FROM (SELECT 1) AS given(`id`)" :carbondata "INSERT INTO t (id) SELECT 1 -- one"))

(deftest a-list-of-columns-may-be-long
  (let [names (map #(str "c" %) (range 20000))
        sql   (str "INSERT INTO t (" (str/join ", " names) ") SELECT 1")]
    (is (str/starts-with? (rewrite/rewrite :carbondata sql (fn [_] (map #(vector % "int") names))) "INSERT INTO t SELECT `c0`, `c1`")))
  (is (= "A column is listed twice" (second (error-of #(rewrite/rewrite :carbondata "INSERT INTO t (id, `ID`) VALUES (1, 2)" columns))))))

(deftest comments-within-comments-are-refused
  (is (= [:karamon.table/failed "A comment begins within a comment: remove the inner one"]
         (error-of #(rewrite/rewrite :carbondata "UPDATE t SET s = 'x' /* a /* b */ -- */ WHERE id = 1" columns)))))

(deftest a-table-created-without-a-format-has-that-of-the-session
  (doseq [definition ["(id int, city string)" "(id int, city string) PARTITIONED BY (city)" "AS SELECT 1 AS id, 'x' AS city WHERE false"]]
    (testing definition
      (run! #(table/sql @session %)
        ["DROP TABLE IF EXISTS plain"
         (str "CREATE TABLE plain " definition)
         "INSERT INTO plain VALUES (1, 'kyoto'), (2, 'osaka'), (3, 'kobe')"
         "UPDATE plain SET id = 10 WHERE city = 'kyoto'"
         "DELETE FROM plain WHERE id = 2"])
      (is (= [{:id 3, :city "kobe"} {:id 10, :city "kyoto"}] (table/sql @session "SELECT id, city FROM plain ORDER BY id"))))))

(deftest unfinished-statements-change-nothing
  (doseq [sql ["DELETE FROM t WHERE" "delete from t\nwhere ;" "UPDATE t SET (a) = (1) WHERE" "DELETE FROM t WHERE -- id = 1"]]
    (is (= [:karamon.table/failed "The statement ends after WHERE, and would change all rows: add a condition, or leave out WHERE"]
           (error-of #(table/sql @session sql))))))

(deftest the-articles-session-runs-as-pasted
  (let [s      @session
        sample (io/file (process/new-folder "karamon-sample") "sample.csv")
        path   (if carbondata? (str (.relativize (.toPath (.getAbsoluteFile (io/file "."))) (.toPath sample))) (str sample))]
    (spit sample "id,name,city,age\n1,david,shenzhen,31\n2,eason,shenzhen,27\n3,jarry,wuhan,35\n")
    (table/sql s "CREATE TABLE IF NOT EXISTS test_table (id string, name string, city string, age Int) STORED BY 'carbondata'")
    (if carbondata?
      (table/sql s (str "LOAD DATA LOCAL INPATH '" path "' INTO TABLE test_table"))
      (do
        (is (str/includes? (second (error-of #(table/sql s (str "LOAD DATA INPATH '" path "' INTO TABLE test_table")))) "load-csv"))
        (table/load-csv s "test_table" path)))
    (table/sql s "INSERT INTO test_table VALUES ('4', 'duke', 'menlopark', 28)")
    (table/sql s "DELETE FROM test_table WHERE id='3'")
    (table/sql s "UPDATE test_table SET (city)=('palo alto') WHERE id='1'")
    (table/sql s "UPDATE test_table SET name = 'x' WHERE id='2'")
    (is (= ["1" "david" "palo alto" 31 "2" "x" "shenzhen" 27 "4" "duke" "menlopark" 28]
           (mapcat vals (table/sql s "SELECT * FROM test_table ORDER BY id"))))
    (testing "with its tables printed"
      (is (str/includes? (with-out-str (table/show s "SELECT * FROM test_table ORDER BY id")) "palo alto")))))

(deftest databases-columns-and-names
  (let [s @session]
    (table/sql s "CREATE DATABASE mydb")
    (table/create-table s "mydb.people" [[:Id :int] [:city :string]])
    (table/insert! s "mydb.people" [{:Id 1}])
    (table/sql s "INSERT INTO mydb.people (city, id) VALUES ('kyoto', 2)")
    (is (= [[1 nil] [2 "kyoto"]] (map vals (table/sql s "SELECT * FROM mydb.people ORDER BY id"))))
    (when carbondata?
      (is (str/includes? (second (error-of #(table/sql s "CREATE TABLE dots (`a.b` int) STORED AS carbondata"))) "without dots"))
      (is (str/includes? (second (error-of #(table/sql s "UPDATE mydb.people SET city = (SELECT 1)"))) "no subquery")))))
