(ns karamon.table.fixture
  "The one session of the tests' JVM, of the format that its class path holds."
  (:require
   [karamon.table :as table]
   [karamon.table.process :as process]))

(set! *warn-on-reflection* true)

(def table-format
  "The format under test."
  (keyword (System/getProperty "karamon.table.format" "carbondata")))

(def carbondata?
  "Whether that is CarbonData."
  (= :carbondata table-format))

(def statements
  "The statements that ran, the latest last."
  (atom []))

(def cluster-config
  "What keeps a session of a cluster to loopback, and has its executors start fast."
  {"spark.driver.host"               "127.0.0.1"
   "spark.driver.bindAddress"        "127.0.0.1"
   "spark.executor.extraJavaOptions" "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"})

(def session
  "The session, once it is asked for."
  (delay (table/session {:warehouse    (str (process/new-folder "karamon-warehouse"))
                         :format       table-format
                         :master       (System/getProperty "karamon.table.master" "local[*]")
                         :config       cluster-config
                         :on-statement #(swap! statements conj %)})))

(defn said
  "Calls `f`; returns the exception's type and message."
  [f]
  (try
    (f)
    nil
    (catch clojure.lang.ExceptionInfo e
      [(:type (ex-data e)) (ex-message e)])))
