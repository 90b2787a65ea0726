(ns karamon.dev.image.failures-test
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.image.failures :as failures])
  (:import
   (karamon.json JsonWriter)
   (karamon.runtime ErrorReport)
   (karamon.text Failure Guard)))

(set! *warn-on-reflection* true)

(defn- thrown []
  (ex-info "No price" {:n 7} (ArithmeticException. "Divide by zero")))

(deftest an-error-that-the-runtime-reports-is-shown-with-its-frames
  (let [[head & frames] (failures/reason "shop.core/f" (String. (.json (ErrorReport/of (thrown)))) "")]
    (is (= "clojure.lang.ExceptionInfo: No price" head))
    (is (re-find #"^  at karamon.dev.image.failures_test\$thrown" (first frames)))
    (is (not-any? #(re-find #"at (?:clojure\.lang|java\.)" %) frames))))

(deftest the-exception-behind-a-500-is-that-of-the-log
  (let [reply  "{\"statusCode\":500,\"body\":\"x\"}"
        line   (JsonWriter/string (merge {"level" "ERROR", "message" "shop.core/f failed"} (Failure/of (thrown) (Guard/deadline))))
        reason #(failures/reason % reply (str "started\n{\"message\":\"shop.core/f begins\"}\n" line "\n"))]
    (is (= "clojure.lang.ExceptionInfo: No price" (first (reason "shop.core/f"))))
    (is (some #{"  data: {\"n\" 7}"} (reason "shop.core/f")))
    (is (some #{"caused by: java.lang.ArithmeticException: Divide by zero"} (reason "shop.core/f")))
    (testing "any other reply is shown as it is"
      (is (= [reply] (reason "shop.core/g")))
      (is (= 1001 (count (first (failures/reason "f" (JsonWriter/string (vec (range 1000))) ""))))))))
