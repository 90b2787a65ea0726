(ns karamon.dev.gateway.json-schema
  "Checks data with a JSON schema of draft 4, the draft of API Gateway's models. Leaves `format` out, and references to anything but
  the schema itself: http://json-schema.org/draft-04/schema."
  (:require
   [clojure.string :as str])
  (:import
   (karamon.text Percent Shown)))

(set! *warn-on-reflection* true)

(def ^:private max-depth
  "The maximum number of schemas within each other. A schema may refer to itself."
  200)

(defn- integral? [x]
  (and (number? x) (or (integer? x) (zero? (rem (bigdec x) 1)))))

(def ^:private types
  {"object" map?, "array" vector?, "string" string?, "number" number?, "integer" integral?, "boolean" boolean?, "null" nil?})

(defn- many [x]
  (if (sequential? x) x [x]))

(defn- length [^String text]
  (.codePointCount text 0 (count text)))

(def ^:private max-steps
  "The maximum number of comparisons with a schema, which may refer to itself several times."
  1000000)

(defn- canonical
  "Returns data that is equal exactly if JSON's is: 1 and 1.0 are one number."
  [x]
  (cond
    (number? x)     (.stripTrailingZeros (bigdec x))
    (map? x)        (update-vals x canonical)
    (sequential? x) (mapv canonical x)
    :else           x))

(defn- equal? [a b]
  (= (canonical a) (canonical b)))

(defn- distinct-all? [xs]
  (or (empty? xs) (apply distinct? (map canonical xs))))

(defn- resolved
  "Returns the part of the schema `root` at `reference`, such as #/definitions/item; nil if there is none."
  [root reference]
  (when (str/starts-with? (str reference) "#")
    (reduce (fn [at step]
              (let [step (-> (Percent/decode step false) (str/replace "~1" "/") (str/replace "~0" "~"))]
                (cond
                  (map? at) (get at step)
                  (and (vector? at) (re-matches #"\d{1,6}" step)) (get at (parse-long step))
                  :else nil)))
            root
            (remove str/blank? (str/split (subs reference 1) #"/")))))

(declare problems)

(defn- object-problems [{:keys [path] :as at} {:strs [properties patternProperties additionalProperties] :as schema} data]
  (let [{required "required", least "minProperties", most "maxProperties", dependencies "dependencies"} schema
        under    (fn [k] (assoc at :path (str path "/" k)))
        patterns (map (fn [[p s]] [(re-pattern p) s]) patternProperties)
        known?   (fn [k] (or (contains? properties k) (some #(re-find (first %) k) patterns)))]
    (concat
      (for [k (when (sequential? required) required) :when (not (contains? data k))] (str path ": " k " is missing"))
      (when (and least (< (count data) least)) [(str path ": expected at least " least " members")])
      (when (and most (> (count data) most)) [(str path ": expected at most " most " members")])
      (mapcat (fn [[k v]] (when-let [s (get properties k)] (problems (under k) s v))) data)
      (for [[k v] data, [p s] patterns :when (re-find p k), problem (problems (under k) s v)] problem)
      (when (some? additionalProperties)
        (mapcat (fn [[k v]]
                  (when-not (known? k)
                    (if (map? additionalProperties)
                      (problems (under k) additionalProperties v)
                      (when-not additionalProperties [(str path ": " k " isn't allowed")]))))
                data))
      (mapcat (fn [[k needed]]
                (when (contains? data k)
                  (if (map? needed)
                    (problems at needed data)
                    (for [n (many needed) :when (not (contains? data n))] (str path ": " k " needs " n)))))
              dependencies))))

(defn- array-problems [{:keys [path] :as at} {:strs [items additionalItems minItems maxItems uniqueItems]} data]
  (let [under (fn [i] (assoc at :path (str path "/" i)))]
    (concat
      (when (and minItems (< (count data) minItems)) [(str path ": expected at least " minItems " items")])
      (when (and maxItems (> (count data) maxItems)) [(str path ": expected at most " maxItems " items")])
      (when (and uniqueItems (not (distinct-all? data))) [(str path ": the items aren't distinct")])
      (cond
        (map? items)    (mapcat (fn [i x] (problems (under i) items x)) (range) data)
        (vector? items) (concat
                          (mapcat (fn [i s x] (problems (under i) s x)) (range) items data)
                          (mapcat (fn [i x]
                                    (cond
                                      (map? additionalItems)    (problems (under i) additionalItems x)
                                      (false? additionalItems) [(str path ": expected at most " (count items) " items")]))
                                  (range (count items) (count data))
                                  (drop (count items) data)))))))

(defn- string-problems [{:keys [path]} {:strs [minLength maxLength pattern]} data]
  (concat
    (when (and minLength (< (length data) minLength)) [(str path ": expected at least " minLength " characters")])
    (when (and maxLength (> (length data) maxLength)) [(str path ": expected at most " maxLength " characters")])
    (when (and pattern (not (re-find (re-pattern pattern) data))) [(str path ": expected a match of " pattern)])))

(defn- number-problems [{:keys [path]} {:strs [minimum maximum exclusiveMinimum exclusiveMaximum multipleOf]} data]
  (concat
    (when (and minimum (if (true? exclusiveMinimum) (<= data minimum) (< data minimum))) [(str path ": expected more than " minimum)])
    (when (and maximum (if (true? exclusiveMaximum) (>= data maximum) (> data maximum))) [(str path ": expected less than " maximum)])
    (when (and multipleOf (not (zero? (rem (bigdec data) (bigdec multipleOf))))) [(str path ": expected a multiple of " multipleOf)])))

(defn- combined-problems [{:keys [path] :as at} {excluded "not", :strs [allOf anyOf oneOf]} data]
  (let [fitting (fn [schemas] (count (filter #(empty? (problems at % data)) schemas)))]
    (concat
      (mapcat #(problems at % data) allOf)
      (when (and anyOf (zero? (fitting anyOf))) [(str path ": fits none of anyOf")])
      (when (and oneOf (not= 1 (fitting oneOf))) [(str path ": fits " (fitting oneOf) " of oneOf, expected 1")])
      (when (and excluded (empty? (problems at excluded data))) [(str path ": fits what not excludes")]))))

(defn- problems [{:keys [root path depth steps] :as at} schema data]
  (when (< (long max-steps) (long (vswap! steps inc)))
    (throw (ex-info (str "more than " max-steps " comparisons") {:type ::endless})))
  (let [at        (update at :depth inc)
        reference (get schema "$ref")
        {:strs [type enum]} schema]
    (cond
      (> depth max-depth) [(str path ": more than " max-depth " schemas within each other")]
      reference           (problems at (resolved root reference) data)
      (not (map? schema)) nil
      :else
      (concat
        (when (and type (not-any? #(when-let [of-type? (types %)] (of-type? data)) (many type)))
          [(str path ": expected " (str/join " or " (many type)) ", found " (Shown/of data))])
        (when (and enum (not-any? #(equal? data %) enum))
          [(str path ": expected one of " (str/join ", " (map #(Shown/of %) enum)) ", found " (Shown/of data))])
        (cond
          (map? data)    (object-problems at schema data)
          (vector? data) (array-problems at schema data)
          (string? data) (string-problems at schema data)
          (number? data) (number-problems at schema data))
        (combined-problems at schema data)))))

(defn check
  "Returns at most 100 texts about how `data` differs from `schema`; nil if it doesn't. Both are data as JSON has it, with string
  keys. Throws an exception if the schema is wrong, such as one with a regex that can't be read, or never ends."
  [schema data]
  (not-empty (into [] (take 100) (problems {:root schema, :path "", :depth 0, :steps (volatile! 0)} schema data))))
