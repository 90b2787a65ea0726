(ns karamon.s3.scripted.operations
  "What the scripted server does: functions of the state and a request that return an answer, `:state` in it where it has
  changed."
  (:require
   [clojure.string :as str]
   [karamon.s3.scripted.object :as object :refer [fail]]
   [karamon.s3.scripted.store :as store]
   [karamon.s3.scripted.xml :as xml])
  (:import
   (java.net URLEncoder)
   (java.nio.charset StandardCharsets)
   (java.time Instant ZoneOffset)
   (java.time.format DateTimeFormatter)
   (java.util Arrays)))

(set! *warn-on-reflection* true)

(defn- quoted [etag]
  (str "\"" etag "\""))

(defn- date [^Instant instant]
  (.format DateTimeFormatter/RFC_1123_DATE_TIME (.atOffset instant ZoneOffset/UTC)))

(defn- version-headers [{:keys [version-id]}]
  (when version-id {"x-amz-version-id" version-id}))

(defn- checksum-headers [{:keys [checksums checksum-type]}]
  (into {"x-amz-checksum-type" checksum-type}
        (map (fn [[algorithm value]] [(str "x-amz-checksum-" algorithm) value])) checksums))

(defn- encryption-headers [{:keys [headers]}]
  (into {} (filter #(str/starts-with? (key %) "x-amz-server-side-encryption")) headers))

(defn- part
  "Returns the part that a request asks for, with its `:start`."
  [{:keys [parts size] :as object} number]
  (cond
    (and (nil? parts) (= 1 number)) (assoc object :start 0)
    (<= 1 number (count parts))     (assoc (parts (dec number)) :start (reduce + (map :size (take (dec number) parts))))
    :else                           (fail 416 "InvalidPartNumber" (str "The requested partnumber is not satisfiable, of " size " bytes"))))

(defn- described [{:keys [headers etag size last-modified parts tags] :as object} {:keys [query] :as request}]
  (let [number (some-> (query "partNumber") parse-long)
        {:keys [start] part-size :size} (when number (part object number))
        [from to] (some->> (get-in request [:headers "range"]) (re-matches #"bytes=(\d+)-(\d*)") rest (map parse-long))
        start  (or start from)
        end    (cond
                 part-size (+ start part-size)
                 from      (min size (inc (or to (dec size))))
                 :else     size)]
    (when (and from (<= size from))
      (fail 416 "InvalidRange"))
    {:status  (if start 206 200)
     :start   (or start 0)
     :headers (merge headers
                     (version-headers object)
                     {"ETag" (quoted etag), "Last-Modified" (date last-modified), "Accept-Ranges" "bytes"
                      "Content-Length" (str (- end (or start 0)))}
                     (when start {"Content-Range" (str "bytes " start "-" (dec end) "/" size)})
                     (when (and number parts) {"x-amz-mp-parts-count" (str (count parts))})
                     (when (seq tags) {"x-amz-tagging-count" (str (count tags))})
                     (when (and (= "ENABLED" (get-in request [:headers "x-amz-checksum-mode"])) (not start))
                       (checksum-headers object)))}))

(defn- head-object [state request]
  (described (store/readable state request) request))

(defn- get-object [state request]
  (let [{:keys [body] :as object} (store/readable state request)]
    (when-not (store/available? object)
      (fail 403 "InvalidObjectState" "The operation is not valid for the object's storage class"))
    (let [{:keys [start headers] :as answer} (described object request)
          end                                (+ start (parse-long (headers "Content-Length")))]
      (when-not body
        (fail 501 "NotImplemented" "This object has no bytes"))
      (assoc answer :body (Arrays/copyOfRange ^bytes body (int start) (int end))))))

(defn- attributes [{:keys [parts checksums checksum-type etag size headers] :as object} request]
  (let [asked  (set (mapcat #(str/split % #",\s*") (some-> (get-in request [:headers "x-amz-object-attributes"]) vector)))
        sums   (fn [m] (for [[algorithm value] m] [(keyword (str "Checksum" (str/upper-case algorithm))) value]))
        marker (parse-long (get-in request [:headers "x-amz-part-number-marker"] "0"))
        most   (parse-long (get-in request [:headers "x-amz-max-parts"] "1000"))
        listed (when (= "COMPOSITE" checksum-type)
                 (map vector (map inc (range)) parts))
        page   (take most (drop marker listed))]
    {:headers (merge (version-headers object) {"Last-Modified" (date (:last-modified object))})
     :xml     [:GetObjectAttributesResponse
               (when (asked "ETag") [:ETag etag])
               (when (asked "Checksum") [:Checksum (sums checksums) [:ChecksumType checksum-type]])
               (when (and (asked "ObjectParts") parts)
                 [:ObjectParts
                  [:PartsCount (count parts)]
                  (when listed
                    (list
                      [:PartNumberMarker marker] [:MaxParts most]
                      [:NextPartNumberMarker (or (first (last page)) 0)]
                      [:IsTruncated (str (< (+ marker (count page)) (count parts)))]
                      (for [[n {:keys [size checksums]}] page]
                        [:Part [:PartNumber n] [:Size size] (sums checksums)])))])
               (when (asked "StorageClass") [:StorageClass (headers "x-amz-storage-class" "STANDARD")])
               (when (asked "ObjectSize") [:ObjectSize size])]}))

(defn- get-object-attributes [state request]
  (attributes (store/readable state request) request))

(defn- changed
  "Answers a request that put an object."
  [state {:keys [bucket key]} object answer]
  (let [[state {:keys [etag] :as object}] (store/store state bucket key object)]
    (merge-with merge
                {:state state, :headers (merge (version-headers object) (encryption-headers object) {"ETag" (quoted etag)})}
                (if (fn? answer) (answer object) answer))))

(defn- put-object [state {:keys [key headers body] :as request}]
  (let [bucket (store/bucket state request)]
    (store/check-conditions state headers (store/version bucket key nil))
    (changed state request (object/object bucket (:owner state) headers body) checksum-headers)))

(defn- no-op? [bucket {:keys [headers key] bucket-name :bucket} source]
  (and (= [bucket-name key] [(:bucket source) (:key source)])
       (not= "REPLACE" (headers "x-amz-metadata-directive"))
       (not (some headers ["x-amz-storage-class" "x-amz-server-side-encryption" "x-amz-website-redirect-location"
                           "x-amz-server-side-encryption-customer-algorithm"]))
       (nil? (:encryption bucket))))

(defn- copy-object [state {:keys [key headers] :as request}]
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
    (changed state request
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
         :xml     [:CopyObjectResult [:LastModified (str last-modified)] [:ETag (quoted etag)]]}))))

(defn- delete-object [state {:keys [bucket key query headers] :as request}]
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

(defn- get-object-tagging [state request]
  (let [object (store/readable state request)]
    {:headers (version-headers object)
     :xml     [:Tagging [:TagSet (for [[k v] (:tags object)] [:Tag [:Key k] [:Value v]])]]}))

(defn- put-object-tagging [state {:keys [bucket key query body] :as request}]
  (let [object (store/readable state request)
        tags   (vec (for [set (xml/children (xml/parse body) :TagSet), tag (xml/children set :Tag)]
                      [(xml/child tag :Key) (or (xml/child tag :Value) "")]))]
    {:headers (version-headers object)
     :state   (update-in state [:buckets bucket :objects key]
                         (fn [versions] (mapv #(cond-> % (= (:version-id %) (:version-id object)) (assoc :tags tags)) versions)))}))

(defn- get-object-acl [state request]
  (let [{:keys [grants owner]} (store/readable state request)]
    {:xml [:AccessControlPolicy
           [:Owner [:ID owner]]
           [:AccessControlList
            (for [[permission grantee] grants
                  :let [[_ kind value] (re-matches #"(\w+)=\"?([^\"]*)\"?" grantee)]]
              [:Grant
               [:Grantee {"xmlns:xsi" "http://www.w3.org/2001/XMLSchema-instance", "xsi:type" (if (= "id" kind) "CanonicalUser" "Group")}
                [(if (= "id" kind) :ID :URI) value]]
               [:Permission permission]])]]}))

(defn- get-bucket-acl [state request]
  (store/bucket state request)
  {:xml [:AccessControlPolicy [:Owner [:ID (:owner state)]] [:AccessControlList]]})

(defn- create-multipart-upload [state {:keys [bucket key headers] :as request}]
  (store/bucket state request)
  (let [id (str "upload-" (inc (:serial state)))]
    {:state (-> state (update :serial inc) (assoc-in [:uploads id] {:bucket bucket, :key key, :headers headers, :parts (sorted-map)}))
     :xml   [:InitiateMultipartUploadResult [:Bucket bucket] [:Key key] [:UploadId id]]}))

(defn- upload [state {:keys [query]}]
  (or (get-in state [:uploads (query "uploadId")])
      (fail 404 "NoSuchUpload" "The specified upload does not exist.")))

(defn- upload-part [state {:keys [query headers body] :as request}]
  (let [{upload-headers :headers} (upload state request)
        kept (object/kept-headers (store/bucket state request) (dissoc upload-headers "x-amz-acl"))
        algorithm (upload-headers "x-amz-checksum-algorithm")
        part {:etag (object/whole-tag kept {:body body}), :size (alength ^bytes body), :body body
              :checksums (object/sent-checksums headers body)}]
    (when-not (or (nil? algorithm) (get-in part [:checksums (str/lower-case algorithm)]))
      (fail 400 "InvalidRequest" (str "Checksum Type mismatch occurred, expected checksum Type: " algorithm)))
    {:state   (assoc-in state [:uploads (query "uploadId") :parts (parse-long (query "partNumber"))] part)
     :headers (merge {"ETag" (quoted (:etag part))} (dissoc (checksum-headers part) "x-amz-checksum-type"))}))

(defn- asked-parts [state {:keys [parts]} body]
  (let [asked (for [part (xml/children (xml/parse body) :Part)]
                [(parse-long (xml/child part :PartNumber)) (str/replace (xml/child part :ETag) "\"" "")])]
    (when-not (and (seq asked) (apply < (map first asked)))
      (fail 400 "InvalidPartOrder" "The list of parts was not in ascending order."))
    (let [found (mapv (fn [[n etag]]
                        (let [part (parts n)]
                          (when (not= etag (:etag part))
                            (fail 400 "InvalidPart" "One or more of the specified parts could not be found."))
                          part))
                      asked)]
      (when (some #(< (long (:size %)) (long (:least-part state))) (butlast found))
        (fail 400 "EntityTooSmall" "Your proposed upload is smaller than the minimum allowed size"))
      found)))

(defn- complete-multipart-upload [state {:keys [bucket key query headers body] :as request}]
  (let [{:keys [parts] upload-headers :headers :as upload} (upload state request)
        found     (store/bucket state request)
        parts     (asked-parts state upload body)
        whole     (object/joined (map :body parts))
        algorithm (str/lower-case (upload-headers "x-amz-checksum-algorithm" "crc64nvme"))
        composite (= "COMPOSITE" (upload-headers "x-amz-checksum-type" (if (#{"sha1" "sha256" "crc32" "crc32c"} algorithm) "COMPOSITE" "FULL_OBJECT")))]
    (store/check-conditions state headers (store/version found key nil))
    (changed (update state :uploads dissoc (query "uploadId")) request
      (merge (object/object found (:owner state) (dissoc upload-headers "content-md5") whole)
             {:etag          (object/part-tag parts)
              :parts         (mapv #(dissoc % :body) parts)
              :checksums     {algorithm (if composite (object/composite algorithm parts) (object/checksum algorithm whole))}
              :checksum-type (if composite "COMPOSITE" "FULL_OBJECT")})
      (fn [{:keys [etag]}]
        {:xml [:CompleteMultipartUploadResult [:Bucket bucket] [:Key key] [:ETag (quoted etag)]]}))))

(defn- list-parts [state {:keys [bucket key query] :as request}]
  (let [marker (parse-long (get query "part-number-marker" "0"))
        most   (parse-long (get query "max-parts" "1000"))
        parts  (filter #(< marker (first %)) (:parts (upload state request)))
        page   (take most parts)]
    {:xml [:ListPartsResult [:Bucket bucket] [:Key key] [:UploadId (query "uploadId")]
           [:IsTruncated (str (some? (seq (drop most parts))))] [:NextPartNumberMarker (or (first (last page)) 0)]
           (for [[n {:keys [size etag]}] page] [:Part [:PartNumber n] [:ETag (quoted etag)] [:Size size]])]}))

(defn- list-multipart-uploads [state {:keys [bucket query] :as request}]
  (store/bucket state request)
  {:xml [:ListMultipartUploadsResult [:Bucket bucket] [:IsTruncated "false"]
         (for [[id upload] (:uploads state)
               :when       (and (= bucket (:bucket upload)) (str/starts-with? (:key upload) (query "prefix" "")))]
           [:Upload [:Key (:key upload)] [:UploadId id]])]})

(defn- abort-multipart-upload [state {:keys [query] :as request}]
  (upload state request)
  {:status 204, :state (update state :uploads dissoc (query "uploadId"))})

(defn- list-objects-v2 [state {:keys [bucket query] :as request}]
  (let [{:keys [objects]} (store/bucket state request)
        prefix    (query "prefix" "")
        delimiter (query "delimiter")
        most      (min 1000 (parse-long (get query "max-keys" "1000")))
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
        page      (take most found)
        [kind k last-key] (last (last page))]
    {:xml [:ListBucketResult [:Name bucket] [:Prefix (name-of prefix)] [:MaxKeys most] [:KeyCount (count page)]
           (when (= "url" (query "encoding-type")) [:EncodingType "url"])
           [:IsTruncated (str (some? (seq (drop most found))))]
           (when (seq (drop most found)) [:NextContinuationToken (if (= :prefix kind) last-key k)])
           (for [[[kind k {:keys [etag size headers last-modified]}]] page]
             (if (= :prefix kind)
               [:CommonPrefixes [:Prefix (name-of k)]]
               [:Contents [:Key (name-of k)] [:LastModified (str last-modified)] [:ETag (quoted etag)] [:Size size]
                [:StorageClass (headers "x-amz-storage-class" "STANDARD")]]))]}))

(defn- list-object-versions [state {:keys [query] :as request}]
  (let [{:keys [objects]} (store/bucket state request)
        after (query "key-marker" "")
        keys  (->> (subseq objects > after)
                   (filter #(str/starts-with? (key %) (query "prefix" ""))))
        most  (parse-long (get query "max-keys" "1000"))
        page  (take most keys)]
    ;; A page ends with all versions of a key.
    {:xml [:ListVersionsResult [:IsTruncated (str (some? (seq (drop most keys))))]
           (when (seq (drop most keys)) [:NextKeyMarker (key (last page))])
           (for [[k versions] page
                 {:keys [etag size delete-marker version-id] :as version} (rseq versions)
                 :let [latest [:IsLatest (str (identical? version (peek versions)))]]]
             (if delete-marker
               [:DeleteMarker [:Key k] [:VersionId version-id] latest]
               [:Version [:Key k] [:VersionId (or version-id "null")] latest [:ETag (quoted etag)] [:Size size]
                [:StorageClass (get-in version [:headers "x-amz-storage-class"] "STANDARD")]]))]}))

(defn- get-bucket-versioning [state request]
  {:xml [:VersioningConfiguration (when (:versioning (store/bucket state request)) [:Status "Enabled"])]})

(defn- get-bucket-ownership-controls [state request]
  (if-let [ownership (:ownership (store/bucket state request))]
    {:xml [:OwnershipControls [:Rule [:ObjectOwnership ownership]]]}
    (fail 404 "OwnershipControlsNotFoundError" "The bucket ownership controls were not found")))

(defn- get-bucket-encryption [state request]
  (let [encryption (merge {"x-amz-server-side-encryption" "AES256"} (:encryption (store/bucket state request)))]
    {:xml [:ServerSideEncryptionConfiguration
           [:Rule
            [:ApplyServerSideEncryptionByDefault
             [:SSEAlgorithm (encryption "x-amz-server-side-encryption")]
             (when-let [key (encryption "x-amz-server-side-encryption-aws-kms-key-id")] [:KMSMasterKeyID key])]
            [:BucketKeyEnabled "false"]]]}))

(defn- create-bucket [state {:keys [bucket]}]
  {:state (assoc-in state [:buckets bucket] {:ownership "BucketOwnerEnforced", :objects (sorted-map)})})

(defn- head-bucket [state request]
  (store/bucket state request)
  {})

(defn- list-buckets [state _]
  {:xml [:ListAllMyBucketsResult [:Buckets (for [bucket (keys (:buckets state))] [:Bucket [:Name bucket]])]]})

(def operations
  "Name to function."
  {:abort-multipart-upload abort-multipart-upload, :complete-multipart-upload complete-multipart-upload
   :copy-object copy-object, :create-bucket create-bucket, :create-multipart-upload create-multipart-upload
   :delete-object delete-object, :get-bucket-acl get-bucket-acl, :get-bucket-encryption get-bucket-encryption
   :get-bucket-ownership-controls get-bucket-ownership-controls, :get-bucket-versioning get-bucket-versioning
   :get-object get-object, :get-object-acl get-object-acl, :get-object-attributes get-object-attributes
   :get-object-tagging get-object-tagging, :head-bucket head-bucket, :head-object head-object
   :list-buckets list-buckets, :list-multipart-uploads list-multipart-uploads, :list-object-versions list-object-versions, :list-objects-v2 list-objects-v2
   :list-parts list-parts, :put-object put-object, :put-object-tagging put-object-tagging, :upload-part upload-part})

(defn operation
  "Returns the name of the operation that a request is of; nil of one that this server hasn't."
  [{:keys [method bucket key query headers]}]
  (let [? #(contains? query %)]
    (case [method (cond key :object bucket :bucket)]
      ["GET" nil]       :list-buckets
      ["PUT" :bucket]   (when (empty? query) :create-bucket)
      ["HEAD" :bucket]  :head-bucket
      ["GET" :bucket]   (condp #(contains? %2 %1) query
                          "list-type"         :list-objects-v2
                          "versioning"        :get-bucket-versioning
                          "acl"               :get-bucket-acl
                          "ownershipControls" :get-bucket-ownership-controls
                          "encryption"        :get-bucket-encryption
                          "versions"          :list-object-versions
                          "uploads"           :list-multipart-uploads
                          nil)
      ["HEAD" :object]  :head-object
      ["GET" :object]   (cond
                          (? "attributes") :get-object-attributes
                          (? "tagging")    :get-object-tagging
                          (? "acl")        :get-object-acl
                          (? "uploadId")   :list-parts
                          :else            :get-object)
      ["PUT" :object]   (cond
                          (? "tagging")                    :put-object-tagging
                          (? "partNumber")                 (when-not (headers "x-amz-copy-source") :upload-part)
                          (headers "x-amz-copy-source")    :copy-object
                          :else                            :put-object)
      ["POST" :object]  (cond
                          (? "uploads")  :create-multipart-upload
                          (? "uploadId") :complete-multipart-upload)
      ["DELETE" :object] (if (? "uploadId") :abort-multipart-upload :delete-object)
      nil)))
