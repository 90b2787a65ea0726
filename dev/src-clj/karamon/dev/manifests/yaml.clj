(ns karamon.dev.manifests.yaml
  "Writes data as YAML that readers of YAML 1.1, such as kubectl, and of YAML 1.2 read alike."
  (:import
   (java.util Optional)
   (org.snakeyaml.engine.v2.api DumpSettings)
   (org.snakeyaml.engine.v2.api.lowlevel Present Serialize)
   (org.snakeyaml.engine.v2.common FlowStyle ScalarStyle)
   (org.snakeyaml.engine.v2.nodes MappingNode Node NodeTuple ScalarNode SequenceNode Tag)))

(set! *warn-on-reflection* true)

(def ^:private first-keys
  "The keys that come before others in a map, in this order, as is usual for Kubernetes."
  (zipmap ["apiVersion" "kind" "metadata" "name" "namespace" "op" "path" "value"] (range)))

(defn- plain?
  "Returns true if a text can't be taken for anything but a text. YAML 1.1 has more words and numbers than 1.2, such as `yes` and 1:30."
  [text]
  (and (re-matches #"[A-Za-z/][A-Za-z0-9./_@-]*(?::[A-Za-z0-9./_@-]+)*" text)
       (not (re-matches #"(?i)y|n|yes|no|on|off|true|false|null" text))))

(defn- block?
  "Returns true if a text has lines that YAML shows as they are."
  [text]
  (re-matches #"(?:[!-~][ -~]*\n(?:[ -~]*[!-~]\n)*)" text))

(defn- scalar ^Node [^Tag tag text ^ScalarStyle style]
  (ScalarNode. tag (str text) style))

(defn- node ^Node [x]
  (cond
    (map? x)        (MappingNode. Tag/MAP
                                  (vec (for [[k v] (sort-by #(vector (first-keys (key %) 99) (key %)) (update-keys x name))]
                                         (NodeTuple. (node k) (node v))))
                                  (if (seq x) FlowStyle/BLOCK FlowStyle/FLOW))
    (sequential? x) (SequenceNode. Tag/SEQ (mapv node x) (if (seq x) FlowStyle/BLOCK FlowStyle/FLOW))
    (boolean? x)    (scalar Tag/BOOL x ScalarStyle/PLAIN)
    (integer? x)    (scalar Tag/INT x ScalarStyle/PLAIN)
    (nil? x)        (scalar Tag/NULL "null" ScalarStyle/PLAIN)
    (plain? x)      (scalar Tag/STR x ScalarStyle/PLAIN)
    (block? x)      (scalar Tag/STR x ScalarStyle/LITERAL)
    :else           (scalar Tag/STR x ScalarStyle/DOUBLE_QUOTED)))

(def ^:private ^DumpSettings settings
  (.. (DumpSettings/builder) (setWidth 1000) (setIndicatorIndent 0) build))

(defn text
  "Returns `x` as a YAML document. Maps have keywords or strings for keys; values are maps, lists, strings, whole numbers, booleans
  and nil."
  [x]
  (.emitToString (Present. settings) (.iterator (.serializeOne (Serialize. settings) (node x)))))
