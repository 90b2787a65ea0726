(ns karamon.dev.completion
  "`./karamon completion`: scripts for shells. Reads the commands and options from the help that the commands print, so that
  both always agree."
  (:require
   [clojure.string :as str]
   [karamon.dev.options :as options])
  (:import
   (java.io StringWriter)))

(set! *warn-on-reflection* true)

(def ^:private answered-by-launcher
  "Commands whose options the launcher or another artifact knows."
  #{"table" "classpath" "help" "version"})

(def ^:private table-commands
  "The commands of table, whose help is in another artifact."
  [["sql" "Run statements"] ["clj" "Open a Clojure REPL"] ["files" "Draw a table's files"] ["tour" "Show the life of a table"]
   ["livy" "Run a Livy server"]])

(defn- commands
  "Returns the commands that a help lists, as pairs of a name and a description."
  [help]
  (for [[_ name description] (re-seq #"(?m)^  ([a-z][a-z0-9]*) +(\S.*)$" help)]
    [name description]))

(defn- option
  "Returns the option that a line of a help describes; nil if there is none. `:value` is what its value is called."
  [line]
  (when-let [[_ short long value description] (re-matches #" +(?:(-\w), +)?(--[\w-]+)(?: ([A-Z][A-Z:=/]*))? +(\S.*)" line)]
    ;; Before the description there may be a column of defaults.
    {:short short, :long long, :value value, :description (peek (str/split description #" {2,}"))}))

(defn- described
  "Returns a command with its `:options` and, like `karamon s3`, its `:commands`. `help` returns the help of a path of commands."
  [help path description]
  (let [text (if (answered-by-launcher (first path)) "" (help path))]
    {:name        (last path)
     :description description
     :options     (keep option (str/split-lines text))
     :commands    (for [[name description] (commands text)]
                    (described help (conj path name) description))}))

(defn- table
  "Returns all commands with their options."
  [help]
  (let [all (commands (help []))]
    (for [[name description] all]
      (cond-> (described help [name] description)
        (= "help" name)       (assoc :commands (for [[name description] all] {:name name, :description description}))
        (= "table" name)      (assoc :commands (for [[name description] table-commands] {:name name, :description description}))
        (= "completion" name) (assoc :commands (for [shell ["bash" "zsh" "fish"]] {:name shell, :description ""}))))))

(def ^:private files
  "Names of values that are files or folders."
  #{"FILE" "FOLDER" "FOLDERS" "HOME" "LIST" "PATH"})

(defn- words [{:keys [commands options]}]
  (concat (map :name commands) (mapcat #(keep % options) [:short :long])))

(defn- nodes
  "Returns each command and command of a command, as pairs of a path and the command."
  [table]
  (for [{:keys [name commands] :as command} table
        entry (cons [[name] command] (for [sub commands] [[name (:name sub)] sub]))]
    entry))

(defn- bash [table]
  (str "# Completes karamon's commands in bash: eval \"$(karamon completion bash)\"\n"
       "_karamon() {\n"
       "  local word=${COMP_WORDS[COMP_CWORD]} path=${COMP_WORDS[1]-} words\n"
       "  if [ \"$COMP_CWORD\" -le 1 ]; then path=; fi\n"
       "  case $path in\n"
       "    '') words='" (str/join " " (map :name table)) "' ;;\n"
       (str/join (for [{:keys [name commands] :as command} table]
                   (str "    " name ")\n"
                        "      words='" (str/join " " (words command)) "'\n"
                        (when (some :options commands)
                          (str "      if [ \"$COMP_CWORD\" -gt 2 ]; then\n"
                               "        case ${COMP_WORDS[2]} in\n"
                               (str/join (for [sub commands]
                                           (str "          " (:name sub) ") words='" (str/join " " (words sub)) "' ;;\n")))
                               "        esac\n"
                               "      fi\n"))
                        "      ;;\n")))
       "  esac\n"
       "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
       "}\n"
       "complete -o default -o bashdefault -F _karamon karamon ./karamon\n"))

(defn- quoted [text]
  (str "'" (str/replace text "'" "'\\''") "'"))

(defn- zsh-option [{:keys [short long value description]}]
  (let [text (str "[" (str/escape description {\[ "(", \] ")", \: "\\:"}) "]"
                  (when value (str ":" (str/replace value ":" " ") ":" (when (files value) "_files"))))]
    (str/join " " (for [name [short long] :when name] (quoted (str name text))))))

(defn- zsh-list [commands]
  (str/join " " (for [{:keys [name description]} commands]
                  (quoted (str name ":" (str/replace description ":" "\\:"))))))

(defn- zsh [table]
  (str "#compdef karamon ./karamon\n"
       "# Completes karamon's commands in zsh: karamon completion zsh >FOLDER/_karamon, where FOLDER is in $fpath.\n"
       "_karamon() {\n"
       "  local -a list\n"
       "  if ((CURRENT == 2)); then\n"
       "    list=(" (zsh-list table) ")\n"
       "    _describe command list\n"
       "    return\n"
       "  fi\n"
       "  case \"${words[2]} ${words[3]}\" in\n"
       (str/join (for [[path {:keys [options commands]}] (reverse (nodes table)) :when (and (seq options) (empty? commands))]
                   (str "    " (quoted (str (str/join " " path) (when-not (next path) " "))) "*) _arguments "
                        (str/join " " (map zsh-option options)) " '*:file:_files' ;;\n")))
       (str/join (for [{:keys [name commands]} table :when (seq commands)]
                   (str "    " (quoted (str name " ")) "*) list=(" (zsh-list commands) "); _describe command list ;;\n")))
       "    *) _files ;;\n"
       "  esac\n"
       "}\n"
       "if [[ $funcstack[1] == _karamon ]]; then _karamon \"$@\"; else compdef _karamon karamon; fi\n"))

(defn- fish-option [condition {:keys [short long value description]}]
  (str "complete -c karamon -n " (quoted condition)
       (when short (str " -s " (subs short 1))) " -l " (subs long 2) (when value " -r") " -d " (quoted description) "\n"))

(defn- fish-command [condition {:keys [name description]}]
  (str "complete -c karamon -f -n " (quoted condition) " -a " name " -d " (quoted description) "\n"))

(defn- fish [table]
  (str "# Completes karamon's commands in fish: karamon completion fish | source\n"
       (str/join (map #(fish-command "__fish_use_subcommand" %) table))
       (str/join (for [[path {:keys [options commands]}] (nodes table)
                       :let [condition (str/join "; and " (map #(str "__fish_seen_subcommand_from " %) path))]]
                   (str (str/join (map #(fish-command condition %) commands))
                        (str/join (map #(fish-option condition %) options)))))))

(def ^:private shells {"bash" bash, "zsh" zsh, "fish" fish})

(defn run
  "Prints the script for the shell that `arguments` name. `call` runs a command and prints its output."
  [call arguments]
  (when-let [{[shell] :arguments} (options/parse "completion bash|zsh|fish" [] [1 1] arguments)]
    (if-let [script (shells shell)]
      (print (script (table #(let [out (StringWriter.)]
                               (binding [*out* out] (call (concat % ["--help"])))
                               (str out)))))
      (throw (options/wrong (str "No completion for " shell ": expected bash, zsh or fish")))))
  0)
