(ns karamon.s3.scripted.buckets
  "Reads buckets of the scripted server, and lists their objects."
  (:require
   [clojure.string :as str]
   [karamon.s3.scripted.headers :refer [quoted]]
   [karamon.s3.scripted.object :refer [fail]]
   [karamon.s3.scripted.store :as store])
  (:import
   (java.net URLEncoder)
   (java.nio.charset StandardCharsets)))

(set! *warn-on-reflection* true)

(defn list-objects-v2 [state {:keys [bucket query] :as request}]
  (let [{:keys [objects]} (store/bucket state request)
        prefix    (query "prefix" "")
        delimiter (query "delimiter")
        limit     (min 1000 (parse-long (get query "max-keys" "1000")))
        after     (or (query "continuation-token") (query "start-after") "")
        name-of   (if (= "url" (query "encoding-type"))
                    #(str/replace (URLEncoder/encode ^String % StandardCharsets/UTF_8) "%2F" "/")
                    identity)
        group     (fn [k]
                    (let [end (when delimiter (str/index-of k delimiter (count prefix)))]
                      (when end (subs k 0 (+ end (count delimiter))))))
        found     (->> (if (neg? (compare after prefix)) (subseq objects >= prefix) (subseq objects > after))
                       (take-while #(str/starts-with? (key %) prefix))
                       (remove #(:delete-marker (peek (val %))))
                       (map (fn [[k versions]] (if-let [g (group k)] [:prefix g k] [:object k (peek versions)])))
                       (remove (fn [[kind g]] (and (= :prefix kind) (str/starts-with? after g))))
                       (partition-by (fn [[kind k]] [kind k])))
        page      (take limit found)
        [kind k last-key] (last (last page))]
    {:xml [:ListBucketResult [:Name bucket] [:Prefix (name-of prefix)] [:MaxKeys limit] [:KeyCount (count page)]
           (when (= "url" (query "encoding-type")) [:EncodingType "url"])
           [:IsTruncated (str (some? (seq (drop limit found))))]
           (when (seq (drop limit found)) [:NextContinuationToken (if (= :prefix kind) last-key k)])
           (for [[[kind k {:keys [etag size headers last-modified]}]] page]
             (if (= :prefix kind)
               [:CommonPrefixes [:Prefix (name-of k)]]
               [:Contents [:Key (name-of k)] [:LastModified (str last-modified)] [:ETag (quoted etag)] [:Size size]
                [:StorageClass (headers "x-amz-storage-class" "STANDARD")]]))]}))

(defn list-object-versions [state {:keys [query] :as request}]
  (let [{:keys [objects]} (store/bucket state request)
        after (query "key-marker" "")
        keys  (->> (subseq objects > after)
                   (filter #(str/starts-with? (key %) (query "prefix" ""))))
        limit (parse-long (get query "max-keys" "1000"))
        page  (take limit keys)]
    ;; A page has all versions of its last key.
    {:xml [:ListVersionsResult [:IsTruncated (str (some? (seq (drop limit keys))))]
           (when (seq (drop limit keys)) [:NextKeyMarker (key (last page))])
           (for [[k versions] page
                 {:keys [etag size delete-marker version-id] :as version} (rseq versions)
                 :let [latest [:IsLatest (str (identical? version (peek versions)))]]]
             (if delete-marker
               [:DeleteMarker [:Key k] [:VersionId version-id] latest]
               [:Version [:Key k] [:VersionId (or version-id "null")] latest [:ETag (quoted etag)] [:Size size]
                [:StorageClass (get-in version [:headers "x-amz-storage-class"] "STANDARD")]]))]}))

(defn get-bucket-versioning [state request]
  {:xml [:VersioningConfiguration (when (:versioning (store/bucket state request)) [:Status "Enabled"])]})

(defn get-bucket-ownership-controls [state request]
  (if-let [ownership (:ownership (store/bucket state request))]
    {:xml [:OwnershipControls [:Rule [:ObjectOwnership ownership]]]}
    (fail 404 "OwnershipControlsNotFoundError" "The bucket ownership controls were not found")))

(defn get-bucket-encryption [state request]
  (let [encryption (merge {"x-amz-server-side-encryption" "AES256"} (:encryption (store/bucket state request)))]
    {:xml [:ServerSideEncryptionConfiguration
           [:Rule
            [:ApplyServerSideEncryptionByDefault
             [:SSEAlgorithm (encryption "x-amz-server-side-encryption")]
             (when-let [key (encryption "x-amz-server-side-encryption-aws-kms-key-id")] [:KMSMasterKeyID key])]
            [:BucketKeyEnabled "false"]]]}))

(defn get-bucket-acl [state request]
  (store/bucket state request)
  {:xml [:AccessControlPolicy [:Owner [:ID (:owner state)]] [:AccessControlList]]})

(defn head-bucket [state request]
  (store/bucket state request)
  {})

(defn list-buckets [state _]
  {:xml [:ListAllMyBucketsResult [:Buckets (for [bucket (keys (:buckets state))] [:Bucket [:Name bucket]])]]})

(defn create-bucket [state {:keys [bucket]}]
  {:state (assoc-in state [:buckets bucket] {:ownership "BucketOwnerEnforced", :objects (sorted-map)})})
