(ns karamon.s3.scripted.writes
  "Puts, copies, deletes and tags objects of the scripted server."
  (:require
   [clojure.string :as str]
   [karamon.s3.scripted.headers :refer [checksum-headers encryption-headers quoted version-headers]]
   [karamon.s3.scripted.object :as object :refer [fail]]
   [karamon.s3.scripted.store :as store]
   [karamon.s3.scripted.xml :as xml])
  (:import
   (java.time Instant)))

(set! *warn-on-reflection* true)

(defn changed
  "Returns the answer to a request that put an object."
  [state {:keys [bucket key]} object answer]
  (let [[state {:keys [etag] :as object}] (store/store state bucket key object)]
    (merge-with merge
                {:state state, :headers (merge (version-headers object) (encryption-headers object) {"ETag" (quoted etag)})}
                (if (fn? answer) (answer object) answer))))

(defn put-object [state {:keys [key headers body] :as request}]
  (let [bucket (store/bucket state request)]
    (when (and (:wants-no-quotes (:quirks state)) (some-> (headers "if-match") (str/starts-with? "\"")))
      (fail 412 "PreconditionFailed"))
    (store/check-conditions state headers (store/version bucket key nil))
    (changed state request (object/object bucket (:owner state) headers body) checksum-headers)))

(defn- no-op? [bucket {:keys [headers key] bucket-name :bucket} source]
  (and (= [bucket-name key] [(:bucket source) (:key source)])
       (not= "REPLACE" (headers "x-amz-metadata-directive"))
       (not (some headers ["x-amz-storage-class" "x-amz-server-side-encryption" "x-amz-website-redirect-location"
                           "x-amz-server-side-encryption-customer-algorithm"]))
       (nil? (:encryption bucket))))

(defn copy-object [state {:keys [key headers] :as request}]
  (let [bucket  (store/bucket state request)
        source  (store/source state request)
        quirks  (:quirks state)
        own     (object/kept-headers bucket headers)
        matches (fn [pattern m] (into {} (filter #(re-matches pattern (clojure.core/key %))) m))
        other   (into {} (remove #(re-matches object/described (clojure.core/key %))) own)
        kept    (merge other (matches object/described (if (= "REPLACE" (headers "x-amz-metadata-directive")) own (:headers source))))
        kept    (cond-> kept
                  (:drops-metadata quirks) (as-> m (into {} (remove #(str/starts-with? (clojure.core/key %) "x-amz-meta-")) m)))]
    (when (no-op? bucket request source)
      (fail 400 "InvalidRequest" (str "This copy request is illegal because it is trying to copy an object to itself without changing the "
                                      "object's metadata, storage class, website redirect location or encryption attributes.")))
    (store/check-conditions state headers (store/version bucket key nil))
    (cond-> (changed state request
              (-> source
                  (dissoc :parts :bucket :key :version-id)
                  (merge {:headers       (if (= kept (:headers source)) (:headers source) kept)
                          :etag          (object/whole-tag kept source)
                          :tags          (cond
                                           (:drops-tags quirks)                            []
                                           (= "REPLACE" (headers "x-amz-tagging-directive")) (object/pairs (headers "x-amz-tagging"))
                                           :else                                           (:tags source))
                          :grants        (object/grants bucket (:owner state) headers)
                          :owner         (:owner state)
                          :last-modified (Instant/now)
                          :checksum-type "FULL_OBJECT"
                          :checksums     (let [algorithms (if-let [one (headers "x-amz-checksum-algorithm")]
                                                            [(str/lower-case one)]
                                                            (keys (:checksums source)))]
                                           (if-let [body (:body source)]
                                             (into {} (map (fn [a] [a (object/checksum a body)])) algorithms)
                                             (:checksums source)))}
                         (when (:keeps-parts quirks)
                           (select-keys source [:etag :parts]))))
              (fn [{:keys [etag last-modified]}]
                {:headers (when-let [version (:version-id source)] {"x-amz-copy-source-version-id" version})
                 :xml     [:CopyObjectResult [:LastModified (str last-modified)] [:ETag (quoted etag)]]}))
      (:hides-versions quirks) (update :headers dissoc "x-amz-version-id"))))

(defn delete-object [state {:keys [bucket key query headers] :as request}]
  (let [{:keys [versioning objects] :as found} (store/bucket state request)
        version-id                 (query "versionId")]
    (when (headers "if-match")
      (store/check-conditions state headers (store/version found key nil)))
    (cond
      version-id
      (let [left (vec (remove #(= version-id (:version-id %)) (objects key)))]
        {:status 204, :headers {"x-amz-version-id" version-id}
         :state  (if (seq left)
                   (assoc-in state [:buckets bucket :objects key] left)
                   (update-in state [:buckets bucket :objects] dissoc key))})
      versioning
      (let [[state marker] (store/store state bucket key {:delete-marker true})]
        {:status 204, :state state, :headers (merge (version-headers marker) {"x-amz-delete-marker" "true"})})
      :else
      {:status 204, :state (update-in state [:buckets bucket :objects] dissoc key)})))

(defn put-object-tagging [state {:keys [bucket key query body] :as request}]
  (let [object (store/readable state request)
        tags   (vec (for [set (xml/children (xml/parse body) :TagSet), tag (xml/children set :Tag)]
                      [(xml/child tag :Key) (or (xml/child tag :Value) "")]))]
    {:headers (version-headers object)
     :state   (update-in state [:buckets bucket :objects key]
                         (fn [versions] (mapv #(cond-> % (= (:version-id %) (:version-id object)) (assoc :tags tags)) versions)))}))
