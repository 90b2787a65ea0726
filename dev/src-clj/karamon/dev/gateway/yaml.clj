(ns karamon.dev.gateway.yaml
  "Reads YAML into data with line numbers, for errors that point at a line. CloudFormation's tags give the functions that they
  stand for, as in Serverless: `!Ref a` is {\"Ref\" \"a\"}. `<<` merges maps. Maps keep their order. The size of a text, its depth and
  what its aliases stand for are limited, so none fills the memory or the stack."
  (:require
   [clojure.string :as str])
  (:import
   (clojure.lang PersistentArrayMap)
   (java.util Optional)
   (org.snakeyaml.engine.v2.api LoadSettings)
   (org.snakeyaml.engine.v2.api.lowlevel Compose Parse)
   (org.snakeyaml.engine.v2.events CollectionEndEvent CollectionStartEvent Event)
   (org.snakeyaml.engine.v2.exceptions Mark YamlEngineException)
   (org.snakeyaml.engine.v2.nodes MappingNode Node NodeTuple ScalarNode SequenceNode Tag)
   (org.snakeyaml.engine.v2.schema CoreSchema)))

(set! *warn-on-reflection* true)

(def ^:private max-characters (* 3 1024 1024))

(def ^:private max-depth
  "The maximum number of maps and lists within each other."
  100)

(def ^:private max-aliases
  "The maximum number of aliases of maps and lists."
  1000)

(def ^:private max-values
  "The maximum number of values. An alias counts as many as the values that it stands for."
  200000)

(def ^:private functions
  "CloudFormation's functions, which tags stand for.
  https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html"
  (into {"!Ref" "Ref", "!Condition" "Condition"}
        (map (fn [name] [(str "!" name) (str "Fn::" name)]))
        ["And" "Base64" "Cidr" "Equals" "FindInMap" "GetAtt" "GetAZs" "If" "ImportValue" "Join" "Not" "Or" "Select" "Split" "Sub"
         "Transform"]))

(defn- function-name [^Node node]
  (functions (.getValue (.getTag node))))

(defn ordered
  "Returns a map of the pairs of distinct keys and values. It keeps their order, however many there are."
  [pairs]
  (PersistentArrayMap. (object-array (mapcat identity pairs))))

(def ^:private schema (CoreSchema.))

(defn number
  "Returns the number that `text` is, a whole one if it can be, as in JavaScript; `text` if it is too large or none."
  [text]
  (let [n (parse-double text)]
    (cond
      (or (nil? n) (infinite? n))                    text
      (and (< (abs n) 1e15) (== n (Math/rint n))) (long n)
      :else                                          n)))

(defn- whole
  "Returns the whole number that `text` is, such as 7, 0x1F or 0o17; `text` if it is too large."
  [text]
  (let [[_ base digits] (re-matches #"0([xo])([0-9a-fA-F]{1,15})" text)]
    (or (if base
          (Long/parseLong digits (if (= "x" base) 16 8))
          (parse-long text))
        text)))

(defn- scalar [^ScalarNode node]
  (let [text (.getValue node)]
    (condp = (if (function-name node)
               (.resolve (.getScalarResolver ^CoreSchema schema) text (.isPlain node))
               (.getTag node))
      Tag/NULL  nil
      Tag/BOOL  (= "true" (str/lower-case text))
      Tag/INT   (whole text)
      Tag/FLOAT (number text)
      text)))

(defn- line-of [^Optional mark]
  (when-let [^Mark mark (.orElse mark nil)]
    (inc (.getLine mark))))

(defn- line [^Node node]
  (line-of (.getStartMark node)))

(declare data)

(defn- malformed [line message]
  (throw (YamlEngineException. (str "in line " line " " message))))

(defn- too-deep [line]
  (malformed line (str "more than " max-depth " maps and lists are within each other")))

(defn- check-depth
  "Throws if `text` is too deep. Composing it, or the data, would need as much stack."
  [^LoadSettings settings text]
  (reduce (fn [depth ^Event event]
            (cond
              (instance? CollectionEndEvent event)         (dec depth)
              (not (instance? CollectionStartEvent event)) depth
              (< depth max-depth)                          (inc depth)
              :else
              (too-deep (line-of (.getStartMark event)))))
          0
          (.parseString (Parse. settings) text)))

(defn- entries
  "Returns the key, the value and the key's line of each entry of a map."
  [^MappingNode node within limits]
  (for [^NodeTuple tuple (.getValue node)]
    [(str (data (.getKeyNode tuple) within limits)) (data (.getValueNode tuple) within limits) (line (.getKeyNode tuple))]))

(defn- merged-entries
  "Returns the entries of the maps behind `<<`. If several have a key, the first one counts."
  [[k value]]
  (when (= "<<" k)
    (for [m (reverse (filter map? (if (vector? value) value [value]))), [k v] m]
      [k v (get-in (meta m) [:lines k])])))

(defn- mapping [node within {:keys [file] :as limits}]
  (let [entries   (entries node within limits)
        own       (remove #(= "<<" (first %)) entries)
        effective (concat (mapcat merged-entries entries) own)
        values    (into {} (map (fn [[k v]] [k v])) effective)]
    (doseq [[k [_ [_ _ again]]] (group-by first own) :when again]
      (malformed again (str "the key " k " occurs a second time")))
    (with-meta (ordered (for [k (distinct (map first effective))] [k (values k)]))
      {:file file, :line (line node), :lines (into {} (map (fn [[k _ line]] [k line])) effective)})))

(defn- sequence-of [^SequenceNode node within {:keys [file] :as limits}]
  (let [nodes (.getValue node)]
    (with-meta (mapv #(data % within limits) nodes)
      {:file file, :line (line node), :lines (mapv line nodes)})))

(defn- function
  "Returns the CloudFormation function `name` of `argument`, as Serverless writes it."
  [name argument ^Node node file]
  (with-meta {name (if (and (= "Fn::GetAtt" name) (string? argument))
                     (str/split argument #"\." 2)
                     argument)}
    {:file file, :line (line node), :lines {name (line node)}}))

(defn- data
  "Returns the node's data. `within` is the set of the nodes around it; `limits` has `:left`, a volatile with the number of values
  that may follow, and the `:file`."
  [node within {:keys [left file] :as limits}]
  (when (within node)
    (malformed (line node) "a value contains an alias of itself"))
  ;; By aliases, data may be deeper than the text.
  (when (< max-depth (count within))
    (too-deep (line node)))
  (when (neg? (vswap! left dec))
    (malformed (line node) (str "there are more than " max-values " values, with those that aliases stand for")))
  (let [within (conj within node)
        value  (condp instance? node
                 MappingNode  (mapping node within limits)
                 SequenceNode (sequence-of node within limits)
                 ScalarNode   (scalar node))]
    (if-let [name (function-name node)]
      (function name value node file)
      value)))

(defn parse
  "Returns the data in the YAML or JSON `text`: maps with string keys, vectors, strings, numbers, booleans and nil. The metadata of
  maps and vectors has their `:file` and `:line`, and the lines of keys or elements under `:lines`. Throws
  ex-info of `:type` `:karamon.dev.gateway.yaml/malformed` with the line in its message; `file` is the file's name there."
  [text file]
  (let [settings (.build (doto (LoadSettings/builder)
                           (.setLabel (str file))
                           (.setSchema schema)
                           (.setCodePointLimit max-characters)
                           (.setMaxAliasesForCollections max-aliases)
                           (.setAllowRecursiveKeys false)))]
    (try
      (check-depth settings text)
      (some-> (Compose. settings)
              (.composeString text)
              (.orElse nil)
              (data #{} {:left (volatile! max-values), :file (str file)}))
      (catch YamlEngineException e
        (throw (ex-info (str file " isn't YAML: " (str/trim (ex-message e))) {:type ::malformed, :file (str file)}))))))
