(ns karamon.table.main-test
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.table.fixture :refer [carbondata? table-format]]
   [karamon.table.process :as process]))

(set! *warn-on-reflection* true)

(defn- call
  "Runs the command line with `arguments` in a separate JVM."
  [& arguments]
  (process/run `(do (require 'karamon.table.main) (karamon.table.main/-main "--format" ~(name table-format) ~@arguments))))

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
  (let [{:keys [exit text]} (call "sql" "SELECT * FROM nowhere")]
    (is (= 1 exit))
    (is (re-find #"(?i)table or view.*nowhere" (last (str/split-lines text))))
    (is (not (re-find #"\tat |Exception" text)))))

(deftest a-script-stops-at-its-first-error-and-names-the-place
  (let [script (io/file (process/new-folder "karamon-script") "s.sql")]
    (spit script "-- names\nSELECT '太郎' AS name, NULL AS n, ? AS x; EXPLAIN SELECT 1;\n SELECT * FROM nowhere;\nSELECT 'not reached'")
    (let [{:keys [exit ^String text]} (call "sql" "--file" (str script) "-5" "--output" "jsonl" "--limit" "10")]
      (is (= 1 exit))
      (is (str/includes? text "{\"name\":\"太郎\",\"n\":null,\"x\":-5}\n{\"plan\":\"== Physical Plan"))
      (is (not (str/includes? text "not reached")))
      (is (re-find #"(?i)^\S+s\.sql:3:2: .*table or view.*nowhere" (last (str/split-lines text)))))))

(deftest the-repl-has-a-session-and-prints-errors-as-one-sentence
  (let [{:keys [exit text]}
        (process/run
          `(do (require 'karamon.table.main)
               (with-in-str "(sample s)\n(:city (first (sql s \"SELECT city FROM people WHERE id = '2'\")))\n(sql s \"SELEC 1\")\n(+ 1 1)\n"
                 (karamon.table.main/-main "--format" ~(name table-format)))))]
    (is (= 0 exit))
    (is (re-find #"(?m)^user=> nil\n(user=> )?\"osaka\"\n" text))
    (is (re-find #"(?i)'selec'" text))
    (is (re-find #"(?m)^(user=> )?2\nuser=> " text))
    (is (not (re-find #"\tat |Execution error" text)))))

(deftest usage-errors-are-reported-before-spark-starts
  (doseq [[arguments sentence] {["sqll" "x"]  "No command table sqll. Did you mean sql?"
                                ["sql"]       "Expected a statement after sql, in --file or on standard input, found none"
                                ["sql" "SELECT 1;" "2"] "Expected 0 parameters, one for each ?, found 1"
                                ["sql" "--file" "/no/file"] "Can't read the file of statements: /no/file (No such file or directory)"
                                ["sql" "--output" "xml" "x"] "Failed to validate \"--output xml\": must be one of table, chart, csv, json, jsonl, edn"
                                ["tour" "it"] "Expected no argument after tour, found it"
                                ["sql" "SELECT ?" "kyoto"]
                                (str "Expected a parameter as a Clojure literal, such as 28, nil, #inst \"2026-11-24\" or \"kyoto\" with "
                                     "quotes, found kyoto: for text, write '\"kyoto\"'")
                                ["--wait" "x"] "Failed to validate \"--wait x\": must be a number from 0 to 86400"
                                ["--warehoues" "x"] "No option --warehoues. Did you mean --warehouse?"}]
    (testing (pr-str arguments)
      (let [{:keys [exit text]} (apply call arguments)]
        (is (= 2 exit))
        (is (str/starts-with? text (str sentence "\n")))))))
