(ns karamon.dev.test.exit-test
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is]]
   [karamon.test.temp :as temp])
  (:import
   (java.io File)
   (java.util List)))

(set! *warn-on-reflection* true)

(defn- run
  "Returns the exit code and the output of a process that runs the tests in a folder."
  [^File folder]
  (let [^List command [(str (System/getProperty "java.home") "/bin/java") "-XX:TieredStopAtLevel=1" "-cp"
                       (System/getProperty "java.class.path") "clojure.main" "-m" "karamon.dev.test" (str folder)]
        process       (.start (doto (ProcessBuilder. command)
                                (.redirectErrorStream true)))
        out           (slurp (.getInputStream process))]
    [(.waitFor process) out]))

(deftest a-test-that-ends-the-jvm-is-a-failure-wherever-it-does-so-after-its-shutdown-hooks
  (temp/call-with-folder
    (fn [folder]
      (doseq [exit ["(System/exit 0)" "@(future (System/exit 0))"]
              ;; So many that the one which reports sees only some of them start, and each ends after those that started before.
              :let [hooks 500]]
        (temp/save folder "ends/all_test.clj"
                   (str "(ns ends.all-test (:require [clojure.test :refer :all]))\n(deftest a\n  " exit ")\n(deftest b (is false))
(def started (atom 0))
(dotimes [_ " hooks "]
  (.addShutdownHook (Runtime/getRuntime)
                    (Thread. (fn []
                               (let [n (swap! started inc)]
                                 (Thread/sleep (+ 300 n))
                                 (when (= n " hooks ") (spit " (pr-str (str (io/file folder "hook"))) " \"ran\")))))))"))
        (let [[exit out] (run (io/file folder))]
          (is (= 1 exit) out)
          (is (str/includes? out "System/exit was called at all_test.clj:3 while tests ran") out)
          (is (= "ran" (slurp (io/file folder "hook"))))
          (io/delete-file (io/file folder "hook")))))))
