(ns karamon.table.main
  "The command line behind `./karamon table`. Exit codes: 0 done, 1 failed, 2 the call was wrong."
  (:require
   [clojure.edn :as edn]
   [clojure.string :as str]
   [karamon.dev.options :as options]
   [karamon.table :as table]
   [karamon.table.livy :as livy]
   [karamon.table.repl :as repl]
   [karamon.table.run :as run]
   [karamon.table.tour :as tour])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io PushbackReader StringReader)
   (java.nio.file Files)
   (java.nio.file.attribute FileAttribute)
   (karamon.text Nearest)))

(set! *warn-on-reflection* true)

(def ^:private synopsis
  (str "./karamon table [OPTIONS]       a REPL with a session\n"
       "       ./karamon table sql STATEMENT [PARAMETER…] [OPTIONS]  what a statement finds; each ? of it stands for a parameter\n"
       "       ./karamon table tour [OPTIONS]  a table's life, every file of it laid open\n"
       "       ./karamon table livy [OPTIONS]  a Livy server on this machine, for handlers that submit SQL"))

(def ^:private specs
  [["-w" "--warehouse FOLDER" "The folder of the tables (default carbon-warehouse or iceberg-warehouse; for the tour a new one)"]
   ["-f" "--format FORMAT" "carbondata or iceberg" :default :carbondata :default-desc "carbondata"
    :parse-fn keyword :validate (options/one-of [:carbondata :iceberg])]
   ["-m" "--master URL" "The Spark that does the work (default what spark-submit was told, or else local[*])"
    :default (System/getProperty "spark.master" "local[*]") :default-desc ""]
   [nil "--wait SECONDS" "How long to wait for a warehouse that another process has" :default 0
    :parse-fn #(or (parse-long %) -1) :validate [#(<= 0 % 86400) "must be a number from 0 to 86400"]]
   [nil "--s3-endpoint URL" "What s3a:// paths are read from (default AWS), with the environment's credentials and region"]
   (into ["-p" "--port PORT" "The port of livy; 0 picks a free one" :default 8998] options/port)])

(def ^:private commands
  "Command to the least and the most arguments that it takes."
  {"sql" [1 Long/MAX_VALUE], "tour" [0 0], "livy" [0 0]})

(defn- complain [& parts]
  (binding [*out* *err*] (apply print parts) (flush)))

(defn- starting
  "Calls `f`, and tells on standard error that Spark is being started, for as long as it is."
  [table-format f]
  (let [began   (System/nanoTime)
        done    (promise)
        telling (future (complain (str "karamon: starting Spark with " ({:carbondata "CarbonData", :iceberg "Iceberg"} table-format)))
                  (while (= ::going (deref done 1000 ::going))
                    (complain ".")))]
    (try
      (let [result (f)]
        (deliver done :well)
        @telling
        (complain (format " done in %d s\n" (quot (- (System/nanoTime) began) 1000000000)))
        result)
      (catch Throwable e
        (deliver done :badly)
        @telling
        (complain " failed\n")
        (throw e)))))

(defn- tell-interrupted [session]
  (doseq [{:keys [sql]} (table/interrupted session)]
    (complain (str "karamon: a process ended within " (first (str/split-lines sql))
                   ": the table reads as before or as after it, and CLEAN FILES (clean-files! at the REPL) deletes what it left\n"))))

(defn- warehouse [command {table-format :format, :keys [warehouse]}]
  (cond
    warehouse          warehouse
    (= "tour" command) (str (Files/createTempDirectory "karamon-tour" (make-array FileAttribute 0)))
    :else              ({:carbondata "carbon-warehouse", :iceberg "iceberg-warehouse"} table-format)))

(defn- session-options [command {:keys [wait s3-endpoint] :as options}]
  (cond-> (assoc (select-keys options [:format :master]) :warehouse (warehouse command options), :wait-ms (* 1000 wait))
    s3-endpoint (assoc :s3 {:endpoint s3-endpoint})))

(defn- checked [[command & more]]
  (when command
    (let [[least most] (or (commands command)
                           (throw (options/wrong (str "No command table " command "." (Nearest/hint command (keys commands))
                                                      "\n\nUsage: " synopsis))))]
      (when-not (<= least (count more) most)
        (throw (options/wrong (str "Expected " (if (= "sql" command) "a statement" "no argument") " behind " command ", found "
                                   (if (seq more) (str/join " " more) "none") "\n\nUsage: " synopsis)))))))

(defn- parameter
  "Returns a parameter of a statement, read as Clojure's own data: what is no literal is told, not guessed."
  [text]
  (let [end   (Object.)
        value (with-open [in (PushbackReader. (StringReader. text))]
                (try
                  [(edn/read {:eof end} in) (edn/read {:eof end} in)]
                  (catch RuntimeException _ nil)))]
    (if (and value (= end (second value)) (not (symbol? (first value))) (not= end (first value)))
      (first value)
      (throw (options/wrong (str "Expected a parameter as Clojure writes it, such as 28, nil, #inst \"2026-11-24\" or \"kyoto\" with its "
                                 "quotes, found " text ": write '" (pr-str text) "' if it is text"))))))

(defn run
  "Runs a command and returns its exit code."
  [arguments]
  (try
    (when-let [{:keys [options arguments]} (options/parse synopsis specs [0 Long/MAX_VALUE] arguments)]
      (checked arguments)
      (let [[command statement & parameters] arguments
            statement (into [statement] (map parameter) parameters)]
        (if (= "livy" command)
          (livy/run {:port (:port options), :warehouse (warehouse command options), :format (:format options)})
          (with-open [^java.io.Closeable session (starting (:format options) #(table/session (session-options command options)))]
            (tell-interrupted session)
            (case command
              "sql"  (table/show session statement)
              "tour" (tour/run session)
              nil    (repl/run session))))))
    0
    (catch ExceptionInfo e
      (complain (str (ex-message e) "\n"))
      (if (= :karamon.dev.options/wrong (:type (ex-data e))) 2 1))
    (catch Throwable e
      (complain (str (run/sentence e) "\n"))
      1)))

(defn -main
  "Runs a command and ends the process with its exit code."
  [& arguments]
  (let [code (run arguments)]
    (flush)
    (shutdown-agents)
    (System/exit code)))
