(ns karamon.table.livy
  "Runs Apache Livy on this machine. Its REST server accepts batches, and runs each in a Spark process of its own. Use it to try
  handlers that submit SQL to a remote Spark."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io BufferedReader File)
   (java.nio.file Files)
   (java.nio.file.attribute FileAttribute)
   (karamon.file Leftovers)))

(set! *warn-on-reflection* true)

(defn- required [property]
  (or (System/getProperty property)
      (throw (ex-info (str "This JVM lacks -D" property ", which ./karamon table livy passes") {:type :karamon.table/bad-option}))))

(defn- java []
  (str (io/file (System/getProperty "java.home") "bin" "java")))

(defn- quoted
  "Returns text as one shell word, in quotes if it needs them."
  [text]
  (if (re-matches #"[A-Za-z0-9_./:@%+=-]+" text)
    text
    (str "'" (str/replace text "'" "'\\''") "'")))

(defn- spark-home
  "Creates a folder that Livy accepts as a Spark installation. Its spark-submit runs Spark's own with this JVM's class path."
  [^File home]
  (let [submit (io/file home "bin" "spark-submit")]
    (io/make-parents submit)
    (spit submit (str "#!/bin/sh\nexec " (quoted (java)) " " (quoted (str "@" (required "karamon.table.options")))
                      " -XX:TieredStopAtLevel=1 -cp " (quoted (System/getProperty "java.class.path"))
                      " org.apache.spark.deploy.SparkSubmit \"$@\"\n"))
    (.setExecutable submit true)
    home))

(defn- configure
  "Writes Livy's configuration into a folder. Livy requires a header that a web page in a browser can't send."
  [^File folder port jar]
  (spit (io/file folder "livy.conf")
    (str/join "\n" ["livy.server.host = 127.0.0.1"
                    (str "livy.server.port = " port)
                    "livy.server.csrf-protection.enabled = true"
                    "livy.spark.master = local[*]"
                    (str "livy.file.local-dir-whitelist = " (.getParent (io/file jar)))
                    ""]))
  (spit (io/file folder "log4j.properties")
    (str/join "\n" ["log4j.rootLogger = WARN, stdout"
                    "log4j.logger.org.apache.livy.server.WebServer = INFO"
                    "log4j.appender.stdout = org.apache.log4j.ConsoleAppender"
                    "log4j.appender.stdout.layout = org.apache.log4j.PatternLayout"
                    "log4j.appender.stdout.layout.ConversionPattern = %p %c{1}: %m%n"
                    ""])))

(defn- start
  "Starts Livy, with standard error merged into its output."
  ^Process [^File folder]
  (let [class-path (str folder File/pathSeparator (slurp (required "karamon.table.livy")))
        command    [(java) "-XX:TieredStopAtLevel=1" "-cp" class-path "org.apache.livy.server.LivyServer"]
        builder    (ProcessBuilder. ^java.util.List command)]
    (doto (.environment builder)
      (.put "SPARK_HOME" (str (spark-home (io/file folder "spark"))))
      (.put "LIVY_CONF_DIR" (str folder))
      (.put "LIVY_LOG_DIR" (str folder)))
    (.start (.redirectErrorStream builder true))))

(defn run
  "Runs Livy on `:port` of 127.0.0.1 (0 picks a free port) until this process ends. Prints the environment variables that handlers
  need: Livy's URL, and the jar, `:warehouse` and `:format` for their batches. Throws ex-info when Livy exits."
  [{:keys [port warehouse] table-format :format}]
  (let [folder  (.toFile (Files/createTempDirectory "karamon-livy" (make-array FileAttribute 0)))
        jar     (required "karamon.table.jar")
        _       (configure folder port jar)
        process (start folder)]
    (.addShutdownHook (Runtime/getRuntime)
      (Thread. (fn []
                 (.waitFor (doto process .destroy))
                 (Leftovers/delete (.toPath folder)))))
    (with-open [^BufferedReader out (io/reader (.getInputStream process))]
      (loop [last-line nil]
        (if-let [line (.readLine out)]
          (do
            (when-let [[_ url] (re-find #"Starting server on (http://\S+)" line)]
              (println (str "Livy accepts batches at " url ". Ctrl-C stops it. Set this for the handlers:\n"
                            "  export LIVY_URL=" url " TABLE_JAR=" (quoted jar)
                            " TABLE_WAREHOUSE=" (quoted (.getCanonicalPath (io/file warehouse))) " TABLE_FORMAT=" (name table-format)))
              (flush))
            (recur line))
          (throw (ex-info (str "Livy exited: " (or last-line "it printed nothing")) {:type :karamon.table/failed})))))))
