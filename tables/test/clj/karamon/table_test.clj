(ns karamon.table-test
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [clojure.test.check :as check]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :refer [for-all]]
   [karamon.table :as table]
   [karamon.table.fixture :as fixture :refer [carbondata? error-of session]]
   [karamon.table.process :as process])
  (:import
   (java.time Instant LocalDate)))

(set! *warn-on-reflection* true)

(def ^:private people [[:id :string] [:name :string] [:city :string] [:age :int]])

(defn- new-table [table columns & more]
  (table/sql @session (str "DROP TABLE IF EXISTS " table))
  (apply table/create-table @session table columns more))

(deftest the-scenario-of-the-article
  (new-table "people" people)
  (let [csv (io/file (process/new-folder "karamon-csv") "people.csv")
        all #(table/sql @session "SELECT * FROM people ORDER BY id")]
    (spit csv "id,name,city,age\n1,ann,york,31\n2,\"lee, jr\",leeds,27\n3,joe,bath,35\n")
    (table/load-csv @session "people" (str csv))
    (table/insert! @session "people" [{:id "4", :name "duke", :city "menlopark", :age 28}])
    (is (= [{:id "1", :name "ann", :city "york", :age 31}
            {:id "2", :name "lee, jr", :city "leeds", :age 27}
            {:id "3", :name "joe", :city "bath", :age 35}
            {:id "4", :name "duke", :city "menlopark", :age 28}]
           (all)))
    (is (= (if carbondata? 1 nil) (table/delete! @session "people" {:id "3"})))
    (is (= (if carbondata? 1 nil) (table/update! @session "people" {:city "palo alto"} ["id = ?" "1"])))
    (let [after [{:id "1", :name "ann", :city "palo alto", :age 31}
                 {:id "2", :name "lee, jr", :city "leeds", :age 27}
                 {:id "4", :name "duke", :city "menlopark", :age 28}]
          parts  (count (table/segments @session "people"))]
      (is (= after (all)))
      (table/compact! @session "people" :major)
      (is (= after (all)))
      (is (< 1 parts))
      (testing "at the end there is one segment or file, and history has entries"
        (table/clean-files! @session "people")
        (is (= after (all)))
        (is (= 1 (count (table/segments @session "people"))))
        (is (seq (table/history @session "people")))))))

(deftest on-statement-sees-the-one-statement-of-each-convenience
  (new-table "seen" people)
  (let [seen (fn [f] (reset! fixture/statements []) (f) @fixture/statements)]
    (is (= ["INSERT INTO seen VALUES ('1', NULL, 'york', 5), ('2', 'x', NULL, NULL)"]
           (seen #(table/insert! @session "seen" [{:id "1", :city "york", :age 5} {:id "2", :name "x"}]))))
    (is (= [(if carbondata?
              "UPDATE seen SET (city, age) = ('bath', 6) WHERE id = '1' AND name IS NULL"
              "UPDATE seen SET city = 'bath', age = 6 WHERE id = '1' AND name IS NULL")]
           (seen #(table/update! @session "seen" (array-map :city "bath", :age 6) (array-map :id "1", :name nil)))))
    (is (= ["DELETE FROM seen WHERE age > 100 OR id = 'x'"]
           (seen #(table/delete! @session "seen" ["age > ? OR id = ?" 100 "x"]))))
    (is (= ["DELETE FROM seen"] (seen #(table/delete! @session "seen" :all))))
    (is (= [] (seen #(table/insert! @session "seen" []))))
    (is (= [] (table/sql @session "SELECT * FROM seen")))))

(def ^:private typed
  [[:id :int] [:b :boolean] [:si :smallint] [:l :bigint] [:d :double] [:de "decimal(20,5)"] [:s :string] [:bi :binary] [:da :date]
   [:ts :timestamp] [:a "array<int>"] [:m "map<string,int>"] [:st "struct<x:int,y:string>"]])

(defn- comparable [row]
  (update row :bi #(some-> % seq vec)))

(deftest values-of-each-type-round-trip
  (new-table "typed" typed)
  (let [rows [{:id 1, :b true, :si 2, :l 4000000000, :d 2.25, :de 12.50000M, :s "hé'\"\\\nüñ 太郎", :bi (byte-array [1 0 -1])
               :da (LocalDate/parse "2026-02-28"), :ts (Instant/parse "2026-02-28T01:02:03.456Z"), :a [1 2], :m {"k" 1}
               :st {:x 1, :y "z"}}
              {:id 2, :b false, :si Short/MIN_VALUE, :l Long/MIN_VALUE, :d Double/MAX_VALUE, :de -123456789012345.12345M, :s ""
               :bi (byte-array [127]), :da (LocalDate/parse "1969-12-31"), :ts (Instant/parse "1969-12-31T23:59:59.001Z"), :a [3]
               :m {"a" 1, "b" 2}, :st {:x 2, :y "é"}}
              {:id 3}]]
    (table/insert! @session "typed" rows)
    (is (= (map comparable (conj (pop rows) (merge (zipmap (map first typed) (repeat nil)) {:id 3})))
           (map comparable (table/sql @session "SELECT * FROM typed ORDER BY id"))))
    (is (= (map first typed) (keys (first (table/sql @session "SELECT * FROM typed")))))
    (testing "whole numbers are longs"
      (is (every? #(instance? Long (% (first (table/sql @session "SELECT * FROM typed WHERE id = 1")))) [:id :si :l])))))

(deftest text-parameters-round-trip
  (let [result (check/quick-check 30
                 (for-all [texts (gen/vector (gen/one-of [gen/string (gen/fmap #(apply str %) (gen/vector (gen/elements "'\"\\`?;-/*%_\n\t(){}$ aé太")))]) 20)]
                   (let [texts (map #(str/replace % "\u0000" "") texts)]
                     (= texts (map :s (sort-by :i (table/sql @session
                                                    (into [(str "SELECT * FROM VALUES " (str/join ", " (repeat (count texts) "(?, ?)")) " AS t (i, s)")]
                                                          (mapcat vector (range) texts)))))))))]
    (is (:pass? result) (pr-str (:shrunk result)))))

(deftest hostile-text-updates-the-right-rows
  (new-table "hostile" people)
  (let [texts ["it's" "\\" "a\\'b" "x'; DROP TABLE hostile; --" "?" "/* */" "太郎\n\t" "(select 1)" "`a`"]]
    (doseq [text texts]
      (table/insert! @session "hostile" [{:id text, :name "before"} {:id "other", :name "before"}])
      (table/update! @session "hostile" {:name text} {:id text})
      (is (= #{{:id text, :name text} {:id "other", :name "before"}}
             (set (table/sql @session "SELECT id, name FROM hostile"))))
      (table/delete! @session "hostile" {:name text})
      (is (= [{:id "other"}] (table/sql @session "SELECT id FROM hostile")))
      (table/delete! @session "hostile" :all))))

(deftest large-results-are-reduced-without-holding-all-rows
  (is (= 499999500000 (transduce (map :id) + (table/rows @session "SELECT id FROM range(1000000)"))))
  (testing "a reduction may stop early, and start again"
    (let [rows (table/rows @session "SELECT id FROM range(1000000) ORDER BY id")]
      (is (= [0 1 2] (into [] (comp (take 3) (map :id)) rows)))
      (is (= [0 1] (into [] (comp (take 2) (map :id)) rows))))))

(deftest columns-of-the-same-name-are-all-returned
  (is (= [{:a 1, :a-2 2}] (table/sql @session "SELECT 1 AS a, 2 AS a"))))

(deftest show-draws-a-table
  (is (= (str "  id  text\n"
              "  ──  ────\n"
              "   1  a⏎b\n"
              "   2  ∅\n"
              "  … and more than these 2\n")
         (with-out-str (table/show @session "SELECT * FROM VALUES (1, 'a\\nb'), (2, NULL), (3, 'c') AS t (id, text)" 2))))
  (is (= "  id\n  ──\n  no rows\n" (with-out-str (table/show @session "SELECT id FROM range(0)")))))

(deftest errors-are-one-sentence
  (new-table "wrong" people)
  (let [[kind message] (error-of #(table/sql @session "SELECT * FROM nowhere"))]
    (is (= :karamon.table/failed kind))
    (is (re-find #"(?i)table or view.*nowhere" message))
    (is (not (str/includes? message "\n"))))
  (is (re-find #"'SELEC'|'selec'" (second (error-of #(table/sql @session "SELEC 1")))))
  (is (= [:karamon.table/bad-parameter "No column :ctiy for the table wrong: there are :age, :city, :id, :name. Did you mean :city?"]
         (error-of #(table/insert! @session "wrong" [{:ctiy "x"}]))))
  (doseq [f [#(table/insert! @session "wrong" [{:id "1"} {:age 1, "AGE" 2}]) #(table/update! @session "wrong" {:age 1, "AGE" 2} :all)]]
    (is (= [:karamon.table/bad-parameter "The column age has two values: its name is in {:age 1, \"AGE\" 2} twice"] (error-of f))))
  (is (= [:karamon.table/bad-parameter "Expected a map of columns to values, a vector such as [\"age < ?\" 18], or :all, found {}"]
         (error-of #(table/delete! @session "wrong" {}))))
  (is (= [:karamon.table/bad-option "No option :delimeter for load-csv: there are :bad-records, :charset, :delimiter, :escape, :header, :multi-line, :null, :quote. Did you mean :delimiter?"]
         (error-of #(table/load-csv @session "wrong" "x.csv" {:delimeter ";"}))))
  (is (= [:karamon.table/bad-option "No compaction :big: there are :custom, :major, :minor."]
         (error-of #(table/compact! @session "wrong" :big))))
  (is (= [:karamon.table/bad-option ":segments and :custom must be used together"]
         (error-of #(table/compact! @session "wrong" :custom)))))
