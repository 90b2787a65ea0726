(ns karamon.dev.yaml
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

(defn- mapping [^MappingNode node]
  (let [entries (for [^NodeTuple tuple (.getValue node)]
                  [(str (data (.getKeyNode tuple))) (data (.getValueNode tuple))])
        merged  (mapcat (fn [[k v]] (when (= "<<" k) (if (map? v) [v] v))) entries)]
    (with-meta (reduce conj (apply merge (array-map) merged) (remove #(= "<<" (first %)) entries))
      {:line (line node)})))

(defn- data [node]
  (condp instance? node
    MappingNode  (mapping node)
    SequenceNode (with-meta (mapv data (.getValue ^SequenceNode node)) {:line (line node)})
    ScalarNode   (scalar node)))

(defn parse
  "Returns the data in the YAML `text`: maps with string keys, vectors, strings, whole numbers, booleans and nil; maps and
  vectors have their line under `:line` in their metadata. Throws ex-info of `:type` `:karamon.dev.yaml/malformed` that
  says where; `file` is its name in the message."
  [text file]
  (try
    (some-> (Compose. (.build (.setLabel (LoadSettings/builder) (str file))))
            (.composeString text)
            (.orElse nil)
            data)
    (catch YamlEngineException e
      (throw (ex-info (str file " isn't YAML: " (str/trim (ex-message e))) {:type ::malformed, :file (str file)})))))
