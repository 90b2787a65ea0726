(ns karamon.dev.terminal.complete-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.terminal.complete :as complete]))

(set! *warn-on-reflection* true)

(deftest the-word-before-the-cursor-is-completed
  (are [text cursor word] (= word (complete/word text cursor))
    ""               0  ""
    "(str/sta"       8  "str/sta"
    "(str/sta"       4  "str"
    "(map inc xs)"   8  "inc"
    "(map inc xs)"   9  ""
    "#'example.co"   12 "example.co"
    "@sta"           4  "sta"
    "[1,swap!"       8  "swap!"
    "{:key ->map"    11 "->map"))

(deftest names-of-a-namespace-are-completed
  (let [here (the-ns 'karamon.dev.terminal.complete-test)]
    (are [prefix expected] (= expected (complete/candidates prefix here))
      "re-fi"               ["re-find"]
      "delimiter"           []
      "complete/"           ["complete/candidates" "complete/word"]
      "str/starts"          ["str/starts-with?"]
      "struct"              ["struct" "struct-map"]
      "clojure.string/blan" ["clojure.string/blank?"]
      "karamon.dev.terminal.comple" ["karamon.dev.terminal.complete" "karamon.dev.terminal.complete-test"]
      "Math/absE"           ["Math/absExact"]
      "Long/MAX"            ["Long/MAX_VALUE"]
      "Arithm"              ["ArithmeticException"]
      "nowhere/x"           []
      "no.such.Class/x"     []
      "a/b/c"               []
      "/"                   ["/"])
    (is (= ["str" "str/"] (take 2 (complete/candidates "str" here))))
    (is (contains? (set (complete/candidates "rec" here)) "recur"))
    (testing "nothing isn't completed with everything"
      (is (empty? (complete/candidates "" here))))
    (is (str/starts-with? (first (complete/candidates "the-word" here)) "the-word-before"))))
