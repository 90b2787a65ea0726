(ns karamon.table.error-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is]]
   [karamon.table :as table]
   [karamon.table.error :as error]
   [karamon.table.fixture :refer [session]]
   [karamon.table.session :as session])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(deftest a-misspelt-table-or-keyword-gets-a-hint
  (are [sentence hint] (= hint (error/hint sentence (delay ["people" "orders"])))
    "Table or view not found: peple; line 1 pos 14"                      " Did you mean people?"
    "Table or view not found for 'DESCRIBE TABLE': peple; line 1 pos 0"  " Did you mean people?"
    "Table or view 'peple' not found in database 'default'"              " Did you mean people?"
    "[TABLE_OR_VIEW_NOT_FOUND] The table or view `default`.`peple` cannot be found." " Did you mean people?"
    "Table or view not found: x"                                         ""
    "mismatched input 'SELEC' (line 1, pos 0)"                           " Did you mean SELECT?"
    "[PARSE_SYNTAX_ERROR] Syntax error at or near 'UPDTE'."              " Did you mean UPDATE?"
    "mismatched input 'FROM' (line 1, pos 0)"                            ""
    "divide by zero"                                                     ""))

(deftest an-error-is-one-sentence-and-names-the-file-with-its-stack-trace
  (table/sql @session "DROP TABLE IF EXISTS missing")
  (let [described (try
                    (table/sql @session "SELECT * FROM missing")
                    (catch ExceptionInfo e (error/describe @session e)))
        log       (session/log-file (:warehouse @session))]
    (is (= 1 (count (str/split-lines described))))
    (is (str/ends-with? described (str "Stack trace: " log)))
    (is (re-find #"SELECT \* FROM missing\n(?s:.*)\n\tat " (slurp log))))
  (is (= "Expected 1 parameters, found 0: SELECT ?"
         (try
           (table/sql @session "SELECT ?")
           (catch ExceptionInfo e (error/describe @session e))))
      "what Karamon refuses has no stack trace to read"))
