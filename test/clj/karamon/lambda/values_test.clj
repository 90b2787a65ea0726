(ns karamon.lambda.values-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.lambda :as lambda]
   [karamon.lambda.values :as values])
  (:import
   (clojure.lang ExceptionInfo)
   (java.time Instant)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(deftest message-attributes-are-converted-by-their-type
  (are [type text value] (= value (values/attribute type text text))
    "String"           "a"                    "a"
    "String.email"     "a@b"                  "a@b"
    "Number"           "7"                    7
    "Number.float"     "1.50"                 1.50M
    "Number"           "123456789012345678901" 123456789012345678901N
    "String.Array"     "[\"a\",1]"            ["a" 1])
  (is (= [0 1 -1] (vec (values/attribute "Binary" nil "AAH/"))))
  (is (thrown-with-msg? ExceptionInfo #"Expected a number .*, found \"x\"" (values/attribute "Number" "x" nil)))
  (is (thrown-with-msg? ExceptionInfo #"Expected base64, found \"a\*\"" (values/attribute "Binary.png" nil "a*"))))

(defn- outcome
  "Returns the value of `(f x)`, or :refused if it is a declared error with a short message."
  [f x]
  (try
    (f x)
    (catch ExceptionInfo e
      (is (= ::lambda/bad-value (:type (ex-data e))))
      (is (< (count (ex-message e)) 200))
      :refused)))

(deftest numbers-are-those-that-aws-has
  (let [digits #(str/join (repeat % "7"))]
    (are [text value] (= value (outcome values/number text))
      "1E-130"                       1E-130M
      "-1E-130"                      -1E-130M
      "1E126"                        (bigint 1E126M)
      (digits 38)                    (bigint (bigdec (digits 38)))
      (str "0." (digits 38))         (bigdec (str "0." (digits 38)))
      (str "1" (str/join (repeat 126 "0"))) (bigint 1E126M)
      (str (digits 38) "e88")        (bigint (bigdec (str (digits 38) "e88")))
      "0"                            0
      "0e100000000"                  0
      "-0.00"                        0)
    (testing "those out of range, which would take seconds or all memory, are refused before they are computed"
      (are [text] (= :refused (outcome values/number text))
        "1e100000000" "-1e100000000" "1e2147483647" "100e2147483647" "1e-2147483647" "1e99999999999" "1E127" "1.1E126" "9E-131"
        (digits 39) (str (digits 38) ".7") (digits 260000) (str "0." (digits 260000)) (str (str/join (repeat 260000 "0")) "1")
        "" " 1" "1 " "x" "NaN" "Infinity" "0x1" "1_000" "1d" nil 7 ["1"]))))

(defspec numbers-are-read-if-and-only-if-in-range {:num-tests (Depth/times 200 2000), :seed 92}
  (prop/for-all [unscaled gen/size-bounded-bigint
                 scale    (gen/one-of [(gen/choose -140 140) gen/int (gen/elements [Integer/MAX_VALUE -2147483647 -100000000])])]
    (let [x      (BigDecimal. (biginteger unscaled) (int scale))
          digits (.stripTrailingZeros (BigDecimal. (biginteger unscaled))) ; x itself would overflow near the largest scale
          power  (- (.precision digits) (.scale digits) (long scale) 1)
          valid? (or (zero? (.signum x))
                     (and (<= (.precision digits) 38)
                          (or (<= -130 power 125) (and (= 126 power) (= BigInteger/ONE (.abs (.unscaledValue digits)))))))]
      (= (if valid? (.stripTrailingZeros (bigdec (if (zero? (.signum x)) 0 x))) :refused)
         (let [read (outcome values/number (str x))]
           (if (= :refused read) read (.stripTrailingZeros (bigdec read))))))))

(deftest times-are-instants-or-declared-errors
  (are [x instant] (= instant (outcome values/instant x))
    nil                    nil
    "2026-01-01T12:00:00Z" (Instant/parse "2026-01-01T12:00:00Z")
    "1767268800000"        (Instant/parse "2026-01-01T12:00:00Z")
    1767268800000          (Instant/parse "2026-01-01T12:00:00Z"))
  (are [x] (= :refused (outcome values/instant x))
    "" "x" "99999999999999999999" (str/join (repeat 260000 "9")) 1E300 123456789012345678901234567890N [1]
    (str "2026-01-01T12:00:00." (str/join (repeat 100000 "1")) "Z"))
  (are [x] (= :refused (outcome values/instant-of-seconds x))
    "1" [1]))
