(ns karamon.table.cluster-test
  "Tests with a real standalone cluster on loopback: a master, a worker and its executors, each in its own process."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.table :as table]
   [karamon.table.cluster :as cluster]
   [karamon.table.fixture :refer [carbondata? cluster-config error-of session table-format]]
   [karamon.table.process :as process]
   [karamon.table.standalone :refer [call-with-cluster]])
  (:import
   (java.io File)
   (org.apache.spark.scheduler.cluster CoarseGrainedSchedulerBackend)
   (org.apache.spark.sql SparkSession)))

(set! *warn-on-reflection* true)

(defn- run
  "Evaluates a form in a JVM whose fixture's session uses the cluster at `url`."
  [url form]
  (process/run form {:flags (conj (process/session-flags) (str "-Dkaramon.table.format=" (name table-format)) (str "-Dkaramon.table.master=" url))}))

(defn- requested
  "Returns how many executors were requested of the cluster, by Spark's profiles of resources. A standalone master takes the number
  as a limit."
  [^SparkSession spark]
  (let [field (doto (.getDeclaredField CoarseGrainedSchedulerBackend "requestedTotalExecutorsPerResourceProfile")
                (.setAccessible true))]
    (str (.get field (.schedulerBackend (.sparkContext spark))))))

(defn life
  "Runs tests in the fixture's session. Prints their counts, how many processes took part, and how many were requested."
  []
  (let [the      requiring-resolve
        counters (ref clojure.test/*initial-report-counters*)]
    (binding [clojure.test/*report-counters* counters]
      ((the 'karamon.table-test/the-scenario-of-the-article))
      (when carbondata?
        ((the 'karamon.table.carbondata-test/loses-nothing) @(the 'karamon.table.carbondata-test/times-and-numbers))))
    (prn :went (:pass @counters) (:fail @counters) (:error @counters))
    (prn :processes (.size (.getExecutorMemoryStatus (.sparkContext ^SparkSession (:spark @session)))))
    (prn :requested (requested (:spark @session))))
  (table/close @session)
  (shutdown-agents))

(defn refused
  "Prints the error of a session whose executors find different classes first."
  [url config]
  (prn :refused (error-of #(table/session {:warehouse "w", :format table-format, :master url
                                           :config (merge cluster-config config)})))
  (shutdown-agents))

(def ^:private wrong-class-path
  "A class path with a class that differs from the session's, or without it."
  (str/join File/pathSeparator
    (if carbondata?
      (concat (filter #(re-find #"carbondata-core" %) process/class-path) process/class-path)
      (remove #(re-find #"iceberg-spark" %) process/class-path))))

(deftest executors-do-the-work-correctly
  (call-with-cluster
    (fn [url]
      (let [{:keys [exit text]} (run url `(do (require 'karamon.table.cluster-test) (life)))]
        (is (= 0 exit) text)
        (is (re-find #"(?m)^:went [1-9]\d* 0 0$" text) text)
        (is (str/includes? text ":processes 2\n") "this one and an executor")
        (is (re-find #":requested \"(Hash)?Map\(\)\"" text) "no limit, so that the master replaces lost executors"))
      (testing "executors with different classes are refused"
        (let [{:keys [text]} (run url `(do (require 'karamon.table.cluster-test)
                                           (refused ~url {"spark.executor.extraClassPath" ~wrong-class-path})))]
          (is (re-find #":refused \[:karamon\.table/no-cluster \"No executor of spark://127\.0\.0\.1:\d+ is usable: executor \d+ on 127\.0\.0\.1 has (another org\.apache\.carbondata\.core\.[\w.$]+|no org\.apache\.iceberg\.spark\.SparkCatalog)\. Each machine must have " text) text))))))

(deftest an-unreachable-master-is-reported-at-once
  (doseq [[master sentence] {"spark://127.0.0.1:1" [:karamon.table/no-cluster #"No Spark master answers at spark://127\.0\.0\.1:1: Connection refused"]
                             "spark://127.0.0.1"   [:karamon.table/bad-option #"No master \"spark://127\.0\.0\.1\": expected for example .*"]
                             "yarn"                [:karamon.table/bad-option #"No master \"yarn\": expected for example .*"]
                             4                     [:karamon.table/bad-option #"No master 4: expected for example .*"]}
          :let [[type text] (error-of #(table/session {:warehouse "x", :format table-format, :master master}))]]
    (is (= (first sentence) type))
    (is (re-matches (second sentence) text))))

(deftest a-callers-settings-for-executors-are-kept
  (let [settings
        (cluster/configuration ["a.B"] ["java.net"] {"spark.plugins" "c.D", "spark.executor.extraJavaOptions" "-Dx=y"
                                                     "spark.executor.extraClassPath" "/jars/*"})]
    (is (= "karamon.table.SameClasses,c.D" (settings "spark.plugins")))
    (is (re-matches #"--add-opens=java\.base/java\.net=ALL-UNNAMED .* -Dx=y" (settings "spark.executor.extraJavaOptions")))
    (is (= "/jars/*" (settings "spark.executor.extraClassPath"))))
  (is (= [true true false false]
         (map cluster/cluster? ["spark://h:7077" "spark://h:1,i:2" "local" "local[*]"]))))
