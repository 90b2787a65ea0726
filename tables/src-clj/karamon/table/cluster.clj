(ns karamon.table.cluster
  "A Spark cluster as a session's `:master`: the settings that start its executors, and the check that they have the same classes
  as this process."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io File IOException)
   (java.net InetSocketAddress Socket UnknownHostException)
   (java.util ServiceLoader)
   (java.util.regex Pattern)
   (karamon.table SameClasses)
   (karamon.text Shown)
   (org.apache.spark.scheduler ExternalClusterManager)
   (org.apache.spark.sql SparkSession)))

(set! *warn-on-reflection* true)

(def ^:private answer-ms
  "How long a master may take to answer, in milliseconds."
  5000)

(def ^:private executor-ms
  "How long the first executor may take to start, in milliseconds."
  120000)

(defn cluster?
  "Returns whether a master is anything but threads of this process."
  [master]
  (not (re-matches #"local(\[.*\])?" master)))

(defn- addresses
  "Returns the pairs of a host and a port in a standalone cluster's URL; nil when it isn't one."
  [master]
  (when-let [[_ hosts] (re-matches #"spark://(.*)" master)]
    (let [found (map #(re-matches #"([^:/\s]+):(\d{1,5})" %) (str/split hosts #","))]
      (when (every? some? found)
        (for [[_ host port] found] [host (parse-long port)])))))

(defn- refusal
  "Returns why we can't connect, as text; nil when we can."
  [[^String host port]]
  (try
    (with-open [socket (Socket.)]
      (.connect socket (InetSocketAddress. host (int port)) (int answer-ms)))
    nil
    (catch UnknownHostException _ (str "no host " host))
    (catch IOException e (ex-message e))))

(defn- managed?
  "Returns whether the class path has Spark's jars for a master of another kind, such as yarn."
  [^String master]
  (some #(.canCreate ^ExternalClusterManager % master) (ServiceLoader/load ExternalClusterManager)))

(defn check-master
  "Throws ex-info of `:type` `:karamon.table/bad-option` unless `master` is this process, a standalone cluster, or of a kind that
  the class path has jars for; of `:karamon.table/no-cluster` when nothing listens at a standalone one. Spark would take a
  minute to notice."
  [master]
  (when-not (and (string? master) (or (not (cluster? master)) (addresses master) (managed? master)))
    (throw (ex-info (str "No master " (Shown/of master) ": expected for example \"local[*]\" or \"spark://host:7077\", or \"yarn\" if "
                         "the class path has Spark's jars for it")
                    {:type :karamon.table/bad-option, :option :master})))
  (when (addresses master)
    (let [refusals (map refusal (addresses master))]
      (when (every? some? refusals)
        (throw (ex-info (str "No Spark master answers at " master ": " (str/join ", " refusals))
                        {:type :karamon.table/no-cluster, :master master}))))))

(defn- class-path []
  (str/join File/pathSeparator
    (map #(.getAbsolutePath (io/file %))
      (str/split (System/getProperty "java.class.path") (re-pattern (Pattern/quote File/pathSeparator))))))

(defn configuration
  "Returns settings that give executors this process's class path, open the packages `opened` of java.base, and make executors
  exit unless they have the same `classes`. `config` is the caller's: its class path replaces this one; its plugins and options
  are added."
  [classes opened config]
  (let [flags   (concat (map #(str "--add-opens=java.base/" % "=ALL-UNNAMED") opened)
                  ["-Duser.timezone=UTC" "--enable-native-access=ALL-UNNAMED" "-XX:+IgnoreUnrecognizedVMOptions" "--sun-misc-unsafe-memory-access=allow"])
        combined (fn [separator ours setting] (str/join separator (remove str/blank? [ours (get config setting)])))]
    {"spark.executor.extraClassPath"   (get config "spark.executor.extraClassPath" (class-path))
     "spark.executor.extraJavaOptions" (combined " " (str/join " " flags) "spark.executor.extraJavaOptions")
     "spark.plugins"                   (combined "," (.getName SameClasses) "spark.plugins")
     SameClasses/CLASSES               (str/join "," classes)}))

(defn check-executors
  "Waits until an executor has run a task. Throws ex-info of `:type` `:karamon.table/no-cluster` when none has within two minutes,
  or one has different classes."
  [^SparkSession spark master]
  (let [context (.sparkContext spark)
        done    (future (try (.count (.rdd (.range spark 1))) (catch Exception e e)))
        found   (deref done executor-ms ::late)]
    (when-not (= 1 found)
      (let [difference (.get (.getConf context) SameClasses/DIFFERENCE nil)]
        (throw (ex-info (str "No executor of " master " is usable: "
                             (cond
                               difference       difference
                               (= ::late found) (str "none was ready in " (quot executor-ms 1000) " s")
                               :else            (str "they exit at startup, or the master isn't Spark " (.version spark)))
                             ". Each machine must have this process's jars at the same paths, tables/target/classes first")
                        {:type :karamon.table/no-cluster, :master master}
                        (when (instance? Exception found) found)))))))
