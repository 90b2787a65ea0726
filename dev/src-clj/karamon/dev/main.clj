(ns karamon.dev.main
  "The command line behind `./karamon`. Exit codes: 0 success, 1 failure, 2 usage error. Loads a command's namespace only when
  the command runs, so that no command waits for the code of another."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.failure :as failure])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io PrintStream)
   (karamon.etag Main)
   (karamon.runtime InitError)
   (karamon.text Escaped Nearest)))

(set! *warn-on-reflection* true)

(def ^:private commands
  {"new"     'karamon.dev.new/run
   "serve"   'karamon.dev.gateway.serve/run
   "invoke"  'karamon.dev.call.invoke/run
   "event"   'karamon.dev.call.event/run
   "test"    'karamon.dev.test/run
   "repl"    'karamon.dev.call.repl/run
   "package" 'karamon.dev.package/run
   "image"   'karamon.dev.image/run
   "train"   'karamon.dev.image.train/run
   "manifests" 'karamon.dev.manifests/run
   "etag"    'karamon.dev.main/etag
   "s3"      'karamon.dev.s3/run})

(def ^:private commands-for-programs
  "Commands that the Serverless plugin runs; the help doesn't list them."
  {"offline" 'karamon.dev.gateway.offline/run})

(defn etag
  "Runs the command etag, which needs no Clojure, and returns its exit code."
  [arguments]
  (Main/run (into-array String arguments) *out* *err*))

(def ^:private program
  "The name by which the user calls this. The launcher passes its own."
  (System/getProperty "karamon.command" "karamon"))

(def ^:private usage
  "The help, in which the launcher's name is ./karamon. The launcher prints the same file, without a JVM."
  (delay (slurp (io/resource "karamon/dev/help.txt"))))

(defn- print-usage []
  (print (str/replace @usage "./karamon" program)))

(defn- print-version []
  (println "karamon" (str/trim (slurp (io/resource "karamon/dev/version")))))

(defn- unknown [command]
  (binding [*out* *err*]
    (println (str "No command " command "." (Nearest/hint command (cons "completion" (keys commands))) "\n"))
    (print-usage))
  2)

(defn- dispatch [[command & arguments]]
  (cond
    (and (= "help" command) (seq arguments)) (recur (concat arguments ["--help"]))
    (contains? #{nil "help" "--help" "-h"} command) (do (print-usage) 0)
    (contains? #{"version" "--version"} command) (do (print-version) 0)
    (= "completion" command) ((requiring-resolve 'karamon.dev.completion/run) dispatch arguments)
    (commands command) ((requiring-resolve (commands command)) arguments)
    (commands-for-programs command) ((requiring-resolve (commands-for-programs command)) arguments)
    :else (unknown command)))

(defn- print-error [e]
  (binding [*out* *err*] (println (Escaped/text (failure/message e)))))

(defn run
  "Runs a command and returns its exit code."
  [arguments]
  (try
    (dispatch arguments)
    (catch ExceptionInfo e
      (print-error e)
      (if (= :karamon.dev.options/wrong (:type (ex-data e))) 2 1))
    (catch InitError e
      (print-error e)
      1)
    (catch Exception e
      (binding [*out* *err*] (println (Escaped/text (failure/summary e))))
      1)))

(defn- written
  "Returns `code`, or 1 and prints an error if `out` lost some of the output, as when the disk is full: Java's streams don't throw."
  [code ^PrintStream out]
  (if (.checkError out)
    (do
      (binding [*out* *err*] (println "The output couldn't be written in full: the disk may be full, or its reader has ended"))
      (max 1 code))
    code))

(defn -main
  "Runs a command and ends the process with its exit code."
  [& arguments]
  (let [code (run arguments)]
    (flush)
    (shutdown-agents)
    (System/exit (written code System/out))))
