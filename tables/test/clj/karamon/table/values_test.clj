(ns karamon.table.values-test
  "Checks that tables hold exactly the values that were written, after each kind of statement; values that a column can't hold
  are errors, and change nothing."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.table :as table]
   [karamon.table.fit :as fit]
   [karamon.table.fixture :refer [carbondata? error-of session table-format]])
  (:import
   (java.time Instant LocalDate)))

(set! *warn-on-reflection* true)

(defn- all [table]
  (table/sql @session (str "SELECT * FROM " table " ORDER BY id")))

(defn- message [f]
  (second (error-of f)))

(deftest an-update-changes-only-its-columns
  (table/create-table @session "times" [[:id :int] [:n :int] [:ts :timestamp] [:day :date] [:s :string]])
  (let [rows (vec (for [[i ts] (map-indexed vector
                                 ["2026-11-01T06:30:00.123Z" "2026-11-01T05:30:00.120Z" "2026-03-08T02:30:00.001Z"
                                  "1582-10-15T00:00:00Z" "9999-12-31T23:59:59.999Z" "1969-12-31T23:59:59.900Z"])]
                    {:id i, :n 1, :ts (Instant/parse ts), :day (LocalDate/parse (subs ts 0 10)), :s ""}))]
    (table/insert! @session "times" rows)
    (is (= rows (all "times")))
    (table/update! @session "times" {:n 2} :all)
    (is (= (map #(assoc % :n 2) rows) (all "times")))
    (table/update! @session "times" {:n 3} {:ts (:ts (first rows))})
    (is (= [3 2 2 2 2 2] (map :n (all "times"))))))

(deftest old-days-are-right-or-errors
  (is (= [{:a (Instant/parse "1500-11-01T06:30:00.123456Z"), :b (LocalDate/parse "1500-02-28")}]
         (table/sql @session "SELECT TIMESTAMP '1500-11-01 06:30:00.123456' AS a, DATE '1500-02-28' AS b")))
  (table/create-table @session "old" [[:id :int] [:ts :timestamp] [:day :date] [:d :double]])
  (let [row {:id 1, :ts (Instant/parse "1500-11-01T06:30:00.123456Z"), :day (LocalDate/parse "1500-02-28"), :d ##Inf}]
    (if carbondata?
      (do
        (doseq [[column reason] {:ts "1582" :day "1582" :d "finite"}]
          (is (str/includes? (message #(table/insert! @session "old" [(select-keys row [:id column])])) reason)))
        (is (str/includes? (message #(table/insert! @session "old" [{:ts (Instant/parse "2026-01-01T00:00:00.000001Z")}]))
              "microseconds"))
        (is (= [] (all "old")))
        (table/sql @session "INSERT INTO old SELECT 1, TIMESTAMP '1500-11-01 06:30:00', NULL, NULL")
        (is (some? (error-of #(table/update! @session "old" {:id 2} :all))) "CarbonData would shift it"))
      (do
        (table/insert! @session "old" [row])
        (table/update! @session "old" {:id 2} {:ts (:ts row)})
        (is (= [(assoc row :id 2)] (all "old")))))))

(deftest whole-numbers-take-no-endless-ones
  (doseq [value [##NaN ##Inf 1E1000000000M]]
    (is (= :karamon.table/bad-parameter (first (error-of #(fit/check table-format "id" "bigint" value)))))))

(deftest values-that-a-column-cannot-hold-are-errors
  (table/create-table @session "small"
    [[:id :int] [:si :smallint] [:d "decimal(6,2)"] [:s :string] [:ts :timestamp] [:b :bigint]])
  (table/insert! @session "small" [{:id 0, :d 9999.99M, :si -32768, :b Long/MIN_VALUE}])
  (let [before (all "small")]
    ;; Iceberg has no smallint: its column is an int.
    (doseq [[column value] (remove #(and (not carbondata?) (= :si (first %)))
                             [[:id 99999999999] [:id "notint"] [:id 1.5] [:si 70000] [:d 12345M] [:d 1.234M] [:b 9223372036854775808N]
                              [:s "\ud800x"] [:ts (Instant/parse "+12020-01-01T00:00:00Z")]])]
      (testing (str column " " value)
        (is (= :karamon.table/bad-parameter (first (error-of #(table/insert! @session "small" [{:id 1} {column value}])))))
        (is (= :karamon.table/bad-parameter (first (error-of #(table/update! @session "small" {column value} :all)))))))
    (is (= "The column id, of type int, can't hold 99999999999: expected a whole number from -2147483648 to 2147483647"
           (message #(table/insert! @session "small" [{:id 99999999999}]))))
    (doseq [statement ["INSERT INTO small SELECT 99999999999, NULL, NULL, NULL, NULL, NULL"
                       "INSERT INTO small SELECT 1, NULL, 12345.5, NULL, NULL, NULL"
                       "UPDATE small SET (d) = (12345.5)"
                       "UPDATE small SET (id) = (99999999999)"]]
      (is (= :karamon.table/failed (first (error-of #(table/sql @session statement)))) statement))
    (is (= before (all "small")))))

(deftest fields-of-null-structs-are-null
  (table/sql @session (str "CREATE TABLE structs (id int, st struct<a:int, b:string, c:bigint, x:smallint, d:double>) "
                           (if carbondata? "STORED AS carbondata" "USING iceberg")))
  (table/sql @session "INSERT INTO structs VALUES (1, named_struct('a', 1, 'b', 'x', 'c', 5L, 'x', 7S, 'd', 1.5D))")
  (table/sql @session "INSERT INTO structs SELECT 2, NULL")
  (is (= [{:id 1, :a 1, :b "x", :c 5, :x 7, :d 1.5} {:id 2, :a nil, :b nil, :c nil, :x nil, :d nil}]
         (table/sql @session "SELECT id, st.a, st.b, st.c, st.x, st.d FROM structs ORDER BY id"))))
