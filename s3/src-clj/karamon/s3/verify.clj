(ns karamon.s3.verify
  "Compares a source with an object by S3's information about it: its size, a checksum of the whole, its ETag, a checksum of
  its parts; last, if requested, its bytes. On AWS the first proof decides, elsewhere the ETag before a checksum. If an ETag may
  not be computed from the bytes, only a match is a proof."
  (:require
   [karamon.etag :as etag]
   [karamon.s3.client.address :as address]
   [karamon.s3.verify.checksum :as checksum]
   [karamon.s3.verify.kind :as kind]
   [karamon.s3.verify.parts :as verify-parts]
   [karamon.s3.verify.stored :as stored]
   [karamon.s3.verify.verdict :as verdict])
  (:import
   (karamon.etag ETag)
   (karamon.text Options)))

(set! *warn-on-reflection* true)

(def ^:private checks
  (merge kind/checks
         {:download   ["true or false" boolean?]
          :threads    ["a whole number from 1 to 1024" #(and (int? %) (<= 1 % 1024))]
          :progress   ["a function of a count of bytes" ifn?]
          :cancelled? ["a function of no arguments" ifn?]}))

(defn head
  "Returns the object's head, with its checksums if the caller may see them: for objects encrypted with SSE-KMS that takes the
  right to decrypt them."
  [client object access]
  (try
    (kind/head client object (assoc access :checksum-mode "ENABLED"))
    (catch clojure.lang.ExceptionInfo e
      (if (= :karamon.s3/denied (:type (ex-data e)))
        (some-> (kind/head client object access) (assoc :no-checksums? true))
        (throw e)))))

(defn- unlike-md5 [{:keys [client head options] :as asked} md5]
  (let [{:keys [kind etag reason why]} (kind/confirm client head options)]
    (if (= :md5 kind)
      (verdict/differs asked :md5-etag (str "the MD5 is " md5 " of the source and " etag " of the object"))
      (verdict/inconclusive asked reason (str "the MD5 of the source isn't the ETag, which proves nothing: " why)))))

(defn- by-md5 [{{:keys [etag reason why]} :kind :as asked}]
  (if-not (ETag/md5Of etag)
    (verdict/inconclusive asked reason why)
    (let [found (verdict/hashed asked [:md5] #{})
          md5   (:etag (first (:etags found)))]
      (cond
        (:verdict found) (:verdict found)
        (= etag md5)     (verdict/match asked :md5-etag "the MD5 is the ETag")
        :else            (unlike-md5 asked md5)))))

(defn- parts
  "Returns the number of the object's parts; nil if it has none, or the number is unknown."
  [{:keys [kind composite]}]
  (or (:parts kind) (:parts composite)))

(defn- by-etag [{:keys [head kind] :as asked}]
  (cond
    (:unreadable? head) (verdict/inconclusive asked (:reason kind) "S3 describes it only with its key: give :sse-customer-key")
    (parts asked)       (verify-parts/verify asked (parts asked))
    :else               (by-md5 asked)))

(defn- by-download [{:keys [client head options] :as asked}]
  (if (= (verdict/sha256 asked) (stored/sha256 client head (kind/allowed options)))
    (verdict/match asked :download "the downloaded bytes are the same")
    (verdict/differs asked :download "the downloaded bytes differ")))

(defn- downloadable? [{:keys [head options]} verdict]
  (and (:download options) (= :inconclusive (:result verdict)) (:etag head) (not (:unreadable? head))
       ;; These are verdicts on the stored bytes.
       (not (#{:client-side-encrypted :content-encoding} (:reason verdict)))))

(defn- by-hashes
  "Returns the verdict by the object's hashes. On AWS a checksum of the whole decides. On other servers the ETag does; if it
  can't, the checksum: the pass over the source that computes ETags computes that too."
  [{:keys [head] :as asked}]
  (or (when (:aws? head)
        (verdict/by-checksum asked))
      (let [verdict (by-etag asked)]
        (case (:result verdict)
          :match        verdict
          :inconclusive (or (verdict/by-checksum asked) verdict)
          :mismatch     (verdict/unless-contradicted asked verdict)))))

(defn- compared [asked]
  (try
    (let [verdict (or (when-not (:once? asked) (verdict/by-size asked (etag/size-of (:source asked))))
                      (by-hashes asked))]
      (if (downloadable? asked verdict)
        (by-download asked)
        verdict))
    (catch clojure.lang.ExceptionInfo e
      (if (= :karamon.s3/changed (:type (ex-data e)))
        (verdict/inconclusive asked :changed (ex-message e))
        (throw e)))))

(defn against
  "Compares a source with the object of `head`."
  [client source head options]
  (let [kind (kind/kind head)]
    (compared {:client    client
               :source    source
               :options   options
               :head      head
               :kind      kind
               :whole     (checksum/whole head)
               :composite (when-not (:computable kind) (checksum/composite head))
               :once?     (nil? (etag/size-of source))
               :kept      (volatile! {})})))

(defn verify
  "Compares a source with an object; karamon.s3/verify documents the options."
  [client source address options]
  (Options/check options checks "verify" :karamon.s3/bad-option)
  (let [object (address/object address)]
    ;; Throws for an unreadable source before any request to S3.
    (etag/size-of source)
    (when-let [head (head client object (kind/allowed options))]
      (against client source head options))))
