(ns karamon.table.output-test
  (:require
   [clojure.test :refer [are deftest is]]
   [karamon.table.drawing :as drawing]
   [karamon.table.fixture :refer [error-of]]
   [karamon.table.output :as output]))

(set! *warn-on-reflection* true)

(defn- printed [form columns rows]
  (with-out-str (output/print-rows form columns rows nil)))

(deftest columns-align-by-the-cells-of-a-terminal-and-null-is-apart-from-text
  (is (= (str "  id  name\n"
              "  ──  ──────────\n"
              "   1  太郎\n"
              "   ∅  nil\n"
              "   3  \"∅\"\n"
              "   4  ∅\n"
              "   5  ␛[31mred⏎�\n")
         (printed :table [:id :name]
           [{:id 1, :name "太郎"} {:name "nil"} {:id 3, :name "∅"} {:id 4} {:id 5, :name "\u001b[31mred\r\n\u202e"}])))
  (is (= "  a     b\n  ────  ─\n  太郎  1\n  a     2\n" (printed :table [:a :b] [{:a "太郎", :b "1"} {:a "a", :b "2"}])))
  (is (= "  id\n  ──\n  no rows\n" (printed :table [:id] [])))
  (is (= "a\n  b␛\n" (printed :table [:plan] [{:plan "a\n  b\u001b"}])) "a plan is printed as its lines")
  (is (= "太…" (drawing/cut "太郎太郎" 4))))

(deftest rows-wider-than-the-terminal-are-printed-one-below-the-other
  (let [rows [{:id 1, :name "太郎"} {:id 2, :name nil}]]
    (is (= "── 1 ──\n  id    1\n  name  太郎\n── 2 ──\n  id    2\n  name  ∅\n"
           (with-out-str (output/print-rows :table [:id :name] rows 9))))
    (is (= "  id  name\n  ──  ────\n   1  太郎\n   2  ∅\n"
           (with-out-str (output/print-rows :table [:id :name] rows 10))))
    (is (= "  no rows\n" (with-out-str (output/print-rows :table [:id :name] [] 9))))))

(deftest rows-are-printed-as-data
  (let [columns [:n (keyword "count(1)")]
        rows    [{:n "a\"q, b\n太", (keyword "count(1)") 1} {:n "", (keyword "count(1)") nil} {:n nil, (keyword "count(1)") ##NaN}]]
    (are [form text] (= text (printed form columns rows))
      :csv   "n,count(1)\r\n\"a\"\"q, b\n太\",1\r\n\"\",\r\n,NaN\r\n"
      :json  "[\n{\"n\":\"a\\\"q, b\\n太\",\"count(1)\":1},\n{\"n\":\"\",\"count(1)\":null},\n{\"n\":null,\"count(1)\":\"NaN\"}\n]\n"
      :jsonl "{\"n\":\"a\\\"q, b\\n太\",\"count(1)\":1}\n{\"n\":\"\",\"count(1)\":null}\n{\"n\":null,\"count(1)\":\"NaN\"}\n"
      :edn   "{:n \"a\\\"q, b\\n太\", \"count(1)\" 1}\n{:n \"\", \"count(1)\" nil}\n{:n nil, \"count(1)\" \"NaN\"}\n")))

(deftest a-chart-has-a-bar-for-each-row
  (is (= ["   京都    ████████ 10" "  osaka    ████▏ 5" "      ∅  ██ -2" "      z    0" "      q    ∅"]
         (drawing/chart [:city :n] [{:city "京都", :n 10} {:city "osaka", :n 5} {:city nil, :n -2} {:city "z", :n 0} {:city "q"}] 23)))
  (is (= [:karamon.table/no-chart "A chart needs two columns, a label and a number, found a, b (no number)"]
         (error-of #(doall (drawing/chart [:a :b] [{:a 1, :b "x"}] 80))))))
