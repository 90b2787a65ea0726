(ns karamon.table.fixture
  "The one session of the tests' JVM, in the format of its class path."
  (:require
   [karamon.table :as table]
   [karamon.table.process :as process]))

(set! *warn-on-reflection* true)

(def table-format
  "The format under test."
  (keyword (System/getProperty "karamon.table.format" "carbondata")))

(def carbondata?
  "Whether the format under test is CarbonData."
  (= :carbondata table-format))

(def statements
  "The statements run so far, the latest last."
  (atom []))

(def cluster-config
  "Settings that keep a cluster session on loopback, and make its executors start fast."
  {"spark.driver.host"               "127.0.0.1"
   "spark.driver.bindAddress"        "127.0.0.1"
   "spark.executor.extraJavaOptions" "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"})

(def session
  "The session; opened on first use."
  (delay (table/session {:warehouse    (str (process/new-folder "karamon-warehouse"))
                         :format       table-format
                         :master       (System/getProperty "karamon.table.master" "local[*]")
                         :config       cluster-config
                         :on-statement #(swap! statements conj %)})))

(defn error-of
  "Calls `f`; returns the type and message of the ex-info it throws, or nil."
  [f]
  (try
    (f)
    nil
    (catch clojure.lang.ExceptionInfo e
      [(:type (ex-data e)) (ex-message e)])))
