(ns karamon.dev.console.show
  "Values as EDN and as JSON for the console, within bounds, with secrets masked."
  (:require
   [clojure.string :as str]
   [karamon.dev.console.layout :as layout]
   [karamon.dev.console.record :as record]
   [karamon.dev.event-file :as event-file])
  (:import
   (clojure.lang APersistentMap APersistentVector)
   (java.util.function Supplier)
   (karamon.json JsonReader Keys MalformedJson)
   (karamon.text Guard Shown)))

(set! *warn-on-reflection* true)

(def ^:private secret-names
  "Names of headers and of AWS's own members whose values are secrets, in lower case."
  #{"apikey" "authorization" "authorizationtoken" "authorization-token" "cookie" "cookies" "proxy-authorization" "set-cookie"
    "x-amz-security-token" "x-api-key" "x-auth-token" "x-csrf-token" "x-xsrf-token"})

(def mask
  "Stands for a secret."
  "••••••")

(defn secret?
  "Returns true if the value of a header or member with this name, a string or a keyword, is masked."
  [k]
  (let [text (cond (string? k) k, (or (keyword? k) (symbol? k)) (name k))]
    (boolean (and text (secret-names (str/lower-case text))))))

(def ^:private max-depth 50)

(def ^:private max-values
  "How many values are searched for secrets. Data that shares parts may have more than memory could hold."
  50000)

(defn- nothing? [x]
  (or (nil? x) (and (or (instance? APersistentMap x) (instance? APersistentVector x)) (zero? (count x)))))

(defn- mask-value
  "Returns `x` with its secrets replaced. What is beyond the bounds is cut off, since it might have more of them."
  [x depth left]
  (cond
    (or (neg? (long (vswap! left dec))) (> (long depth) (long max-depth))) Shown/CUT
    (instance? APersistentMap x)
    (reduce-kv (fn [m k v]
                 (if (secret? k)
                   (if (nothing? v) m (assoc m k mask))
                   (let [hidden (mask-value v (inc (long depth)) left)]
                     (if (identical? hidden v) m (assoc m k hidden)))))
      x x)
    (and (instance? APersistentVector x) (not (map-entry? x)))
    (let [hidden (mapv #(mask-value % (inc (long depth)) left) x)]
      (if (every? true? (map identical? hidden x)) x hidden))
    :else x))

(defn masked
  "Returns data with the values of secrets replaced. Only Clojure's own maps and vectors are searched: others may be endless."
  [x]
  (try
    ;; A sorted map has a comparator, which is the user's code.
    (Guard/call (Guard/deadline) (reify Supplier (get [_] (mask-value x 0 (volatile! max-values)))))
    (catch Exception e
      (str Shown/CUT " " (Guard/problem e)))))

(def ^:private max-text
  "How many characters of a value are shown. It has more than a body."
  (* 2 (long record/max-body)))

(def ^:private max-json
  "How many characters of JSON are shown: any event that is kept whole, with its line breaks."
  (* 8 (long record/max-body)))

(defn- one-line [x]
  (Shown/of x max-text (Guard/deadline)))

(def ^:private width
  "How many characters fit next to each other in one of four panes."
  44)

(defn- pretty [x]
  (try
    (event-file/pretty x)
    (catch Exception _ nil)))

(defn data
  "Returns any value as a map of `:edn` and `:json`, texts. JSON has strings for what it has no form for, and is nil in case of two
  keys with the same name."
  [x]
  (let [text (one-line x)]
    {:edn  (layout/layout text width)
     :json (pretty (layout/plain-data text))}))

(defn text
  "Returns any value as EDN of at most `chars` characters, without those of line breaks."
  [x chars]
  (layout/layout (Shown/of x chars (Guard/deadline)) width))

(defn json
  "Returns the JSON `bytes` as a map of `:edn` and `:json`, texts. Secrets are masked unless `reveal?`."
  [^bytes bytes reveal?]
  (try
    (let [x (JsonReader/read bytes Keys/STRINGS)
          x (if reveal? x (masked x))]
      {:edn  (layout/layout (one-line x) width)
       :json (Shown/cut (or (pretty x) "") max-json)})
    (catch MalformedJson _
      (let [text (String. bytes "UTF-8")]
        {:edn (one-line text), :json text}))))
