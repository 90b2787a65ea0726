(ns karamon.dev.test-test
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :as t :refer [are deftest is testing]]
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

(defn- save
  "Writes the file of the namespace `n`, with the ns form that tests need before `text`."
  [folder n text]
  (temp/save folder (str (str/escape (str n) {\. "/", \- "_"}) ".clj")
             (str "(ns " n " (:require [clojure.test :refer :all]))\n" text)))

(defn- run-one
  "Runs one file's text as the namespace `n`."
  [n text & arguments]
  (temp/call-with-folder
    (fn [folder]
      (save folder n text)
      (apply run (str folder) arguments))))

(defn- includes-all? [out texts]
  (every? #(str/includes? out %) texts))

(deftest passing-tests-exit-with-0
  (let [[exit out] (run-one 'run-by.passing-test "(deftest sums (println :noise) (is (= 2 (+ 1 1))))")]
    (is (= 0 exit))
    (is (str/includes? out "Ran 1 tests containing 1 assertions.\n0 failures, 0 errors."))
    (is (not (str/includes? out "noise")))
    (is (not (str/includes? out "\u001b")))))

(deftest failures-missing-tests-and-missing-assertions-exit-with-1
  (are [n text message] (let [[exit out] (run-one n text)]
                          (and (= 1 exit) (str/includes? out message) (not (str/includes? out "\tat "))))
    'run-by.failing-test   "(deftest sums (is (= 3 (+ 1 1))))"                "  (= 3 (+ 1 1))\n  expected: 3\n    actual: 2\n"
    'run-by.predicate-test "(deftest sums (is (odd? 2)))"                     "  expected: (odd? 2)\n    actual: (not (odd? 2))\n"
    'run-by.mixed-test     "(deftest a (is true)) (deftest b (is false))"     "1 failures, 0 errors.\nFailed: run-by.mixed-test/b"
    'run-by.none-test      "(defn sums [])"                                   "expected a deftest in one of the namespaces there"
    'run-by.silent-test    "(deftest sums (+ 1 1))"                           "No test in run-by.silent-test asserts anything"
    'run-by.unloaded-test  "(deftest sums\n (is (nowhere)))"                  "run-by.unloaded-test doesn't load: Unable to resolve symbol: nowhere"))

(deftest a-failure-says-where-it-is-what-differs-and-what-was-printed
  (temp/call-with-folder
    (fn [folder]
      (save folder 'run-by.maps-test
            "(deftest maps
               (println \"on *out*\")
               (.println System/err \"on System.err\")
               (testing \"prices\"
                 (is (= {:a 1, :b {:c 2}} {:a 1, :b {:c 3}}) \"of today\")))")
      (let [[exit out] (run (str folder))]
        (is (= 1 exit))
        (is (includes-all? out [(str "FAIL in run-by.maps-test/maps (" folder "/run_by/maps_test.clj:6)\n  prices\n  of today\n")
                                "  expected: {:a 1, :b {:c 2}}\n    actual: {:a 1, :b {:c 3}}\n"
                                "      diff: - {:b {:c 2}}\n            + {:b {:c 3}}\n"
                                "    output:\n    | on *out*\n    | on System.err\n"]))))))

(deftest an-exception-is-printed-with-the-frames-of-the-project
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "src/run_by/price.clj"
                 "(ns run-by.price)\n\n(defn price [x]\n  (try (/ 1 x)\n    (catch Exception e (throw (ex-info \"No price\" {:x x} e)))))")
      (temp/save folder "test/run_by/price_test.clj"
                 "(ns run-by.price-test (:require [clojure.test :refer :all] [run-by.price :as p]))\n(deftest price\n  (is (p/price 0)))")
      (let [[exit out] (run "--tests" (str folder "/test") "--sources" (str folder "/src"))
            lines      (str/split-lines out)]
        (is (= 1 exit))
        (is (includes-all? out ["ERROR in run-by.price-test/price (" "0 failures, 1 errors."
                                "    actual: clojure.lang.ExceptionInfo: No price\n              data: {:x 0}\n"
                                "            caused by: java.lang.ArithmeticException: Divide by zero\n"]))
        (is (= (str "              at run-by.price/price (" folder "/src/run_by/price.clj:4)")
               (first (filter #(str/includes? % " at ") lines))))
        (is (re-find #"… \d+ more frames outside the project" out))
        (is (not (re-find #"clojure\.test\$|clojure\.lang\.Numbers" out)))
        (is (re-find #"at clojure\.lang\.Numbers/divide"
                     (second (run "--trace" "--tests" (str folder "/test") "--sources" (str folder "/src")))))))))

(deftest tests-can-require-namespaces-of-the-other-folders
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "src/seen/core.clj" "(ns seen.core) (def x 1)")
      (temp/save folder "test/seen/core_test.clj" "(ns seen.core-test (:require [clojure.test :refer :all] [seen.core :as c])) (deftest a (is (= 1 c/x)))")
      (is (= 0 (first (run (str folder "/src") (str folder "/test"))))))))

(deftest namespaces-that-do-not-load-fail-while-others-run
  (temp/call-with-folder
    (fn [folder]
      (save folder 'load-by.base "(nowhere)")
      (temp/save folder "load_by/b_test.clj" "(ns load-by.b-test (:require load-by.base))")
      (save folder 'load-by.c-test "(deftest c (is true))")
      (let [[exit out] (run (str folder))]
        (is (= 1 exit))
        (is (includes-all? out ["ERROR in load-by.b-test doesn't load: Unable to resolve symbol: nowhere"
                                "  So don't load-by.base\n" "Ran 1 tests containing 1 assertions.\n0 failures, 2 errors.\n"]))))))

(deftest arguments-and-metadata-select-tests
  (temp/call-with-folder
    (fn [folder]
      (save folder 'pick.a-test "(deftest ^:slow one (is true)) (deftest two (is true)) (deftest three (is true))")
      (temp/save folder "pick/b_test.cljc" "(ns ^:slow pick.b-test (:require [clojure.test :refer [deftest is]])) (deftest four (is true))")
      (are [arguments exit message] (let [[found out] (apply run "--tests" (str folder) arguments)]
                                      (and (= exit found) (str/includes? out message)))
        []                                                 0 "Ran 4 tests"
        ["pick.a-test"]                                    0 "Ran 3 tests"
        ["pick.a"]                                         0 "Ran 3 tests"
        ["pick.a-test/one" "pick.a/two" "pick.b-test"]     0 "Ran 3 tests"
        [(str folder "/pick/b_test.cljc")]                 0 "Testing pick.b-test\n\nRan 1 tests"
        ["--include" ":slow"]                              0 "Ran 2 tests"
        ["-i" "slow" "pick.a-test"]                        0 "Ran 1 tests"
        ["--exclude" "slow"]                               0 "Ran 2 tests"
        ["pick.b-tst"]                                     1 "No namespace pick.b-tst in "
        ["pick.b-tst"]                                     1 "Did you mean pick.b-test?"
        ["pick.a-test/thre"]                               1 "No test thre in pick.a-test. Did you mean three?"
        ["--include" "slwo"]                               1 "No test has the metadata :slwo. Did you mean slow?"
        ["--exclude" "slow" "pick.b-test"]                 1 "No test is left without the metadata :slow"
        ["--inclde" "slow"]                                2 "No option --inclde. Did you mean --include?"))))

(deftest fixtures-and-hooks-run
  (let [[exit out] (run-one 'fixed.all-test
                            "(def log (atom []))
                             (use-fixtures :once (fn [f] (reset! log [:once]) (f)))
                             (use-fixtures :each (fn [f] (swap! log conj :each) (f)))
                             (deftest a (is (= [:once :each] @log)))
                             (deftest b (is (= [:once :each :each] @log)))")]
    (is (= 0 exit) out))
  (let [[exit out] (run-one 'fixed.hook-test "(deftest a (is true)) (deftest b (is false)) (defn test-ns-hook [] (a))")]
    (is (= 0 exit) out)
    (is (str/includes? out "Ran 1 tests"))))

(deftest a-fixture-that-throws-or-runs-nothing-is-an-error
  (are [n fixture message] (let [[exit out] (run-one n (str fixture "(deftest a (is true))"))]
                             (and (= 1 exit) (str/includes? out message) (str/includes? out "0 failures, 1 errors.")))
    'wrong.once-test    "(use-fixtures :once (fn [_] (throw (Exception. \"no server\"))))" "A :once fixture threw an exception"
    'wrong.each-test    "(use-fixtures :each (fn [_] (throw (Exception. \"no server\"))))" "java.lang.Exception: no server"
    'wrong.nothing-test "(use-fixtures :once (fn [_]))" "A :once fixture returned without running the tests"
    'wrong.hook-test    "(defn test-ns-hook [] (throw (Exception. \"no server\")))" "test-ns-hook threw an exception"))

(deftest fail-fast-stops-after-a-failure
  (let [text "(deftest a (is true)) (deftest b (is false)) (deftest c (is false))"]
    (is (str/includes? (second (run-one 'fast.all-test text)) "Ran 3 tests"))
    (is (str/includes? (second (run-one 'fast.first-test text "--fail-fast")) "Ran 2 tests"))))

(deftest reports-of-a-librarys-own-type-count-as-failures
  (let [[exit out] (run-one 'mismatched.all-test
                            "(defmethod report ::mismatch [m] (with-test-out (inc-report-counter :fail) (println \"mismatch:\" (:what m))))
                             (deftest a (is true) (do-report {:type ::mismatch, :what 7}))")]
    (is (= 1 exit))
    (is (includes-all? out ["FAIL in mismatched.all-test/a" "mismatch: 7" "1 failures, 0 errors."]))))

(deftest folders-within-the-folder-of-tests-may-be-the-roots
  (temp/call-with-folder
    (fn [folder]
      (save (io/file folder "test/clj") 'rooted.core-test "(deftest a (is true))")
      (is (= 0 (first (run "--tests" (str folder "/test"))))))))

(deftest values-without-an-end-or-a-comparison-are-printed
  (testing "endless"
    (let [[_ out] (run-one 'endless.all-test "(deftest a (is (nil? (range))) (is (= [1] (range))) (is (= {:a [1]} {:a (range)})))")]
      (is (includes-all? out ["actual: (not (nil? (0 1 2 3" "actual: (0 1 2 3" "actual: {:a (0 1 2 3" "3 failures"]))))
  (testing "not comparable"
    (let [[exit out] (run-one 'sorted.all-test "(deftest a (is (= {\"x\" 1} (sorted-map :y 2))))")]
      (is (= 1 exit))
      (is (str/includes? out "sorted.all-test/a")))))

(deftest usage-errors-and-missing-folders-are-reported
  (temp/call-with-folder
    (fn [folder]
      (.mkdirs (io/file folder "empty"))
      (are [arguments exit message] (let [[found out] (apply run arguments)]
                                      (and (= exit found) (str/includes? out message)))
        ["--only" "x"]                    2 "No option --only"
        ["--tests" "nowhere"]             1 "No folder nowhere in "
        [(str folder "/empty")]           1 (str "No namespace in " folder "/empty: expected .clj or .cljc files there")))))
