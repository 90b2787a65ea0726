(ns karamon.table.prompt
  "`./karamon table`: a prompt for SQL, with commands that begin with a backslash. On a terminal it edits lines, keeps a history,
  completes names, shows results page by page, and goes on after an error; Ctrl-C cancels a statement. Without one, it runs what
  is piped into it, and stops at the first error."
  (:require
   [clojure.string :as str]
   [karamon.dev.terminal :as terminal]
   [karamon.table.error :as error]
   [karamon.table.output :as output]
   [karamon.table.prompt.catalog :as catalog]
   [karamon.table.prompt.command :as command]
   [karamon.table.prompt.complete :as complete]
   [karamon.table.prompt.entry :as entry]
   [karamon.table.prompt.pager :as pager]
   [karamon.table.prompt.statement :as statement])
  (:import
   (clojure.lang ExceptionInfo LineNumberingPushbackReader)
   (org.jline.reader Candidate Completer EOFError LineReader LineReader$Option LineReaderBuilder ParsedLine Parser Parser$ParseContext)
   (org.jline.terminal Terminal Terminal$Signal Terminal$SignalHandler)))

(set! *warn-on-reflection* true)

(def ^:private hello
  "SQL statements end with a semicolon. \\? lists the commands, Ctrl-D ends.")

(def ^:private sign "sql> ")

(def ^:private second-sign "  -> ")

(def ^:private parser
  (reify Parser
    (parse [_ text cursor context]
      (when (and (= Parser$ParseContext/ACCEPT_LINE context) (not (entry/complete? text)))
        (throw (EOFError. -1 -1 "The statement has no semicolon")))
      (terminal/parsed text cursor (complete/word (subs text 0 cursor))))))

(defn- completer [session catalog]
  (reify Completer
    (complete [_ _ line candidates]
      (let [line ^ParsedLine line
            text (.line line)]
        (.addAll candidates
          (for [^String name (complete/candidates (catalog/functions session catalog) text (subs text 0 (.cursor line)))]
            (Candidate. name name nil nil nil nil (not (re-find #"[.(]$" name)))))))))

(defn- line-reader ^LineReader [terminal session catalog history]
  (cond-> (-> (LineReaderBuilder/builder)
              (.terminal terminal)
              (.appName "karamon")
              (.parser parser)
              (.completer (completer session catalog))
              (.variable LineReader/SECONDARY_PROMPT_PATTERN second-sign)
              (.variable LineReader/ERRORS 0)
              (.option LineReader$Option/CASE_INSENSITIVE true)
              (.option LineReader$Option/DISABLE_EVENT_EXPANSION true))
    history (.variable LineReader/HISTORY_FILE history)
    true    (.build)))

(defn- run-item
  "Runs a statement or command. Returns `:quit` if it was \\q. An unfinished statement is an error in a script, and reported to
  people."
  [{:keys [interactive?] :as context} {:keys [statement unfinished command]}]
  (let [message (when unfinished
                  (str "The statement before the command has no semicolon, and wasn't run: " (first (str/split-lines unfinished))))]
    (cond
      statement    (statement/run context statement)
      command      (command/run context command)
      interactive? (println message)
      :else        (throw (ex-info message {:type :karamon.table/unfinished})))))

(defn- paged
  "Calls `f` with `*out*` showing pages on the terminal."
  [{:keys [terminal state]} f]
  (let [screen (pager/screen terminal #(:interrupted @state))
        {:keys [out] :as pager} (pager/pager screen)]
    (swap! state assoc :pager (:state pager), :columns (:columns screen), :interrupted false)
    (binding [*out* out, *flush-on-newline* false]
      (f)
      (flush))))

(defn- run-on-terminal
  "Runs all items of an entry, up to the first that fails, which is reported. Returns `:quit` after \\q."
  [{:keys [session state] :as context} items]
  (paged context
    (fn []
      (try
        (some #(when-not (:interrupted @state) (when (= :quit (run-item context %)) :quit)) items)
        (catch Throwable e
          (when (instance? OutOfMemoryError e) (throw e))
          ;; Also after Q in the pager.
          (some-> (:pager @state) (swap! assoc :quit false, :all true))
          (println (error/describe session e)))))))

(defn- interrupt
  "Cancels the statement that runs. Ends the process if that has been tried for some seconds."
  [state]
  (let [{:keys [cancel]} (swap! state assoc :interrupted true)
        tried (when cancel (cancel))]
    (when (and tried (< 2000 (long tried)))
      (Runtime/.halt (Runtime/getRuntime) 130))))

(defn- on-interrupt [^Terminal terminal f]
  (.handle terminal Terminal$Signal/INT (reify Terminal$SignalHandler (handle [_ _] (f)))))

(defn on-a-terminal
  "Runs the prompt on a terminal until Ctrl-D or \\q. `history` is the path of a file, or nil. Returns the exit code. Options: the
  `:form` of results (default `:table`), and a `:limit` of rows (default none)."
  [session ^Terminal terminal history {:keys [form limit], :or {form :table}}]
  (let [state   (atom (command/start form))
        catalog (atom nil)
        reader  (line-reader terminal session catalog history)
        context {:session session, :terminal terminal, :state state, :catalog catalog, :limit limit
                 :draw    #(doto (.writer terminal) (.print ^String %) (.flush))
                 :columns #((:columns @state)), :interactive? true}]
    (paged context #(println hello))
    (loop []
      (on-interrupt terminal #(interrupt state))
      (when-let [text (terminal/read-text reader sign)]
        (when-not (= :quit (run-on-terminal context (:items (entry/parse text))))
          (recur))))
    0))

(defn- take-items
  "Returns the items that end with the next lines of standard input, and how many lines come before them; nil at the end of input.
  Calls `prompt` with whether a line is the first of its statement, before reading it."
  [prompt]
  (let [before (dec (.getLineNumber ^LineNumberingPushbackReader *in*))]
    (loop [text ""]
      (prompt (= "" text))
      (let [line (read-line)
            text (if line (str text line "\n") text)]
        (cond
          (and line (not (and (re-find #";|^\s*\\|^\s*$" line) (entry/complete? text))))
          (recur text)

          (or line (not= "" text))
          (let [{:keys [items] :as parsed} (entry/parse text)]
            [(into items (entry/last-statement parsed)) before]))))))

(defn- run-plainly
  "Runs items. Returns nil, `:quit` after \\q, or `:failed` after an error, which is reported, in a script with its place."
  [{:keys [session interactive?] :as context} items before]
  (loop [[{:keys [line column] :as item} & more] items]
    (when item
      (let [outcome (try
                      (let [outcome (run-item context item)]
                        (output/check)
                        outcome)
                      (catch Exception e
                        (flush)
                        (binding [*out* *err*]
                          (println (str (when-not interactive?
                                          (str "standard input:" (+ before line) ":" (or column 1) ": "))
                                        (error/describe session e))))
                        :failed))]
        (if (#{:quit :failed} outcome)
          outcome
          (recur more))))))

(defn on-standard-input
  "Runs what standard input has: with prompts if it is a terminal that can't edit lines, and else to the first error. Returns the
  exit code. `context` has what `run` takes."
  [session context]
  (let [interactive? (terminal/console?)
        context      (assoc context :session session, :state (atom (command/start (:form context :table))), :catalog (atom nil), :interactive? interactive?)
        prompt       (if interactive? #(do (print (if % sign second-sign)) (flush)) (fn [_]))]
    (when interactive?
      (println hello))
    (loop []
      (let [outcome (try
                      (if-let [[items before] (take-items prompt)]
                        (run-plainly context items before)
                        :end)
                      (catch ExceptionInfo e
                        (binding [*out* *err*] (println (str "standard input: " (error/describe session e))))
                        :failed))]
        (case outcome
          (:end :quit) 0
          :failed      (if interactive? (recur) 1)
          (recur))))))

(defn run
  "Runs the prompt on this process's terminal or standard input, and returns the exit code. `context` has the `:form` of results,
  a `:limit` of rows or nil, and, for standard input, `:draw` and `:columns` as `karamon.table.running/call` takes them."
  [session context]
  (if-let [terminal (terminal/system-terminal)]
    (with-open [terminal terminal]
      (on-a-terminal session terminal (terminal/history-file "sql-history") context))
    (on-standard-input session context)))
