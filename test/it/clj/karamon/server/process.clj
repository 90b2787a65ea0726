(ns karamon.server.process
  "karamon-server in a process of its own, on the class path of the tests."
  (:require
   [karamon.test.client :as client])
  (:import
   (java.net ConnectException ServerSocket)))

(set! *warn-on-reflection* true)

(defn free-port
  "Returns a port that nothing listens at."
  []
  (with-open [socket (ServerSocket. 0)]
    (.getLocalPort socket)))

(defn start
  "Starts a server on `port` of the loopback interface, with further environment variables and options of the JVM."
  ^Process [port variables & options]
  (let [command (concat [(str (System/getProperty "java.home") "/bin/java") "-XX:TieredStopAtLevel=1"] options
                        ["-cp" (System/getProperty "java.class.path") "karamon.server.Main"])
        builder (ProcessBuilder. ^java.util.List (vec command))]
    (.putAll (.environment builder) (merge {"PORT" (str port), "KARAMON_HOST" "127.0.0.1", "KARAMON_MANAGEMENT_PORT" "0"
                                            "KARAMON_DRAIN_DELAY" "0"}
                                      variables))
    (.start (.inheritIO builder))))

(defn await-answer
  "Waits until a server answers, or has ended."
  [^Process process port path]
  (loop []
    (when-not (try
                (client/request {:port port, :path path})
                (catch ConnectException _))
      (when (.isAlive process)
        (Thread/sleep 50)
        (recur)))))

(defn stop
  "Ends a server as container platforms do; returns its exit code."
  [^Process process]
  (.destroy process)
  (.waitFor process))
