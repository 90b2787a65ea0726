(ns karamon.dev.main
  "The command line behind `./karamon`. Exit codes: 0 success, 1 failure, 2 usage error. Loads a command's namespace only when
  the command runs, so that no command waits for the code of another."
  (:require
   [clojure.string :as str]
   [karamon.dev.failure :as failure])
  (:import
   (clojure.lang ExceptionInfo)
   (karamon.runtime InitError)
   (karamon.text Nearest)))

(set! *warn-on-reflection* true)

(def ^:private commands
  (array-map
    "new"    ["Write a project to start from" 'karamon.dev.new/run]
    "serve"  ["Serve the functions of serverless.yml on this machine" 'karamon.dev.gateway.serve/run]
    "invoke" ["Invoke a handler as Lambda would and print what its caller sees" 'karamon.dev.call.invoke/run]
    "event"  ["Print a sample event of a queue, a topic, a bucket and so on, to edit" 'karamon.dev.call.event/run]
    "repl"   ["Start a REPL with the project loaded" 'karamon.dev.call.repl/run]
    "image"  ["Make a folder for a container image or a custom runtime, trained to start fast" 'karamon.dev.image/run]
    "train"  ["Make the archive of classes of such a folder again" 'karamon.dev.image.train/run]
    "etag"   ["Print the S3 ETags of files, or compare them" 'karamon.dev.s3.etag/run]
    "s3"     ["Inspect ETags, verify files against objects, copy, turn multipart ETags into MD5s" 'karamon.dev.s3/run]))

(def ^:private commands-for-programs
  "Commands that the Serverless plugin runs; the help doesn't list them."
  {"offline" 'karamon.dev.gateway.offline/run})

(def ^:private usage
  (str "Karamon: API Gateway handlers written in Clojure, run on the JVM.\n\n"
       "Usage: ./karamon COMMAND [OPTIONS]\n\n"
       (str/join (for [[command [what]] commands] (format "  %-9s %s\n" command what)))
       ;; The launcher runs this one, without this namespace.
       (format "  %-9s %s\n" "table" "Try tables with UPDATE and DELETE, on an embedded Spark")
       ;; The launcher answers this one.
       (format "  %-9s %s\n" "classpath" "Print the class path, for other tools")
       "\n./karamon COMMAND --help lists a command's options."))

(defn- unknown [command]
  (binding [*out* *err*]
    (println (str "No command " command "." (Nearest/hint command (keys commands)) "\n"))
    (println usage))
  2)

(defn- dispatch [[command & arguments]]
  (cond
    (contains? #{nil "help" "--help" "-h"} command) (do (println usage) 0)
    (commands command) ((requiring-resolve (second (commands command))) arguments)
    (commands-for-programs command) ((requiring-resolve (commands-for-programs command)) arguments)
    :else (unknown command)))

(defn- print-error [e]
  (binding [*out* *err*] (println (ex-message e))))

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
      (binding [*out* *err*] (println (failure/summary e)))
      1)))

(defn -main
  "Runs a command and ends the process with its exit code."
  [& arguments]
  (let [code (run arguments)]
    (flush)
    (shutdown-agents)
    (System/exit code)))
