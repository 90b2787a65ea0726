(ns karamon.s3.verify.proof
  "Verifies that S3 and the local side have the same bytes, if S3's information allows it: `:verified` true and `:proof`, or false
  and `:why`. Throws if they differ."
  (:require
   [karamon.etag :as etag]
   [karamon.s3.client.address :as address]
   [karamon.s3.verify :as verify]
   [karamon.s3.verify.kind :as kind])
  (:import
   (karamon.etag ETag)))

(set! *warn-on-reflection* true)

(defn md5?
  "Returns whether an ETag looks like an MD5, in lower case."
  [etag]
  (and (some? etag) (= etag (ETag/md5Of etag))))

(defn mismatch
  "Returns the error for an object whose ETag is `says`, while the bytes give `expected`."
  [object says expected]
  (ex-info (str (address/text object) " has " says ", but the bytes here give " expected ": they aren't the same")
           {:type :karamon.s3/mismatch, :bucket (:bucket object), :key (:key object), :found says, :expected expected}))

(defn kind
  "Returns the kind of the ETag in S3's last answer about an object or a part, as karamon.s3/etag-kind does. `answers` are the
  options and the answers that say how it is encrypted."
  [{:keys [aws?]} object answers]
  (kind/kind (assoc (reduce merge object answers) :aws? aws?)))

(defn disproves?
  "Returns whether bytes with another ETag than this one must be other bytes. They may be the same on servers other than AWS."
  [{:keys [aws?]} {:keys [computable]}]
  (and aws? computable))

(defn of-sent
  "Verifies that an object has the sent bytes. `computed` is the ETag that they give; `kind` takes the other arguments."
  [client object answers computed]
  (let [{:keys [etag reason why] :as found} (kind client object answers)]
    (cond
      (= computed etag)
      {:verified true, :proof (if (md5? etag) :md5-etag :multipart-etag)}
      (disproves? client found)
      (throw (mismatch object etag computed))
      (and (:aws? client) (#{:sse-c :sse-kms :dsse-kms :unknown-encryption} reason))
      {:verified true, :proof :content-md5}
      :else
      {:verified false
       :why      (str "the sent bytes give the ETag " computed ", and the server's is " etag ", which proves nothing: "
                      (if (:aws? client) why "a server other than AWS may compute it differently"))})))

(defn of-file
  "Verifies that a file has the bytes of the object that `head` describes, by its ETag in `:layout` or as karamon.s3/verify does."
  [client {:keys [etag size] :as head} file {:keys [layout] :as options}]
  (let [hashing (select-keys options [:threads :cancelled?])
        sizes   (when layout (etag/part-sizes layout size))]
    (if (and layout (= etag (etag/etag file (assoc hashing :layout layout))))
      {:verified true, :proof (if sizes :multipart-etag :md5-etag)}
      (let [{:keys [result why] :as verdict} (verify/against client file head (merge hashing (kind/allowed options)))]
        (case result
          :match        (assoc (select-keys verdict [:proof :algorithm]) :verified true)
          :inconclusive (assoc (select-keys verdict [:reason :why]) :verified false)
          (throw (ex-info (str (address/text head) " differs from the downloaded bytes: " why)
                          (merge {:type :karamon.s3/mismatch} (select-keys verdict [:bucket :key :etag :proof])))))))))
