(ns karamon.lambda.dynamodb-test
  (:require
   [clojure.test :refer [are deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [clojure.walk :as walk]
   [karamon.lambda :as lambda]
   [karamon.lambda.dynamodb :as dynamodb]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)
   (java.time Instant)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(deftest attribute-values-become-plain-data
  (are [sent data] (= data (dynamodb/value sent))
    {"S" ""}                              ""
    {"N" "7"}                             7
    {"N" "-1.50"}                         -1.50M
    {"N" "100.0"}                         100
    {"N" "1E+2"}                          100
    {"N" "9223372036854775807"}           Long/MAX_VALUE
    {"N" "9223372036854775808"}           9223372036854775808N
    {"N" "1E-130"}                        1E-130M
    {"BOOL" false}                        false
    {"NULL" true}                         nil
    {"SS" ["a" "b"]}                      #{"a" "b"}
    {"NS" ["1" "2.5"]}                    #{1 2.5M}
    {"L" [{"S" "a"} {"L" []}]}            ["a" []]
    {"M" {"aB" {"M" {"c/d" {"N" "1"}}}}}  {:aB {:c/d 1}}
    {:M {:aB {:S "x"}}}                   {:aB "x"})
  (is (= [0 -1] (vec (dynamodb/value {"B" "AP8="}))))
  (is (= #{[0] [1]} (set (map vec (dynamodb/value {"BS" ["AA==" "AQ=="]})))))
  (is (nil? (dynamodb/item nil)))
  (is (= {} (dynamodb/item {}))))

(deftest plain-data-becomes-attribute-values
  (are [data sent] (= sent (dynamodb/attribute data))
    :a/b              {"S" "a/b"}
    'c                {"S" "c"}
    1.5               {"N" "1.5"}
    (int 1)           {"N" "1"}
    12N               {"N" "12"}
    (biginteger 3)    {"N" "3"}
    1.50M             {"N" "1.50"}
    '(1)              {"L" [{"N" "1"}]}
    #{"a"}            {"SS" ["a"]}
    #{1.5M}           {"NS" ["1.5"]}
    {:a/b 1, "c" nil} {"M" {"a/b" {"N" "1"}, "c" {"NULL" true}}})
  (is (= {"BS" ["AQ=="]} (dynamodb/attribute #{(byte-array [1])})))
  (is (= {"SS" []} (dynamodb/attribute (dynamodb/value {"SS" []}))) "an empty set from DynamoDB")
  (testing "data that DynamoDB doesn't have is an error with the value"
    (are [data text] (let [e (is (thrown-with-msg? ExceptionInfo text (dynamodb/attribute data)))]
                       (= ::lambda/bad-value (:type (ex-data e))))
      ##NaN        #"no form for the number: ##NaN"
      1E200        #"no form for the number: 1.0E200"
      1E-131M      #"no form for the number: 1E-131M"
      (inc (bigint 1E38M)) #"no form for the number: 1000"
      (/ 1 3)      #"no form for the number: 1/3"
      #{}          #"a set of no type: #\{\}"
      #{1 "a"}     #"a set whose members aren't all strings, numbers or bytes"
      #{:a}        #"a set whose members aren't all strings"
      {:a [inc]}   #"no form for clojure.core"
      {:a 1 "a" 2} #"no form for two keys of the same name: \{:a 1, \"a\" 2\}"
      (Object.)    #"no form for java.lang.Object")))

(deftest an-invalid-attribute-value-is-an-error
  (doseq [bad [{"X" 1} {} nil "a" {"N" "x"} {"N" "1e100000000"} {"N" 7} {"NS" ["1" "1e100000000"]} {"B" "*"}]]
    (is (= ::lambda/bad-value (:type (ex-data (is (thrown? ExceptionInfo (dynamodb/value bad)))))) (pr-str bad))))

(def ^:private data
  "Data that DynamoDB can represent; byte arrays are in other tests, since they are equal only to themselves."
  (gen/recursive-gen
    #(gen/one-of [(gen/vector % 0 5) (gen/map gen/keyword % {:max-elements 5})])
    (gen/one-of [gen/string gen/large-integer (gen/resize 20 gen/size-bounded-bigint) gen/boolean (gen/return nil)
                 (gen/fmap (fn [[n scale]] (BigDecimal. (biginteger n) (int scale))) (gen/tuple gen/large-integer (gen/choose 0 30)))
                 (gen/not-empty (gen/set gen/string)) (gen/not-empty (gen/set gen/large-integer))])))

(defn- by-value
  "Returns data in which numbers of the same value are equal."
  [x]
  (walk/postwalk #(if (number? %) [::number (.stripTrailingZeros (bigdec %))] %) x))

(defspec data-survives-a-round-trip {:num-tests (Depth/times 200 2000), :max-size 60, :seed 81}
  (prop/for-all [d data]
    (= (by-value d) (by-value (dynamodb/value (dynamodb/attribute d))))))

(def ^:private sent-value
  "Attribute values as DynamoDB sends them: numbers without trailing zeros."
  (let [number (gen/fmap (fn [[n scale]] (.toPlainString (.stripTrailingZeros (BigDecimal. (biginteger n) (int scale)))))
                         (gen/tuple gen/large-integer (gen/choose 0 6)))
        base64 (gen/fmap #(.encodeToString (java.util.Base64/getEncoder) ^bytes %) gen/bytes)]
    (gen/recursive-gen
      #(gen/one-of [(gen/fmap (fn [v] {"L" v}) (gen/vector % 0 4)) (gen/fmap (fn [m] {"M" m}) (gen/map gen/string-ascii % {:max-elements 4}))])
      (gen/one-of [(gen/fmap (fn [s] {"S" s}) gen/string) (gen/fmap (fn [n] {"N" n}) number) (gen/fmap (fn [b] {"B" b}) base64)
                   (gen/fmap (fn [b] {"BOOL" b}) gen/boolean) (gen/return {"NULL" true})
                   (gen/fmap (fn [s] {"SS" (vec s)}) (gen/set gen/string)) (gen/fmap (fn [s] {"NS" (vec s)}) (gen/set number))
                   (gen/fmap (fn [s] {"BS" (vec s)}) (gen/set base64))]))))

(defn- sorted-sets [x]
  (walk/postwalk #(if (and (map-entry? %) (#{"SS" "NS" "BS"} (key %))) [(key %) (sort (val %))] %) x))

(defspec attribute-values-of-dynamodb-are-written-back-unchanged {:num-tests (Depth/times 200 2000), :max-size 60, :seed 82}
  (prop/for-all [sent sent-value]
    (= (sorted-sets sent) (sorted-sets (dynamodb/attribute (dynamodb/value sent))))))

(deftest records-of-a-stream-become-plain
  (is (= [{:id              "c4ca4238a0b923820dcc509a6f75849b"
           :event           :modify
           :keys            {:orderId 7}
           :new             {:orderId 7, :total 12.50M, :tags #{"gift"}, :customer {:firstName "Hana"}}
           :old             {:orderId 7}
           :sequence-number "111000000000000000001"
           :time            (Instant/parse "2026-01-01T12:00:00Z")
           :size            64
           :expired?        false
           :table           "orders"
           :stream-arn      "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026-01-01T00:00:00.000"
           :region          "eu-west-1"}]
         (dynamodb/records (local/sample :dynamodb))))
  (testing "of an expired item"
    (is (:expired? (first (dynamodb/records (update-in (local/sample :dynamodb) ["Records" 0] assoc "eventName" "REMOVE"
                                                       "userIdentity" {"type" "Service", "principalId" "dynamodb.amazonaws.com"})))))))
