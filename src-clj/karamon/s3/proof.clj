(ns karamon.s3.proof
  "Whether what S3 has and what is here are the same bytes, as far as S3 tells: `:verified` true and `:proof`, or false and
  `:why`. What is known to differ is thrown."
  (:require
   [karamon.etag :as etag]
   [karamon.s3.address :as address]))

(set! *warn-on-reflection* true)

(defn md5?
  "Whether an ETag looks like an MD5."
  [etag]
  (boolean (some->> etag (re-matches #"[0-9a-f]{32}"))))

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
    (and expected (= expected etag)) {:verified true, :proof (if honest :etag :content-md5)}
    (not honest)                     {:verified true, :proof :content-md5}
    (and expected (re-matches #"[0-9a-f]{32}(-\d+)?" (str etag)))
    (throw (mismatch object etag expected))
    :else
    {:verified false, :why (str "the server's ETag " etag " isn't made of MD5s, and whether it compared them isn't known")}))

(def ^:private checksums [:sha256 :sha1 :crc64nvme :crc32c :crc32])

(defn- full-checksum
  "Returns the best checksum that S3 has of all of an object, as its name and its text; nil when it has none."
  [found]
  (first (for [sum   checksums
               :let  [text (get found (keyword (str "checksum-" (name sum))))]
               :when (and text (not= "COMPOSITE" (:checksum-type found)) (not (re-find #"-\d+$" text)))]
           [sum text])))

(defn of-file
  "Tells whether a file is the object that S3 told of by `found`, HeadObject's answer with its checksums: by the checksum of
  the whole, by an ETag that is an MD5, or by one of parts, as `:layout` says or as is likely. Of an object that is encrypted
  with a key of KMS or the customer's, an ETag that matches is proof, and one that doesn't says nothing."
  [object {:keys [etag] :as found} file {:keys [layout threads cancelled?]}]
  (let [options    (cond-> {} threads (assoc :threads threads) cancelled? (assoc :cancelled? cancelled?))
        [sum text] (full-checksum found)
        parts      (:parts (etag/parse etag))
        here       (cond
                     sum         (get-in (etag/etags file (assoc options :checksums #{sum} :layouts [:md5])) [:checksums sum])
                     (md5? etag) (etag/etag file (assoc options :layout :md5))
                     parts       (or (when layout (#{etag} (etag/etag file (assoc options :layout layout))))
                                     (:etag (etag/matching file etag options))))]
    (cond
      (= here (or text etag))
      {:verified true, :proof (or sum :etag)}
      (or sum (and (md5? etag) (honest? found)))
      (throw (mismatch object (or text etag) here))
      (not (honest? found))
      {:verified false, :why "the object is encrypted so that its ETag is no MD5, and S3 keeps no checksum of it"}
      parts
      {:verified false, :why "the sizes of the parts that the object was put in aren't known: give :layout"}
      :else
      {:verified false, :why (str "the ETag " etag " isn't made of MD5s, and S3 keeps no checksum of the object")})))
