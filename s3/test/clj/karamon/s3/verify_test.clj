(ns karamon.s3.verify-test
  (:require
   [clojure.java.io :as io]
   [clojure.test :refer [deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.s3 :as s3]
   [karamon.s3.client.call :refer [call]]
   [karamon.s3.embedded :as embedded]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io ByteArrayInputStream)
   (java.util Arrays Random)
   (karamon.test Depth)
   (software.amazon.awssdk.core.sync RequestBody)))

(set! *warn-on-reflection* true)

(def ^:private mib (* 1024 1024))

(defn- random-bytes ^bytes [size seed]
  (let [bytes (byte-array size)]
    (.nextBytes (Random. seed) bytes)
    bytes))

(defn- flipped
  "Returns a copy with one bit changed."
  ^bytes [^bytes bytes at]
  (let [copy (aclone bytes)]
    (aset copy at (unchecked-byte (bit-xor 1 (aget copy at))))
    copy))

(defn- put-parts!
  "Puts bytes in parts of the given sizes."
  [client object ^bytes bytes sizes]
  (let [id    (:upload-id (call client :create-multipart-upload object))
        ends  (reductions + sizes)
        parts (mapv (fn [number size end]
                      (let [body (RequestBody/fromBytes (Arrays/copyOfRange bytes (int (- end size)) (int end)))
                            part (assoc object :upload-id id :part-number number)]
                        {:part-number number, :etag (:etag (call client :upload-part part body))}))
                    (rest (range)) sizes ends)]
    (call client :complete-multipart-upload (assoc object :upload-id id :multipart-upload {:parts parts}))))

(defn- summary [verdict]
  (select-keys verdict [:result :proof :reason]))

(defn- stream [^bytes bytes] (ByteArrayInputStream. bytes))

(deftest an-object-put-whole-is-verified-by-its-md5
  (let [s3     @embedded/client
        object {:bucket (embedded/bucket!), :key "whole"}
        bytes  (random-bytes 100000 1)
        put    (s3/put! s3 object bytes)]
    (is (= (merge object {:result :match, :proof :md5-etag, :why "the MD5 is the ETag", :size 100000, :etag (:etag put)})
           (s3/verify s3 bytes object)))
    (is (= {:result :match, :proof :md5-etag} (summary (s3/verify s3 (stream bytes) object))))
    (testing "other bytes of that size, which prove nothing on a server other than AWS"
      (is (= {:result :inconclusive, :reason :other-server} (summary (s3/verify s3 (flipped bytes 99999) object)))))
    (testing "another size"
      (is (= {:result :mismatch, :proof :size} (summary (s3/verify s3 (random-bytes 99999 1) object))))
      (is (= {:result :mismatch, :proof :size} (summary (s3/verify s3 (stream (random-bytes 99999 1)) object)))))))

(deftest without-an-object-there-is-no-verdict
  (is (nil? (s3/verify @embedded/client (byte-array 1) {:bucket (embedded/bucket!), :key "none"}))))

(deftest an-empty-object-is-verified
  (let [s3     @embedded/client
        bucket (embedded/bucket!)
        whole  {:bucket bucket, :key "whole"}
        parts  {:bucket bucket, :key "parts"}]
    (s3/put! s3 whole (byte-array 0))
    (put-parts! s3 parts (byte-array 0) [0])
    (doseq [[object proof] {whole :md5-etag, parts :multipart-etag}
            source         [(byte-array 0) (stream (byte-array 0))]]
      (is (= {:result :match, :proof proof} (summary (s3/verify s3 source object)))))
    (doseq [object [whole parts]
            source [(byte-array 1) (stream (byte-array 1))]]
      (is (= {:result :mismatch, :proof :size} (summary (s3/verify s3 source object)))))))

(deftest the-size-of-a-single-part-is-known-though-not-confirmed
  (let [s3     @embedded/client
        object {:bucket (embedded/bucket!), :key "one"}
        bytes  (random-bytes 1234567 2)]
    (put-parts! s3 object bytes [1234567])
    (is (= {:result :match, :proof :multipart-etag, :parts 1, :part-size 1234567, :layout-from :single-part}
           (select-keys (s3/verify s3 bytes object) [:result :proof :parts :part-size :layout-from])))
    (is (= {:result :inconclusive, :reason :layout-unknown} (summary (s3/verify s3 (flipped bytes 7) object))))
    (is (= {:result :inconclusive, :reason :layout-unknown} (summary (s3/verify s3 (stream (flipped bytes 7)) object))))))

(deftest parts-of-a-likely-size-are-verified
  (temp/call-with-folder
    (fn [folder]
      (let [s3     @embedded/client
            bucket (embedded/bucket!)
            bytes  (random-bytes (+ (* 11 mib) 5) 3)
            file   (io/file folder "parts")]
        (with-open [out (io/output-stream file)]
          (.write out bytes))
        (doseq [size [(* 5 mib) (* 8 mib) (* 6 1000 1000)]
                :let [object {:bucket bucket, :key (str size)}
                      sizes  (conj (vec (repeat (quot (alength bytes) size) size)) (rem (alength bytes) size))]]
          (put-parts! s3 object bytes (filter pos? sizes))
          (doseq [source [bytes file (stream bytes)]]
            (is (= {:result :match, :proof :multipart-etag, :part-size size, :layout-from :inferred}
                   (select-keys (s3/verify s3 source object) [:result :proof :part-size :layout-from]))
                (str size " " (class source)))))
        (let [object {:bucket bucket, :key (str (* 5 mib))}
              other  (flipped bytes 0)]
          (testing "other bytes match none of the ETags, which proves nothing"
            (is (= {:result :inconclusive, :reason :layout-unknown} (summary (s3/verify s3 other object)))))
          (testing "but a download does"
            (doseq [source [other (stream other)]]
              (is (= {:result :mismatch, :proof :download} (summary (s3/verify s3 source object {:download true})))))))))))

(deftest odd-parts-need-a-download-if-the-server-doesnt-return-their-sizes
  (let [s3     @embedded/client
        object {:bucket (embedded/bucket!), :key "odd"}
        bytes  (random-bytes (+ (* 11 mib) 3) 4)]
    (put-parts! s3 object bytes [(* 5 mib) (* 6 mib) 3])
    (is (= {:result :inconclusive, :reason :layout-unknown} (summary (s3/verify s3 bytes object))))
    (doseq [source [bytes (stream bytes)]]
      (is (= {:result :match, :proof :download} (summary (s3/verify s3 source object {:download true})))))))

(deftest objects-encoded-by-the-client-are-never-a-mismatch
  (let [s3     @embedded/client
        object {:bucket (embedded/bucket!), :key "encoded"}
        bytes  (random-bytes 1000 5)]
    (s3/put! s3 object bytes {:content-encoding "gzip"})
    (is (= {:result :match, :proof :md5-etag} (summary (s3/verify s3 bytes object))))
    (is (= {:result :inconclusive, :reason :content-encoding} (summary (s3/verify s3 (random-bytes 2000 5) object))))
    (is (= {:result :inconclusive, :reason :content-encoding} (summary (s3/verify s3 (flipped bytes 1) object {:download true}))))
    (s3/put! s3 object bytes {:metadata {"x-amz-key-v2" "k"}})
    (is (= {:result :inconclusive, :reason :client-side-encrypted} (summary (s3/verify s3 (random-bytes 984 5) object))))))

(deftest options-and-sources-are-checked
  (let [thrown (fn [source options]
                 (try
                   (s3/verify @embedded/client source {:bucket (embedded/bucket!), :key "k"} options)
                   (catch ExceptionInfo e
                     [(:type (ex-data e)) (ex-message e)])))]
    (is (= [:karamon.s3/bad-option "The option :threads must be a whole number from 1 to 1024, found 0"] (thrown (byte-array 1) {:threads 0})))
    (is (re-find #"Did you mean :download\?" (second (thrown (byte-array 1) {:downlaod true}))))
    (is (= [:karamon.etag/unreadable "no-such-file can't be read: there is no such file"] (thrown "no-such-file" {})))))

(deftest progress-is-reported
  (let [s3     @embedded/client
        object {:bucket (embedded/bucket!), :key "k"}
        done   (atom 0)]
    (s3/put! s3 object (random-bytes 300000 6))
    (s3/verify s3 (random-bytes 300000 6) object {:progress #(swap! done + %), :threads 1, :cancelled? (constantly false)})
    (is (= 300000 @done))))

(def ^:private sizes-gen
  "Sizes of parts that S3Proxy accepts: any for the last one."
  (gen/let [sizes (gen/vector (gen/choose (* 5 mib) (+ (* 5 mib) 70000)) 0 1)
            last  (gen/choose 1 200000)]
    (conj sizes last)))

(defspec only-equal-bytes-match-on-a-real-server (Depth/times 2 6)
  (let [s3     (delay @embedded/client)
        bucket (delay (embedded/bucket!))]
    (prop/for-all [sizes sizes-gen, seed gen/large-integer, at (gen/choose 0 199999), download gen/boolean, stream? gen/boolean]
      (let [object {:bucket @bucket, :key "random"}
            size   (reduce + sizes)
            bytes  (random-bytes size seed)
            source #(if stream? (stream %) %)]
        (put-parts! @s3 object bytes sizes)
        (let [same  (s3/verify @s3 (source bytes) object {:download download})
              other (s3/verify @s3 (source (flipped bytes (mod at size))) object {:download download})]
          (and (contains? (if download #{:match} #{:match :inconclusive}) (:result same))
               (contains? (if download #{:mismatch} #{:mismatch :inconclusive}) (:result other))))))))
