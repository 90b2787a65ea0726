(ns karamon.table.main
  "The command line behind `./karamon table`. Exit codes: 0 done, 1 failed, 2 the call was wrong."
  (:require
   [clojure.string :as str]
   [karamon.dev.options :as options]
   [karamon.table :as table]
   [karamon.table.repl :as repl]
   [karamon.table.run :as run]
   [karamon.table.tour :as tour])
  (:import
   (clojure.lang ExceptionInfo)
   (java.nio.file Files)
   (java.nio.file.attribute FileAttribute)
   (karamon.http Nearest)))

(set! *warn-on-reflection* true)

(def ^:private synopsis
  (str "./karamon table [OPTIONS]            a REPL with a session\n"
       "       ./karamon table sql STATEMENT [OPTIONS]  what a statement finds\n"
       "       ./karamon table tour [OPTIONS]       a table's life, every file of it laid open"))

(def ^:private specs
  [["-w" "--warehouse FOLDER" "The folder of the tables (default carbon-warehouse or iceberg-warehouse; for the tour a new one)"]
   ["-f" "--format FORMAT" "carbondata or iceberg" :default :carbondata :default-desc "carbondata"
    :parse-fn keyword :validate (options/one-of [:carbondata :iceberg])]
   ["-m" "--master URL" "The Spark that does the work" :default "local[*]"]
   [nil "--s3-endpoint URL" "What s3a:// paths are read from (default AWS), with the environment's credentials and region"]])

(def ^:private commands
  "Command to its least and most arguments besides its own name."
  {"sql" 1, "tour" 0})

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

(defn- session-options [command {:keys [s3-endpoint] :as options}]
  (cond-> (assoc (select-keys options [:format :master]) :warehouse (warehouse command options))
    s3-endpoint (assoc :s3 {:endpoint s3-endpoint})))

(defn- checked [[command & more]]
  (when command
    (let [wanted (or (commands command)
                     (throw (options/wrong (str "No command table " command "." (Nearest/hint command (keys commands))
                                                "\n\nUsage: " synopsis))))]
      (when-not (= wanted (count more))
        (throw (options/wrong (str "Expected " wanted " argument(s) behind " command ", found " (count more)
                                   (when (seq more) (str ": " (pr-str more)))
                                   (when (= "sql" command) ". Put the statement in quotes") "\n\nUsage: " synopsis)))))))

(defn run
  "Runs a command and returns its exit code."
  [arguments]
  (try
    (when-let [{:keys [options arguments]} (options/parse synopsis specs [0 Long/MAX_VALUE] arguments)]
      (checked arguments)
      (let [[command statement] arguments]
        (with-open [^java.io.Closeable session
                    (starting (:format options)
                      #(table/session (session-options command options)))]
          (tell-interrupted session)
          (case command
            "sql"  (table/show session statement)
            "tour" (tour/run session)
            nil    (repl/run session)))))
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
