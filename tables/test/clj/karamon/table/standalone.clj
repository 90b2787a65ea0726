(ns karamon.table.standalone
  "A real standalone Spark cluster on loopback: a master, workers and their executors, each in its own process."
  (:require
   [clojure.java.io :as io]
   [karamon.table.fixture :refer [carbondata?]]
   [karamon.table.process :as process])
  (:import
   (java.lang ProcessHandle)
   (java.util.stream Stream)))

(set! *warn-on-reflection* true)

(def ^:private master
  '(let [^org.apache.spark.rpc.RpcEnv rpc (._1 (org.apache.spark.deploy.master.Master/startRpcEnvAndEndpoint
                                                 "127.0.0.1" 0 0 (org.apache.spark.SparkConf.)))]
     (println "port" (.port (.address rpc)))
     (.awaitTermination rpc)))

(defn- worker [url host]
  `(.awaitTermination (org.apache.spark.deploy.worker.Worker/startRpcEnvAndEndpoint
                        ~host 0 0 1 1024 (into-array String [~url]) "work" (scala.Option/empty)
                        (org.apache.spark.SparkConf.) (scala.Option/empty))))

(defn- environment [host]
  (let [home (process/new-folder "karamon-spark-home")]
    (.mkdirs (io/file home "jars"))
    {"SPARK_HOME" (str home), "SPARK_SCALA_VERSION" (if carbondata? "2.12" "2.13"), "SPARK_LOCAL_IP" host
     "JAVA_HOME" (System/getProperty "java.home")}))

(defn start-worker
  "Starts a worker with one core, on a loopback address such as \"127.0.0.2\". It adds no jars of its own to its executors."
  [url host]
  (process/start (worker url host) {:environment (environment host)}))

(defn kill
  "Kills a worker and its executors by SIGKILL, as if their machine lost its power."
  [{:keys [^Process process]}]
  (let [executors (with-open [^Stream found (.descendants process)] (vec (.toArray found)))]
    (.destroyForcibly process)
    (run! #(.destroyForcibly ^ProcessHandle %) executors)
    (.waitFor process)))

(defn call-with-master
  "Calls `f` with the URL of a master."
  [f]
  (let [master (process/start master {:environment (environment "127.0.0.1")})]
    (try
      (f (str "spark://127.0.0.1:" (second (process/await-output master #"port (\d+)"))))
      (finally
        (process/end master)))))

(defn call-with-cluster
  "Calls `f` with the URL of a master that has one worker."
  [f]
  (call-with-master
    (fn [url]
      (let [worker (start-worker url "127.0.0.1")]
        (try
          (f url)
          (finally
            (process/end worker)))))))
