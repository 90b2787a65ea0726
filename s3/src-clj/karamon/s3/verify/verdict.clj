(ns karamon.s3.verify.verdict
  "The verdicts on a source and an object. `asked` is the state of a comparison, a map of:

  * `:client`, `:source`, `:options`
  * `:head` -- S3's information about the object
  * `:kind` -- the kind of its ETag
  * `:whole` -- the checksum of the whole object, as karamon.s3.verify.checksum returns it
  * `:composite` -- the composite checksum, if it must replace the ETag
  * `:once?` -- whether the source can be read only once, and its size is unknown
  * `:kept` -- a volatile for the source's checksums, by algorithm"
  (:require
   [clojure.string :as str]
   [karamon.etag :as etag]
   [karamon.s3.client.source :as source]))

(set! *warn-on-reflection* true)

(defn- verdict [{:keys [head]} result why more]
  (merge (select-keys head [:bucket :key :version-id :etag :size])
         {:result result, :why why}
         more))

(defn inconclusive
  "Returns the verdict without a result, for `reason`."
  [asked reason why]
  (verdict asked :inconclusive why {:reason reason}))

(defn match
  "Returns the verdict for equal bytes."
  ([asked proof why] (match asked proof why {}))
  ([asked proof why more] (verdict asked :match why (assoc more :proof proof))))

(defn differs
  "Returns the verdict for bytes that differ from the stored ones: inconclusive if the client changed them before it sent them."
  ([asked proof why] (differs asked proof why {}))
  ([{:keys [kind] :as asked} proof why more]
   (let [{:keys [client-side-encrypted content-encoding]} kind]
     (cond
       client-side-encrypted
       (inconclusive asked :client-side-encrypted (str why ", but the stored bytes were encrypted before they were sent"))
       content-encoding
       (inconclusive asked :content-encoding (str why ", but the stored bytes are encoded as " content-encoding))
       :else
       (verdict asked :mismatch why (assoc more :proof proof))))))

(defn by-size
  "Returns the verdict for a size that differs from the object's, or nil. `size` is nil if it differs but is unknown."
  [{:keys [head] :as asked} size]
  (when-not (= size (:size head))
    (differs asked :size
      (str "the source has " (if size (str size " bytes") "another size") ", and the object " (:size head) " bytes"))))

(defn shown
  "Returns an algorithm's name for messages."
  [algorithm]
  (str/upper-case (name algorithm)))

(defn- hashing [options]
  (select-keys options [:threads :progress :cancelled?]))

(defn- keep! [kept {:keys [etags checksums]}]
  (vswap! kept merge checksums (when-let [{:keys [etag]} (first (remove :parts etags))] {:md5 (source/base64 etag)})))

(defn- same-whole [{{:keys [algorithm value]} :whole, :keys [kept] :as asked}]
  (when (and algorithm (= value (get @kept algorithm)))
    (match asked :checksum (str "the " (shown algorithm) " of the whole is the same") {:algorithm algorithm})))

(defn hashed
  "Returns the source's ETags for the layouts and its checksums, as karamon.etag/etags does, with `:verdict` if they decide: the
  size isn't the object's, or on AWS the checksum is that of the whole object."
  [{:keys [source options head once? whole kept] :as asked} layouts checksums]
  (try
    (let [later (cond-> #{}
                  whole                         (conj (:algorithm whole))
                  (and once? (:download options)) (conj :sha256))
          also  (set (remove @kept later))
          found (etag/etags source (assoc (hashing options)
                                          :layouts   (distinct (cond-> layouts (also :md5) (concat [:md5])))
                                          :checksums (into (disj also :md5) checksums)))]
      (keep! kept found)
      (assoc found :verdict (or (by-size asked (:size found)) (when (:aws? head) (same-whole asked)))))
    (catch clojure.lang.ExceptionInfo e
      ;; The layouts fit the object's size, so the source has another size.
      (if (= :karamon.etag/bad-layout (:type (ex-data e)))
        {:verdict (by-size asked (etag/size-of (:source asked)))}
        (throw e)))))

(defn by-checksum
  "Returns the verdict by the checksum of the whole; nil if there is none, or it proves nothing."
  [{{:keys [algorithm value decisive]} :whole, :keys [kept] :as asked}]
  (when algorithm
    (or (when-not (get @kept algorithm)
          (:verdict (hashed asked [:md5] #{})))
        (same-whole asked)
        (when decisive
          (differs asked :checksum
            (str "the " (shown algorithm) " of the whole is " (get @kept algorithm) " of the source and "
                 value " of the object")
            {:algorithm algorithm})))))

(defn unless-contradicted
  "Returns the verdict of bytes that differ by the ETag; an inconclusive one if the checksum of the whole is the same. A server
  that doesn't compare the checksum that a client sends with the bytes, such as moto, reports one of other bytes."
  [asked differing]
  (if (same-whole asked)
    (inconclusive asked :contradiction (str (:why differing) ", but " (:why (same-whole asked))))
    differing))

(defn sha256
  "Returns the source's SHA-256 in Base64."
  [{:keys [source options kept]}]
  (or (:sha256 @kept)
      (:sha256 (:checksums (etag/etags source (assoc (hashing options) :layouts [:md5], :checksums [:sha256]))))))
