(ns karamon.table.prompt.command
  "Runs the commands of the prompt, which begin with a backslash."
  (:require
   [clojure.string :as str]
   [karamon.table :as table]
   [karamon.table.drawing :as drawing]
   [karamon.table.files :as files]
   [karamon.table.files.browser :as browser]
   [karamon.table.output :as output]
   [karamon.table.prompt.catalog :as catalog]
   [karamon.table.prompt.entry :as entry]
   [karamon.table.prompt.statement :as statement]
   [karamon.table.repl :as repl]
   [karamon.table.run :as run])
  (:import
   (karamon.text Nearest)))

(set! *warn-on-reflection* true)

(defn start
  "Returns the state of a prompt that nothing was typed at: the form of results, whether times are printed, and the files of tables
  before the last statement that changed each."
  [form]
  {:form form, :timing false, :trees {}})

(defn- wrong [message data]
  (throw (ex-info message (merge {:type :karamon.table/bad-command} data))))

(defn- table
  "Returns the table that a command is about: `argument`, or the last one that a statement or command named, or the only one."
  [{:keys [session state catalog]} command argument]
  (let [tables ((:tables (catalog/functions session catalog)) nil)
        table  (if argument
                 (str/replace argument "`" "")
                 (or (:table @state) (when (= 1 (count tables)) (first tables))))]
    (when-not table
      (wrong (str "Expected a table after \\" command (if (seq tables) (str ": there are " (str/join ", " tables)) ", and there is none yet"))
             {:command command}))
    (swap! state assoc :table table)
    table))

(defn- print-table [{:keys [terminal columns]} names rows]
  (output/print-rows :table names rows (when terminal (columns))))

(defn- print-drawing
  "Prints a tree or a difference; files' names can't control the terminal, which standard output may be in a script too."
  [drawing]
  (run! println (map drawing/harmless (str/split-lines (str drawing)))))

(defn- describe [{:keys [session] :as context} argument]
  (if argument
    (print-table context [:column :type] (for [[column type] (run/columns session (table context "d" argument))]
                                           {:column column, :type type}))
    (print-table context [:table] (for [{:keys [tableName]} (run/rows session "SHOW TABLES")] {:table tableName}))))

(defn- diff [{:keys [session state] :as context} argument]
  (let [table (table context "diff" argument)
        after (table/tree session table)]
    (if-let [before (get-in @state [:trees table])]
      (print-drawing (files/diff before after))
      (println (str "No statement at this prompt has changed " table)))))

(defn- chart [{:keys [state] :as context} query]
  (if-let [query (or query (:query @state))]
    (statement/run context query :chart)
    (wrong "Expected a query after \\chart, such as \\chart SELECT city, count(*) FROM people GROUP BY city" {})))

(defn- choose-form [state form]
  (when form
    (when-not (some #{(keyword form)} output/forms)
      (wrong (str "No form " form "." (Nearest/hint form (map name output/forms)) " There are "
                  (str/join ", " (map name output/forms)))
             {:form form}))
    (swap! state assoc :form (keyword form)))
  (println (str "Results are printed as " (name (:form @state)) ".")))

(defn- choose-timing [state setting]
  (swap! state update :timing #(case setting nil (not %) "on" true "off" false
                                 (wrong (str "Expected on or off after \\timing, found " setting) {:timing setting})))
  (println (str "Timing is " (if (:timing @state) "on." "off."))))

(defn- help []
  (println "SQL statements end with a semicolon; Ctrl-C cancels a statement or clears what is typed.\n")
  (let [calls (for [[command argument _] entry/commands] (str/trim (str "\\" command " " argument)))
        most  (reduce max (map count calls))]
    (doseq [[call [_ _ text]] (map vector calls entry/commands)]
      (println (format (str "  %-" most "s  %s") call text)))))

(defn- clojure-repl [{:keys [session terminal]}]
  (println "Ctrl-D returns to SQL.")
  (flush)
  (repl/run session terminal))

(defn run
  "Runs a command, a text. Returns `:quit` after \\q."
  [{:keys [session state] :as context} text]
  (let [[command argument] (entry/command text)]
    (case command
      "d"      (describe context argument)
      "tree"   (print-drawing (table/tree session (table context command argument)))
      "diff"   (diff context argument)
      "files"  (browser/show session (table context command argument))
      "chart"  (chart context argument)
      "format" (choose-form state argument)
      "timing" (choose-timing state argument)
      "clj"    (clojure-repl context)
      "?"      (help)
      "q"      :quit)))
