(ns karamon.table.main
  "The command line behind `./karamon table`. Exit codes: 0 success, 1 failure, 2 usage error."
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
  (str "./karamon table [OPTIONS]       open a REPL with a session\n"
       "       ./karamon table sql STATEMENT [PARAMETER…] [OPTIONS]  run a statement and print its rows; each ? is a parameter\n"
       "       ./karamon table tour [OPTIONS]  show the life of a table, with every file it writes\n"
       "       ./karamon table livy [OPTIONS]  run a Livy server on this machine, for handlers that submit SQL"))

(def ^:private specs
  [["-w" "--warehouse FOLDER" "The folder of the tables (default carbon-warehouse or iceberg-warehouse; for tour, a new folder)"]
   ["-f" "--format FORMAT" "carbondata or iceberg" :default :carbondata :default-desc "carbondata"
    :parse-fn keyword :validate (options/one-of [:carbondata :iceberg])]
   ["-m" "--master URL" "The Spark master (default the one given to spark-submit, else local[*])"
    :default (System/getProperty "spark.master" "local[*]") :default-desc ""]
   [nil "--wait SECONDS" "How long to wait for a warehouse that another process uses" :default 0
    :parse-fn #(or (parse-long %) -1) :validate [#(<= 0 % 86400) "must be a number from 0 to 86400"]]
   [nil "--s3-endpoint URL" "The S3 server for s3a:// paths (default AWS); credentials and region come from the environment"]
   (into ["-p" "--port PORT" "The port of livy; 0 picks a free port" :default 8998] options/port)])

(def ^:private commands
  "Command to its minimum and maximum number of arguments."
  {"sql" [1 Long/MAX_VALUE], "tour" [0 0], "livy" [0 0]})

(defn- print-error [& parts]
  (binding [*out* *err*] (apply print parts) (flush)))

(defn- with-progress
  "Calls `f`, which starts Spark, and returns its result. Prints progress on standard error meanwhile."
  [table-format f]
  (let [began   (System/nanoTime)
        done    (promise)
        printer (future (print-error "karamon: starting Spark with" ({:carbondata "CarbonData", :iceberg "Iceberg"} table-format))
                  (while (= ::starting (deref done 1000 ::starting))
                    (print-error ".")))]
    (try
      (let [result (f)]
        (deliver done :started)
        @printer
        (print-error (format " done in %d s\n" (quot (- (System/nanoTime) began) 1000000000)))
        result)
      (catch Throwable e
        (deliver done :failed)
        @printer
        (print-error " failed\n")
        (throw e)))))

(defn- warn-about-interrupted [session]
  (doseq [{:keys [sql]} (table/interrupted session)]
    (print-error (str "karamon: a process ended during " (first (str/split-lines sql))
                   ": the table is as before or after it; CLEAN FILES (clean-files! at the REPL) deletes leftover files\n"))))

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
    (let [[min-count max-count] (or (commands command)
                                  (throw (options/wrong (str "No command table " command "." (Nearest/hint command (keys commands))
                                                             "\n\nUsage: " synopsis))))]
      (when-not (<= min-count (count more) max-count)
        (throw (options/wrong (str "Expected " (if (= "sql" command) "a statement" "no argument") " after " command ", found "
                                   (if (seq more) (str/join " " more) "none") "\n\nUsage: " synopsis)))))))

(defn- parameter
  "Returns a parameter of a statement, read as Clojure data. Throws a usage error for text that isn't a literal."
  [text]
  (let [end   (Object.)
        value (with-open [in (PushbackReader. (StringReader. text))]
                (try
                  [(edn/read {:eof end} in) (edn/read {:eof end} in)]
                  (catch RuntimeException _ nil)))]
    (if (and value (= end (second value)) (not (symbol? (first value))) (not= end (first value)))
      (first value)
      (throw (options/wrong (str "Expected a parameter as a Clojure literal, such as 28, nil, #inst \"2026-11-24\" or "
                                 "\"kyoto\" with quotes, found " text ": for text, write '" (pr-str text) "'"))))))

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
          (with-open [^java.io.Closeable session (with-progress (:format options) #(table/session (session-options command options)))]
            (warn-about-interrupted session)
            (case command
              "sql"  (table/show session statement)
              "tour" (tour/run session)
              nil    (repl/run session))))))
    0
    (catch ExceptionInfo e
      (print-error (str (ex-message e) "\n"))
      (if (= :karamon.dev.options/wrong (:type (ex-data e))) 2 1))
    (catch Throwable e
      (print-error (str (run/sentence e) "\n"))
      1)))

(defn -main
  "Runs a command and ends the process with its exit code."
  [& arguments]
  (let [code (run arguments)]
    (flush)
    (shutdown-agents)
    (System/exit code)))
