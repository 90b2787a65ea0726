(ns karamon.s3.verify.checksum
  "The checksums that a server reports with an object, and what each covers: the whole object, or, if it is composite, the
  checksums of its parts.

  AWS marks a composite checksum with `-` and the number of parts, and reports `x-amz-checksum-type` (\"Checking object
  integrity\" in the S3 user guide). Other servers may report a composite one without either, keep an object's checksum for its
  copies, or compute another algorithm than they name: moto does. So elsewhere a checksum proves a difference only if the server
  states what it covers."
  (:import
   (karamon.etag ETag)))

(set! *warn-on-reflection* true)

(def ^:private lengths
  "The length in Base64 of each algorithm's checksums, the strongest algorithm first."
  (array-map :sha256 44, :sha1 28, :md5 24, :crc64nvme 12, :crc32c 8, :crc32 8))

(defn- reported [head]
  (for [[algorithm length] lengths
        :let  [[_ value parts] (some->> (get head (keyword (str "checksum-" (name algorithm))))
                                        (re-matches #"([^-]*)(?:-(\d+))?"))]
        :when (= length (count value))]
    {:algorithm algorithm, :value value, :parts (some-> parts parse-long)}))

(defn- parts [{:keys [etag]}]
  (let [n (ETag/partsOf etag)]
    (when (pos? n) n)))

(defn whole
  "Returns the strongest checksum of the whole object in `head`: `:algorithm`, `:value` in Base64, and `:decisive`, whether
  another value proves other bytes. Nil if there is none, or if it may be the parts' checksum."
  [{:keys [aws? checksum-type] :as head}]
  (let [stated (= "FULL_OBJECT" checksum-type)]
    (when (or stated (and (nil? checksum-type) (or aws? (nil? (parts head)))))
      (some-> (first (remove :parts (reported head)))
              (assoc :decisive (or stated (boolean aws?)))))))

(defn composite
  "Returns the strongest composite checksum in `head`: `:algorithm`, `:value` in Base64 without the number of parts, and
  `:parts`, if they are known. Nil if there is none."
  [{:keys [checksum-type] :as head}]
  (let [n (parts head)]
    (first (for [{:keys [algorithm] :as checksum} (reported head)
                 ;; S3 defines none for these.
                 :when (and (not (#{:md5 :crc64nvme} algorithm))
                            (or (:parts checksum) (= "COMPOSITE" checksum-type))
                            (or (nil? n) (contains? #{nil n} (:parts checksum))))]
             (update checksum :parts #(or % n))))))
