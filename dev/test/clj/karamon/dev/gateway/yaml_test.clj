(ns karamon.dev.gateway.yaml-test
  {:any-jdk true}
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway.yaml :as yaml])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(defn- times [n text]
  (str/join (repeat n text)))

(defn- chain
  "Returns lines that each have an alias of the one before, `n` times, within `before` and `after`."
  [lines n before after]
  (str "a0: &a0 [x]\n"
       (str/join (for [i (range 1 lines)]
                   (str "a" i ": &a" i " " before (str/join "," (repeat n (str "*a" (dec i)))) after "\n")))))

(defn- message [text]
  (try
    (yaml/parse text "my.yml")
    nil
    (catch ExceptionInfo e
      (when (= ::yaml/malformed (:type (ex-data e)))
        (ex-message e)))))

(deftest a-deep-or-large-text-is-an-error-that-names-the-file
  (are [expected text] (= (str "my.yml isn't YAML: " expected) (message text))
    "in line 1 more than 100 maps and lists are within each other"                        (times 100000 "[")
    "in line 2 more than 100 maps and lists are within each other"                        (str "a:\n" (times 100000 "- ") "b")
    "in line 1 more than 100 maps and lists are within each other"                        (str (times 20000 "{a: ") 1 (times 20000 "}"))
    "in line 101 more than 100 maps and lists are within each other"                      (str/join (for [i (range 2000)] (str (times i " ") "a:\n")))
    "in line 1 more than 100 maps and lists are within each other"                        (chain 500 1 (times 50 "[") (times 50 "]"))
    "in line 1 there are more than 200000 values, with those that aliases stand for"      (chain 30 3 "[" "]")
    "in line 1 there are more than 200000 values, with those that aliases stand for"      (chain 30 2 "{k: [" "]}")
    "Number of aliases for non-scalar nodes exceeds the specified max=1000"               (str "a: &a [x]\nb: [" (times 1001 "*a,") "]")
    "The incoming YAML document exceeds the limit: 3145728 code points."                  (str "a: " (times 3200000 "x"))))

(deftest a-usual-text-is-read
  (testing "with an alias in each of many functions"
    (let [{:strs [functions]} (yaml/parse (str "base: &base {timeout: 5, memorySize: 512}\nfunctions:\n"
                                               (str/join (for [i (range 900)] (str "  f" i ":\n    <<: *base\n    clj: a/b\n"))))
                                          "my.yml")]
      (is (= 900 (count functions)))
      (is (= {"timeout" 5, "memorySize" 512, "clj" "a/b"} (functions "f899")))))
  (testing "as deep as the limit"
    (is (some? (yaml/parse (str (times 100 "[") (times 100 "]")) "my.yml")))))

(deftest values-are-what-javascript-reads
  (are [expected text] (= {"a" expected} (yaml/parse (str "a: " text) "my.yml"))
    nil "~", nil "null", nil "", true "True", "yes" "yes", "on" "on"
    7 "7", 10 "010", 31 "0x1F", 15 "0o17", 2.5 "2.50", 1 "1.0", 1000 "1e3", -0.5 "-.5", "1.2.3" "1.2.3"
    "12345678901234567890" "12345678901234567890", ".inf" ".inf", "1e999999999" "1e999999999"
    "2012-10-17" "2012-10-17", "7" "'7'", "true" "\"true\""))

(deftest tags-are-functions-of-cloudformation
  (are [expected text] (= {"a" expected} (yaml/parse (str "a: " text) "my.yml"))
    {"Ref" "T"}                         "!Ref T"
    {"Ref" 5}                           "!Ref 5"
    {"Fn::GetAtt" ["T" "Arn"]}          "!GetAtt T.Arn"
    {"Fn::GetAtt" ["T" "Out.Arn"]}      "!GetAtt T.Out.Arn"
    {"Fn::GetAtt" ["T" "Arn"]}          "!GetAtt [T, Arn]"
    {"Fn::If" ["big" 1 {"Ref" "T"}]}    "!If [big, 1, !Ref T]"
    {"Fn::Transform" {"Name" "x"}}      "!Transform {Name: x}"
    "x"                                 "!Unknown x"))

(deftest maps-keep-their-order-and-places
  (let [m (yaml/parse (str/join (for [i (range 50)] (str "k" i ": [1,\n  2]\n"))) "my.yml")]
    (is (= (map #(str "k" %) (range 50)) (keys m)))
    (is (= {:file "my.yml" :line 1} (select-keys (meta m) [:file :line])))
    (is (= {"k0" 1 "k49" 99} (select-keys (:lines (meta m)) ["k0" "k49"])))
    (is (= [3 4] (:lines (meta (m "k1")))))))

(deftest merged-maps-yield-to-the-map-itself-and-to-those-before
  (is (= {"x" 0, "y" 1, "z" 2}
         ((yaml/parse "one: &one {x: 1, y: 1}\ntwo: &two {y: 2, z: 2}\nall: {<<: [*one, *two], x: 0}" "my.yml") "all"))))
