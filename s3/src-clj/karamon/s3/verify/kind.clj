(ns karamon.s3.verify.kind
  "What an object's ETag is, from what S3 says of the object: the first row that fits decides.

  Sources: \"Common response headers\", \"HeadObject\" and \"Object\" in the S3 API reference, \"Checking object integrity\" and
  \"Directory buckets\" in the S3 user guide."
  (:require
   [clojure.set :as set]
   [clojure.string :as str]
   [karamon.s3.client]
   [karamon.s3.client.address :as address]
   [karamon.s3.client.call :as call :refer [call]]
   [karamon.s3.verify.pinned :as pinned])
  (:import
   (karamon.etag ETag)
   (karamon.s3.client Client)
   (karamon.text Options)))

(set! *warn-on-reflection* true)

(defn normal
  "Returns an ETag's text without `W/` and quotes, in lower case; nil of none."
  [etag]
  (some-> etag (str/replace #"^(?:W/)?\"?|\"$" "") str/lower-case not-empty))

(defn- envelope?
  "Whether the metadata is what the S3 Encryption Client writes, which encrypts before it sends."
  [metadata]
  (some #{"x-amz-cek-alg" "x-amz-iv" "x-amz-key" "x-amz-key-v2" "x-amz-unencrypted-content-length"}
        (map str/lower-case (keys metadata))))

(defn- encodings [content-encoding]
  (remove #{"" "aws-chunked" "identity"} (map str/trim (str/split (str/lower-case (or content-encoding "")) #","))))

(defn- encryption
  "Returns the reason for which an ETag may be no MD5 of the bytes, or nil."
  [{:keys [sse-customer-algorithm server-side-encryption]}]
  (cond
    sse-customer-algorithm                                 :sse-c
    (= "aws:kms" server-side-encryption)                   :sse-kms
    (= "aws:kms:dsse" server-side-encryption)              :dsse-kms
    (not (contains? #{nil "AES256"} server-side-encryption)) :unknown-encryption))

(def ^:private sentences
  {:no-etag             "S3 told no ETag"
   :directory-bucket    "objects in directory buckets have random ETags"
   :parts               "the object was put in parts: the ETag is the MD5 of its parts' MD5s"
   :not-hexadecimal     "the ETag isn't of S3's form: another vendor's server made it"
   :sse-c               "with SSE-C the ETag is no MD5 of the object's bytes, as a rule"
   :sse-kms             "with SSE-KMS the ETag is no MD5 of the object's bytes, as a rule"
   :dsse-kms            "with DSSE-KMS the ETag is no MD5 of the object's bytes, as a rule"
   :unknown-encryption  "what ETags are with this encryption isn't known"
   :parts-without-count "the object was put in parts, though its ETag has no count of them"
   :put-whole           "the object was put whole, and AWS makes such ETags an MD5"
   :no-parts            "the object wasn't put in parts, and the ETag has the form of an MD5"
   :listed              "the ETag has the form of an MD5, but a list doesn't tell whether SSE-KMS or SSE-C made it otherwise"
   :other-server        "the ETag has the form of an MD5, but another server than AWS's may have made it otherwise"})

(defn- row
  [{:keys [bucket storage-class parts-count aws? listed? confirmed?] :as head} etag]
  (let [parts  (ETag/partsOf etag)
        hidden (encryption head)]
    (cond
      (nil? etag)
      {:kind :unknown, :reason :no-etag}
      (or (some-> bucket (str/ends-with? "--x-s3")) (= "EXPRESS_ONEZONE" storage-class))
      {:kind :opaque, :reason :directory-bucket}
      (pos? parts)
      (cond-> {:kind :multipart, :reason (or hidden :parts), :parts parts, :computable (nil? hidden)}
        (or hidden listed?) (assoc :only-a-match-proves true))
      (nil? (ETag/md5Of etag))
      {:kind :opaque, :reason :not-hexadecimal}
      (= :unknown-encryption hidden)
      {:kind :unknown, :reason hidden, :only-a-match-proves true}
      hidden
      {:kind :opaque, :reason hidden, :only-a-match-proves true}
      parts-count
      {:kind :multipart, :reason :parts-without-count, :parts parts-count}
      (and aws? listed?)
      {:kind :likely-md5, :reason :listed, :md5 etag, :computable true, :only-a-match-proves true}
      aws?
      {:kind :md5, :reason :put-whole, :md5 etag, :computable true}
      confirmed?
      {:kind :md5, :reason :no-parts, :md5 etag, :computable true}
      :else
      {:kind :likely-md5, :reason :other-server, :md5 etag, :computable true, :only-a-match-proves true})))

(defn- why [{:keys [kind reason client-side-encrypted content-encoding]}]
  (str (when (and (= :multipart kind) (not (#{:parts :parts-without-count} reason))) "the object was put in parts, and ")
       (sentences reason)
       (when client-side-encrypted "; what is stored was encrypted before it was sent")
       (when content-encoding (str "; what is stored is encoded as " content-encoding))))

(defn kind
  "Returns what the ETag is of which `head` tells; karamon.s3/etag-kind tells the shape."
  [{:keys [metadata content-encoding] :as head}]
  (let [etag  (normal (:etag head))
        kind  (cond-> (merge {:computable false} (row head etag))
                etag                                (assoc :etag etag)
                (envelope? metadata)                (assoc :client-side-encrypted true)
                (seq (encodings content-encoding)) (assoc :content-encoding (str/join ", " (encodings content-encoding))))]
    (assoc kind :why (why kind))))

(def ^:private access
  "What must be told at each call of an object, or it isn't shown."
  [:sse-customer-algorithm :sse-customer-key :sse-customer-key-md5 :expected-bucket-owner :request-payer])

(defn allowed
  "Returns of `options` those that give access to an object."
  [options]
  (select-keys options access))

(def checks
  "What options of access are."
  (zipmap access (repeat ["a string" string?])))

(def ^:private ask-checks
  (assoc checks :confirm ["true or false" boolean?]))

(defn- refusal [e]
  (when (= :karamon.s3/failed (:type (ex-data e)))
    (:status (ex-data e))))

(defn- listed
  "Returns what a list says of an object that is there but isn't shown: it is encrypted with a key of the customer's. Nil when
  a list doesn't show it either."
  [client {:keys [bucket key version-id] :as object} options]
  (when-not version-id
    (let [rows (:contents (call client :list-objects-v2
                            (merge (select-keys options [:expected-bucket-owner :request-payer])
                                   {:bucket bucket, :prefix key, :max-keys 1})))]
      (when (= key (:key (first rows)))
        (merge object (first rows) {:sse-customer-algorithm "AES256", :unreadable? true})))))

(defn head
  "Returns what S3 says of an object, with `:aws?`; nil when there is none. Of one whose key of SSE-C isn't in `options` what a
  list says, with `:unreadable?`."
  [^Client client object options]
  (call/when-found
    (try
      (-> (merge object (call client :head-object (merge options object)))
          (set/rename-keys {:content-length :size})
          (assoc :aws? (:aws? client)))
      (catch clojure.lang.ExceptionInfo e
        ;; The answer to a HEAD has no body that says which of the many things 400 stands for it is.
        (or (when (and (= 400 (refusal e)) (not (:sse-customer-key options)))
              (listed client object options))
            (throw e))))))

(defn- confirmed
  "Returns `head` with what a HEAD of the first part adds: `:parts-count`, or `:confirmed?` where the server knows parts and
  the object has none."
  [client head options]
  (let [part (pinned/told #(pinned/call client :head-object head (assoc options :part-number 1)))]
    (cond
      (:parts-count part)   (assoc head :parts-count (:parts-count part))
      ;; A server that doesn't know parts would answer without a range.
      (:content-range part) (assoc head :confirmed? true)
      :else                 head)))

(defn confirm
  "Returns the kind of an ETag of which `head` tells, after one more request where that can make an MD5 of a likely one."
  [client head options]
  (let [found (kind head)]
    (if (= :likely-md5 (:kind found))
      (kind (confirmed client head (allowed options)))
      found)))

(defn ask
  "Returns the kind of an object's ETag, or nil when there is no object; karamon.s3/etag-kind tells the options."
  [client address options]
  (Options/check options ask-checks "etag-kind" :karamon.s3/bad-option)
  (let [object (address/object address)]
    (when-let [head (head client object (allowed options))]
      (if (:confirm options)
        (confirm client head options)
        (kind head)))))
