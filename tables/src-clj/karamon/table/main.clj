(ns karamon.table.main
  "The command line behind `./karamon table`. Exit codes: 0 success, 1 failure, 2 usage error."
  (:require
   [clojure.edn :as edn]
   [clojure.string :as str]
   [karamon.dev.options :as options]
   [karamon.table :as table]
   [karamon.table.literal :as literal]
   [karamon.table.livy :as livy]
   [karamon.table.output :as output]
   [karamon.table.repl :as repl]
   [karamon.table.run :as run]
   [karamon.table.script :as script]
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
       "       ./karamon table sql STATEMENTS [PARAMETER…] [OPTIONS]  run statements, each ended by ;, and print their rows; each ? is a parameter\n"
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
   [nil "--file FILE" "The file of statements for sql; - or no statement reads standard input"]
   ["-o" "--output FORM" "What sql prints: table, chart, csv, json, jsonl or edn" :default :table :default-desc "table"
    :parse-fn keyword :validate (options/one-of output/forms)]
   ["-l" "--limit ROWS" "The maximum number of rows that sql prints of a statement (default 100 for table and chart, else all)"
    :parse-fn #(or (parse-long %) -1) :validate [#(<= 0 % 2000000000) "must be a number from 0 to 2000000000"]]
   (into ["-p" "--port PORT" "The port of livy; 0 picks a free port" :default 8998] options/port)])

(def ^:private commands
  "Command to its minimum and maximum number of arguments."
  {"sql" [0 Long/MAX_VALUE], "tour" [0 0], "livy" [0 0]})

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
        (throw (options/wrong (str "Expected no argument after " command ", found "
                                   (str/join " " more) "\n\nUsage: " synopsis)))))))

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

(defn- check-output
  "Throws ex-info when standard output can't be written, as when the disk is full or the reader of a pipe has ended."
  []
  (flush)
  (when (.checkError System/out)
    (throw (ex-info "Can't write the result to standard output" {:type ::no-output}))))

(defn- checked-now-and-then [rows]
  (map-indexed (fn [i row] (when (zero? (rem (long i) 1000)) (check-output)) row) rows))

(defn- run-sql [session {:keys [output limit]} statements]
  (let [drawn? (#{:table :chart} output)
        limit  (or limit (when drawn? 100))]
    (doseq [{:keys [statement place]} statements]
      (try
        (run/call-with-rows session statement (some-> limit inc)
          (if limit
            (fn [columns rows]
              (output/print-rows output columns (take limit rows))
              (when (and drawn? (seq (drop limit rows)))
                (println (str "  … and more than these " limit))))
            ;; Keeps no reference to the first row, so that memory holds few.
            (fn [columns rows]
              (output/print-rows output columns (checked-now-and-then rows)))))
        (catch ExceptionInfo e
          (throw (ex-info (str place (ex-message e)) (ex-data e) e))))
      (check-output))))

(defn run
  "Runs a command and returns its exit code."
  [arguments]
  (try
    (when-let [{:keys [options arguments]} (options/parse synopsis specs [0 Long/MAX_VALUE] (numbers-last arguments))]
      (checked arguments)
      (let [[command & more] arguments
            statements (when (= "sql" command) (sql-statements options more))]
        (if (= "livy" command)
          (livy/run {:port (:port options), :warehouse (warehouse command options), :format (:format options)})
          (with-open [^java.io.Closeable session (with-progress (:format options) #(table/session (session-options command options)))]
            (warn-about-interrupted session)
            (case command
              "sql"  (binding [*flush-on-newline* false] (run-sql session options statements))
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
