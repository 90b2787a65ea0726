(ns karamon.dev.options
  "Reads a command's options with tools.cli. A usage error is one clear message."
  (:require
   [clojure.string :as str]
   [clojure.tools.cli :as cli])
  (:import
   (karamon.text Nearest)))

(set! *warn-on-reflection* true)

(defn- hint [error specs]
  (if-let [[_ option] (re-find #"Unknown option: \"(.+)\"" error)]
    (str "No option " option "." (Nearest/hint option (map #(first (str/split (second %) #"[ =]")) specs)))
    error))

(defn wrong
  "Returns the exception for a usage error, for which a command's exit code is 2."
  [message]
  (ex-info message {:type ::wrong}))

(defn command
  "Returns a command as the user types it, such as \"karamon serve\". The launcher passes its own name."
  [text]
  (str (System/getProperty "karamon.command" "karamon") " " text))

(defn parse
  "Returns `{:options … :arguments […]}` of a command's `arguments`. If they ask for help, prints it and returns nil.
  `synopsis` is the command with its arguments, such as \"serve [OPTIONS]\"; `specs` are tools.cli's, then come the minimum and maximum number of arguments.
  Throws ex-info of `:type` `:karamon.dev.options/wrong`."
  [synopsis specs [min-arguments max-arguments] arguments]
  (let [specs (conj specs ["-h" "--help" "Print this"])
        {:keys [options arguments errors summary]} (cli/parse-opts arguments specs)
        usage (str "Usage: " (command synopsis) "\n\n" summary)]
    (cond
      (:help options) (println usage)
      errors          (throw (wrong (str (str/join "\n" (map #(hint % specs) errors)) "\n\n" usage)))
      (not (<= min-arguments (count arguments) max-arguments))
      (throw (wrong (str "Expected " (if (= min-arguments max-arguments) min-arguments (str min-arguments " to " max-arguments))
                         " argument(s), found " (count arguments) (when (seq arguments) (str ": " (str/join " " arguments)))
                         "\n\n" usage)))
      :else {:options options, :arguments (vec arguments)})))

(defn optional
  "Returns the arguments with `value` after an `option` that has none, since tools.cli knows no options whose value is optional."
  [arguments option value]
  (mapcat (fn [[argument following]]
            (if (and (= option argument) (or (nil? following) (str/starts-with? following "-")))
              [argument value]
              [argument]))
          (partition-all 2 1 arguments)))

(defn one-of
  "Returns the tools.cli validation of an option whose value, a keyword, is one of `choices`."
  [choices]
  [(set choices) (str "must be one of " (str/join ", " (map name choices)))])

(defn pair
  "Returns the parser of an option of the form name, `separator`, value."
  [^String separator]
  (fn [^String text]
    (let [at (.indexOf text separator)]
      (when (pos? at)
        [(subs text 0 at) (str/trim (subs text (inc at)))]))))

(def stage
  "The tools.cli parts of an option that is a stage."
  [:parse-fn #(str/replace % #"^/|/$" "") :validate [#(re-matches #"[^/\s]+" %) "must be one name, such as dev"]])

(def param
  "The option for parameters of serverless.yml, as Serverless has it."
  [nil "--param NAME=VALUE" "The value of ${param:NAME} in serverless.yml; may be given several times" :id :params :parse-fn (pair "=")
   :validate [some? "must be NAME=VALUE"] :assoc-fn (fn [m k [name value]] (assoc-in m [k name] value))])

(def sources
  "The sources that an option may name."
  [:rest :http :http-1.0 :function-url :alb :lattice :websocket])

(def served-sources
  "The sources that the local gateway can imitate for every route."
  (vec (remove #{:websocket} sources)))

(def port
  "The tools.cli parts of an option that is a port."
  [:parse-fn #(or (parse-long %) -1) :validate [#(<= 0 % 65535) "must be a number from 0 to 65535"]])
