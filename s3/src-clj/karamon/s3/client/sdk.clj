(ns karamon.s3.client.sdk
  "Converts the SDK's requests and responses from and to maps. Keys are S3's own names in kebab case (`StorageClass` is
  `:storage-class`, `SSEKMSKeyId` is `:sse-kms-key-id`), values are strings, numbers, Instants, vectors and maps; fields that
  S3 didn't return are left out. Uses the list of fields that each class of the SDK has, so none is forgotten."
  (:require
   [clojure.string :as str])
  (:import
   (java.time Instant)
   (java.util List Map)
   (karamon.text Options)
   (software.amazon.awssdk.core SdkField SdkPojo)
   (software.amazon.awssdk.core.protocol MarshallingType)
   (software.amazon.awssdk.core.traits ListTrait)
   (software.amazon.awssdk.utils.builder Buildable)))

(set! *warn-on-reflection* true)

(def ^:private irregular
  {"ETag" :etag, "SSEKMSKeyId" :sse-kms-key-id, "SSEKMSEncryptionContext" :sse-kms-encryption-context})

(defn- kebab [member]
  (or (irregular member)
      (-> member
          (str/replace #"([a-z])([A-Z])" "$1-$2")
          (str/replace #"([A-Z])([A-Z][a-z])" "$1-$2")
          str/lower-case
          keyword)))

(def ^:private kebab-keys (atom {}))

(defn- field-key [^SdkField field]
  (let [member (.memberName field)]
    (or (@kebab-keys member)
        (get (swap! kebab-keys assoc member (kebab member)) member))))

(defn- unquoted [etag]
  (str/replace etag #"^\"|\"$" ""))

(def ^:private conditions
  "Parameters with an ETag, which HTTP headers have in quotes."
  #{:if-match :if-none-match :copy-source-if-match :copy-source-if-none-match})

(defn- quoted [etag]
  (if (or (not (string? etag)) (= "*" etag) (str/starts-with? etag "\""))
    etag
    (str "\"" etag "\"")))

(declare object->map)

(defn- plain [value]
  (cond
    (instance? SdkPojo value) (object->map value)
    (instance? List value)    (mapv plain value)
    (instance? Map value)     (into {} value)
    :else                     value))

(defn object->map
  "Converts an object of the SDK to a map, its ETag without quotes."
  [^SdkPojo object]
  (into {}
        (keep (fn [^SdkField field]
                (let [value (.getValueOrDefault field object)
                      k     (field-key field)]
                  (when-not (or (nil? value) (and (or (instance? List value) (instance? Map value)) (empty? value)))
                    [k (cond-> (plain value) (= :etag k) unquoted)]))))
        (.sdkFields object)))

(defn field-keys
  "Returns the keys that a request or response of the SDK may have."
  [^SdkPojo object]
  (into (sorted-set) (map field-key) (.sdkFields object)))

(defn- mistyped [k expected value]
  (Options/wrong k value expected :karamon.s3/bad-option))

(declare map->builder)

(defn- converted [^SdkField field k value]
  (let [type (.marshallingType field)]
    (condp = type
      MarshallingType/SDK_POJO (if (map? value)
                                 (.build ^Buildable (map->builder (.get (.constructor field)) value))
                                 (throw (mistyped k "a map" value)))
      MarshallingType/LIST     (if (sequential? value)
                                 (let [member (.memberFieldInfo ^ListTrait (.getTrait field ListTrait))]
                                   (mapv #(converted member k %) value))
                                 (throw (mistyped k "a vector" value)))
      MarshallingType/INTEGER  (if (int? value) (int value) (throw (mistyped k "a whole number" value)))
      MarshallingType/INSTANT  (if (inst? value)
                                 (Instant/ofEpochMilli (inst-ms value))
                                 (throw (mistyped k "an instant" value)))
      (if (instance? (.getTargetClass type) value)
        value
        (throw (mistyped k (str "a " (str/lower-case (.getSimpleName (.getTargetClass type)))) value))))))

(defn map->builder
  "Sets the entries of the map `m` in a builder of the SDK and returns it. Ignores nil values, and adds the quotes of ETags in
  conditions. Throws ex-info of `:type` `:karamon.s3/bad-option` for a key without a field, or a value of the wrong kind."
  [^SdkPojo builder m]
  (let [fields (into {} (map (juxt field-key identity)) (.sdkFields builder))]
    (doseq [[k value] m]
      (let [^SdkField field (or (fields k)
                                (throw (ex-info (Options/unknown "option" k (keys fields)) {:type :karamon.s3/bad-option, :option k})))]
        (when (some? value)
          (.set field builder (converted field k (cond-> value (conditions k) quoted))))))
    builder))
