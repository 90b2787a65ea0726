(ns karamon.s3.verify.other-servers-test
  "Servers whose checksums and ETags mean something else than AWS's, such as moto: the same bytes never differ, and others never
  match."
  {:any-jdk true}
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.etag :as etag]
   [karamon.s3 :as s3]
   [karamon.s3.client.source :as source]
   [karamon.s3.scripted :as scripted])
  (:import
   (java.io ByteArrayInputStream)
   (java.util Arrays Random)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(def ^:private algorithms [:crc32 :crc32c :crc64nvme :sha1 :sha256])
(def ^:private opaque (apply str (repeat 32 "e")))
(def ^:private kms {"x-amz-server-side-encryption" "aws:kms"})

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

(defn- whole-sum [bytes algorithm]
  (get-in (etag/etags bytes {:checksums [algorithm], :layouts [:md5]}) [:checksums algorithm]))

(defn- part-sum
  "Returns a composite checksum with the number of parts, as on AWS."
  [bytes sizes algorithm]
  (get-in (etag/etags bytes {:checksums [algorithm], :layouts [sizes]}) [:etags 0 :checksums algorithm]))

(defn- unmarked [checksum]
  (str/replace checksum #"-\d+$" ""))

(def ^:private md5 #(etag/etag % {:layout :md5}))
(def ^:private composable [:crc32 :crc32c :sha1 :sha256])

(def ^:private bytes-1 (random-bytes 1000 1))
(def ^:private bytes-2 (flipped bytes-1 500))

(def ^:private no-part-heads
  "A script for servers that don't support HEADs of parts."
  #(when (get-in % [:query "partNumber"]) {:answer {:status 501, :code "NotImplemented"}}))

(defn- with-server [f]
  (with-open [server (scripted/start)
              s3     (scripted/client server {:max-attempts 1})]
    (f server s3 {:bucket (scripted/bucket! server), :key "k"})))

(defn- verdicts
  "Returns the verdicts on the object's bytes and on others, each as an array and as a stream, which are the same."
  [s3 object]
  (for [bytes [bytes-1 bytes-2]
        :let  [[of-array of-stream] (for [source [bytes (ByteArrayInputStream. bytes)]]
                                      ((juxt :result #(or (:proof %) (:reason %))) (s3/verify s3 source object)))]]
    (do
      (is (= of-array of-stream))
      of-array)))

(defn- expect
  "Compares the verdicts on an object with the expected ones."
  [{:keys [server s3 object]} stored same other]
  (scripted/add! server (:bucket object) (:key object) stored)
  (is (= [same other] (verdicts s3 object))))

(defn- with-object
  "Calls `f` with a map of `:server`, `:s3` and `:object`."
  [f]
  (with-server (fn [server s3 object] (f {:server server, :s3 s3, :object object}))))

(deftest the-etag-decides-if-a-checksum-beside-parts-has-no-type
  (with-object
    (fn [{:keys [server] :as at}]
      (doseq [algorithm composable
              value     [(unmarked (part-sum bytes-1 [600 400] algorithm))
                         (whole-sum bytes-1 algorithm)
                         (whole-sum bytes-2 algorithm)]
              :let      [stored {:bodies (cut bytes-1 [600 400]), :checksum-type nil, :checksums {(name algorithm) value}}]]
        (testing algorithm
          (expect at stored [:match :multipart-etag] [:mismatch :multipart-etag])
          (testing "without the sizes of the parts"
            (scripted/script! server no-part-heads)
            (expect at stored [:inconclusive :layout-unknown] [:inconclusive :layout-unknown])
            (scripted/script! server (constantly nil))))))))

(deftest unknown-sizes-of-parts-are-inferred
  (with-server
    (fn [server s3 object]
      (scripted/script! server no-part-heads)
      (let [mib   1048576
            bytes (random-bytes (* 20 mib) 2)
            sizes [(* 8 mib) (* 8 mib) (* 4 mib)]]
        (scripted/add! server (:bucket object) (:key object)
                       {:bodies        (cut bytes sizes)
                        :checksum-type nil
                        :checksums     {"crc32" (unmarked (part-sum bytes sizes :crc32))}})
        (doseq [source [bytes (ByteArrayInputStream. bytes)]]
          (is (= [:match :multipart-etag :inferred] ((juxt :result :proof :layout-from) (s3/verify s3 source object)))))
        (is (= [:inconclusive :layout-unknown] ((juxt :result :reason) (s3/verify s3 (flipped bytes 0) object))))))))

(deftest aws-needs-no-type
  (with-object
    (fn [at]
      (expect (assoc-in at [:s3 :aws?] true)
        {:bodies (cut bytes-1 [600 400]), :headers kms, :checksum-type nil, :checksums {"crc32" (whole-sum bytes-1 :crc32)}}
        [:match :checksum] [:mismatch :checksum]))))

(deftest the-md5-decides-if-the-checksum-is-that-of-an-earlier-object
  (with-object
    (fn [{:keys [server] :as at}]
      (let [copy {:body bytes-1, :size 1000, :etag (md5 bytes-1), :checksum-type nil
                  :checksums {"crc32" (unmarked (part-sum bytes-1 [600 400] :crc32))}}]
        (expect at copy [:match :md5-etag] [:mismatch :md5-etag])
        (testing "as far as it is one"
          (scripted/script! server no-part-heads)
          (expect at copy [:match :md5-etag] [:inconclusive :other-server]))
        (testing "also if the server still reports parts, with their ETags"
          (scripted/script! server (fn [{:keys [query headers]}]
                                     (when (query "partNumber")
                                       {:answer (if (headers "if-match")
                                                  {:status 412}
                                                  {:status 200, :headers {"x-amz-mp-parts-count" "2"}})})))
          (expect at copy [:match :md5-etag] [:inconclusive :parts-without-count]))))))

(deftest a-checksum-that-contradicts-the-etag-proves-nothing
  (with-object
    (fn [at]
      (doseq [stored [{:body bytes-1, :size 1000, :etag (md5 bytes-1)} {:bodies (cut bytes-1 [600 400])}]
              type   [nil "FULL_OBJECT"]
              :let   [proof (if (:bodies stored) :multipart-etag :md5-etag)
                      typed (assoc stored :checksum-type type, :checksums {"crc32" (whole-sum bytes-2 :crc32)})]
              :when  (or type (:body stored))]
        (expect at typed [:match proof] [:inconclusive :contradiction])
        (testing "and the bytes decide"
          (is (= [:mismatch :download] ((juxt :result :proof) (s3/verify (:s3 at) bytes-2 (:object at) {:download true})))))))))

(deftest a-checksum-without-a-type-may-match-an-object-put-whole
  (with-object
    (fn [at]
      (expect at
        {:body bytes-1, :size 1000, :etag "0x8D9C", :checksum-type nil, :checksums {"sha256" (whole-sum bytes-1 :sha256)}}
        [:match :checksum] [:inconclusive :not-hexadecimal]))))

(deftest a-stated-checksum-decides-if-the-etag-doesnt
  (with-object
    (fn [{:keys [server] :as at}]
      (doseq [algorithm (conj algorithms :md5)
              :let      [value (if (= :md5 algorithm) (source/base64 (md5 bytes-1)) (whole-sum bytes-1 algorithm))]
              stored    [{:body bytes-1, :size 1000, :etag "0x8D9C"}
                         {:body bytes-1, :size 1000, :etag opaque, :headers kms}
                         {:bodies (cut bytes-1 [600 400]), :etag (str opaque "-2"), :headers kms}]]
        (testing [algorithm (:etag stored)]
          (expect at (assoc stored :checksums {(name algorithm) value}) [:match :checksum] [:mismatch :checksum])))
      (testing "but not against an ETag that matches"
        (doseq [stored [{:body bytes-1, :size 1000, :etag (md5 bytes-1)} {:bodies (cut bytes-1 [600 400])}]]
          (expect at (assoc stored :checksums {"crc32c" (whole-sum bytes-1 :crc32)})
            [:match (if (:bodies stored) :multipart-etag :md5-etag)]
            [:mismatch (if (:bodies stored) :multipart-etag :md5-etag)])))
      (testing "nor if its length isn't the algorithm's"
        (expect at {:body bytes-1, :size 1000, :etag "0x8D9C", :checksums {"crc64nvme" (whole-sum bytes-1 :crc32)}}
          [:inconclusive :not-hexadecimal] [:inconclusive :not-hexadecimal]))
      (testing "and is no reason to call equal bytes different if the ETag isn't made from them"
        (scripted/script! server no-part-heads)
        (expect at {:bodies (cut bytes-1 [1000]), :etag (str opaque "-1"), :checksums {"crc32" (whole-sum bytes-1 :crc32)}}
          [:match :checksum] [:mismatch :checksum])))))

(deftest composite-checksums-are-compared-in-any-spelling
  (with-object
    (fn [at]
      (let [sum    (part-sum bytes-1 [600 400] :sha256)
            stored {:bodies (cut bytes-1 [600 400]), :etag (str opaque "-2"), :headers kms}]
        (doseq [[type value] [["COMPOSITE" sum] [nil sum] ["COMPOSITE" (unmarked sum)]]]
          (expect at (assoc stored :checksum-type type, :checksums {"sha256" value})
            [:match :composite-checksum] [:mismatch :composite-checksum]))
        (testing "but not if they have another number of parts, or none is stated"
          (doseq [value [(str (unmarked sum) "-3") (unmarked sum)]]
            (expect at (assoc stored :checksum-type nil, :checksums {"sha256" value})
              [:inconclusive :sse-kms] [:inconclusive :sse-kms])))))))

(deftest a-number-of-parts-that-doesnt-fit-the-size-proves-nothing
  (with-object
    (fn [{:keys [server] :as at}]
      (doseq [script [(constantly nil) no-part-heads]
              n      [0 5 1001 10000]
              :let   [undecided [:inconclusive (if (zero? n) :not-hexadecimal :layout-unknown)]]]
        (scripted/script! server script)
        (expect at {:body bytes-1, :size 1000, :etag (str opaque "-" n)} undecided undecided)))))

(deftest one-part-is-a-layout-only-if-the-server-confirms-it
  (with-object
    (fn [{:keys [server] :as at}]
      (let [honest {:bodies (cut bytes-1 [1000])}
            random {:body bytes-1, :size 1000, :etag (str opaque "-1")}]
        (expect at honest [:match :multipart-etag] [:mismatch :multipart-etag])
        (expect at random [:inconclusive :layout-unknown] [:inconclusive :layout-unknown])
        (testing "which AWS needs not do"
          (expect (assoc-in at [:s3 :aws?] true) random [:mismatch :multipart-etag] [:mismatch :multipart-etag]))
        (scripted/script! server no-part-heads)
        (expect at honest [:match :multipart-etag] [:inconclusive :layout-unknown])))))

(def ^:private reports
  "Objects with honest ETags, some of which can't be computed, and checksums that servers may report."
  (gen/let [sizes   (gen/vector (gen/choose 1 400) 1 4)
            seed    gen/large-integer
            whole?  gen/boolean
            hidden? gen/boolean
            sums    (gen/vector (gen/tuple (gen/elements composable) (gen/elements [:whole :parts :unmarked :other])) 0 2)
            typed?  gen/boolean]
    (let [bytes (random-bytes (reduce + sizes) seed)
          value (fn [algorithm covers]
                  (case covers
                    :whole    (whole-sum bytes algorithm)
                    :parts    (part-sum bytes sizes algorithm)
                    :unmarked (unmarked (part-sum bytes sizes algorithm))
                    :other    (whole-sum (byte-array 1) algorithm)))
          ;; A type is never wrong.
          type  (when typed?
                  (cond
                    (every? #{:whole} (map second sums))           "FULL_OBJECT"
                    (every? #{:parts :unmarked} (map second sums)) "COMPOSITE"))]
      [bytes
       (merge (if whole? {:body bytes, :size (alength bytes), :etag (md5 bytes)} {:bodies (cut bytes sizes)})
              (when hidden? {:headers kms})
              (when hidden? {:etag (str opaque (when-not whole? (str "-" (count sizes))))})
              {:checksum-type type, :checksums (into {} (map (fn [[a covers]] [(name a) (value a covers)])) sums)})])))

(defspec whatever-a-server-reports-the-same-bytes-never-differ-and-others-never-match (Depth/times 60 300)
  (prop/for-all [[^bytes bytes stored] reports, at gen/nat, stream? gen/boolean, part-heads? gen/boolean]
    (with-server
      (fn [server s3 object]
        (let [verify #(:result (s3/verify s3 (if stream? (ByteArrayInputStream. %) %) object))]
          (when-not part-heads?
            (scripted/script! server no-part-heads))
          (scripted/add! server (:bucket object) (:key object) stored)
          (and (not= :mismatch (verify bytes))
               (not= :match (verify (flipped bytes (mod at (alength bytes)))))))))))
