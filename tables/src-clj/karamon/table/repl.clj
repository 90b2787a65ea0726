(ns karamon.table.repl
  "`./karamon table clj`: Clojure's REPL with a session, `s`, and the functions of `karamon.table`."
  (:require
   [clojure.main :as main]
   [karamon.dev.terminal :as terminal]
   [karamon.dev.terminal.repl :as line-repl]
   [karamon.table]
   [karamon.table.sample]))

(set! *warn-on-reflection* true)

(def ^:private hello
  "s is the session. (sample s) loads a table people; then try
  (show s \"SELECT * FROM people\")
  (update! s \"people\" {:city \"palo alto\"} {:id \"1\"})
  (tree s \"people\")
  (doc karamon.table) describes all functions; Ctrl-D ends.")

(defn- caught
  "Prints an error of `karamon.table` as one sentence, and other exceptions as Clojure does."
  [^Throwable e]
  (let [ours (some #(when (= "karamon.table" (some-> (:type (ex-data %)) namespace)) %) (take-while some? (iterate ex-cause e)))]
    (if ours
      (binding [*out* *err*] (println (ex-message ours)) (flush))
      (main/repl-caught e))))

(defn- init [session]
  (in-ns 'user)
  (refer-clojure)
  (apply require main/repl-requires)
  (refer 'karamon.table)
  (refer 'karamon.table.sample :only '[sample])
  (intern 'user 's session)
  (println hello))

(defn run
  "Runs a REPL until its input ends: on `terminal` (default the one of this process), or on standard input without one."
  ([session]
   (if-let [terminal (terminal/system-terminal)]
     (with-open [terminal terminal]
       (run session terminal))
     (run session nil)))
  ([session terminal]
   (if terminal
     (line-repl/repl terminal (terminal/history-file "repl-history") #(init session) caught)
     (main/repl :caught caught, :init #(init session)))
   nil))
