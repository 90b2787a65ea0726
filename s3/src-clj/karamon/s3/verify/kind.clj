(ns karamon.s3.verify.kind
  "Finds the kind of an object's ETag, from S3's information about the object: the first row that applies decides.

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
  "Returns an ETag's text without `W/` and quotes, in lower case; nil for none."
  [etag]
  (some-> etag (str/replace #"^(?:W/)?\"?|\"$" "") str/lower-case not-empty))

(defn- envelope?
  "Returns whether the metadata comes from the S3 Encryption Client, which encrypts data before it sends it."
  [metadata]
  (some #{"x-amz-cek-alg" "x-amz-iv" "x-amz-key" "x-amz-key-v2" "x-amz-unencrypted-content-length"}
        (map str/lower-case (keys metadata))))

(defn- encodings [content-encoding]
  (remove #{"" "aws-chunked" "identity"} (map str/trim (str/split (str/lower-case (or content-encoding "")) #","))))

(defn- encryption
  "Returns the encryption with which an ETag may not be the MD5 of the bytes, or nil."
  [{:keys [sse-customer-algorithm server-side-encryption]}]
  (cond
    sse-customer-algorithm                                 :sse-c
    (= "aws:kms" server-side-encryption)                   :sse-kms
    (= "aws:kms:dsse" server-side-encryption)              :dsse-kms
    (not (contains? #{nil "AES256"} server-side-encryption)) :unknown-encryption))

(def ^:private sentences
  {:no-etag             "S3 returned no ETag"
   :directory-bucket    "objects in directory buckets have random ETags"
   :parts               "the object was put in parts: the ETag is the MD5 of its parts' MD5s"
   :not-hexadecimal     "the ETag doesn't have S3's form: another vendor's server made it"
   :sse-c               "with SSE-C the ETag usually isn't the MD5 of the object's bytes"
   :sse-kms             "with SSE-KMS the ETag usually isn't the MD5 of the object's bytes"
   :dsse-kms            "with DSSE-KMS the ETag usually isn't the MD5 of the object's bytes"
   :unknown-encryption  "the meaning of ETags with this encryption is unknown"
   :parts-without-count "the object was put in parts, though its ETag has no number of parts"
   :put-whole           "the object was put whole, and for such objects AWS uses the MD5"
   :no-parts            "the object wasn't put in parts, and the ETag has the form of an MD5"
   :listed              "the ETag has the form of an MD5, but a list doesn't say whether SSE-KMS or SSE-C made it something else"
   :other-server        "the ETag has the form of an MD5, but a server other than AWS may have computed it differently"})

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
       (when client-side-encrypted "; the stored bytes were encrypted before they were sent")
       (when content-encoding (str "; the stored bytes are encoded as " content-encoding))))

(defn kind
  "Returns the kind of the ETag in `head`, a map as documented in karamon.s3/etag-kind."
  [{:keys [metadata content-encoding] :as head}]
  (let [etag  (normal (:etag head))
        kind  (cond-> (merge {:computable false} (row head etag))
                etag                                (assoc :etag etag)
                (envelope? metadata)                (assoc :client-side-encrypted true)
                (seq (encodings content-encoding)) (assoc :content-encoding (str/join ", " (encodings content-encoding))))]
    (assoc kind :why (why kind))))

(def ^:private access
  "Options that each request for an object needs, or S3 refuses it."
  [:sse-customer-algorithm :sse-customer-key :sse-customer-key-md5 :expected-bucket-owner :request-payer])

(defn allowed
  "Returns those of `options` that give access to an object."
  [options]
  (select-keys options access))

(def checks
  "The checks of the options that give access."
  (zipmap access (repeat ["a string" string?])))

(def ^:private ask-checks
  (assoc checks :confirm ["true or false" boolean?]))

(defn- refusal [e]
  (when (= :karamon.s3/failed (:type (ex-data e)))
    (:status (ex-data e))))

(defn- listed
  "Returns the row in a list of an object that exists but can't be read, since it is encrypted with the customer's key. Nil if a
  list doesn't have it either."
  [client {:keys [bucket key version-id] :as object} options]
  (when-not version-id
    (let [rows (:contents (call client :list-objects-v2
                            (merge (select-keys options [:expected-bucket-owner :request-payer])
                                   {:bucket bucket, :prefix key, :max-keys 1})))]
      (when (= key (:key (first rows)))
        (merge object (first rows) {:sse-customer-algorithm "AES256", :unreadable? true})))))

(defn head
  "Returns the head of an object, with `:aws?`; nil if there is none. If it needs a key of SSE-C that isn't in `options`, returns
  its row in a list, with `:unreadable?`."
  [^Client client object options]
  (call/when-found
    (try
      (-> (merge object (call client :head-object (merge options object)))
          (set/rename-keys {:content-length :size})
          (assoc :aws? (:aws? client)))
      (catch clojure.lang.ExceptionInfo e
        ;; A 400 has many reasons, and the answer to a HEAD has no body with the reason.
        (or (when (and (= 400 (refusal e)) (not (:sse-customer-key options)))
              (listed client object options))
            (throw e))))))

(defn- confirmed
  "Returns `head` with the result of a HEAD of the first part: `:parts-count`, or `:confirmed?` if the server supports parts and
  the object has none."
  [client head options]
  (let [part (pinned/part-heads client head options
               (fn [options] (pinned/unless-refused #(pinned/call client :head-object head (assoc options :part-number 1)))))]
    (cond
      (:parts-count part)   (assoc head :parts-count (:parts-count part))
      ;; A server that doesn't support parts would answer without a range.
      (:content-range part) (assoc head :confirmed? true)
      :else                 head)))

(defn confirm
  "Returns the kind of the ETag in `head`, after one more request if that can confirm a likely MD5."
  [client head options]
  (let [found (kind head)]
    (if (= :likely-md5 (:kind found))
      (kind (confirmed client head (allowed options)))
      found)))

(defn ask
  "Returns the kind of an object's ETag, nil if there is no object; karamon.s3/etag-kind documents the options."
  [client address options]
  (Options/check options ask-checks "etag-kind" :karamon.s3/bad-option)
  (let [object (address/object address)]
    (when-let [head (head client object (allowed options))]
      (if (:confirm options)
        (confirm client head options)
        (kind head)))))
