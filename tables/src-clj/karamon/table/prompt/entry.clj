(ns karamon.table.prompt.entry
  "Splits what is entered at the SQL prompt, or piped into it, into statements and commands. A statement ends with a semicolon. A
  command is a line that begins with a backslash, or what follows a statement's semicolon and begins with one. Pure functions."
  (:require
   [clojure.string :as str]
   [karamon.table.script :as script])
  (:import
   (clojure.lang ExceptionInfo)
   (karamon.text Nearest)))

(set! *warn-on-reflection* true)

(defn- statements
  "Returns the statements of a text; nil if it ends within a string, name or comment."
  [text]
  (try
    (script/statements text)
    (catch ExceptionInfo _ nil)))

(defn- ended?
  "Returns whether a text ends outside a statement."
  [text]
  (when-let [found (statements text)]
    ;; What would follow is another statement.
    (< (count found) (count (statements (str text "\nx"))))))

(defn- command? [text]
  (str/starts-with? text "\\"))

(defn- located [line text {:keys [sql start]}]
  (let [[row column] (script/place text start)]
    (if (command? sql)
      {:command (str/trim sql), :line (+ line (dec row))}
      {:statement sql, :line (+ line (dec row)), :column column})))

(defn- take-line
  "Returns the state after a line: `:items`, and the `:text` of an unfinished statement that began at `:line`."
  [{:keys [items text line] :as state} number next-line]
  (let [text  (if (str/blank? text) "" text)
        line  (if (= "" text) number line)
        whole (str text next-line "\n")]
    (cond
      (and (= "" text) (command? (str/triml next-line)))
      (assoc state :text "" :items (conj items {:command (str/trim next-line), :line number}))

      (and (command? (str/triml next-line)) (statements text))
      (assoc state :text "" :items (cond-> items
                                     (seq (statements text)) (conj {:unfinished (str/trim text), :line line})
                                     true                    (conj {:command (str/trim next-line), :line number})))

      (not (str/includes? next-line ";"))
      (assoc state :text whole :line line)

      :else
      (let [found (statements whole)]
        (if (or (ended? whole) (some-> (peek found) :sql command?))
          (assoc state :text "" :items (into items (map #(located line whole %)) found))
          (assoc state :text whole :line line))))))

(defn parse
  "Returns the `:items` of a text, in their order: maps of `:statement` or `:command`, with the `:line` and `:column` where each
  begins, or of `:unfinished`, a statement that a command follows before its semicolon. `:text` is the rest, an unfinished
  statement that begins at `:line`; it is blank if there is none."
  [text]
  (let [{:keys [text] :as state} (reduce (fn [state [number line]] (take-line state number line))
                                   {:items [], :text "", :line 1}
                                   (map-indexed #(vector (inc %) %2) (str/split-lines text)))]
    (if (ended? text) (assoc state :text "") state)))

(defn complete?
  "Returns whether a text has no unfinished statement."
  [text]
  (str/blank? (:text (parse text))))

(defn last-statement
  "Returns the items of the unfinished statement of `parse`, at the end of a script, where it needs no semicolon. Throws ex-info
  of `:type` `:karamon.table/unfinished` for a string, name or comment without its end."
  [{:keys [text line]}]
  (map #(located line text %) (script/statements text)))

(def commands
  "The commands: name, argument, and what each does."
  [["d" "[TABLE]" "list the tables, or a table's columns"]
   ["tree" "[TABLE]" "draw the table's folder"]
   ["diff" "[TABLE]" "draw what the last statement that changed the table did to its files"]
   ["files" "[TABLE]" "write a page with the table's files, and open it in the browser"]
   ["chart" "[QUERY]" "draw a query's labels and numbers as bars; without QUERY, the last one"]
   ["format" "[FORM]" "print results as table, chart, csv, json, jsonl or edn"]
   ["timing" "[on|off]" "print how long each statement takes"]
   ["clj" "" "open a Clojure REPL with the session s; Ctrl-D returns"]
   ["?" "" "print this"]
   ["q" "" "quit, as Ctrl-D does"]])

(defn command
  "Returns the name and the argument of a command's text; the argument is nil if there is none. Throws ex-info of `:type`
  `:karamon.table/bad-command` for an unknown name, or an argument that isn't expected."
  [text]
  (let [[_ command argument] (re-matches #"(?s)\\(\S*?)(?:\s+(.*?))?\s*;?\s*" text)
        found (some #(when (= command (first %)) %) commands)]
    (cond
      (not found)
      (throw (ex-info (str "No command \\" command "."
                           (when (next command)
                             (str/replace (Nearest/hint command (filter next (map first commands))) "mean " "mean \\"))
                           " \\? lists them")
                      {:type :karamon.table/bad-command, :command command}))
      (and (= "" (second found)) (not-empty argument))
      (throw (ex-info (str "Expected nothing after \\" command ", found " argument)
                      {:type :karamon.table/bad-command, :command command}))
      :else [command (not-empty argument)])))
