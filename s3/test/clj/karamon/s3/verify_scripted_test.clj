(ns karamon.s3.verify-scripted-test
  "Cases that the embedded server lacks: parts in answers, checksums, encryption, and concurrent writers."
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.etag :as etag]
   [karamon.s3 :as s3]
   [karamon.s3.scripted :as scripted]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io ByteArrayInputStream)
   (java.util Arrays Random)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(defn- with-server [f]
  (with-open [server (scripted/start)
              s3     (scripted/client server {:max-attempts 1})]
    (f server s3 (scripted/bucket! server))))

(defn- random-bytes ^bytes [size seed]
  (let [bytes (byte-array size)]
    (.nextBytes (Random. seed) bytes)
    bytes))

(defn- flipped ^bytes [^bytes bytes at]
  (let [copy (aclone bytes)]
    (aset copy at (unchecked-byte (bit-xor 1 (aget copy at))))
    copy))

(defn- cut [^bytes bytes sizes]
  (mapv (fn [size end] (Arrays/copyOfRange bytes (int (- end size)) (int end))) sizes (reductions + sizes)))

(defn- whole-sums [bytes algorithms]
  (update-keys (:checksums (etag/etags bytes {:checksums algorithms, :layouts [:md5]})) name))

(defn- part-sums [bytes sizes algorithms]
  (update-keys (:checksums (first (:etags (etag/etags bytes {:checksums algorithms, :layouts [sizes]})))) name))

(def ^:private md5 #(etag/etag % {:layout :md5}))
(def ^:private opaque (apply str (repeat 32 "e")))
(def ^:private kms {"x-amz-server-side-encryption" "aws:kms"})

(defn- summary [verdict]
  (select-keys verdict [:result :proof :reason :algorithm :layout-from]))

(defn- asked
  "Returns a verdict and the number of requests of each operation."
  [server f]
  (scripted/forget! server)
  (let [verdict (f)]
    [(summary verdict) (scripted/counts server)]))

(deftest on-aws-a-checksum-of-the-whole-takes-one-request
  (with-server
    (fn [server s3 bucket]
      (let [s3     (assoc s3 :aws? true)
            bytes  (random-bytes 1000 1)
            other  (flipped bytes 999)
            object {:bucket bucket, :key "k"}]
        (doseq [algorithm [:crc32 :crc32c :crc64nvme :sha1 :sha256]]
          (scripted/add! server bucket "k" {:bodies (cut bytes [600 400]), :checksums (whole-sums bytes [algorithm]), :headers kms})
          (is (= [{:result :match, :proof :checksum, :algorithm algorithm} {:head-object 1}]
                 (asked server #(s3/verify s3 bytes object))))
          (is (= [{:result :mismatch, :proof :checksum, :algorithm algorithm} {:head-object 1}]
                 (asked server #(s3/verify s3 (ByteArrayInputStream. other) object)))))
        (testing "the strongest"
          (scripted/add! server bucket "k" {:bodies (cut bytes [1000]), :checksums (assoc (whole-sums bytes [:crc32 :sha1]) "sha512" "unknown")})
          (is (= :sha1 (:algorithm (s3/verify s3 bytes object)))))
        (testing "an MD5 too"
          (scripted/add! server bucket "k" {:body bytes, :size 1000, :etag opaque, :headers kms, :checksums {"md5" "mIx7jxDMNrCYxqCyIKJSXA=="}})
          (is (= {:result :mismatch, :proof :checksum, :algorithm :md5} (summary (s3/verify s3 bytes object))))
          (scripted/add! server bucket "k" {:body (byte-array 0), :size 0, :etag opaque, :headers kms, :checksums {"md5" "1B2M2Y8AsgTpgAmY7PhCfg=="}})
          (is (= {:result :match, :proof :checksum, :algorithm :md5} (summary (s3/verify s3 (byte-array 0) object)))))
        (testing "if one can't be computed, the next proof counts"
          (scripted/add! server bucket "k" {:body bytes, :size 1000, :etag (md5 bytes), :checksums {"sha512" "unknown", "xxhash64" "unknown"}})
          (is (= {:result :match, :proof :md5-etag} (summary (s3/verify s3 bytes object)))))
        (testing "also without the right to see it"
          (scripted/add! server bucket "k" {:bodies (cut bytes [1000]), :checksums (whole-sums bytes [:crc32])})
          (scripted/script! server #(when (get-in % [:headers "x-amz-checksum-mode"]) {:answer {:status 403, :code "AccessDenied"}}))
          (is (= {:result :match, :proof :multipart-etag, :layout-from :single-part} (summary (s3/verify s3 bytes object)))))))))

(deftest another-md5-is-a-mismatch-only-if-the-etag-is-surely-an-md5
  (with-server
    (fn [server s3 bucket]
      (let [bytes  (random-bytes 1000 2)
            object {:bucket bucket, :key "k"}]
        (scripted/add! server bucket "k" {:body bytes, :size 1000, :etag (md5 bytes)})
        (testing "as on AWS"
          (is (= [{:result :mismatch, :proof :md5-etag} {:head-object 1}]
                 (asked server #(s3/verify (assoc s3 :aws? true) (flipped bytes 5) object)))))
        (testing "or on a server that supports parts"
          (is (= [{:result :match, :proof :md5-etag} {:head-object 1}] (asked server #(s3/verify s3 bytes object))))
          (is (= [{:result :mismatch, :proof :md5-etag} {:head-object 2}] (asked server #(s3/verify s3 (flipped bytes 5) object))))
          (is (= [:md5 :no-parts] ((juxt :kind :reason) (s3/etag-kind s3 object {:confirm true}))))
          (is (= :likely-md5 (:kind (s3/etag-kind s3 object)))))
        (testing "but not if the object has parts after all"
          (scripted/add! server bucket "k" {:bodies (cut bytes [600 400]), :etag opaque})
          (is (= [:multipart :parts-without-count 2] ((juxt :kind :reason :parts) (s3/etag-kind s3 object {:confirm true}))))
          (is (= {:result :inconclusive, :reason :parts-without-count} (summary (s3/verify s3 bytes object)))))))))

(deftest parts-sizes-are-requested
  (with-server
    (fn [server s3 bucket]
      (let [bytes  (random-bytes 1000 3)
            object {:bucket bucket, :key "k"}]
        (doseq [[sizes same other] [[[1000] 1 2]
                                    [[600 400] 2 2]
                                    [[400 600] 2 2]
                                    ;; The first size fits all; the others are requested before the verdict is a mismatch. The last is the rest.
                                    [[300 300 300 100] 2 5]
                                    ;; The first would fit, but the others have another size.
                                    [[300 350 250 100] 5 5]
                                    [[200 400 400] 3 3]]
                :let [proof {:proof :multipart-etag, :layout-from (if (= 1 (count sizes)) :single-part :part-heads)}]]
          (scripted/add! server bucket "k" {:bodies (cut bytes sizes)})
          (testing (str sizes)
            (is (= (assoc proof :result :match) (summary (s3/verify s3 bytes object))))
            (is (= (assoc proof :result :match) (summary (s3/verify s3 (ByteArrayInputStream. bytes) object))))
            (is (= (assoc proof :result :mismatch) (summary (s3/verify s3 (flipped bytes 0) object))))
            (is (= (assoc proof :result :mismatch) (summary (s3/verify s3 (ByteArrayInputStream. (flipped bytes 0)) object))))
            (is (= [same other]
                   [(:head-object (second (asked server #(s3/verify s3 bytes object))))
                    (:head-object (second (asked server #(s3/verify s3 (flipped bytes 0) object))))]))))))))

(deftest attributes-list-the-parts-of-objects-with-a-composite-checksum
  (with-server
    (fn [server s3 bucket]
      (let [bytes    (random-bytes 2500 4)
            sizes    [700 900 300 600]
            object   {:bucket bucket, :key "k"}
            put!     (fn [sizes more]
                       (scripted/add! server bucket "k"
                         (merge {:bodies (cut bytes sizes), :checksum-type "COMPOSITE", :checksums (part-sums bytes sizes [:sha256])} more)))
            requests {:head-object 1, :get-object-attributes 1}]
        (put! sizes {})
        (is (= [{:result :match, :proof :multipart-etag, :layout-from :attributes} requests] (asked server #(s3/verify s3 bytes object))))
        (is (= [{:result :mismatch, :proof :multipart-etag, :layout-from :attributes} requests]
               (asked server #(s3/verify s3 (flipped bytes 1) object))))
        (testing "which decides if the ETag can't"
          (put! sizes {:etag (str opaque "-4"), :headers kms})
          (doseq [source [bytes (ByteArrayInputStream. bytes)]]
            (is (= [{:result :match, :proof :composite-checksum, :algorithm :sha256, :layout-from :attributes} requests]
                   (asked server #(s3/verify s3 source object)))))
          (is (= [{:result :mismatch, :proof :composite-checksum, :algorithm :sha256, :layout-from :attributes} requests]
                 (asked server #(s3/verify s3 (flipped bytes 1) object))))
          (put! sizes {:etag "random", :headers {"x-amz-storage-class" "EXPRESS_ONEZONE"}})
          (is (= :composite-checksum (:proof (s3/verify s3 bytes object)))))
        (testing "a thousand at a time"
          (put! (repeat 2500 1) {})
          (is (= [:match {:head-object 1, :get-object-attributes 3}]
                 (update (asked server #(s3/verify s3 bytes object)) 0 :result))))
        (testing "and if they don't, each part is requested"
          (put! sizes {})
          (scripted/script! server #(when (= :get-object-attributes (:operation %)) {:answer {:status 403, :code "AccessDenied"}}))
          (is (= {:result :match, :proof :multipart-etag, :layout-from :part-heads} (summary (s3/verify s3 bytes object)))))))))

(deftest only-a-match-proves-something-for-encrypted-objects
  (with-server
    (fn [server s3 bucket]
      (let [bytes    (random-bytes 1000 5)
            object   {:bucket bucket, :key "k"}
            customer {"x-amz-server-side-encryption-customer-algorithm" "AES256"
                      "x-amz-server-side-encryption-customer-key-md5"   "DWygnHRtgiJ77HCm+1rvHw=="}
            key      {:sse-customer-algorithm "AES256", :sse-customer-key "QUFB", :sse-customer-key-md5 "DWygnHRtgiJ77HCm+1rvHw=="}]
        (doseq [[headers reason options] [[kms :sse-kms {}]
                                          [{"x-amz-server-side-encryption" "aws:kms:dsse"} :dsse-kms {}]
                                          [{"x-amz-server-side-encryption" "aws:fsx"} :unknown-encryption {}]
                                          [customer :sse-c key]]]
          (testing reason
            (doseq [etag [opaque (str opaque "-2")]
                    :let [hidden {:etag etag, :body bytes, :parts (when (str/ends-with? etag "-2") [{:size 600} {:size 400}])
                                  :size 1000, :headers headers}]]
              (scripted/add! server bucket "k" hidden)
              (is (= {:result :inconclusive, :reason reason} (summary (s3/verify s3 bytes object options))))
              (is (= {:result :match, :proof :download} (summary (s3/verify s3 bytes object (assoc options :download true)))))
              (is (= {:result :mismatch, :proof :download} (summary (s3/verify s3 (flipped bytes 0) object (assoc options :download true)))))
              (is (= {:result :mismatch, :proof :size} (summary (s3/verify s3 (byte-array 1) object options)))))
            (scripted/add! server bucket "k" {:etag (md5 bytes), :body bytes, :size 1000, :headers headers})
            (is (= {:result :match, :proof :md5-etag} (summary (s3/verify s3 bytes object options))))))
        (testing "and nothing does without the customer's key"
          (is (= [:opaque :sse-c] ((juxt :kind :reason) (s3/etag-kind s3 object))))
          (is (= {:result :inconclusive, :reason :sse-c} (summary (s3/verify s3 bytes object {:download true}))))
          (is (= {:result :mismatch, :proof :size} (summary (s3/verify s3 (byte-array 1) object)))))))))

(deftest an-object-that-changes-meanwhile-is-reported
  (with-server
    (fn [server s3 bucket]
      (let [bytes    (random-bytes 1000 6)
            parts    (cut bytes [300 350 350])
            replace! #(scripted/add! server %1 "k" {:bodies (cut (random-bytes 1000 7) [300 350 350])})
            at       (fn [bucket operation nth]
                       (scripted/script! server #(when (= [operation nth] [(:operation %) (:nth %)]) {:before (fn [] (replace! bucket))})))
            object   {:bucket bucket, :key "k"}
            changed  {:result :inconclusive, :reason :changed}]
        (doseq [nth [2 3 4]]
          (scripted/add! server bucket "k" {:bodies parts})
          (at bucket :head-object nth)
          (is (= (if (= 4 nth) {:result :match, :proof :multipart-etag, :layout-from :part-heads} changed)
                 (summary (s3/verify s3 (ByteArrayInputStream. bytes) object)))
              nth))
        (testing "before its parts are listed"
          (scripted/add! server bucket "k" {:bodies parts, :checksum-type "COMPOSITE", :checksums (part-sums bytes [300 350 350] [:sha256])})
          (at bucket :get-object-attributes 1)
          (is (= changed (summary (s3/verify s3 bytes object)))))
        (testing "before it is downloaded"
          (scripted/add! server bucket "k" {:body bytes, :size 1000, :etag opaque, :headers kms})
          (at bucket :get-object 1)
          (is (= changed (summary (s3/verify s3 bytes object {:download true})))))
        (testing "but a version doesn't"
          (let [versions (scripted/bucket! server {:versioning true})]
            (scripted/add! server versions "k" {:bodies parts})
            (at versions :head-object 2)
            (is (= :match (:result (s3/verify s3 bytes {:bucket versions, :key "k"}))))
            (is (= :mismatch (:result (s3/verify s3 bytes {:bucket versions, :key "k"}))))
            (is (= :match (:result (s3/verify s3 bytes {:bucket versions, :key "k", :version-id (:version-id (first (scripted/versions server versions "k")))}))))))))))

(deftest a-server-may-compare-conditions-with-the-parts-etag
  (with-server
    (fn [server s3 bucket]
      (let [bytes  (random-bytes 1000 8)
            object {:bucket bucket, :key "k"}
            parts  (cut bytes [300 300 400])
            script (fn [before]
                     (scripted/script! server (fn [{:keys [operation query headers]}]
                                                (when (and (= :head-object operation) (query "partNumber"))
                                                  (if (headers "if-match")
                                                    {:answer {:status 412}}
                                                    {:before before})))))]
        (scripted/add! server bucket "k" {:bodies parts})
        (script (fn []))
        (is (= {:result :match, :proof :multipart-etag, :layout-from :part-heads} (summary (s3/verify s3 bytes object))))
        (is (= {:result :mismatch, :proof :multipart-etag, :layout-from :part-heads} (summary (s3/verify s3 (flipped bytes 0) object))))
        (script #(scripted/add! server bucket "k" {:bodies (reverse parts)}))
        (is (= {:result :inconclusive, :reason :changed} (summary (s3/verify s3 bytes object))))))))

(deftest a-failure-isnt-a-verdict
  (with-server
    (fn [server s3 bucket]
      (let [bytes (random-bytes 1000 9)]
        (scripted/add! server bucket "k" {:bodies (cut bytes [300 300 400])})
        (scripted/script! server #(when (get-in % [:query "partNumber"]) {:answer {:status 503, :code "SlowDown"}}))
        (is (= :karamon.s3/slow-down (try
                                       (s3/verify s3 bytes {:bucket bucket, :key "k"})
                                       (catch ExceptionInfo e
                                         (:type (ex-data e))))))))))

(deftest a-file-that-changes-meanwhile-is-an-error
  (with-server
    (fn [server s3 bucket]
      (temp/call-with-folder
        (fn [folder]
          (let [file  (io/file folder "f")
                bytes (random-bytes 3000000 10)
                grow  (delay (with-open [out (io/output-stream file :append true)] (.write out 1)))]
            (with-open [out (io/output-stream file)]
              (.write out bytes))
            (scripted/add! server bucket "k" {:bodies (cut bytes [1000000 1000000 1000000])})
            (is (= :karamon.etag/changed (try
                                           (s3/verify s3 file {:bucket bucket, :key "k"} {:progress (fn [_] @grow)})
                                           (catch ExceptionInfo e
                                             (:type (ex-data e))))))))))))

(def ^:private objects
  "Objects with enough information on S3 for a verdict on any source."
  (gen/let [sizes     (gen/vector (gen/choose 1 400) 1 12)
            seed      gen/large-integer
            sums      (gen/vector (gen/elements [:crc32 :crc32c :sha1 :sha256]) 0 2)
            composite gen/boolean
            whole     gen/boolean]
    (let [bytes (random-bytes (reduce + sizes) seed)]
      [bytes
       (cond
         whole     {:body bytes, :size (alength bytes), :etag (md5 bytes)}
         composite (merge {:bodies (cut bytes sizes)}
                          (when (seq sums)
                            {:etag (str opaque "-" (count sizes)), :headers kms
                             :checksum-type "COMPOSITE", :checksums (part-sums bytes sizes sums)}))
         :else     {:bodies (cut bytes sizes), :checksums (whole-sums bytes sums)})])))

(defspec only-equal-bytes-match (Depth/times 40 150)
  (prop/for-all [[^bytes bytes object] objects, at gen/nat, stream? gen/boolean]
    (with-server
      (fn [server s3 bucket]
        (let [source #(if stream? (ByteArrayInputStream. %) %)
              verify #(:result (s3/verify s3 (source %) {:bucket bucket, :key "k"}))]
          (scripted/add! server bucket "k" object)
          (= [:match :mismatch :mismatch :mismatch]
             (map verify [bytes
                          (flipped bytes (mod at (alength bytes)))
                          (Arrays/copyOf bytes (dec (alength bytes)))
                          (Arrays/copyOf bytes (inc (alength bytes)))])))))))
