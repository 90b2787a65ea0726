(ns karamon.test.runner-test
  "The test runner, on namespaces made by these tests."
  (:require
   [clojure.test :as t :refer [deftest is testing]]
   [karamon.test.runner :as runner])
  (:import
   (java.io ByteArrayOutputStream PrintStream)
   (org.opentest4j TestAbortedException)))

(set! *warn-on-reflection* true)

(def ^:dynamic ^:private *bound* nil)

(defn- outcomes
  "Runs the tests of a namespace. Returns for each :passed or its exception. `tests` is a map of name to function; the fixtures
  are as `use-fixtures` takes them."
  [tests {:keys [once each]}]
  (let [n (create-ns (gensym "run-by-the-runner"))]
    (try
      (alter-meta! n assoc ::t/once-fixtures once ::t/each-fixtures each)
      (doseq [[test-name f] tests]
        (intern n (with-meta test-name {:test f}) f))
      (into {} (for [{:strs [name run]} (#'runner/namespace-tests (ns-name n))]
                 [(symbol name) (try (run) :passed (catch Throwable e e))]))
      (finally (remove-ns (ns-name n))))))

(deftest once-fixtures-wrap-all-tests-and-each-fixtures-wrap-each
  (let [said (atom [])
        note #(swap! said conj %)
        test (fn [n] (fn [] (note n) (is (= 1 *bound*))))]
    (is (= '{a :passed, b :passed}
           (outcomes {'a (test :a), 'b (test :b)}
                     {:once [(fn [f] (note :begin) (binding [*bound* 1] (f)) (note :end))]
                      :each [(fn [f] (note :each) (f))]})))
    (is (= [:begin :each :a :each :b :end] @said))))

(deftest a-failing-test-doesnt-affect-others
  (let [{:syms [bad good thrown]} (outcomes {'bad    (fn [] (testing "this" (is (= 1 2))))
                                             'good   (fn [] (is (= 1 1)))
                                             'none   (fn [])
                                             'thrown (fn [] (throw (IllegalStateException. "boom")))} {})]
    (is (= :passed good))
    (is (re-find #"(?s)/bad: this .*expected: \(= 1 2\)\n +actual: \(not \(= 1 2\)\)" (ex-message bad)))
    (is (re-find #"(?s)actual: java\.lang\.IllegalStateException: boom" (ex-message thrown)))))

(deftest a-test-without-an-assertion-fails
  (is (re-find #"/none asserts nothing" (ex-message ('none (outcomes {'none (fn [])} {}))))))

(deftest an-exception-of-a-fixture-fails-the-tests
  (let [good {'a (fn [] (is (= 1 1))), 'b (fn [] (is (= 1 1)))}
        boom (fn [_] (throw (IllegalStateException. "boom")))]
    (testing "before them"
      (is (= '{a "boom", b "boom"} (update-vals (outcomes good {:once [boom]}) ex-message)))
      (is (= '{a "boom", b "boom"} (update-vals (outcomes good {:each [boom]}) ex-message))))
    (testing "after them, only the last"
      (let [{:syms [a b]} (outcomes good {:once [(fn [f] (f) (boom f))]})]
        (is (= [:passed "boom"] [a (ex-message b)]))))
    (testing "so does one that never calls its function"
      (is (= 2 (count (filter #(re-find #"ended without running the tests" (ex-message %))
                              (vals (outcomes good {:once [(fn [_])]})))))))
    (testing "a fixture that skips them keeps its exception, which JUnit recognizes"
      (is (every? #(instance? TestAbortedException %)
                  (vals (outcomes good {:once [(fn [_] (throw (TestAbortedException. "not here")))]})))))))

(deftest a-test-may-skip-itself
  (is (instance? TestAbortedException ('a (outcomes {'a (fn [] (throw (TestAbortedException. "not here")))} {})))))

(deftest a-test-that-hangs-fails-and-prints-the-threads-and-those-after-it-fail-too
  (let [hang    (promise)
        printed (ByteArrayOutputStream.)
        error   System/err
        found   (try
                  (System/setErr (PrintStream. printed))
                  (binding [runner/*limit-s* 1]
                    (outcomes {'first  (fn [] (is (= 1 1)))
                               'hangs  (fn [] (is @hang))
                               'second (fn [] (is (= 1 1)))} {}))
                  (finally (System/setErr error) (deliver hang true)))]
    (is (= :passed ('first found)))
    (is (every? #(re-find #"takes longer than 1 s" (ex-message (found %))) '[hangs second]))
    (is (re-find #"(?s)\"run-by-the-runner\d+\"[^\"]*clojure\.core\$promise" (str printed)))))
