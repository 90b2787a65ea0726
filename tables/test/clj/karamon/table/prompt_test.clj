(ns karamon.table.prompt-test
  "The prompt on a terminal that the test types at. karamon.table.main-test has tests on a pseudo-terminal of the system, and of
  piped input."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.table :as table]
   [karamon.table.fixture :refer [session]]
   [karamon.table.process :as process]
   [karamon.table.prompt :as prompt]
   [karamon.test.terminal :as terminal :refer [receive send!]]))

(set! *warn-on-reflection* true)

(defn- call-with-prompt
  "Calls `f` with a prompt's terminal of some `:columns` and `:rows`; waits for the prompt's end."
  [{:keys [history] :as size} f]
  (let [session @session]
    (is (= 0 (terminal/call (merge {:prompt "sql> ", :columns 120} size) #(prompt/on-a-terminal session % history {}) f)))))

(defn- answer
  "Returns what is printed after a line is typed, up to the next prompt, without the progress that was drawn and erased."
  [typist line]
  (send! typist (str line "\r"))
  (let [shown (receive typist "sql> ")
        shown (str/replace (subs shown (inc (str/index-of shown "\n"))) "\r\n" "\n")]
    (-> shown
        (str/replace #"[^\n]*\r" "")
        (str/replace #"sql> $" ""))))

(defn- people! []
  (table/sql @session "DROP TABLE IF EXISTS prompted")
  (table/create-table @session "prompted" [[:id :string] [:city :string] [:age :int]])
  (table/insert! @session "prompted" [{:id "1", :city "kyoto", :age 31} {:id "2", :city "京都", :age 27} {:id "3", :age 35}]))

(deftest statements-of-several-lines-and-commands-are-run
  (people!)
  (call-with-prompt {}
    (fn [typist]
      (is (= "  id  city   age\n  ──  ─────  ───\n  1   kyoto   31\n  2   京都    27\n  3   ∅       35\n"
             (answer typist "SELECT * FROM prompted ORDER BY id;")))
      (testing "a statement goes on until its semicolon"
        (send! typist "SELECT ';' AS a, -- ;\r")
        (receive typist "  -> ")
        (is (str/ends-with? (answer typist "1 AS b;") "  a  b\n  ─  ─\n  ;  1\n")))
      (testing "a pasted script runs to its first error"
        (let [shown (answer typist "\u001b[200~SELECT 1 AS a;\n\\timing on\nSELEC 2;\nSELECT 'not' || ' reached';\u001b[201~")]
          (is (re-find #"  a\n  ─\n  1\nTiming is on\.\n[^\n]*(?i:selec)[^\n]* Did you mean SELECT\? Stack trace: [^\n]*stderr\.txt\n$" shown))))
      (is (= "Timing is off.\n" (answer typist "\\timing")))
      (is (= "No command \\x. \\? lists them\n" (answer typist "\\x")))
      (is (str/includes? (answer typist "\\?") "  \\timing [on|off]  print how long each statement takes\n"))
      (is (= "  column  type\n  ──────  ──────\n  id      string\n  city    string\n  age     int\n" (answer typist "\\d prompted")))
      (is (str/includes? (answer typist "\\d") "  prompted\n"))
      (is (re-find #"Did you mean prompted\?" (answer typist "\\d promptd")))
      (is (= "Results are printed as jsonl.\n" (answer typist "\\format jsonl")))
      (is (= "{\"id\":\"1\"}\n" (answer typist "SELECT id FROM prompted WHERE age = 31;")))
      (is (= "No form xml. There are table, chart, csv, json, jsonl, edn\n" (answer typist "\\format xml")))
      (is (re-find #"^  京都  █+ 27\n$" (answer typist "\\chart SELECT city, age FROM prompted WHERE age = 27")))
      (is (re-find #"^  京都  █+ 27\n$" (answer typist "\\chart")) "the last query again"))))

(deftest the-files-that-a-statement-wrote-are-drawn
  (people!)
  (call-with-prompt {}
    (fn [typist]
      (is (= "No statement at this prompt has changed prompted\n" (answer typist "\\diff prompted")))
      (answer typist "INSERT INTO prompted VALUES ('4', 'cork', 19);")
      (let [shown (answer typist "\\diff")]
        (is (re-find #"\.(carbondata|parquet)  \+ " shown))
        (is (not (re-find #"- gone" shown))))
      (is (re-find #"\.(carbondata|parquet)  [\d.]+ K?B" (answer typist "\\tree")))
      (let [[_ path] (re-find #"(/.*\.html)\n" (answer typist "\\files"))]
        (is (str/includes? (slurp path) "<h1>prompted</h1>"))
        (io/delete-file path)
        (io/delete-file (.getParentFile (io/file path)))))))

(deftest tab-completes-keywords-tables-and-columns
  (people!)
  (call-with-prompt {}
    (fn [typist]
      (doseq [[typed shown] [["SELECT * fr\t" "from "] ["promp\t" "prompted "] ["WHERE ci\t" "city "]]]
        (send! typist typed)
        (receive typist shown))
      (is (= "  id  city   age\n  ──  ─────  ───\n  1   kyoto   31\n" (answer typist "= 'kyoto';"))))))

(deftest results-are-shown-page-by-page
  (call-with-prompt {:rows 10, :columns 60}
    (fn [typist]
      (testing "Q ends a result of a million rows"
        (send! typist "SELECT id FROM range(1000000);\r")
        (is (str/includes? (receive typist "Q: quit ──") "\r\n    0\r\n"))
        (send! typist " ")
        (is (str/includes? (receive typist "Q: quit ──") "\r\n   10\r\n"))
        (send! typist "q")
        (receive typist "sql> "))
      (testing "and so does Ctrl-C"
        (send! typist "SELECT id FROM range(1000000);\r")
        (receive typist "Q: quit ──")
        (send! typist "\u0003")
        (receive typist "sql> "))
      (is (= "  a\n  ─\n  1\n" (answer typist "SELECT 1 AS a;"))))))

(deftest a-row-that-is-too-wide-is-shown-below-the-other
  (call-with-prompt {:columns 20}
    (fn [typist]
      (send! typist "SELECT 'a wide text' AS x, 2 AS number;\r")
      (is (str/includes? (receive typist "sql> ") "── 1 ──\r\n  x       a wide text\r\n  number  2\r\n")))))

(deftest ctrl-c-cancels-a-statement
  (people!)
  (call-with-prompt {}
    (fn [typist]
      (send! typist "SELECT count(*) FROM range(100000000000) WHERE sqrt(id) < 0;\r")
      (receive typist "tasks")
      (send! typist "\u0003")
      (is (str/includes? (receive typist "sql> ") "Cancelled."))
      (testing "a cancelled change changes nothing"
        (send! typist (str "INSERT INTO prompted SELECT cast(id AS string), 'x', 1 FROM range(1000000000) "
                           "WHERE id < 10 OR sqrt(id) < 0;\r"))
        (receive typist "tasks")
        (send! typist "\u0003")
        (is (str/includes? (receive typist "sql> ") "Cancelled."))
        (is (= "  n\n  ─\n  3\n" (answer typist "SELECT count(*) AS n FROM prompted;"))))
      (testing "at the prompt it discards the line"
        (send! typist "SELECT 'discarded'")
        (receive typist "discarded'")
        (send! typist "\u0003")
        (receive typist "sql> ")
        (is (= "" (answer typist "")))))))

(deftest the-history-is-kept
  (let [history (.toPath (io/file (process/new-folder "karamon-history") "sql-history"))]
    (call-with-prompt {:history history} #(answer % "SELECT 1 AS a,\r2 AS b;"))
    (call-with-prompt {:history history}
      (fn [typist]
        (send! typist "\u001bOA")
        (receive typist "2 AS b;")
        (is (str/ends-with? (answer typist "") "  a  b\n  ─  ─\n  1  2\n"))))))

(deftest clojure-runs-at-its-own-prompt
  (call-with-prompt {}
    (fn [typist]
      (send! typist "\\clj\r")
      (receive typist "user=> ")
      (send! typist "(+ 40 2)\r")
      (is (str/includes? (receive typist "user=> ") "\r\n42\r\n"))
      (send! typist "(sql s \"SELEC\")\r")
      (is (not (str/includes? (receive typist "user=> ") "Execution error")))
      (send! typist "\u0004")
      (receive typist "sql> ")
      (is (= "  a\n  ─\n  1\n" (answer typist "SELECT 1 AS a;"))))))
