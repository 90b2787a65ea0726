(ns karamon.s3.verify.proof
  "Verifies that S3 and the local side have the same bytes, if S3's information allows it: `:verified` true and `:proof`, or false
  and `:why`. Throws if they differ."
  (:require
   [clojure.string :as str]
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

(defn- of-md5s?
  "Returns whether an ETag looks like an MD5, or like a multipart ETag, in lower case."
  [etag]
  (or (md5? etag) (and (pos? (ETag/partsOf etag)) (= etag (str/lower-case etag)))))

(defn honest?
  "Returns whether the ETag of an object or a part consists of MD5s, according to S3's answer about its encryption."
  [{:keys [server-side-encryption sse-customer-algorithm]}]
  (and (contains? #{nil "AES256"} server-side-encryption) (nil? sse-customer-algorithm)))

(defn mismatch
  "Returns the error for an object whose ETag is `says`, while the bytes give `expected`."
  [object says expected]
  (ex-info (str (address/text object) " has " says ", but the bytes here give " expected ": they aren't the same")
           {:type :karamon.s3/mismatch, :bucket (:bucket object), :key (:key object), :found says, :expected expected}))

(defn of-sent
  "Verifies that an object has the sent bytes. `expected` is the ETag computed from the parts, nil if that isn't possible;
  `honest` says that the object's ETag consists of MD5s."
  [object {:keys [etag]} expected honest]
  (cond
    (and expected (= expected etag) honest)
    {:verified true, :proof (if (md5? etag) :md5-etag :multipart-etag)}
    (not honest)
    {:verified true, :proof :content-md5}
    (and expected (of-md5s? etag))
    (throw (mismatch object etag expected))
    :else
    {:verified false
     :why      (str "the server's ETag " etag " doesn't consist of MD5s, and it is unknown whether the server compared them")}))

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
