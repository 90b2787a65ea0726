(ns karamon.table.literal-test
  (:require
   [clojure.test :refer [are deftest is testing]]
   [karamon.table.fixture :refer [error-of]]
   [karamon.table.literal :as literal])
  (:import
   (java.time Instant LocalDate)))

(set! *warn-on-reflection* true)

(deftest values-become-literals
  (are [sql value] (= sql (literal/literal value))
    "NULL"                                   nil
    "true"                                   true
    "31"                                     31
    "-1"                                     -1
    "CAST('4000000000' AS BIGINT)"           4000000000
    "CAST('12.50' AS DECIMAL(4, 2))"         12.50M
    "CAST('0.001' AS DECIMAL(3, 3))"         0.001M
    "CAST('1000' AS DECIMAL(4, 0))"          1E+3M
    "CAST('0' AS DECIMAL(1, 0))"             0M
    "CAST('1.5' AS DOUBLE)"                  1.5
    "CAST('NaN' AS DOUBLE)"                  ##NaN
    "'palo alto'"                            "palo alto"
    "'太郎'"                                  "太郎"
    "CAST(UNHEX('2723') AS STRING)"          "'#"
    "CAST(UNHEX('5C') AS STRING)"            "\\"
    "CAST(UNHEX('0A') AS STRING)"            "\n"
    "CAST('2026-02-28' AS DATE)"             (LocalDate/parse "2026-02-28")
    "CAST('2026-02-28T01:02:03Z' AS TIMESTAMP)" (Instant/parse "2026-02-28T01:02:03Z")
    "CAST('2026-02-28T01:02:03Z' AS TIMESTAMP)" #inst "2026-02-28T01:02:03Z"
    "UNHEX('00FF')"                          (byte-array [0 -1])
    "ARRAY(1, NULL)"                         [1 nil]
    "NAMED_STRUCT('x', 1)"                   {:x 1}
    "MAP('x', 1)"                            {"x" 1})
  (is (= [:karamon.table/bad-parameter
          "No SQL literal for :city, a clojure.lang.Keyword: expected nil, text, a boolean, a number, a date, an instant, bytes, a sequence or a map"]
         (error-of #(literal/literal :city)))))

(deftest parameters-replace-only-question-marks-outside-strings-names-and-comments
  (are [sql statement] (= sql (literal/statement statement))
    "SELECT 1"                                "SELECT 1"
    "a = 'x' AND b = 2"                       ["a = ? AND b = ?" "x" 2]
    "a = '?' AND b = 2"                       ["a = '?' AND b = ?" 2]
    "a = 'it\\'s ?' AND b = 2"                ["a = 'it\\'s ?' AND b = ?" 2]
    "a = \"?\" AND `b?` = 2"                  ["a = \"?\" AND `b?` = ?" 2]
    "a = b- -1 AND c = -1"                    ["a = b-? AND c = ?" -1 -1]
    "a = 2 -- why?\nAND b = 3"                ["a = ? -- why?\nAND b = ?" 2 3]
    "a = 2 /* why?\n? */ AND b = 3"           ["a = ? /* why?\n? */ AND b = ?" 2 3]
    "SELECT '?'"                              "SELECT '?'"
    "a = CAST(UNHEX('3F27') AS STRING)"       ["a = ?" "?'"])
  (testing "the number of parameters must match"
    (is (= [:karamon.table/bad-parameter "Expected 2 parameters, found 1: a = ? AND b = ?"]
           (error-of #(literal/statement ["a = ? AND b = ?" 1]))))
    (is (= [:karamon.table/bad-parameter "Expected 1 parameters, found 0: a = ?"] (error-of #(literal/statement "a = ?"))))
    (is (= [:karamon.table/bad-parameter "Expected 0 parameters, found 1: a = 1"] (error-of #(literal/statement ["a = 1" 1])))))
  (testing "very long text works"
    (is (= (str "a = '" (apply str (repeat 100000 "\\'")) "' OR 1")
           (literal/statement [(str "a = '" (apply str (repeat 100000 "\\'")) "' OR ?") 1])))))

(deftest names-become-identifiers
  (are [sql n] (= sql (literal/identifier n))
    "shop.`user`"  "shop.user"
    "`Order`"      :Order
    "people"        "people"
    "shop.people"   "shop.people"
    "people"        :people
    "`two words`"   "two words"
    "`1st`.a"       "1st.a")
  (doseq [n ["" "a..b" "a`b" "."]]
    (is (= [:karamon.table/bad-name (str "Invalid name " (pr-str n) ": expected a name such as orders or shop.orders")]
           (error-of #(literal/identifier n))))))
