(ns karamon.table.error
  "Describes a failed statement in one sentence, with the nearest name for a misspelt one, and names the file that gets its stack
  trace."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.table.drawing :as drawing]
   [karamon.table.run :as run]
   [karamon.table.session :as session])
  (:import
   (java.io File)
   (java.nio.file Path)
   (java.time Instant)
   (karamon.text Nearest Traces)))

(set! *warn-on-reflection* true)

(def ^:private unknown-table
  #"(?i)table or view(?: not found(?: for '[^']*')?:)? [`']?([\w.`]+?)[`']?(?: cannot be found| not found|;|,|\s|$)")

(def ^:private unknown-word
  #"(?:mismatched|extraneous) input '(\w+)'|[Ss]yntax error at or near '(\w+)'|no viable alternative at input '(\w+)'")

(def ^:private first-words
  ["ALTER" "CALL" "CLEAN" "CREATE" "DELETE" "DESCRIBE" "DROP" "EXPLAIN" "FROM" "GROUP" "INSERT" "INTO" "LIMIT" "LOAD" "MERGE"
   "ORDER" "SELECT" "SET" "SHOW" "TABLE" "TRUNCATE" "UPDATE" "USE" "VALUES" "WHERE" "WITH"])

(defn- tables [session]
  (try
    (map :tableName (run/rows session "SHOW TABLES"))
    (catch Exception _ nil)))

(defn hint
  "Returns a question for the end of a sentence: which table or keyword was meant by a misspelt one; empty if it isn't known.
  `tables` is a delay of the tables."
  [sentence tables]
  (let [table (some-> (re-find unknown-table sentence) peek (str/replace "`" "") (str/split #"\.") peek)
        word  (some->> (re-find unknown-word sentence) next (some identity) str/upper-case)]
    (cond
      table (Nearest/hint table (remove nil? @tables))
      (and word (not (some #{word} first-words))) (Nearest/hint word first-words)
      :else "")))

(defn- shown-path
  "Returns a path as people write it: relative to the current folder if it is below that."
  [^File file]
  (let [^Path here (.toAbsolutePath (.toPath (io/file "")))
        path       (.toPath (.getAbsoluteFile file))]
    (str (if (.startsWith path here) (.relativize here path) path))))

(defn- write-stack [e statement]
  (.println System/err (str "== " (Instant/now) (when statement (str " " statement))))
  (.println System/err (Traces/of e)))

(defn describe
  "Returns an exception of a statement as one sentence. If its stack trace says more, appends that to the session's file of errors,
  and names the file."
  [session ^Throwable e]
  (let [{:keys [type statement]} (ex-data e)
        ours?    (= "karamon.table" (some-> type namespace))
        sentence (drawing/harmless (if ours? (str (ex-message e)) (run/sentence e)))
        hint     (hint sentence (delay (tables session)))
        ended    (str sentence (when-not (re-find #"[.?!]$" sentence) ".") hint)]
    (if (and ours? (not (ex-cause e)))
      (if (= "" hint) sentence ended)
      (do (write-stack e statement)
          (str ended " Stack trace: " (shown-path (session/log-file (:warehouse session))))))))
