(ns karamon.dev.test.watch-test
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.test.watch :as watch]
   [karamon.test.temp :as temp])
  (:import
   (java.io BufferedReader File Writer)
   (java.nio.file CopyOption Files StandardCopyOption)
   (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

(defn- save-tests [folder n requires text]
  (temp/save folder (str "test/" (str/escape (str n) {\. "/", \- "_"}) ".clj")
             (str "(ns " n " (:require [clojure.test :refer [deftest is]] " requires "))\n" text)))

(defn- replace-file
  "Saves as editors do that write another file and give it the name of the edited one."
  [folder path text]
  (temp/save folder (str path ".tmp") text)
  (Files/move (.toPath (io/file folder (str path ".tmp"))) (.toPath (io/file folder path))
              (into-array CopyOption [StandardCopyOption/ATOMIC_MOVE])))

(defn- start ^Process [^File folder]
  (let [class-path (->> (str/split (System/getProperty "java.class.path") (re-pattern File/pathSeparator))
                        (map #(.getAbsolutePath (io/file %)))
                        (str/join File/pathSeparator))
        command    [(str (System/getProperty "java.home") "/bin/java") "-XX:TieredStopAtLevel=1" "-cp" class-path
                    "clojure.main" "-m" "karamon.dev.test" "--watch"]]
    (.start (doto (ProcessBuilder. ^java.util.List command)
              (.directory folder)
              (.redirectErrorStream true)))))

(defn- until-watching
  "Returns what the process prints until it waits for changes; fails at the end of the output."
  [^BufferedReader out]
  (loop [lines []]
    (let [line (.readLine out)]
      (cond
        (nil? line)                        (throw (AssertionError. (str "The output ended:\n" (str/join "\n" lines))))
        (str/starts-with? line "Watching") (str/join "\n" lines)
        :else                              (recur (conj lines line))))))

(defn- press [^Writer in text]
  (.write in (str text "\n"))
  (.flush in))

(deftest saved-code-runs-the-tests-that-depend-on-it
  (temp/call-with-folder
    (fn [^File folder]
      (temp/save folder "src/seen/base.clj" "(ns seen.base) (def x 1)")
      (save-tests folder 'seen.base-test "[seen.base :as base]" "(deftest x (is (= 1 base/x)))")
      (save-tests folder 'seen.other-test "" "(deftest y (is true)) (deftest z (is true))")
      (let [process (start folder)
            out     (.inputReader process)
            in      (.outputWriter process)
            next    #(until-watching out)]
        (try
          (testing "at the start all run"
            (is (str/includes? (next) "Ran 3 tests containing 3 assertions.\n0 failures")))
          (testing "a saved source runs the tests that depend on it"
            (replace-file folder "src/seen/base.clj" "(ns seen.base) (def x 2)")
            (let [text (next)]
              (is (str/includes? text "FAIL in seen.base-test/x (test/seen/base_test.clj:2)"))
              (is (str/includes? text "Ran 1 tests"))))
          (testing "tests that failed run again with others, and removed ones don't"
            (save-tests folder 'seen.other-test "" "(deftest y (is true))")
            (let [text (next)]
              (is (str/includes? text "FAIL in seen.base-test/x"))
              (is (str/includes? text "Ran 2 tests"))))
          (testing "code that doesn't compile is reported"
            (temp/save folder "src/seen/base.clj" "(ns seen.base) (def x (nowhere))")
            (let [text (next)]
              (is (str/includes? text "seen.base-test doesn't load: Unable to resolve symbol: nowhere"))
              (is (str/includes? text "0 failures, 1 errors."))))
          (testing "and loaded when it is corrected"
            (temp/save folder "src/seen/base.clj" "(ns seen.base) (def x 1)")
            (is (str/includes? (next) "Ran 1 tests containing 1 assertions.\n0 failures, 0 errors.")))
          (testing "a new file"
            (save-tests folder 'seen.new-test "" "(deftest n (is (= 1 1)))")
            (is (str/includes? (next) "Testing seen.new-test\n\nRan 1 tests")))
          (testing "a new file without an ns form that can be read"
            (temp/save folder "test/seen/half_test.clj" "(ns seen.half-test (:require")
            (is (str/includes? (next) "ERROR in seen.half-test doesn't load")))
          (testing "deleted files' tests don't run"
            (.delete (io/file folder "test/seen/half_test.clj"))
            (.delete (io/file folder "test/seen/new_test.clj"))
            (is (= "No test depends on the saved files.\n" (next))))
          (testing "Enter runs all"
            (press in "")
            (is (str/includes? (next) "Ran 2 tests")))
          (testing "q ends"
            (press in "q")
            (is (.waitFor process 120 TimeUnit/SECONDS))
            (is (zero? (.exitValue process))))
          (finally (.destroyForcibly process)))))))

(deftest a-deleted-namespace-affects-its-dependents
  (temp/call-with-folder
    (fn [^File folder]
      (temp/save folder "src/lost/base.clj" "(ns lost.base) (def x 1)")
      (save-tests folder 'lost.base-test "[lost.base :as base]" "(deftest x (is (= 1 base/x)))")
      (let [runs  (atom [])
            state (watch/start [folder] #(do (swap! runs conj %) {:failing #{}}))]
        (.delete (io/file folder "src/lost/base.clj"))
        (watch/step (watch/step state false) true)
        (is (= ['#{lost.base-test} nil] @runs))))))
