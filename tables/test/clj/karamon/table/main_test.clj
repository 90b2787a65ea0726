(ns karamon.table.main-test
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.table.fixture :refer [carbondata? table-format]]
   [karamon.table.process :as process])
  (:import
   (java.io File)
   (java.nio.file Files LinkOption)
   (java.nio.file.attribute PosixFilePermissions)
   (java.util.concurrent TimeUnit)
   (org.opentest4j TestAbortedException)))

(set! *warn-on-reflection* true)

(defn- call
  "Runs the command line with `arguments` in a separate JVM."
  [& arguments]
  (process/run `(do (require 'karamon.table.main) (karamon.table.main/-main "--format" ~(name table-format) ~@arguments))))

(defn- calls
  "Runs the command line several times in one separate JVM, each with a text as standard input. Prints the exit codes."
  [& inputs-and-arguments]
  (process/run
    `(do (require 'karamon.table.main)
         (doseq [[text# arguments#] ~(vec inputs-and-arguments)]
           (println "exit" (with-in-str text# (karamon.table.main/run (into ["--format" ~(name table-format)] arguments#)))))
         (System/exit 0))))

(deftest the-tour-shows-each-step
  (let [{:keys [exit ^String text folder]} (call "tour" "--warehouse" "w")]
    (is (= 0 exit))
    (is (str/includes? text "karamon: starting Spark with "))
    (is (str/includes? text (str "  id  name  city   age\n"
                                 "  ──  ────  ─────  ───\n"
                                 "  1   anna  kyoto   31\n"
                                 "  2   ben   osaka   27\n"
                                 "  3   chie  kobe    35\n")))
    (is (str/includes? text "DELETE FROM people WHERE id = '3'\n"))
    (is (str/ends-with? text
          (str "  id  name  city       age\n"
               "  ──  ────  ─────────  ───\n"
               "  1   anna  palo alto   31\n"
               "  2   ben   osaka       27\n"
               "  4   duke  menlopark   28\n"
               "  5   emi   nara        41\n"
               "  6   finn  cork        19\n\n"
               "The warehouse is " (io/file folder "w") "\n")))
    (doseq [file (if carbondata?
                   [#"Segment_0\n.*0_batchno0-0-0-\d+\.carbonindex  \+ \d+ B\n.*part-0-0_batchno0-0-0-\d+\.snappy\.carbondata  \+ 1\.1 KB\n"
                    #"part-0-0_batchno0-0-0-\d+\.deletedelta  \+ \d+ B" #"Segment_0\.1\n" #"Segment_3\.1\n" #"tablestatus\.history  \+"
                    #"Segment_1\n.*carbonindex  - \d+ B"]
                   [#"\.parquet  \+" #"-deletes\.puffin  \+" #"v1\.metadata\.json  \+" #"\.parquet  - "])]
      (is (re-find file text)))
    (is (not (re-find #"WARN|ERROR|Exception|nil\n" text)))))

(deftest sql-prints-a-table-and-errors-as-one-sentence
  (let [{:keys [exit text]} (call "sql" "SELECT ? AS one, ? AS two" "\"it's\"" "-28")]
    (is (= 0 exit))
    (is (str/ends-with? text "  one   two\n  ────  ───\n  it's  -28\n")))
  (let [{:keys [text]} (calls ["" ["sql" "SELECT * FROM nowhere"]]
                         ;; Spark logs what fails in a task.
                         ["" ["sql" "SELECT 1 / (id - 1) AS x FROM range(3)"]])]
    (is (re-find #"(?i)\n[^\n]*table or view[^\n]*nowhere[^\n]* Stack trace: [^\n]+stderr\.txt\nexit 1\n" text))
    (is (re-find #"(?i)\n[^\n]*(?:division|divide) by zero[^\n]* Stack trace: [^\n]+stderr\.txt\nexit 1\n$" text))
    (is (not (re-find #"\tat |Exception|ERROR" text)))))

(deftest the-files-of-a-table-are-a-page
  (let [page (io/file (process/new-folder "karamon-page") "page.html")
        {:keys [^String text]}
        (calls ["" ["sql" (str "CREATE TABLE listed " (if carbondata? "STORED AS carbondata" "USING iceberg") " AS SELECT 1 AS id")]]
          ["" ["files" "listed" "--html" (str page)]]
          ["" ["files" "lsted" "--html" (str page)]])]
    (is (str/includes? text (str page "\nexit 0\n")))
    (is (re-find #"<h1>listed</h1>(?s:.*)\.(carbondata|parquet)<" (slurp page)))
    (is (re-find #"Did you mean listed\?[^\n]*\nexit 1\n$" text))))

(deftest a-script-stops-at-its-first-error-and-names-the-place
  (let [script (io/file (process/new-folder "karamon-script") "s.sql")]
    (spit script "-- names\nSELECT '太郎' AS name, NULL AS n, ? AS x; EXPLAIN SELECT 1;\n SELECT * FROM nowhere;\nSELECT 'not reached'")
    (let [{:keys [exit ^String text]} (call "sql" "--file" (str script) "-5" "--output" "jsonl" "--limit" "10")]
      (is (= 1 exit))
      (is (str/includes? text "{\"name\":\"太郎\",\"n\":null,\"x\":-5}\n{\"plan\":\"== Physical Plan"))
      (is (not (str/includes? text "not reached")))
      (is (re-find #"(?i)^\S+s\.sql:3:2: .*table or view.*nowhere" (last (str/split-lines text)))))))

(deftest piped-sql-and-commands-run-to-the-first-error
  (let [{:keys [^String text]}
        (calls [(str "-- a script\nSELECT '太;郎' AS name,\n NULL AS n;\n\\format csv\nSELECT 1 AS a; SELECT 2 AS b;\n\n"
                     "  SELECT * FROM nowhere;\nSELECT 'not reached';\n")
                []]
          ["SELECT 1 AS a\n\\q\n" []]
          ["SELECT 'open" []]
          ["\\clj\n(sample s)\n(:city (first (sql s \"SELECT city FROM people WHERE id = '2'\")))\n" []])]
    (is (str/includes? text "  name   n\n  ─────  ─\n  太;郎  ∅\nResults are printed as csv.\na\r\n1\r\nb\r\n2\r\n"))
    (is (re-find #"(?i)\nstandard input:7:3: .*table or view.*nowhere.* Stack trace: \S+stderr\.txt\nexit 1\n" text))
    (is (not (re-find #"sql>|not reached|\tat " text)))
    (is (str/includes? text (str "standard input:1:1: The statement before the command has no semicolon, and wasn't run: SELECT 1 AS a\n"
                                 "exit 1\n")))
    (is (re-find #"standard input: The string at line 1, column 8 has no end: 'open⏎?\nexit 1\n" text))
    (is (re-find #"\"osaka\"\n(?s:.*)exit 0\n$" text))))

(deftest the-repl-has-a-session-and-prints-errors-as-one-sentence
  (let [{:keys [text]} (calls ["(sample s)\n(:city (first (sql s \"SELECT city FROM people WHERE id = '2'\")))\n(sql s \"SELEC 1\")\n(+ 1 1)\n"
                               ["clj"]])]
    (is (re-find #"(?m)^user=> nil\n(user=> )?\"osaka\"\n" text))
    (is (re-find #"(?i)'selec'" text))
    (is (re-find #"(?m)^(user=> )?2\nuser=> " text))
    (is (re-find #"exit 0\n$" text))
    (is (not (re-find #"\tat |Execution error" text)))))

(def ^:private script
  "The program that runs a command on a pseudo-terminal, in util-linux."
  "/usr/bin/script")

(defn- on-a-terminal
  "Starts the prompt on a pseudo-terminal with a folder for its history. TERM is the terminal's kind."
  ^Process [folder term]
  (let [form    `(do (require 'karamon.table.main)
                     (karamon.table.main/-main "--format" ~(name table-format) "--warehouse" ~(str (io/file folder "w"))))
        ^java.util.List command [script "-qec" "exec \"$JAVA\" $FLAGS -cp \"$CP\" clojure.main -e \"$FORM\"" "/dev/null"]
        builder (doto (ProcessBuilder. command) (.redirectErrorStream true))]
    (doto (.environment builder)
      (.put "JAVA" (str (System/getProperty "java.home") "/bin/java"))
      (.put "FLAGS" (str/join " " (process/session-flags)))
      (.put "CP" (str/join File/pathSeparator process/class-path))
      (.put "FORM" (pr-str form))
      (.put "TERM" term)
      (.put "XDG_STATE_HOME" (str folder)))
    (.start builder)))

(defn- call-on-a-terminal
  "Calls `f` with a function that types, and one that reads up to a text, at a prompt."
  [term f]
  (if-not (.canExecute (io/file script))
    (do (println (str "skipped  a test of karamon.table.main-test: there is no " script))
        (throw (TestAbortedException. (str "there is no " script))))
    (let [folder  (process/new-folder "karamon-prompt")
          process (on-a-terminal folder term)]
      (try
        (let [out (.inputReader process)
              in  (.outputWriter process)]
          (f #(doto in (.write ^String %) (.flush))
            (fn [end]
              (let [text (StringBuilder.)]
                (while (and (not (str/ends-with? (str text) end))
                            (let [c (.read out)]
                              (when-not (neg? c) (.append text (char c))))))
                (str text)))
            folder)
          (is (.waitFor process 60 TimeUnit/SECONDS))
          (is (= 0 (.exitValue process))))
        (finally (.destroyForcibly process))))))

(deftest the-prompt-edits-lines-and-keeps-its-history-for-its-owner
  (call-on-a-terminal "xterm"
    (fn [send! read-up-to folder]
      (read-up-to "sql> ")
      (send! "SEL\t 40 +\r")
      (is (str/includes? (read-up-to "  -> ") "SELECT "))
      (send! "2 AS sum;\r")
      (is (re-find #"sum\r\n  ───\r\n   42\r\n" (read-up-to "sql> ")))
      (send! "SELECT count(*) FROM range(100000000000) WHERE sqrt(id) < 0;\r")
      (read-up-to "tasks")
      (send! "\u0003")
      (is (str/includes? (read-up-to "sql> ") "Cancelled."))
      (send! "\u0004")
      (let [^java.io.File history (io/file folder "karamon" "sql-history")]
        (is (re-find #"SELECT +40 \+" (slurp history)))
        (is (= "rw-------" (PosixFilePermissions/toString (Files/getPosixFilePermissions (.toPath history) (make-array LinkOption 0)))))))))

(deftest a-terminal-without-line-editing-has-a-plain-prompt
  (call-on-a-terminal "dumb"
    (fn [send! read-up-to _]
      (read-up-to "sql> ")
      (send! "SELECT * FROM nowhere;\n")
      (is (re-find #"(?i)table or view" (read-up-to "sql> ")))
      (send! "SELECT 40 +\n")
      (read-up-to "  -> ")
      (send! "2 AS sum;\n")
      (let [shown (read-up-to "sql> ")]
        (is (str/includes? shown "   42\r\n"))
        (is (not (str/includes? shown "\u001b"))))
      (send! "\\q\n"))))

(deftest usage-errors-are-reported-before-spark-starts
  (let [cases {["sqll" "x"]  "No command table sqll. Did you mean sql?"
               ["sql"]       "Expected a statement after sql, in --file or on standard input, found none"
               ["sql" "SELECT 1;" "2"] "Expected 0 parameters, one for each ?, found 1"
               ["sql" "--file" "/no/file"] "Can't read the file of statements: /no/file (No such file or directory)"
               ["sql" "--output" "xml" "x"] "Failed to validate \"--output xml\": must be one of table, chart, csv, json, jsonl, edn"
               ["tour" "it"] "Expected no argument after tour, found it"
               ["files"]     "Expected a table after files, found nothing"
               ["sql" "SELECT ?" "kyoto"]
               (str "Expected a parameter as a Clojure literal, such as 28, nil, #inst \"2026-11-24\" or \"kyoto\" with "
                    "quotes, found kyoto: for text, write '\"kyoto\"'")
               ["--wait" "x"] "Failed to validate \"--wait x\": must be a number from 0 to 86400"
               ["--warehoues" "x"] "No option --warehoues. Did you mean --warehouse?"}
        found (re-seq #"(?s)(.*?)exit (\d)\n" (:text (apply calls (for [[arguments _] cases] ["" arguments]))))]
    (is (= (count cases) (count found)))
    (doseq [[[arguments sentence] [_ text code]] (map vector cases found)]
      (testing (pr-str arguments)
        (is (= "2" code))
        (is (str/starts-with? text (str sentence "\n")))
        (is (not (str/includes? text "starting Spark")))))))
