(ns karamon.dev.gateway.environment
  "The environment variables that a service declares, for functions that run here.

  Variables with one value for all functions become those of the process: the command starts a JVM with them and runs there.
  Those that differ are a function's own: `System/getenv` has them while the function loads and runs
  (`karamon.dev.gateway.environment.overlay`)."
  (:require
   [clojure.string :as str]
   [karamon.dev.gateway.environment.child :as child]
   [karamon.dev.gateway.environment.overlay :as overlay]))

(set! *warn-on-reflection* true)

(defn- settable?
  "Returns true if `name` can be that of a variable."
  [name]
  (boolean (re-matches #"[A-Za-z_][A-Za-z0-9_]*" name)))

(defn- variables
  "Returns the variables of a function, without the one by which Karamon finds the handler on AWS."
  [{:keys [environment]}]
  (dissoc environment "KARAMON_HANDLER"))

(defn shared
  "Returns the variables that all functions of a service have with the same value, and those of .env, which take no precedence."
  [{:keys [functions dotenv]}]
  (let [environments (map variables functions)
        [one & more] environments]
    (merge dotenv
           (into {} (filter (fn [[k v]] (and (settable? k) (every? #(= v (get % k)) more)))) one))))

(defn- missing
  "Returns those of `variables` that this process lacks, or has with another value."
  [variables]
  (into {} (remove (fn [[k v]] (or (not (settable? k)) (= v (System/getenv k))))) variables))

(defn own
  "Returns the variables of a function that this process lacks, or has with another value."
  [function]
  (missing (variables function)))

(defn call-with
  "Calls `f` with the variables of a function."
  [function f]
  (overlay/call-with (own function) f))

(defn call-at-load
  "Calls `f`, which loads namespaces, with the variables of `function`, or nil, and with those of the other `functions` that it
  lacks: a namespace may read a variable that only some of its functions have."
  [functions function f]
  (overlay/call-with (missing (apply merge (map variables (concat (reverse functions) [function])))) f))

(defn- differing
  "Returns the names of variables that functions don't share, sorted."
  [{:keys [functions] :as service}]
  (let [common (shared service)]
    (sort (distinct (for [f functions, [k v] (variables f) :when (and (settable? k) (not= v (common k)))] k)))))

(defn- conflicting
  "Returns the names of variables for which functions have different values, sorted."
  [{:keys [functions]}]
  (sort (for [[k values] (group-by key (mapcat variables functions))
              :when (and (settable? k) (< 1 (count (set (map val values)))))]
          k)))

(defn run-in-child
  "Runs a command, `arguments`, in a JVM with the variables of the service, and returns its exit code. Returns nil if this process has
  all of them, is that JVM, or can't start one because a debugger listens."
  [service arguments]
  (when-not (child/child?)
    (let [process (missing (shared service))
          own?    (seq (differing service))]
      (when (and (or own? (seq process)) (child/possible?))
        ;; A service that is served may have functions with variables of their own later.
        (child/run process (when (or own? (= "serve" (first arguments))) overlay/option) arguments)))))

(defn changed
  "Returns a text about the variables that differ between two states of a service; nil if none does."
  [before after]
  (let [of    (fn [service] (into {} (map (juxt :name variables)) (:functions service)))
        old   (of before)
        names (for [[name now] (of after)
                    :let  [was (old name)]
                    k     (keys (merge now was))
                    :when (and was (not= (now k) (was k)))]
                k)]
    (when (seq names)
      (str "environment: " (str/join ", " (sort (distinct names)))
           " changed. Restart the gateway if code reads that only once, or if a variable is gone: it keeps the value."))))

(defn warnings
  "Returns texts about variables that functions of the service don't have here as on AWS. Call it where the functions run."
  [{:keys [functions] :as service}]
  (let [differ (conflicting service)
        lack   (for [f functions :when (seq (own f))]
                 (str (:name f) " (" (str/join ", " (sort (keys (own f)))) ")"))
        wrong  (sort (distinct (remove settable? (mapcat (comp keys variables) functions))))]
    (remove nil?
      [(when (seq wrong)
         (str "environment: " (str/join ", " wrong) " can't be the name of a variable: left out"))
       (cond
         (and (seq lack) (not (overlay/install!)))
         (str "This process can't have the environment variables of " (str/join ", " lack)
              ". Restart the gateway. Or start the process with them, or its JVM with "
              (str/join "=" overlay/option))
         (seq differ)
         (str "Functions have different values of " (str/join ", " differ) ": each has its own while it runs. What reads a variable once, "
              "when a namespace or class is loaded, keeps the value of the function that loaded it"))])))
