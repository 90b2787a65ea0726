(ns karamon.s3.scripted-test
  "The scripted server with the SDK: the documented behaviour of AWS."
  {:any-jdk true}
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.etag :as etag]
   [karamon.s3 :as s3]
   [karamon.s3.client.call :refer [call]]
   [karamon.s3.scripted :as scripted])
  (:import
   (clojure.lang ExceptionInfo)
   (java.util Arrays)
   (software.amazon.awssdk.core.sync RequestBody)))

(set! *warn-on-reflection* true)

(defn- with-server [options f]
  (with-open [server (scripted/start options)
              s3     (scripted/client server {:max-attempts 1})]
    (f server s3)))

(defn- problem [f]
  (try
    (f)
    nil
    (catch ExceptionInfo e
      ((juxt :status :code) (ex-data e)))))

(defn- body ^bytes [n] (byte-array (map unchecked-byte (range n))))

(defn- in-parts!
  "Puts bytes in parts of `size` and returns the ETag."
  [s3 object ^bytes bytes size parameters]
  (let [id    (:upload-id (call s3 :create-multipart-upload (merge parameters object)))
        parts (vec (for [n (range (quot (+ (alength bytes) size -1) size))
                         :let [from (* size n)
                               part (Arrays/copyOfRange bytes (int from) (int (min (alength bytes) (+ from size))))]]
                     {:part-number (inc n)
                      :etag        (:etag (call s3 :upload-part
                                            (merge object {:upload-id id, :part-number (inc n)} (select-keys parameters [:checksum-algorithm]))
                                            (RequestBody/fromBytes part)))}))]
    (:etag (call s3 :complete-multipart-upload (assoc object :upload-id id, :multipart-upload {:parts parts})))))

(deftest objects-in-parts-are-described-as-on-aws
  (with-server {:min-part 4}
    (fn [server s3]
      (let [object {:bucket (scripted/bucket! server), :key "a/ü +%.bin"}
            bytes  (body 10)]
        (is (= (etag/etag bytes {:layout [4 4 2]}) (in-parts! s3 object bytes 4 {:metadata {"who" "me"}, :checksum-algorithm "SHA256"})))
        (is (= {:size 10, :metadata {"who" "me"}, :server-side-encryption "AES256"}
               (select-keys (s3/head s3 object) [:size :metadata :server-side-encryption :parts-count])))
        (is (= [[4 3] [4 3] [2 3]] (map #((juxt :size :parts-count) (s3/head s3 object {:part-number %})) [1 2 3])))
        (is (= [416 nil] (problem #(s3/head s3 object {:part-number 4}))))
        (is (= [1 2] (vec (.readAllBytes ^java.io.InputStream (:body (s3/open s3 object {:range "bytes=1-2"}))))))
        (testing "with a composite checksum"
          (let [found (call s3 :get-object-attributes (assoc object :object-attributes ["ETag,ObjectParts,Checksum,ObjectSize"], :max-parts 2))]
            (is (= [(etag/etag bytes {:layout [4 4 2]}) 3 10] [(:etag found) (:total-parts-count (:object-parts found)) (:object-size found)]))
            (is (= [4 4] (map :size (:parts (:object-parts found)))))
            (is (= "COMPOSITE" (:checksum-type (:checksum found))))
            (is (= (get-in (etag/etags bytes {:layouts [[4 4 2]], :checksums [:sha256]}) [:etags 0 :checksums :sha256])
                   (:checksum-sha256 (:checksum found))))))
        (testing "with a checksum of the whole there are no parts in the attributes"
          (in-parts! s3 object bytes 4 {:checksum-algorithm "CRC32", :checksum-type "FULL_OBJECT"})
          (let [found (call s3 :get-object-attributes (assoc object :object-attributes ["ETag,ObjectParts,Checksum"]))]
            (is (= {:total-parts-count 3} (:object-parts found)))
            (is (= "FULL_OBJECT" (:checksum-type (:checksum found))))
            (is (= (get-in (etag/etags bytes {:checksums [:crc32]}) [:checksums :crc32])
                   (:checksum-crc32 (:checksum found))
                   (:checksum-crc32 (s3/head s3 object {:checksum-mode "ENABLED"}))))))
        (testing "an object that was put whole has one part and no number of parts"
          (s3/put! s3 object bytes)
          (is (= [10 nil] ((juxt :size :parts-count) (s3/head s3 object {:part-number 1})))))
        (is (= [400 "EntityTooSmall"] (problem #(in-parts! s3 object bytes 3 {}))))))))

(deftest encryption-makes-etags-opaque
  (with-server {:min-part 4}
    (fn [server s3]
      (let [object {:bucket (scripted/bucket! server), :key "secret"}
            secret {:server-side-encryption "aws:kms", :sse-kms-key-id "alias/mine"}
            key    {:sse-customer-algorithm "AES256", :sse-customer-key "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
                    :sse-customer-key-md5   "mtmQX3TNNMoQIimRJjEoaQ=="}]
        (is (not= (:etag (s3/put! s3 object (body 5) secret)) (:etag (s3/put! s3 object (body 5) secret))))
        (is (= "aws:kms" (:server-side-encryption (s3/head s3 object))))
        (is (re-matches #"[0-9a-f]{32}-3" (in-parts! s3 object (body 10) 4 secret)))
        (is (not= (etag/etag (body 10) {:part-size 4}) (:etag (s3/head s3 object))))
        (s3/put! s3 object (body 5) key)
        (is (= [400 nil] (problem #(s3/head s3 object))))
        (is (= "AES256" (:sse-customer-algorithm (s3/head s3 object key))))))))

(deftest copies-keep-and-lose-the-same-as-on-aws
  (with-server {:min-part 4}
    (fn [server s3]
      (let [bucket (scripted/bucket! server {:ownership "ObjectWriter"})
            from   {:bucket bucket, :key "from"}
            to     {:bucket bucket, :key "to"}]
        (in-parts! s3 from (body 10) 4 {:metadata {"who" "me"}, :content-type "text/plain", :storage-class "STANDARD_IA", :tagging "a=b"
                                        :acl "public-read", :website-redirect-location "/there"})
        (is (= 2 (count (:grants (call s3 :get-object-acl from)))))
        (is (= (etag/etag (body 10) {:layout :md5}) (:etag (s3/copy! s3 from to))))
        (is (= {:metadata {"who" "me"}, :content-type "text/plain", :tag-count 1}
               (select-keys (s3/head s3 to) [:metadata :content-type :storage-class :website-redirect-location :tag-count :parts-count])))
        (is (= [{:key "a", :value "b"}] (:tag-set (call s3 :get-object-tagging to))))
        (is (= ["FULL_CONTROL"] (map :permission (:grants (call s3 :get-object-acl to)))))
        (s3/copy! s3 from to {:metadata-directive "REPLACE"})
        (is (= {:content-type "binary/octet-stream", :tag-count 1} (select-keys (s3/head s3 to) [:metadata :content-type :tag-count])))
        (is (= [400 "InvalidRequest"] (problem #(s3/copy! s3 from from))))
        (is (= [400 "InvalidRequest"] (problem #(s3/copy! s3 from from {:tagging-directive "REPLACE", :checksum-algorithm "SHA256"}))))
        (is (= (etag/etag (body 10) {:layout :md5}) (:etag (s3/copy! s3 from from {:storage-class "STANDARD"}))))))))

(deftest copies-are-refused-as-on-aws
  (with-server {}
    (fn [server s3]
      (let [bucket (scripted/bucket! server)
            object (fn [key] {:bucket bucket, :key key})
            big    "9b2cf535f27731c974343645a3985328-700"]
        (scripted/add! server bucket "too big" {:size 5368709121, :etag big})
        (scripted/add! server bucket "big" {:size 5368709120, :etag big})
        (scripted/add! server bucket "cold" {:size 1, :etag big, :headers {"x-amz-storage-class" "GLACIER"}})
        (is (= [400 "InvalidRequest"] (problem #(s3/copy! s3 (object "too big") (object "x")))))
        (is (= [403 "InvalidObjectState"] (problem #(s3/copy! s3 (object "cold") (object "x")))))
        (is (= [412 "PreconditionFailed"] (problem #(s3/copy! s3 (object "big") (object "x") {:copy-source-if-match "0"}))))
        (is (= [412 "PreconditionFailed"] (problem #(s3/copy! s3 (object "big") (object "cold") {:if-match "0"}))))
        (is (= [412 "PreconditionFailed"] (problem #(s3/copy! s3 (object "big") (object "cold") {:if-none-match "*"}))))
        (is (= [400 "AccessControlListNotSupported"] (problem #(s3/copy! s3 (object "big") (object "x") {:acl "public-read"}))))
        (is (= [400 "InvalidRequest"] (problem #(s3/copy! s3 (object "big") (object "x") {:object-lock-legal-hold-status "ON"}))))
        (is (= [403 "AccessDenied"] (problem #(s3/copy! s3 (object "big") (object "x") {:expected-bucket-owner "0"}))))
        (is (re-matches #"[0-9a-f]{32}" (:etag (s3/copy! s3 (object "big") (object "big") {:metadata-directive "REPLACE", :if-match big}))))))))

(deftest versions-stay
  (with-server {}
    (fn [server s3]
      (let [bucket (scripted/bucket! server {:versioning true})
            object {:bucket bucket, :key "k"}
            one    (:version-id (s3/put! s3 object (body 1)))
            two    (:version-id (s3/put! s3 object (body 2)))]
        (is (= [2 1] [(:size (s3/head s3 object)) (:size (s3/head s3 (assoc object :version-id one)))]))
        (is (= "Enabled" (:status (call s3 :get-bucket-versioning {:bucket bucket}))))
        (s3/delete! s3 (assoc object :version-id two))
        (is (= 1 (:size (s3/head s3 object))))
        (is (:delete-marker (s3/delete! s3 object)))
        (is (nil? (s3/head s3 object)))
        (is (= [] (s3/list s3 {:bucket bucket})))))))

(deftest ten-thousand-keys-are-listed
  (with-server {}
    (fn [server s3]
      (let [bucket (scripted/bucket! server)]
        (scripted/fill! server bucket 10000 #(format "%02d/%02d" (quot % 100) (rem % 100))
                        {:size 9000000, :etag "9b2cf535f27731c974343645a3985328-2"})
        (is (= 10000 (count (s3/list s3 {:bucket bucket}))))
        (is (= {:list-objects-v2 10} (scripted/counts server)))
        (is (= ["99/99"] (map :key (s3/list s3 {:bucket bucket} {:start-after "99/98"}))))
        (is (= (map #(format "%02d/" %) (range 100)) (map :prefix (s3/list s3 {:bucket bucket} {:delimiter "/", :max-keys 30}))))
        (is (= {:list-objects-v2 15} (scripted/counts server)))))))

(deftest scripts-are-executed
  (with-server {}
    (fn [server s3]
      (let [bucket (scripted/bucket! server)
            object {:bucket bucket, :key "k"}]
        (s3/put! s3 object (body 1))
        (scripted/script! server
                          (fn [{:keys [operation nth]}]
                            (case [operation nth]
                              [:head-object 1] {:answer {:status 503, :code "SlowDown"}}
                              [:head-object 2] {:before #(scripted/add! server bucket "k" {:size 7, :etag "x"})}
                              [:put-object 1]  {:cut :after}
                              [:put-object 2]  {:reply {:status 500, :code "InternalError"}}
                              [:put-object 3]  {:cut :before}
                              nil)))
        (is (= [503 nil] (problem #(s3/head s3 object))))
        (is (= 7 (:size (s3/head s3 object))))
        (doseq [n [1 2]]
          (is (= ({1 [nil nil], 2 [500 "InternalError"]} n) (problem #(s3/put! s3 object (body (* 10 n))))))
          (is (= (* 10 n) (:size (scripted/object server bucket "k")))))
        (is (= [nil nil] (problem #(s3/put! s3 object (body 30)))))
        (is (= 20 (:size (scripted/object server bucket "k"))))
        (is (= {:head-object 2, :put-object 3} (scripted/counts server)))
        (is (= [:put-object "k"] ((juxt :operation :key) (peek (scripted/log server)))))))))
