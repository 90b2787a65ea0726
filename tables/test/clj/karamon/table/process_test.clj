(ns karamon.table.process-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is]]
   [karamon.table.process :as process]))

(set! *warn-on-reflection* true)

(deftest a-jvm-that-hangs-is-reported-with-its-threads-and-ended
  (let [started (process/start '(do (println "begun") (flush) @(promise))
                  {:flags ["-XX:TieredStopAtLevel=1"], :before ["sh" "-c" "\"$@\"; exit $?" "sh"]})]
    (process/await-output started #"begun")
    (let [below   (vec (iterator-seq (.iterator (.descendants ^Process (:process started)))))
          message (try (process/finish started 1) (catch clojure.lang.ExceptionInfo e (ex-message e)))]
      (is (str/starts-with? message "A JVM didn't end within 1 s: begun"))
      (is (re-find #"\"main\"[^\"]*clojure\.core\$promise" message))
      (is (seq below))
      (is (not-any? #(.isAlive ^java.lang.ProcessHandle %) below)))))
