(ns karamon.table.script-test
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.table.fixture :refer [error-of]]
   [karamon.table.script :as script]))

(set! *warn-on-reflection* true)

(deftest statements-end-at-semicolons-outside-strings-names-and-comments
  (is (= [{:sql "SELECT ';' /* ; */ FROM `a;b`", :start 6} {:sql "INSERT x VALUES ('a\\';b', \";\", 1 - 2 / 3)", :start 40}]
         (script/statements "-- hi\nSELECT ';' /* ; */ FROM `a;b`; \n\n INSERT x VALUES ('a\\';b', \";\", 1 - 2 / 3); -- end;\n;;")))
  (is (= [] (script/statements " -- nothing\n;")))
  (is (= [2 3] (script/place "a\n  b" 4)))
  (is (= [:karamon.table/unfinished "What begins with 'x; at line 2, column 9 has no end"]
         (error-of #(script/statements "select 1;\n select 'x;")))))

(deftest long-scripts-are-split-in-linear-time
  (is (= 100000 (count (deref (future (script/statements (apply str (repeat 100000 "select 'aaaa';\n")))) 20000 nil)))))
