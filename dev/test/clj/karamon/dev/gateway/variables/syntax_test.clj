(ns karamon.dev.gateway.variables.syntax-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is]]
   [karamon.dev.gateway.variables.syntax :as syntax])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(defn- sources [text]
  (:sources (first (syntax/parse text))))

(deftest each-form-of-a-source-is-read
  (are [text expected] (= expected (sources text))
    "${self:a.b}"                [{:type "self" :address ["a.b"]}]
    "${self: a.b }"              [{:type "self" :address ["a.b"]}]
    "${self:}"                   [{:type "self"}]
    "${env:A, 'x, }y'}"          [{:type "env" :address ["A"]} {:value "x, }y"}]
    "${env:A, \"x\\\"\"}"        [{:type "env" :address ["A"]} {:value "x\""}]
    "${env:A, 5}"                [{:type "env" :address ["A"]} {:value 5}]
    "${env:A, -0.5}"             [{:type "env" :address ["A"]} {:value -0.5}]
    "${env:A, true}"             [{:type "env" :address ["A"]} {:value true}]
    "${env:A, null}"             [{:type "env" :address ["A"]} {:value nil}]
    "${opt:a, self:b, 'c'}"      [{:type "opt" :address ["a"]} {:type "self" :address ["b"]} {:value "c"}]
    "${file(a.yml)}"             [{:type "file" :params [["a.yml"]]}]
    "${file( './a b.yml' ):c.d}" [{:type "file" :params [["./a b.yml"]] :address ["c.d"]}]
    "${file(a.yml), 5}"          [{:type "file" :params [["a.yml"]]} {:value 5}]
    "${strToBool(true)}"         [{:type "strToBool" :params [[true]]}]
    "${ssm(eu-west-1, raw):/a~}" [{:type "ssm" :params [["eu-west-1"] ["raw"]] :address ["/a~"]}]))

(deftest variables-may-be-within-variables-and-texts
  (is (= ["a-" {:text "${self:x}", :sources [{:type "self" :address ["x"]}]} "-b"] (syntax/parse "a-${self:x}-b")))
  (is (= [{:type "file" :params [["a." {:text "${sls:stage}", :sources [{:type "sls" :address ["stage"]}]} ".yml"]]}]
         (sources "${file(a.${sls:stage}.yml)}")))
  (is (= [{:type "self" :address ["a." {:text "${opt:b, 'c'}", :sources [{:type "opt" :address ["b"]} {:value "c"}]} ".d"]}]
         (sources "${self:a.${opt:b, 'c'}.d}")))
  (is (= [{:type "opt" :address ["a"]} {:variable {:text "${self:b}", :sources [{:type "self" :address ["b"]}]}}]
         (sources "${opt:a, ${self:b}}"))))

(deftest what-is-no-variable-is-text
  (are [text] (= [text] (syntax/parse text))
    "a" "$a" "${AWS::Region}" "${Table}" "${}" "${!Literal}" "a\\b" "\\\\x" "{a: $}")
  (is (= [] (syntax/parse "")))
  (is (= ["${Table"] (map #(if (map? %) :variable %) (syntax/parse "${Table"))))
  (is (= ["${T-" :variable "}"] (map #(if (map? %) :variable %) (syntax/parse "${T-${self:x}}")))))

(deftest a-backslash-makes-a-variable-text
  (are [text expected] (= expected (map #(if (map? %) :variable %) (syntax/parse text)))
    "\\${self:a}"         ["${self:a}"]
    "\\\\${self:a}"       ["\\" :variable]
    "\\\\\\${self:a}"     ["\\${self:a}"]
    "x\\${self:a}${opt:b}" ["x${self:a}" :variable]))

(deftest malformed-variables-are-errors-with-their-character
  (are [text message] (= message (try (syntax/parse text) nil (catch ExceptionInfo e (ex-message e))))
    "${self:a"           "expected }, at character 9"
    "${file(a"           "expected ) after the parameters, at character 9"
    "${file(a)b}"        "expected }, at character 10"
    "${self:'a}"         "expected the end of a text in quotes, at character 8"
    "${env:A, \"\\q\"}"  "expected a text in quotes as in JSON, at character 10"
    "${opt:a, dev}"      "expected a source such as self:a, a number, true, false, null or a text in quotes, at character 10"
    "${opt:a, }"         "expected a source such as self:a, a number, true, false, null or a text in quotes, at character 10"
    (str/join (repeat 10000 "${self:")) "expected at most 50 variables within each other, at character 358"))
