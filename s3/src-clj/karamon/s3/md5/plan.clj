(ns karamon.s3.md5.plan
  "Plans the copy of an object onto itself so that it loses only the parts in its ETag: turns S3's information about the object
  into the parameters of CopyObject, or into a refusal. All functions are pure."
  (:require
   [clojure.string :as str])
  (:import
   (java.time Instant)
   (karamon.etag ETag Limits)))

(set! *warn-on-reflection* true)

(def ^:private lock
  [:object-lock-mode :object-lock-retain-until-date :object-lock-legal-hold-status
   :object-lock-event-hold :object-lock-event-hold-duration-days :object-lock-event-hold-duration-years])

(def fields
  "The treatment of each field of HeadObject's answer. `:sent` is sent again and compared afterwards; S3 makes `:made` for each
  object, and copies `:copied` itself; `:refused` is the reason why an object with the field is left alone."
  (merge
    (zipmap (into lock [:cache-control :content-disposition :content-encoding :content-language :content-type :expires
                        :metadata :storage-class :server-side-encryption :website-redirect-location])
            (repeat :sent))
    (zipmap [:accept-ranges :content-range :etag :last-modified :version-id :parts-count :expiration :replication-status
             :request-charged :content-length :checksum-type :checksum-crc32 :checksum-crc32c :checksum-crc64nvme :checksum-md5
             :checksum-sha1 :checksum-sha256 :checksum-sha512 :checksum-xxhash3 :checksum-xxhash64 :checksum-xxhash128]
            (repeat :made))
    {:tag-count              :copied
     :expires-string         {:refused [:missing-metadata "its Expires isn't a date, and can't be sent again"]
                              ;; If it is a date, S3 also returns :expires.
                              :unless  :expires}
     :missing-meta           {:refused [:missing-metadata "S3 doesn't return all of its metadata"]}
     :archive-status         {:refused [:archived "it is in an archive tier"]}
     :restore                {:refused [:archived "it is restored from the archive, and a copy would be archived again"], :force true}
     :sse-customer-algorithm {:refused [:encrypted "it is encrypted with a customer's key (SSE-C), so its ETag can't be an MD5"]}
     :sse-customer-key-md5   {:refused [:encrypted "it is encrypted with a customer's key (SSE-C), so its ETag can't be an MD5"]}
     :sse-kms-key-id         {:refused [:encrypted "it is encrypted with a KMS key, so its ETag can't be an MD5: let S3 keep an MD5 checksum of it"]}
     :bucket-key-enabled     {:refused [:encrypted "it is encrypted with a KMS key, so its ETag can't be an MD5: let S3 keep an MD5 checksum of it"]}
     :delete-marker          {:refused [:not-found "it is deleted"]}}))

(defn parts?
  "Returns whether an ETag is a multipart ETag."
  [etag]
  (pos? (ETag/partsOf etag)))

(defn md5?
  "Returns whether an ETag looks like an MD5."
  [etag]
  (some? (ETag/md5Of etag)))

(defn- present? [value]
  (not (contains? #{nil false 0} value)))

(defn- refused-field [head force]
  (some (fn [[k {:keys [refused unless] force? :force}]]
          (when (and refused (present? (head k)) (not (and unless (head unless))) (not (and force force?)))
            refused))
        (filter (comp map? val) fields)))

(defn- odd
  "Returns the name of the first header whose value HTTP can't carry unchanged."
  [head]
  (some (fn [[k v]] (when (and (string? v) (not (re-matches #"[\x20-\x7e]*" v))) (name k)))
        (concat (select-keys head (keys fields)) (:metadata head))))

(defn listed-refusal
  "Returns why not to copy an object, from its row of a listing or its head: a pair of result and sentence; nil if there is no
  reason."
  [{:keys [bucket etag storage-class size]}]
  (cond
    (or (str/ends-with? (str bucket) "--x-s3") (= "EXPRESS_ONEZONE" storage-class))
    [:directory-bucket "in a directory bucket no ETag is an MD5"]
    (not (parts? etag))
    [:already "its ETag isn't multipart"]
    (< Limits/MAX_COPY size)
    [:too-large (str "a copy takes " Limits/MAX_COPY " bytes at most, it has " size ": see karamon.s3.batch")]
    (#{"GLACIER" "DEEP_ARCHIVE"} storage-class)
    [:archived (str "its storage class is " storage-class)]))

(defn- refusal [{:keys [bucket head acl bucket-owner]} {:keys [force]}]
  (let [{:keys [server-side-encryption] :as head} (assoc head :bucket bucket, :size (:content-length head))
        listed (listed-refusal head)]
    (cond
      (and listed (not (and force (= :archived (first listed)) (:restore head)))) listed
      (refused-field head force)                                                  (refused-field head force)
      (not (contains? #{nil "AES256"} server-side-encryption))
      [:encrypted (str "it is encrypted by " server-side-encryption ", so its ETag can't be an MD5: let S3 keep an MD5 checksum of it")]
      (odd head)
      [:missing-metadata (str "its " (odd head) " has characters that a header can't carry unchanged")]
      (and acl bucket-owner (not= bucket-owner (get-in acl [:owner :id])))
      [:foreign-owner "its owner isn't the bucket's owner, but the owner of a copy would be"])))

(def ^:private permissions
  {"FULL_CONTROL" :grant-full-control, "READ" :grant-read, "READ_ACP" :grant-read-acp, "WRITE_ACP" :grant-write-acp})

(defn grants
  "Returns the parameters that give a copy the grants of an object's ACL; none if only its owner has any, which is the default."
  [{:keys [owner grants]}]
  (when-not (= [["FULL_CONTROL" (:id owner)]] (map (juxt :permission (comp :id :grantee)) grants))
    (update-vals (group-by (comp permissions :permission) grants)
                 (fn [same]
                   (str/join ", " (map (fn [{{:keys [id uri]} :grantee}] (if uri (str "uri=\"" uri "\"") (str "id=\"" id "\""))) same))))))

(defn- sent [{:keys [content-encoding object-lock-retain-until-date] :as head} ^Instant now]
  (let [past?   (and object-lock-retain-until-date (.isBefore ^Instant object-lock-retain-until-date now))
        without (cond-> head
                  ;; The SDK adds aws-chunked when it sends; it isn't part of the object.
                  content-encoding (assoc :content-encoding (not-empty (str/replace content-encoding #"aws-chunked(,\s*)?|,?\s*aws-chunked" "")))
                  ;; S3 accepts no date in the past, and such a lock has ended.
                  past?            (dissoc :object-lock-mode :object-lock-retain-until-date))]
    (into {} (filter (fn [[k v]] (and (= :sent (fields k)) (some? v)))) without)))

(defn- warnings [{{:keys [storage-class replication-status expiration version-id] :as head} :head, :keys [acl-error]}]
  (cond-> []
    acl-error                                                  (conj (str "its ACL isn't kept, since the server doesn't return it: "
                                                                          (ex-message acl-error)))
    (#{"STANDARD_IA" "ONEZONE_IA" "GLACIER_IR"} storage-class) (conj (str storage-class " may charge for the replaced object's remaining days"))
    (some head lock)                                           (conj "the locked version stays, and is paid for")
    (and version-id (not= "null" version-id))                  (conj "the old version stays, and is paid for")
    replication-status                                         (conj "it will be replicated again")
    expiration                                                 (conj "its age for lifecycle rules starts again")))

(defn plan
  "Returns the plan to copy an object: a map of `:copy`, CopyObject's parameters, and `:warnings`, sentences; or, if it can't be
  copied, of `:result` and `:why`. `object` is a map of

  * `:bucket`, `:key` -- its address
  * `:head` -- HeadObject's answer; `:tags` GetObjectTagging's
  * `:acl` -- GetObjectAcl's answer; nil if the bucket has no ACLs, or if the server failed to return it with `:acl-error`
  * `:bucket-owner` -- the id of the bucket's owner, if it has ACLs
  * `:aws?` -- whether the server is AWS
  * `:now` -- an Instant

  `:force` copies objects restored from the archive."
  ([object] (plan object {}))
  ([{:keys [bucket key head acl aws? now] :as object} {:keys [force]}]
   (if-let [[result why] (refusal object {:force force})]
     {:result result, :why why}
     (let [{:keys [etag version-id]} head]
       {:warnings (warnings object)
        :copy     (merge {:source-bucket        bucket, :source-key key, :source-version-id version-id
                          :destination-bucket   bucket, :destination-key key
                          :copy-source-if-match etag, :if-match etag
                          :metadata-directive   "REPLACE", :tagging-directive "COPY"
                          :metadata             {}}
                         (when aws?
                           {:annotation-directive "COPY", :server-side-encryption "AES256"})
                         (sent head now)
                         (when acl
                           (grants acl)))}))))

(defn differences
  "Returns the differences between an object and its copy: a map of field to a pair of the old and the new value."
  [{:keys [copy head]} head-after]
  (into {}
        (keep (fn [[k was is]] (when (not= was is) [k [was is]])))
        (concat
          [[:content-length (:content-length head) (:content-length head-after)]]
          (for [k     (keys (filter #(= :sent (val %)) fields))
                :let  [was (copy k)]
                :when (some? was)]
            [k was (cond-> (head-after k)
                     (= :metadata k)      (or {})
                     ;; S3 doesn't return this class.
                     (= :storage-class k) (or "STANDARD"))]))))
