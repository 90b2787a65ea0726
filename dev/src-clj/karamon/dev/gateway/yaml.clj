(ns karamon.dev.gateway.yaml
  "Reads YAML into data that remembers its lines, so that what is wrong in a file can be pointed at. CloudFormation's tags
  (`!Ref`, `!GetAtt`, …) are read as what they stand before; `<<` merges maps, as Serverless has it."
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
      (malformed again (str "the key " k " is there a second time")))
    (with-meta (into (apply merge (array-map) merged) (map (fn [[k v]] [k v])) own)
      {:line (line node), :lines (into {} (map (fn [[k _ key-node]] [k (line key-node)])) own)})))

(defn- data
  "Returns the node's data; `within` are the nodes that it is in."
  [node within]
  (when (within node)
    (malformed node "something has an alias of itself in it"))
  (let [within (conj within node)]
    (condp instance? node
      MappingNode  (mapping node within)
      SequenceNode (with-meta (mapv #(data % within) (.getValue ^SequenceNode node)) {:line (line node)})
      ScalarNode   (scalar node))))

(defn parse
  "Returns the data in the YAML `text`: maps with string keys, vectors, strings, whole numbers, booleans and nil; maps and
  vectors have their line under `:line` in their metadata, maps those of their keys under `:lines`. Throws ex-info of `:type` `:karamon.dev.gateway.yaml/malformed` that
  says where; `file` is its name in the message."
  [text file]
  (try
    (some-> (Compose. (.build (.setLabel (LoadSettings/builder) (str file))))
            (.composeString text)
            (.orElse nil)
            (data #{}))
    (catch YamlEngineException e
      (throw (ex-info (str file " isn't YAML: " (str/trim (ex-message e))) {:type ::malformed, :file (str file)})))))
