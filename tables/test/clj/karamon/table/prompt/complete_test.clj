(ns karamon.table.prompt.complete-test
  (:require
   [clojure.test :refer [are deftest is]]
   [karamon.table.prompt.complete :as complete]))

(set! *warn-on-reflection* true)

(def ^:private catalog
  {:tables    #(if (= "shop" %) ["orders"] ["people" "per son" "evil\u001b[31m"])
   :databases (constantly ["default" "shop"])
   :columns   #(case % "people" ["id" "city" "select"] [])})

(defn- candidates
  ([before] (candidates before ""))
  ([before after] (complete/candidates catalog (str before after) before)))

(deftest keywords-tables-and-columns-are-completed
  (are [before names] (= names (candidates before))
    "SEL"                            ["SELECT"]
    "sel"                            ["select"]
    "SELECT * FR"                    ["FROM"]
    "SELECT * FROM pe"               ["`per son`" "people"]
    "SELECT * FROM PEO"              ["people"]
    "SELECT * FROM `per"             ["`per son`"]
    "SELECT * FROM people WHERE ci"  ["city"]
    "SELECT * FROM people WHERE se"  ["`select`" "segments" "select" "set"]
    "SELECT * FROM people p WHERE p.ci" ["p.city"]
    "SELECT people.i"                ["people.id"]
    "SELECT * FROM shop."            ["shop.orders"]
    "INSERT INTO pe"                 ["`per son`" "people"]
    "DROP TABLE p"                   ["`per son`" "people"])
  (is (= ["city"] (candidates "SELECT ci" " FROM people")) "the table may be named after the cursor"))

(deftest nothing-is-completed-in-strings-and-comments
  (are [before] (empty? (candidates before))
    "SELECT 'SEL"
    "SELECT \"SEL"
    "SELECT 1 -- SEL"
    "SELECT /* SEL"))

(deftest commands-and-their-arguments-are-completed
  (are [before names] (= names (candidates before))
    "\\t"         ["\\timing" "\\tree"]
    "\\tree peo"  ["people"]
    "\\format j"  ["json" "jsonl"]
    "\\timing o"  ["off" "on"]
    "\\chart SEL" ["SELECT"]
    "\\q x"       nil))
