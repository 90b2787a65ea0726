(ns karamon.dev.gateway.variables.resolver
  "What a resolver of variables knows: the service, its surroundings, the warnings so far, and how much it may still do."
  (:require
   [clojure.string :as str]
   [karamon.dev.gateway.place :as place]
   [karamon.dev.gateway.variables.sources :as sources])
  (:import
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(def ^:private max-depth
  "The maximum number of variables that a value goes through."
  60)

(def ^:private max-nesting
  "The maximum number of maps and lists within each other."
  200)

(def ^:private max-values
  "The maximum number of values in all that is resolved."
  200000)

(defn resolver
  "Returns a resolver for `root`, the data of the service in `file`.

  * `:folder` -- the folder of relative file names
  * `:options` -- the options of the command, a map of strings, such as {\"stage\" \"prod\"}
  * `:params` -- the parameters of the command, a map of strings
  * `:env` -- the environment (default: that of this process)
  * `:resolved` -- whether all variables are resolved already (default false)"
  [root file {:keys [folder options params env resolved]}]
  {:root     root
   :file     file
   :folder   folder
   :options  (or options {})
   :params   (or params {})
   :env      (or env (into {} (System/getenv)))
   :resolved resolved
   :contents (atom {})
   :warnings (atom {:order [], :seen #{}})
   :left     (volatile! max-values)
   :within   #{}
   :nesting  0})

(defn unknown?
  "Returns true if the value of a node isn't known."
  [x]
  (= ::unknown x))

(defn files
  "Returns the paths of the files that were read so far, or looked for."
  [{:keys [folder contents]}]
  (map #(str (sources/located folder %)) (keys @contents)))

(defn warnings
  "Returns the warnings so far, in order."
  [resolver]
  (:order @(:warnings resolver)))

(defn warn!
  "Adds a warning about a variable, the first time. Returns ::unknown."
  [{:keys [warnings]} {:keys [at path]} text reason]
  (let [warning (place/message at (Shown/cut text 200) (when (seq path) (str " in " (str/join "." path))) " isn't known: " reason)]
    (swap! warnings (fn [{:keys [seen] :as all}]
                      (if (seen [at text])
                        all
                        (-> all (update :seen conj [at text]) (update :order conj warning)))))
    ::unknown))

(defn spend!
  "Counts `n` values. Throws if there are too many."
  [{:keys [left file]} n]
  (when (neg? (vswap! left - n))
    (place/fail {:file file} "its variables stand for more than " max-values " values")))

(defn nested
  "Returns the resolver within a map or list. Throws if that is too deep."
  [{:keys [nesting file] :as resolver}]
  (when (< max-nesting nesting)
    (place/fail {:file file} "its variables put more than " max-nesting " maps and lists within each other"))
  (update resolver :nesting inc))

(defn entered
  "Returns the resolver within the text `s` at `location`; a reason in words if it is within that already, or too deep."
  [{:keys [within] :as resolver} s {:keys [origin]}]
  (let [here [origin s]]
    (cond
      (within here)                "it refers to itself"
      (<= max-depth (count within)) (str "it goes through more than " max-depth " variables")
      :else                        (update resolver :within conj here))))
