(ns karamon.s3.client.sdk-test
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.s3.client.sdk :as sdk])
  (:import
   (java.time Instant)
   (software.amazon.awssdk.services.s3.model CompleteMultipartUploadRequest HeadObjectResponse PutObjectRequest)
   (software.amazon.awssdk.utils.builder Buildable)))

(set! *warn-on-reflection* true)

(defn- built [builder m]
  (sdk/object->map (.build ^Buildable (sdk/map->builder builder m))))

(deftest converting-maps-to-requests-and-back-is-the-identity
  (let [nested {:bucket "photos", :key "cat", :upload-id "1", :if-match "\"x\""
                :multipart-upload {:parts [{:part-number 1, :etag "a"} {:part-number 2, :etag "b", :checksum-crc64nvme "c"}]}}
        flat   {:bucket "photos", :content-length 5, :metadata {"Who" "me"}, :expires (Instant/ofEpochMilli 1000)
                :bucket-key-enabled true, :storage-class "SOMETHING_NEW"}]
    (is (= nested (built (CompleteMultipartUploadRequest/builder) nested)))
    (is (= flat (built (PutObjectRequest/builder) flat)))
    (is (= {:bucket "photos"} (built (PutObjectRequest/builder) {:bucket "photos", :key nil})))))

(deftest keys-are-s3s-names-in-kebab-case
  (let [known (sdk/field-keys (HeadObjectResponse/builder))]
    (is (every? known [:etag :sse-kms-key-id :sse-customer-algorithm :sse-customer-key-md5 :checksum-crc64nvme :checksum-crc32c
                       :checksum-sha256 :checksum-md5 :checksum-xxhash128 :parts-count :website-redirect-location
                       :object-lock-legal-hold-status :missing-meta :bucket-key-enabled]))))

(deftest etags-have-no-quotes
  (is (= {:etag "a-2"} (built (HeadObjectResponse/builder) {:etag "\"a-2\""}))))

(deftest conditions-on-etags-have-quotes
  (is (= {:if-match "\"a-2\"", :if-none-match "*"} (built (PutObjectRequest/builder) {:if-match "a-2", :if-none-match "*"})))
  (is (= {:if-match "\"a-2\""} (built (PutObjectRequest/builder) {:if-match "\"a-2\""}))))
