(ns s3-bulk
  "One half of bench/s3-bulk: fills the scripted server, restarts it for the run, and prints what the run took."
  (:require
   [clojure.edn :as edn]
   [karamon.s3 :as s3]
   [karamon.s3.scripted :as scripted])
  (:import
   (java.io File)
   (java.lang ProcessBuilder$Redirect)
   (java.lang.management ManagementFactory MemoryPoolMXBean MemoryType)
   (java.util List)))

(set! *warn-on-reflection* true)

(defn- peak
  "Returns the sum of the pools' peak heap use, in MiB."
  []
  (quot (reduce + (for [^MemoryPoolMXBean pool (ManagementFactory/getMemoryPoolMXBeans)
                        :when                  (= MemoryType/HEAP (.getType pool))]
                    (.getUsed (.getPeakUsage pool))))
        1048576))

(defn- work [{:keys [client bucket journal concurrency]}]
  (with-open [s3 (s3/client client)]
    (let [start (System/nanoTime)
          found (s3/md5-etags! (assoc s3 :aws? true) {:bucket bucket} {:journal journal, :concurrency concurrency})]
      (prn (assoc found :seconds (/ (- (System/nanoTime) start) 1e9) :heap (peak))))))

(defn- measure [objects concurrency]
  (with-open [server (scripted/start)]
    (let [bucket  (scripted/bucket! server)
          journal (doto (File/createTempFile "karamon-bench-" ".journal") .delete .deleteOnExit)
          ^List command [(str (System/getProperty "java.home") "/bin/java") "-Xmx256m" "-XX:+ExitOnOutOfMemoryError"
                         "-cp" (System/getProperty "java.class.path") "clojure.main" "bench/s3_bulk.clj"
                         (pr-str {:client (:options server), :bucket bucket, :journal (str journal), :concurrency concurrency})]]
      (scripted/fill! server bucket objects #(format "%09d" %) {:size 9000000, :etag "9b2cf535f27731c974343645a3985328-2"
                                                                :headers {"x-amz-meta-who" "me"}})
      (let [child (.start (.redirectError (ProcessBuilder. command) ProcessBuilder$Redirect/INHERIT))
            {:keys [seconds heap results]} (edn/read-string (slurp (.getInputStream child)))
            requests (reduce + (vals (scripted/counts server)))]
        (println (format "%,d objects (%s), %d at once: %.1f s, %,.0f objects a second, %,d requests (%.2f for each object), %,.0f a second; heap at most %d of 256 MiB; journal %,d bytes"
                         objects results concurrency seconds (/ objects seconds) requests (/ requests (double objects)) (/ requests seconds)
                         heap (.length journal))))))
  (shutdown-agents)
  (System/exit 0))

(let [[first-argument concurrency] *command-line-args*]
  (if concurrency
    (measure (parse-long first-argument) (parse-long concurrency))
    (work (edn/read-string first-argument))))
