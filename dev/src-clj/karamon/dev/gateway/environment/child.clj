(ns karamon.dev.gateway.environment.child
  "Runs the same command again in a JVM with other environment variables, since a JVM can't change its own."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.lang ProcessBuilder$Redirect ProcessHandle)
   (java.lang.management ManagementFactory)
   (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

(def ^:private parent-property
  "The property of a child with the process id of its parent."
  "karamon.parent")

(defn child?
  "Returns true if this process was started by `run`."
  []
  (some? (System/getProperty parent-property)))

(defn- options-of-this-jvm []
  (vec (.getInputArguments (ManagementFactory/getRuntimeMXBean))))

(defn possible?
  "Returns false if a debugger listens in this process: a second one can't listen at the same port."
  []
  (not-any? #(re-find #"^-(?:agentlib:jdwp|Xrunjdwp)" %) (options-of-this-jvm)))

(defn- command [jvm-options arguments]
  (concat [(str (io/file (System/getProperty "java.home") "bin" "java"))]
          (options-of-this-jvm)
          jvm-options
          [(str "-D" parent-property "=" (.pid (ProcessHandle/current)))
           "-cp" (System/getProperty "java.class.path")
           "clojure.main" "-m" "karamon.dev.main"]
          arguments))

(defn- end [^Process child]
  (.destroy child)
  (when-not (.waitFor child 10 TimeUnit/SECONDS)
    (.destroyForcibly child)))

(defn run
  "Runs `arguments`, a command and what follows it, in a JVM with this one's class path and options, with `jvm-options` and with the
  environment `variables` besides those of this process. Returns its exit code. Input and output are those of this process. When
  this process gets a signal to end, the child does too."
  [variables jvm-options arguments]
  (flush)
  (let [builder (doto (ProcessBuilder. ^java.util.List (vec (command jvm-options arguments)))
                  (.redirectInput ProcessBuilder$Redirect/INHERIT)
                  (.redirectOutput ProcessBuilder$Redirect/INHERIT)
                  (.redirectError ProcessBuilder$Redirect/INHERIT))]
    (.putAll (.environment builder) variables)
    (let [child (.start builder)]
      (.addShutdownHook (Runtime/getRuntime) (Thread. ^Runnable #(end child)))
      (.waitFor child))))

(defn follow-parent!
  "Ends this process when its parent has ended, if it is a child: a parent that is killed can't end it."
  []
  (when-let [pid (some-> (System/getProperty parent-property) str/trim parse-long)]
    (if-let [^ProcessHandle parent (.orElse (ProcessHandle/of pid) nil)]
      (.thenRun (.onExit parent) #(System/exit 1))
      (System/exit 1))))
