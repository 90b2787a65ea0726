(ns karamon.s3.verify.verdict
  "The verdicts on a source and an object. `asked` is the state of a comparison, a map of:

  * `:client`, `:source`, `:options`
  * `:head` -- S3's information about the object
  * `:kind` -- the kind of its ETag
  * `:composite` -- the algorithm and the value of the composite checksum, if it must replace the ETag
  * `:once?` -- whether the source can be read only once, and its size is unknown
  * `:kept` -- a volatile for its SHA-256, which is computed as well if a download may be compared with it"
  (:require
   [clojure.string :as str]
   [karamon.etag :as etag]))

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

(defn- hashing [options]
  (select-keys options [:threads :progress :cancelled?]))

(defn hashed
  "Returns the source's ETags for the layouts and its checksums, as karamon.etag/etags does, with `:verdict` if its size
  differs from the object's."
  [{:keys [source options once? kept] :as asked} layouts checksums]
  (try
    (let [keep? (and once? (:download options))
          found (etag/etags source (assoc (hashing options) :layouts layouts, :checksums (cond-> (set checksums) keep? (conj :sha256))))]
      (when keep?
        (vreset! kept (:sha256 (:checksums found))))
      (assoc found :verdict (by-size asked (:size found))))
    (catch clojure.lang.ExceptionInfo e
      ;; The layouts fit the object's size, so the source has another size.
      (if (= :karamon.etag/bad-layout (:type (ex-data e)))
        {:verdict (by-size asked (etag/size-of (:source asked)))}
        (throw e)))))

(defn sha256
  "Returns the source's SHA-256 in Base64."
  [{:keys [source options kept]}]
  (or @kept
      (:sha256 (:checksums (etag/etags source (assoc (hashing options) :layouts [:md5], :checksums [:sha256]))))))

(def ^:private algorithms
  "The algorithms of karamon.etag, the strongest first."
  [:sha256 :sha1 :md5 :crc64nvme :crc32c :crc32])

(defn checksum
  "Returns the algorithm and the value of the strongest checksum in `head`: of the whole, or the composite one."
  [head composite?]
  (first (for [algorithm (cond->> algorithms composite? (remove #{:md5}))
               :let      [value (get head (keyword (str "checksum-" (name algorithm))))]
               :when     (and value (= composite? (or (= "COMPOSITE" (:checksum-type head)) (some? (re-find #"-\d+$" value)))))]
           [algorithm value])))

(defn shown
  "Returns an algorithm's name for messages."
  [algorithm]
  (str/upper-case (name algorithm)))
