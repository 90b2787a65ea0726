(ns karamon.lambda.values-test
  (:require
   [clojure.test :refer [are deftest is]]
   [karamon.lambda.values :as values])
  (:import
   (clojure.lang ExceptionInfo)))

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
  (is (thrown-with-msg? ExceptionInfo #"Expected a number, found \"x\"" (values/attribute "Number" "x" nil)))
  (is (thrown-with-msg? ExceptionInfo #"Expected base64, found \"a\*\"" (values/attribute "Binary.png" nil "a*"))))
