(ns karamon.dev.gateway.variables
  "Resolves Serverless's variables in the data of serverless.yml, as far as they can be known without AWS and Node: `self`, `file`,
  `env`, `opt`, `param`, `sls`, `strToBool` and `aws:region`. Any other one stays as text, with a warning.

  A value is resolved only when it is needed, since most variables of a real file are for resources that don't exist here."
  (:require
   [clojure.string :as str]
   [karamon.dev.gateway.place :as place]
   [karamon.dev.gateway.variables.resolver :as resolver]
   [karamon.dev.gateway.variables.sources :as sources]
   [karamon.dev.gateway.variables.syntax :as syntax]
   [karamon.dev.gateway.yaml :as yaml])
  (:import
   (clojure.lang ExceptionInfo)
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(defn- below
  "Returns the location of the key or index `k` of `x`, which is at the location `location`."
  [{:keys [path origin]} x k]
  {:at (place/of x k), :path (conj path k), :origin (conj origin k)})

(declare evaluate resolved)

(defn- has-variables? [{:keys [resolved]} x]
  (and (not resolved) (string? x) (str/includes? x "${")))

(defn- one-variable
  "Returns the variable that the text `s` is; nil if it is anything else."
  [resolver s]
  (when (has-variables? resolver s)
    (let [[part & more] (try (syntax/parse s) (catch ExceptionInfo _ nil))]
      (when (and (map? part) (empty? more))
        part))))

(defn- shallow
  "Returns the value and location of `x`, which may be a variable for a map or vector, without resolving what is in these. The
  value is ::resolver/unknown if it isn't known."
  [resolver [x location]]
  (if-let [v (one-variable resolver x)]
    (let [inner (resolver/entered resolver x location)]
      (if (string? inner)
        [(resolver/warn! resolver location (:text v) inner) location]
        (shallow inner (evaluate inner v location))))
    [x location]))

(defn- navigate
  "Returns the value and location behind `keys` in `x` at `location`; nil as the value if there is none."
  [resolver [x location] keys]
  (loop [[x location] [x location], [k & more :as keys] keys]
    (if (empty? keys)
      [x location]
      (let [[x location] (shallow resolver [x location])]
        (if (= ::resolver/unknown x)
          [x location]
          (recur [(sources/step x k) (below location x k)] more))))))

(defn- from-root [{:keys [root file] :as resolver} keys]
  (navigate resolver [root {:at {:file file}, :path [], :origin [file]}] keys))

(defn- value-at
  "Returns the resolved value behind `keys` in the service; nil if there is none."
  [resolver keys]
  (let [[x location] (from-root resolver keys)]
    (resolved resolver x location)))

(defn- option-or-setting
  "Returns the option `name`, or else that setting of the provider, or else `default`."
  [{:keys [options] :as resolver} name default]
  (or (options name) (value-at resolver ["provider" name]) default))

(defn stage
  "Returns the stage, ::resolver/unknown if it isn't known."
  [resolver]
  (option-or-setting resolver "stage" "dev"))

(defn- sls [resolver name]
  (case name
    "stage"      {:value (stage resolver)}
    "instanceId" {:value (str (random-uuid))}
    {:unknown "expected sls:stage or sls:instanceId"}))

(defn- aws [resolver name]
  (if (= "region" name)
    {:value (option-or-setting resolver "region" "us-east-1")}
    (sources/elsewhere "AWS has it")))

(defn- self [resolver address]
  (let [[x location] (from-root resolver (sources/keys-of address))]
    (assoc (sources/found x (if address (str "there is no " address) "it is empty")) :location location)))

(defn- file [{:keys [folder contents] :as resolver} name address]
  (let [{:keys [value] :as read} (or (@contents name)
                                     (get (swap! contents assoc name (sources/content folder name)) name))
        [x location] (navigate resolver [value {:at {:file name, :line 1}, :path [], :origin [name]}] (sources/keys-of address))]
    (if (contains? read :value)
      (assoc (sources/found x name " has no " address) :location location)
      read)))

(defn- param [{:keys [params] :as resolver} name]
  (let [stage (stage resolver)
        [x location] (or (some-> (get params name) vector)
                         (first (filter (comp some? first)
                                        (for [section [(str stage) "default"]
                                              path    [["params" section name] ["stages" section "params" name]]]
                                          (from-root resolver path)))))]
    (assoc (sources/found x "there is no parameter " name " in params, and no --param " name "=…") :location location)))

(defn- source-value
  "Returns the result of one source, as `karamon.dev.gateway.variables.sources` does, for values of `params` and `address`."
  [{:keys [env options] :as resolver} type [first-param] address]
  (case type
    "self"      (self resolver address)
    "file"      (file resolver first-param address)
    "env"       (sources/environment env address)
    "opt"       (sources/option options address)
    "param"     (param resolver address)
    "sls"       (sls resolver address)
    "aws"       (aws resolver address)
    "strToBool" (sources/boolean-of first-param)
    (sources/other type)))

(defn- joined
  "Returns the text or value of `parts` at `location`. A variable that isn't known stays as it is, or makes all ::resolver/unknown if
  `all?`."
  [resolver parts location all?]
  (let [values (for [part parts]
                 (if (map? part)
                   (let [[x at] (evaluate resolver part location)
                         x      (resolved resolver x at)]
                     (cond
                       (not= ::resolver/unknown x)  x
                       all?                x
                       (= 1 (count parts)) x
                       :else               (:text part)))
                   part))]
    (cond
      (and all? (some #{::resolver/unknown} values)) ::resolver/unknown
      (= 1 (count parts))                   (first values)
      :else
      (if-let [[i odd] (first (keep-indexed #(when (or (nil? %2) (coll? %2)) [%1 %2]) values))]
        (do (resolver/warn! resolver location (:text (nth parts i)) (str "it is " (Shown/of odd) ", expected a text within a text"))
            ::resolver/unknown)
        (let [text (apply str values)]
          (resolver/spend! resolver (quot (count text) 100))
          text)))))

(defn- try-source
  "Returns the result of one source of a variable. Its `:value` is ::resolver/unknown if something that it needs isn't known."
  [resolver {:keys [type params address variable] :as source} location]
  (cond
    variable       (let [[x location] (evaluate resolver variable location)] {:value x, :location location})
    (nil? type)    {:value (:value source), :last true}
    :else
    (let [params  (mapv #(joined resolver % location true) params)
          address (when address (joined resolver address location true))]
      (if (some #{::resolver/unknown} (cons address params))
        {:value ::resolver/unknown}
        (source-value resolver type params (some-> address str))))))

(defn- evaluate
  "Returns the value and location that a variable at `location` stands for. What is in it isn't resolved. The value is ::resolver/unknown if
  it isn't known; then there is a warning."
  [resolver {:keys [text sources]} location]
  (resolver/spend! resolver 1)
  (loop [[source & more] sources]
    (let [{:keys [unknown missing last] :as found} (try-source resolver source location)
          [value at] (shallow resolver [(:value found) (or (:location found) (update location :origin conj text))])]
      (cond
        unknown                 [(resolver/warn! resolver location text unknown) location]
        (or last (some? value)) [value at]
        (seq more)              (recur more)
        :else                   [(resolver/warn! resolver location text (or missing "it has no value")) location]))))

(defn- resolved-text [resolver s location]
  (let [inner (resolver/entered resolver s location)]
    (if (string? inner)
      (do (resolver/warn! resolver location s inner)
          ::resolver/unknown)
      (try
        (joined inner (syntax/parse s) location false)
        (catch ExceptionInfo e
          (if (= ::syntax/malformed (:type (ex-data e)))
            (resolver/warn! resolver location s (ex-message e))
            (throw e)))))))

(defn- resolved
  "Returns `x`, which is at `location`, with all its variables resolved; ::resolver/unknown if it is a text that isn't known."
  [resolver x location]
  (resolver/spend! resolver 1)
  (let [part (fn [k v]
               (let [y (resolved (resolver/nested resolver) v (below location x k))]
                 (if (= ::resolver/unknown y) v y)))]
    (cond
      (has-variables? resolver x) (resolved-text resolver x location)
      (map? x)    (with-meta (yaml/ordered (for [[k v] x] [k (part k v)])) (meta x))
      (vector? x) (with-meta (vec (map-indexed part x)) (meta x))
      :else       x)))

(defn node
  "Returns the value and location behind `keys` in the service. What is in the value isn't resolved."
  [resolver keys]
  (shallow resolver (from-root resolver keys)))

(defn child
  "Returns the value and location of the key or index `k` of a node. What is in the value isn't resolved."
  [resolver [x location] k]
  (shallow resolver [(get x k) (below location x k)]))

(defn value
  "Returns the resolved value of a node. A text with variables that aren't known keeps these."
  [resolver [x location]]
  (let [found (resolved resolver x location)]
    (if (= ::resolver/unknown found) x found)))

(defn select
  "Returns the map that a node is with only the keys for which `wanted` is true, resolved; nil if the node is no map."
  [resolver [m :as node] wanted]
  (when (map? m)
    (with-meta (yaml/ordered (for [k (filter wanted (keys m))]
                               [k (value resolver [(m k) (below (second node) m k)])]))
               (meta m))))
