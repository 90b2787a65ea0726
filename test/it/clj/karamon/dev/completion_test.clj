(ns karamon.dev.completion-test
  "The completion scripts: bash runs its own, zsh and fish theirs where they are installed."
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is]]
   [karamon.dev.main :as main]
   [karamon.test.temp :as temp])
  (:import
   (java.io File)
   (java.util List)))

(set! *warn-on-reflection* true)

(defn- output [& arguments]
  (with-out-str (is (= 0 (main/run arguments)))))

(defn- shell
  "Returns the output of a shell that runs a script; nil if the shell isn't installed."
  [name & arguments]
  (when (some #(.canExecute (File. ^String % ^String name)) (str/split (System/getenv "PATH") #":"))
    (let [^List command (cons name arguments)
          process       (.start (.redirectErrorStream (ProcessBuilder. command) true))]
      (slurp (.inputReader process)))))

(def ^:private bash (delay (output "completion" "bash")))

(defn- completed
  "Returns the words that bash offers for the last one of `words`."
  [& words]
  (set (str/split-lines
         (apply shell "bash" "-c" (str @bash "COMP_WORDS=(karamon \"$@\"); COMP_CWORD=$#; _karamon; printf '%s\\n' \"${COMPREPLY[@]}\"")
                "bash" words))))

(deftest every-option-of-the-helps-is-completed
  (doseq [path [["serve"] ["invoke"] ["etag"] ["s3" "cp"] ["image"]]
          :let [options (re-seq #"(?<= )--[a-z][a-z0-9-]*" (str/join "\n" (filter #(re-find #"^  .*--" %)
                                                                            (str/split-lines (apply output (conj path "--help"))))))]]
    (is (seq options))
    (is (= #{} (reduce disj (set options) (apply completed (conj path "--")))) path)))

(deftest commands-are-completed
  (are [words expected] (= expected (apply completed words))
    ["in"]              #{"invoke"}
    ["s3" "st"]         #{"stat"}
    ["help" "ev"]       #{"event"}
    ["table" "fi"]      #{"files"}
    ["completion" "f"]  #{"fish"}
    ["serve" "--s3-"]   #{"--s3-port"}
    ["s3" "cp" "--no-"] #{"--no-overwrite"}))

(deftest shells-accept-their-scripts
  (doseq [[name flag] {"bash" "-n", "zsh" "-n", "fish" "--no-execute"}
          :let [file (File/createTempFile "completion" name)]]
    (try
      (spit file (output "completion" name))
      (is (= "" (or (shell name flag (str file)) "")) name)
      (finally (.delete file)))))

(def ^:private zsh-session
  "Presses the tab key in an interactive zsh after each line, and prints the line as it then is."
  "zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z \"PROMPT= RPROMPT=; fpath=(${(q)1} \\$fpath); autoload -Uz compinit && compinit -u -D
shown() { print -r -- \\\"<<\\$BUFFER>>\\\"; BUFFER= }; zle -N shown; bindkey '^X' shown; print -r -- REA''DY\"
zpty -r z out '*READY*'
shift
for line; do
  zpty -w -n z \"karamon $line\"$'\\t\\x18'
  zpty -r z out '*<<*>>*'
  print -r -- \"${${out##*<<}%%>>*}\"
done
zpty -d z
")

(def ^:private lines
  "What a user has typed after karamon, and the word at its end when it is complete."
  {"inv" "invoke", "s3 st" "stat", "completion f" "fish", "help ev" "event", "serve --s3-" "--s3-port", "s3 cp --no-" "--no-overwrite"
   "package --hand" "--handler"})

(deftest zsh-completes-with-its-script
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "_karamon" (output "completion" "zsh"))
      (when-let [out (apply shell "zsh" "-f" "-c" zsh-session "zsh" (str folder) (keys lines))]
        (is (= (for [[line word] lines] (str "karamon " (str/replace line #"\S+$" word) " "))
               (str/split-lines out)))))))

(deftest fish-completes-with-its-script
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "karamon.fish" (output "completion" "fish"))
      (when-let [out (apply shell "fish" "--no-config" "--private" "-c" "source $argv[1]; for line in $argv[2..]; complete -C \"karamon $line\"; end"
                            (str (io/file folder "karamon.fish")) (keys lines))]
        (is (= (vals lines) (map #(first (str/split % #"\t")) (str/split-lines out))))))))

(deftest another-shell-is-an-error-that-names-the-three
  (let [err (java.io.StringWriter.)]
    (is (= 2 (binding [*err* err] (main/run ["completion" "tcsh"]))))
    (is (= "No completion for tcsh: expected bash, zsh or fish\n" (str err)))))
