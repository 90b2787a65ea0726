(ns karamon.s3.scripted.store
  "The scripted server's buckets as a value: `{:buckets {name bucket} :owner id :account number :serial n :uploads {} :quirks
  #{}}`. A bucket is a map of its settings and `:objects`, a sorted map of key to versions, the newest last."
  (:require
   [clojure.string :as str]
   [karamon.s3.scripted.object :as object :refer [fail]])
  (:import
   (java.net URLDecoder)
   (java.nio.charset StandardCharsets)
   (karamon.etag Limits)))

(set! *warn-on-reflection* true)

(defn bucket
  "Returns the bucket of a request, if its owner is the one that the request expects."
  [state {:keys [bucket headers]}]
  (when-not (contains? #{nil (:account state)} (headers "x-amz-expected-bucket-owner"))
    (fail 403 "AccessDenied"))
  (or (get-in state [:buckets bucket])
      (fail 404 "NoSuchBucket" "The specified bucket does not exist")))

(defn version
  "Returns an object, or the given version of it; nil if there is none, or it is deleted."
  [bucket key version-id]
  (let [versions (get-in bucket [:objects key])
        found    (if version-id
                   (first (filter #(= version-id (:version-id % "null")) versions))
                   (peek versions))]
    (when-not (:delete-marker found)
      found)))

(defn store
  "Puts an object, as a new version if the bucket has versions. Returns the state and the stored object."
  [state bucket-name key object]
  (let [serial    (inc (:serial state))
        versions? (get-in state [:buckets bucket-name :versioning])
        object    (cond-> object
                    versions? (assoc :version-id (format "v%08d" serial)))]
    [(-> state
         (assoc :serial serial)
         (update-in [:buckets bucket-name :objects key] #(if versions? (conj (or % []) object) [object])))
     object]))

(defn check-conditions
  "Checks a request's conditions on the object that it replaces."
  [state headers current]
  (let [unquoted #(str/replace % "\"" "")]
    (when-let [wanted (and (not (:ignores-if-match (:quirks state))) (headers "if-match"))]
      (cond
        (nil? current)                           (fail 404 "NoSuchKey" "The specified key does not exist.")
        (not= (:etag current) (unquoted wanted)) (fail 412 "PreconditionFailed" "At least one of the pre-conditions you specified did not hold")))
    (when (and (= "*" (headers "if-none-match")) current)
      (fail 412 "PreconditionFailed" "At least one of the pre-conditions you specified did not hold"))))

(defn readable
  "Returns the object of a request, if it may be read."
  [state {:keys [key query headers] :as request}]
  (let [{object-headers :headers :as object}
        (or (version (bucket state request) key (query "versionId"))
            (fail 404 (if (query "versionId") "NoSuchVersion" "NoSuchKey") "The specified key does not exist."))
        customer     (object-headers "x-amz-server-side-encryption-customer-key-md5")
        unquoted     #(str/replace % "\"" "")]
    (when (not= customer (headers "x-amz-server-side-encryption-customer-key-md5"))
      (if (and customer (headers "x-amz-server-side-encryption-customer-key-md5"))
        (fail 403 "AccessDenied")
        (fail 400 "InvalidRequest" "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.")))
    (when (some-> (headers "if-match") unquoted (not= (:etag object)))
      (fail 412 "PreconditionFailed"))
    (when (= (some-> (headers "if-none-match") unquoted) (:etag object))
      (fail 304 nil))
    object))

(defn available?
  "Returns whether an object's bytes can be read without a restore."
  [{:keys [headers]}]
  (or (not (contains? #{"GLACIER" "DEEP_ARCHIVE"} (headers "x-amz-storage-class")))
      (some-> (headers "x-amz-restore") (str/includes? "ongoing-request=\"false\""))))

(defn source
  "Returns the source object of a copy, with `:bucket` and `:key`."
  [state {:keys [headers]}]
  (let [[path version-id]  (str/split (headers "x-amz-copy-source") #"\?versionId=" 2)
        [_ bucket-name key] (re-matches #"(?s)/?([^/]+)/(.+)" (URLDecoder/decode ^String path StandardCharsets/UTF_8))
        found              (or (version (bucket state {:bucket bucket-name, :headers {}}) key version-id)
                               (fail 404 "NoSuchKey" "The specified key does not exist."))
        wanted             (when-not (:ignores-source-if-match (:quirks state))
                             (headers "x-amz-copy-source-if-match"))]
    (when (some-> wanted (str/replace "\"" "") (not= (:etag found)))
      (fail 412 "PreconditionFailed" "At least one of the pre-conditions you specified did not hold"))
    (when-not (available? found)
      (fail 403 "InvalidObjectState" "The operation is not valid for the object's storage class"))
    (when (< Limits/MAX_COPY (long (:size found)))
      (fail 400 "InvalidRequest" (str "The specified copy source is larger than the maximum allowable size for a copy source: " Limits/MAX_COPY)))
    (when (not= (get-in found [:headers "x-amz-server-side-encryption-customer-key-md5"])
                (headers "x-amz-copy-source-server-side-encryption-customer-key-md5"))
      (fail 400 "InvalidRequest" "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."))
    (assoc found :bucket bucket-name, :key key)))
