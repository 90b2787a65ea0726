(ns karamon.dev.gateway.yaml
  "Reads YAML into data with line numbers, for errors that point at a line. CloudFormation's tags (`!Ref`, `!GetAtt`, …) are
  ignored: the value behind one is read without it. `<<` merges maps, as in Serverless."
  (:require
   [clojure.string :as str])
  (:import
   (org.snakeyaml.engine.v2.api LoadSettings)
   (org.snakeyaml.engine.v2.api.lowlevel Compose)
   (org.snakeyaml.engine.v2.exceptions Mark YamlEngineException)
   (org.snakeyaml.engine.v2.nodes MappingNode Node NodeTuple ScalarNode SequenceNode Tag)))

(set! *warn-on-reflection* true)

(defn- scalar [^ScalarNode node]
  (let [text (.getValue node)
        tag  (.getTag node)]
    (condp = tag
      Tag/NULL nil
      Tag/BOOL (= "true" (str/lower-case text))
      Tag/INT  (or (parse-long text) text)
      text)))

(defn- line [^Node node]
  (when-let [^Mark mark (.orElse (.getStartMark node) nil)]
    (inc (.getLine mark))))

(declare data)

(defn- malformed [node message]
  (throw (YamlEngineException. (str "in line " (line node) " " message))))

(defn- mapping [^MappingNode node within]
  (let [entries (for [^NodeTuple tuple (.getValue node)]
                  [(str (data (.getKeyNode tuple) within)) (data (.getValueNode tuple) within) (.getKeyNode tuple)])
        merged  (mapcat (fn [[k v]] (when (= "<<" k) (filter map? (if (vector? v) v [v])))) entries)
        own     (remove #(= "<<" (first %)) entries)]
    (doseq [[k [_ [_ _ again]]] (group-by first own) :when again]
      (malformed again (str "the key " k " occurs a second time")))
    (with-meta (into (apply merge (array-map) merged) (map (fn [[k v]] [k v])) own)
      {:line (line node), :lines (into {} (map (fn [[k _ key-node]] [k (line key-node)])) own)})))

(defn- data
  "Returns the node's data; `within` is the set of the nodes around it."
  [node within]
  (when (within node)
    (malformed node "a value contains an alias of itself"))
  (let [within (conj within node)]
    (condp instance? node
      MappingNode  (mapping node within)
      SequenceNode (with-meta (mapv #(data % within) (.getValue ^SequenceNode node)) {:line (line node)})
      ScalarNode   (scalar node))))

(defn parse
  "Returns the data in the YAML `text`: maps with string keys, vectors, strings, whole numbers, booleans and nil. The metadata
  of maps and vectors has their line under `:line`; that of maps also has the lines of their keys under `:lines`. Throws
  ex-info of `:type` `:karamon.dev.gateway.yaml/malformed` with the line in its message; `file` is the file's name there."
  [text file]
  (try
    (some-> (Compose. (.build (.setLabel (LoadSettings/builder) (str file))))
            (.composeString text)
            (.orElse nil)
            (data #{}))
    (catch YamlEngineException e
      (throw (ex-info (str file " isn't YAML: " (str/trim (ex-message e))) {:type ::malformed, :file (str file)})))))
