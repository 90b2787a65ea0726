(ns karamon.s3.verify.kind-test
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.s3 :as s3]
   [karamon.s3.embedded :as embedded])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(def ^:private md5 "5d41402abc4b2a76b9719d911017c592")
(def ^:private multipart (str md5 "-3"))

(defn- kind [head]
  (dissoc (s3/etag-kind (merge {:bucket "photos", :aws? true} head)) :why))

(deftest row-1-no-etag-is-unknown
  (doseq [etag [nil "" "\"\""]]
    (is (= {:kind :unknown, :reason :no-etag, :computable false} (kind {:etag etag})))))

(deftest row-2-directory-buckets-have-random-etags
  (let [opaque {:kind :opaque, :reason :directory-bucket, :computable false, :etag md5}]
    (is (= opaque (kind {:bucket "photos--use1-az4--x-s3", :etag md5})))
    (is (= opaque (kind {:storage-class "EXPRESS_ONEZONE", :etag md5})))
    (is (= (assoc opaque :etag multipart) (kind {:storage-class "EXPRESS_ONEZONE", :etag multipart})))))

(deftest row-3-a-number-is-the-number-of-parts
  (let [parts {:kind :multipart, :reason :parts, :parts 3, :computable true, :etag multipart}]
    (is (= parts (kind {:etag multipart})))
    (is (= parts (kind {:etag multipart, :aws? false})))
    (is (= parts (kind {:etag multipart, :server-side-encryption "AES256"})))
    (testing "from one to 10,000"
      (is (= [1 10000] (map #(:parts (kind {:etag (str md5 %)})) ["-1" "-10000"]))))
    (testing "and the ETag is computable only without other encryption"
      (doseq [[head reason] {{:server-side-encryption "aws:kms"}      :sse-kms
                             {:server-side-encryption "aws:kms:dsse"} :dsse-kms
                             {:server-side-encryption "aws:fsx"}      :unknown-encryption
                             {:sse-customer-algorithm "AES256"}       :sse-c}]
        (is (= (assoc parts :reason reason :computable false :only-a-match-proves true) (kind (assoc head :etag multipart))))))))

(deftest row-4-an-etag-that-isnt-hexadecimal-is-another-vendors
  (doseq [etag ["0x8d9c" "abc" (str md5 "-0") (str md5 "-x") (str md5 "0") "bm90agv4=="]]
    (is (= {:kind :opaque, :reason :not-hexadecimal, :computable false, :etag etag} (kind {:etag etag})))))

(deftest row-5-with-a-customers-key-only-a-match-proves
  (is (= {:kind :opaque, :reason :sse-c, :computable false, :only-a-match-proves true, :etag md5}
         (kind {:etag md5, :sse-customer-algorithm "AES256"}))))

(deftest row-6-with-kms-only-a-match-proves
  (doseq [[encryption reason] {"aws:kms" :sse-kms, "aws:kms:dsse" :dsse-kms}]
    (is (= {:kind :opaque, :reason reason, :computable false, :only-a-match-proves true, :etag md5}
           (kind {:etag md5, :server-side-encryption encryption})))))

(deftest row-7-another-encryption-is-unknown
  (doseq [encryption ["aws:fsx" "aws:backup" "rot13"]]
    (is (= {:kind :unknown, :reason :unknown-encryption, :computable false, :only-a-match-proves true, :etag md5}
           (kind {:etag md5, :server-side-encryption encryption})))))

(deftest row-8-the-number-of-parts-may-be-missing-from-the-etag
  (is (= {:kind :multipart, :reason :parts-without-count, :parts 3, :computable false, :etag md5} (kind {:etag md5, :parts-count 3}))))

(deftest row-9-on-aws-an-object-put-whole-has-an-md5
  (doseq [encryption [nil "AES256"]]
    (is (= {:kind :md5, :reason :put-whole, :computable true, :etag md5, :md5 md5}
           (kind {:etag md5, :server-side-encryption encryption}))))
  (testing "in any spelling"
    (is (= md5 (:md5 (kind {:etag "W/\"5D41402ABC4B2A76B9719D911017C592\""}))))))

(deftest row-10-on-other-servers-an-md5-is-likely
  (is (= {:kind :likely-md5, :reason :other-server, :computable true, :only-a-match-proves true, :etag md5, :md5 md5}
         (kind {:etag md5, :aws? false}))))

(deftest in-a-list-an-md5-is-only-likely-on-aws-too
  (is (= {:kind :likely-md5, :reason :listed, :computable true, :only-a-match-proves true, :etag md5, :md5 md5}
         (kind {:etag md5, :listed? true})))
  (is (= {:kind :multipart, :reason :parts, :parts 2, :computable true, :only-a-match-proves true}
         (dissoc (kind {:etag (str md5 "-2"), :listed? true}) :etag)))
  (testing "from list"
    (let [s3     @embedded/client
          bucket (embedded/bucket!)]
      (s3/put! s3 {:bucket bucket, :key "k"} (.getBytes "hello"))
      (is (= [:listed :put-whole]
             (map #(:reason (s3/etag-kind %))
                  [(first (s3/list (assoc s3 :aws? true) (str "s3://" bucket)))
                   (s3/head (assoc s3 :aws? true) {:bucket bucket, :key "k"})]))))))

(deftest encoding-by-the-client-is-reported
  (doseq [k ["x-amz-cek-alg" "x-amz-iv" "x-amz-key" "X-Amz-Key-v2" "x-amz-unencrypted-content-length"]]
    (is (true? (:client-side-encrypted (kind {:etag md5, :metadata {k "x"}}))) k))
  (is (= "gzip" (:content-encoding (kind {:etag md5, :content-encoding "aws-chunked, GZIP"}))))
  (testing "and nothing without it"
    (is (= (kind {:etag md5}) (kind {:etag md5, :metadata {"who" "me"}, :content-encoding "aws-chunked"})))))

(deftest each-kind-has-a-sentence
  (is (= "with SSE-KMS the ETag usually isn't the MD5 of the object's bytes" (:why (s3/etag-kind {:etag md5, :server-side-encryption "aws:kms"}))))
  (is (= (str "the object was put in parts, and with SSE-C the ETag usually isn't the MD5 of the object's bytes; the stored bytes were "
              "encrypted before they were sent; the stored bytes are encoded as gzip")
         (:why (s3/etag-kind {:etag multipart, :sse-customer-algorithm "AES256", :metadata {"x-amz-iv" ""}, :content-encoding "gzip"}))))
  (doseq [head [{} {:etag "x"} {:etag md5} {:etag md5, :aws? true} {:etag md5, :parts-count 2} {:etag multipart}]]
    (is (re-find #"\w+ \w+" (:why (s3/etag-kind head))))))

(deftest an-objects-kind-is-requested
  (let [s3     @embedded/client
        object {:bucket (embedded/bucket!), :key "k"}]
    (is (nil? (s3/etag-kind s3 object)))
    (s3/put! s3 object (.getBytes "hello") {:content-encoding "gzip"})
    (is (= [:likely-md5 md5 "gzip"] ((juxt :kind :md5 :content-encoding) (s3/etag-kind s3 object))))
    (testing "and a server that doesn't support parts confirms nothing"
      (is (= :likely-md5 (:kind (s3/etag-kind s3 object {:confirm true})))))
    (testing "with options that are checked"
      (is (= "No option :confrim for etag-kind: there are :confirm, :expected-bucket-owner, :request-payer, :sse-customer-algorithm, :sse-customer-key, :sse-customer-key-md5. Did you mean :confirm?"
             (try
               (s3/etag-kind s3 object {:confrim true})
               (catch ExceptionInfo e
                 (ex-message e))))))))
