(ns karamon.dev.test-test
  (:require
   [clojure.string :as str]
   [clojure.test :as t :refer [are deftest is]]
   [karamon.dev.test :as dev-test]
   [karamon.test.temp :as temp]))

(set! *warn-on-reflection* true)

(defn- run
  "Returns the exit code and all output of running tests as a separate process would: their results go to the console, not
  into those of this test."
  [& arguments]
  (let [out (java.io.StringWriter.)]
    (binding [*out*                out
              *err*                out
              t/*test-out*         out
              t/report             (.getRawRoot #'t/report)
              t/*testing-vars*     ()
              t/*testing-contexts* ()]
      [(dev-test/run arguments) (str out)])))

(defn- run-one
  "Runs one file's text as the namespace `n`."
  [n text]
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder (str (str/escape (str n) {\. "/", \- "_"}) ".clj") (str "(ns " n " (:require [clojure.test :refer :all]))\n" text))
      (run (str folder)))))

(deftest passing-tests-exit-with-0
  (let [[exit out] (run-one 'run-by.passing-test "(deftest sums (is (= 2 (+ 1 1))))")]
    (is (= 0 exit))
    (is (str/includes? out "Ran 1 tests containing 1 assertions.\n0 failures, 0 errors."))))

(deftest failures-missing-tests-and-missing-assertions-exit-with-1
  (are [n text message] (let [[exit out] (run-one n text)]
                          (and (= 1 exit) (str/includes? out message) (not (str/includes? out "\tat "))))
    'run-by.failing-test   "(deftest sums (is (= 3 (+ 1 1))))"                "actual: (not (= 3 2))"
    'run-by.mixed-test     "(deftest a (is true)) (deftest b (is false))"     "1 failures, 0 errors"
    'run-by.none-test      "(defn sums [])"                                   "expected a deftest in one of the namespaces there"
    'run-by.silent-test    "(deftest sums (+ 1 1))"                           "No test in run-by.silent-test asserts anything"
    'run-by.unloaded-test  "(deftest sums\n (is (nowhere)))"                  "run-by.unloaded-test doesn't load: Unable to resolve symbol: nowhere"))

(deftest an-exception-exits-with-1
  (let [[exit out] (run-one 'run-by.throwing-test "(deftest sums (is (/ 1 0)))")]
    (is (= 1 exit))
    (is (str/includes? out "0 failures, 1 errors."))))

(deftest tests-can-require-namespaces-of-the-other-folders
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "src/seen/core.clj" "(ns seen.core) (def x 1)")
      (temp/save folder "test/seen/core_test.clj" "(ns seen.core-test (:require [clojure.test :refer :all] [seen.core :as c])) (deftest a (is (= 1 c/x)))")
      (is (= 0 (first (run (str folder "/src") (str folder "/test"))))))))

(deftest usage-errors-and-missing-folders-are-reported
  (are [arguments exit message] (let [[found out] (apply run arguments)]
                                  (and (= exit found) (str/includes? out message)))
    []              2 "found none"
    ["--only" "x"]  2 "nothing else, found --only x"
    ["nowhere"]     1 "No folder nowhere in "))
