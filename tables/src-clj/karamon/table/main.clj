(ns karamon.table.main
  "The command line behind `./karamon table`. Exit codes: 0 success, 1 failure, 2 usage error."
  (:require
   [clojure.edn :as edn]
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.options :as options]
   [karamon.table :as table]
   [karamon.table.error :as error]
   [karamon.table.literal :as literal]
   [karamon.table.output :as output]
   [karamon.table.result :as result]
   [karamon.table.run :as run]
   [karamon.table.running :as running]
   [karamon.table.script :as script])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io Closeable PushbackReader StringReader)
   (java.nio.file Files)
   (java.nio.file.attribute FileAttribute)
   (karamon.text Nearest)))

(set! *warn-on-reflection* true)

(def ^:private synopsis
  (str "./karamon table [OPTIONS]       open a prompt for SQL, or run the SQL that is piped in\n"
       "       ./karamon table sql STATEMENTS [PARAMETER…] [OPTIONS]  run statements, each ended by ;, and print their rows; each ? is a parameter\n"
       "       ./karamon table clj [OPTIONS]   open a Clojure REPL with a session\n"
       "       ./karamon table files TABLE [OPTIONS]  write a page with the table's files, and open it in the browser\n"
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
   [nil "--html FILE" "The file that files writes (default a temporary one, which it opens)"]
   [nil "--file FILE" "The file of statements for sql; - or no statement reads standard input"]
   ["-o" "--output FORM" "What sql and the prompt print: table, chart, csv, json, jsonl or edn" :default :table :default-desc "table"
    :parse-fn keyword :validate (options/one-of output/forms)]
   ["-l" "--limit ROWS" "The maximum number of rows of a statement to print (default for sql with table and chart 100, else all)"
    :parse-fn #(or (parse-long %) -1) :validate [#(<= 0 % 2000000000) "must be a number from 0 to 2000000000"]]
   (into ["-p" "--port PORT" "The port of livy; 0 picks a free port" :default 8998] options/port)])

(def ^:private commands
  "Command to its minimum and maximum number of arguments."
  {"sql" [0 Long/MAX_VALUE], "clj" [0 0], "files" [1 1], "tour" [0 0], "livy" [0 0]})

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
  (cond-> (assoc (select-keys options [:format :master])
            :warehouse (warehouse command options), :wait-ms (* 1000 wait), :print-log false)
    s3-endpoint (assoc :s3 {:endpoint s3-endpoint})))

(defn- checked [[command & more]]
  (when command
    (let [[min-count max-count] (or (commands command)
                                  (throw (options/wrong (str "No command table " command "." (Nearest/hint command (keys commands))
                                                             "\n\nUsage: " synopsis))))]
      (when-not (<= min-count (count more) max-count)
        (throw (options/wrong (str "Expected " (if (zero? max-count) "no argument" "a table") " after " command ", found "
                                   (or (not-empty (str/join " " more)) "nothing") "\n\nUsage: " synopsis)))))))

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

(defn- numbers-last
  "Returns the arguments with options first, and -- before the others, so that a negative number among them is no option."
  [arguments]
  (let [with-value (into #{} (mapcat (fn [[short long]] [short (first (str/split long #" "))])) specs)]
    (loop [[argument & more] arguments, options [], others []]
      (cond
        (nil? argument)                               (concat options ["--"] others)
        (= "--" argument)                             (concat options ["--"] others more)
        (with-value argument)                         (recur (next more) (into options (cons argument (take 1 more))) others)
        (re-matches #"-[^-\d.].*|--.+" argument)      (recur more (conj options argument) others)
        :else                                         (recur more options (conj others argument))))))

(defn- source
  "Returns the text of statements, its name for errors (nil for an argument), and the parameters."
  [{:keys [file]} [statement & parameters :as arguments]]
  (cond
    (and file (not= "-" file)) [(try (slurp file)
                                     (catch java.io.IOException e
                                       (throw (options/wrong (str "Can't read the file of statements: " (ex-message e))))))
                                file arguments]
    (or file (nil? statement)) [(slurp *in*) "standard input" arguments]
    :else                      [statement nil parameters]))

(defn- sql-statements
  "Returns the statements to run, maps of `:place` and `:statement`, with their parameters."
  [options arguments]
  (let [[text file parameters] (source options arguments)
        found  (script/statements text)
        counts (map (comp literal/marks :sql) found)]
    (when (empty? found)
      (throw (options/wrong (str "Expected a statement after sql, in --file or on standard input, found none\n\nUsage: " synopsis))))
    (when-not (= (reduce + counts) (count parameters))
      (throw (options/wrong (str "Expected " (reduce + counts) " parameters, one for each ?, found " (count parameters)))))
    (loop [[{:keys [sql start]} & more] found, [n & later] counts, parameters (map parameter parameters), result []]
      (if-not sql
        result
        (recur more later (drop n parameters)
          (conj result {:statement (into [sql] (take n parameters))
                        :place     (when (or file (next found))
                                     (let [[line column] (script/place text start)] (str (or file "statement") ":" line ":" column ": ")))}))))))

(def ^:private progress
  "How to draw progress: on the terminal that standard error is, whose width the launcher passes."
  (when-let [columns (System/getProperty "karamon.terminal.columns")]
    (let [columns (or (parse-long columns) 80)]
      {:draw print-error, :columns (constantly (if (pos? columns) columns 80))})))

(defn- load-and-call
  "Calls a function whose namespace only its command loads."
  [function & arguments]
  (apply (requiring-resolve function) arguments))

(defn- described
  "Calls `f`. Throws its exception as one sentence after `place`."
  [session place f]
  (try
    (f)
    (catch Exception e
      (throw (ex-info (str place (error/describe session e)) {:type :karamon.table/failed} e)))))

(defn- run-sql [session {:keys [output limit]} statements]
  (let [limit (or limit (when (#{:table :chart} output) 100))]
    (doseq [{:keys [statement place]} statements]
      (described session place
        (fn []
          (running/call session progress
            (fn [{:keys [waiting]}]
              (result/print-result session statement
                {:form output, :limit limit, :waiting waiting, :through output/checked})))))
      (output/check))))

(defn- files [session {:keys [html]} table]
  (described session nil
    (fn []
      (if html
        (do (load-and-call 'karamon.table.files.browser/write session table (io/file html))
            (println html))
        (load-and-call 'karamon.table.files.browser/show session table)))))

(defn- run-command
  "Runs a command in a session and returns its exit code."
  [session options [command table] statements]
  (warn-about-interrupted session)
  (case command
    "sql"   (binding [*flush-on-newline* false] (run-sql session options statements))
    "clj"   (load-and-call 'karamon.table.repl/run session)
    "files" (files session options table)
    "tour"  (load-and-call 'karamon.table.tour/run session)
    nil     nil)
  (if command 0 (load-and-call 'karamon.table.prompt/run session (merge progress {:form (:output options), :limit (:limit options)}))))

(defn run
  "Runs a command and returns its exit code."
  [arguments]
  (try
    (if-let [{:keys [options arguments]} (options/parse synopsis specs [0 Long/MAX_VALUE] (numbers-last arguments))]
      (let [[command & more] arguments
            _          (checked arguments)
            statements (when (= "sql" command) (sql-statements options more))]
        (if (= "livy" command)
          (do (load-and-call 'karamon.table.livy/run {:port (:port options), :warehouse (warehouse command options), :format (:format options)}) 0)
          (with-open [^Closeable session (with-progress (:format options) #(table/session (session-options command options)))]
            (run-command session options arguments statements))))
      0)
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
