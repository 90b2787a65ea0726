(ns karamon.s3.child
  "A run over many objects in a separate JVM, which may be killed."
  (:require
   [clojure.edn :as edn]
   [karamon.s3 :as s3])
  (:import
   (java.io File)
   (java.util List)))

(set! *warn-on-reflection* true)

(defn -main [text]
  (let [{:keys [client address options aws?]} (edn/read-string text)]
    (with-open [s3 (s3/client client)]
      (prn (s3/md5-etags! (assoc s3 :aws? aws?) address options))
      (shutdown-agents))))

(defn start
  "Starts a JVM with a heap of that many MiB that executes `run`, a map of `:client`, `:address`, `:options` and `:aws?`. It
  writes the result of md5-etags!, or the exception, to `file`."
  ^Process [heap run file]
  (let [^List command [(str (File. (System/getProperty "java.home") "bin/java"))
                       (str "-Xmx" heap "m") "-XX:TieredStopAtLevel=1" "-XX:+UseSerialGC" "-XX:+ExitOnOutOfMemoryError"
                       "-cp" (System/getProperty "java.class.path")
                       "clojure.main" "-m" "karamon.s3.child" (pr-str run)]]
    (-> (ProcessBuilder. command)
        (.redirectErrorStream true)
        (.redirectOutput (File. (str file)))
        (.start))))
