(ns karamon.table.script-test
  (:require
   [clojure.test :refer [are deftest is]]
   [karamon.table.fixture :refer [error-of]]
   [karamon.table.script :as script]))

(set! *warn-on-reflection* true)

(deftest statements-end-at-semicolons-outside-strings-names-and-comments
  (is (= [{:sql "SELECT ';' /* ; */ FROM `a;b`", :start 6} {:sql "INSERT x VALUES ('a\\';b', \";\", 1 - 2 / 3)", :start 40}]
         (script/statements "-- hi\nSELECT ';' /* ; */ FROM `a;b`; \n\n INSERT x VALUES ('a\\';b', \";\", 1 - 2 / 3); -- end;\n;;")))
  (is (= [] (script/statements " -- nothing\n;")))
  (is (= [2 3] (script/place "a\n  b" 4)))
  (is (= [:karamon.table/unfinished "The string at line 2, column 9 has no end: 'x;"]
         (error-of #(script/statements "select 1;\n select 'x;")))))

(deftest what-has-no-end-is-named
  (are [message sql] (= message (second (error-of #(script/statements sql))))
    "The name at line 1, column 1 has no end: `a b"        "`a b"
    "The comment at line 1, column 3 has no end: /* ; *"   "- /* ; *"
    "The string at line 1, column 1 has no end: 'aaaaaaaaaaaaaaaaaaa…" (str "'" (apply str (repeat 30 "a")))
    "The string at line 1, column 1 has no end: \"'\\\""     "\"'\\\""))

(deftest long-strings-are-tokens
  (doseq [quoted [(apply str (repeat 200000 "\\'")) (apply str (repeat 200000 "x")) (apply str (repeat 200000 "'"))]
          :let [sql (str "select '" quoted "'")]]
    (is (= [sql] (map :sql (script/statements sql))))))

(deftest long-scripts-are-split-in-linear-time
  (is (= 100000 (count (deref (future (script/statements (apply str (repeat 100000 "select 'aaaa';\n")))) 20000 nil)))))
