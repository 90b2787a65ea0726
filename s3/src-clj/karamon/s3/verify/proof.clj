(ns karamon.s3.verify.proof
  "Whether what S3 has and what is here are the same bytes, as far as S3 tells: `:verified` true and `:proof`, or false
  and `:why`. What is known to differ is thrown."
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
  "Whether an ETag looks like an MD5, in lower case."
  [etag]
  (and (some? etag) (= etag (ETag/md5Of etag))))

(defn- of-md5s?
  "Whether an ETag looks like an MD5, or like that of parts' MD5s, in lower case."
  [etag]
  (or (md5? etag) (and (pos? (ETag/partsOf etag)) (= etag (str/lower-case etag)))))

(defn honest?
  "Whether what S3 said of an object or a part says that its ETag is made of MD5s."
  [{:keys [server-side-encryption sse-customer-algorithm]}]
  (and (contains? #{nil "AES256"} server-side-encryption) (nil? sse-customer-algorithm)))

(defn mismatch
  "Returns what to throw about an object that `says` one thing where its bytes give another."
  [object says expected]
  (ex-info (str (address/text object) " has " says ", but the bytes here give " expected ": they aren't the same")
           {:type :karamon.s3/mismatch, :bucket (:bucket object), :key (:key object), :found says, :expected expected}))

(defn of-sent
  "Tells whether the object is what was sent. `expected` is the ETag that the parts give, nil where that can't be computed;
  `honest` says that it is made of MD5s."
  [object {:keys [etag]} expected honest]
  (cond
    (and expected (= expected etag) honest)
    {:verified true, :proof (if (md5? etag) :md5-etag :multipart-etag)}
    (not honest)
    {:verified true, :proof :content-md5}
    (and expected (of-md5s? etag))
    (throw (mismatch object etag expected))
    :else
    {:verified false, :why (str "the server's ETag " etag " isn't made of MD5s, and whether it compared them isn't known")}))

(defn of-file
  "Tells whether a file is the object that `head` told of, by its ETag in `:layout` or as karamon.s3/verify does."
  [client {:keys [etag size] :as head} file {:keys [layout] :as options}]
  (let [hashing (select-keys options [:threads :cancelled?])
        sizes   (when layout (etag/part-sizes layout size))]
    (if (and layout (= etag (etag/etag file (assoc hashing :layout layout))))
      {:verified true, :proof (if sizes :multipart-etag :md5-etag)}
      (let [{:keys [result why] :as verdict} (verify/against client file head (merge hashing (kind/allowed options)))]
        (case result
          :match        (assoc (select-keys verdict [:proof :algorithm]) :verified true)
          :inconclusive (assoc (select-keys verdict [:reason :why]) :verified false)
          (throw (ex-info (str (address/text head) " isn't what has come: " why)
                          (merge {:type :karamon.s3/mismatch} (select-keys verdict [:bucket :key :etag :proof])))))))))
