(ns karamon.s3.md5.plan-test
  {:any-jdk true}
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.s3.client.sdk :as sdk]
   [karamon.s3.md5.plan :as plan])
  (:import
   (java.time Instant)
   (software.amazon.awssdk.services.s3.model CopyObjectRequest HeadObjectResponse)))

(set! *warn-on-reflection* true)

(def ^:private now (Instant/parse "2026-01-01T00:00:00Z"))

(def ^:private head
  {:etag "9b2cf535f27731c974343645a3985328-2", :content-length 9000000, :content-type "text/plain", :metadata {"who" "me"}})

(defn- planned
  ([more] (planned more {} {}))
  ([more object options]
   (plan/plan (merge {:bucket "photos", :key "cat", :now now, :head (merge head more)} object) options)))

(deftest each-field-of-an-object-has-a-treatment
  (is (= (into (sorted-set) (keys plan/fields)) (sdk/field-keys (HeadObjectResponse/builder))))
  (testing "and sent fields are parameters of CopyObject"
    (let [parameters (sdk/field-keys (CopyObjectRequest/builder))]
      (doseq [[k fate] plan/fields
              :when    (= :sent fate)]
        (is (contains? parameters k) (str k))))))

(deftest everything-that-a-copy-would-lose-is-sent-again
  (let [later  (Instant/parse "2027-01-01T00:00:00Z")
        fields {:cache-control "no-store", :content-disposition "inline", :content-encoding "gzip", :content-language "en"
                :expires later, :expires-string "Fri, 01 Jan 2027 00:00:00 GMT", :storage-class "STANDARD_IA"
                :server-side-encryption "AES256", :website-redirect-location "/there", :object-lock-mode "GOVERNANCE"
                :object-lock-retain-until-date later, :object-lock-legal-hold-status "ON"}]
    (is (= (merge {:source-bucket "photos", :source-key "cat", :source-version-id "v1", :destination-bucket "photos", :destination-key "cat"
                   :copy-source-if-match (:etag head), :if-match (:etag head), :metadata-directive "REPLACE", :tagging-directive "COPY"
                   :metadata {"who" "me"}, :content-type "text/plain"}
                  (dissoc fields :expires-string))
           (:copy (planned (assoc fields :version-id "v1")))))))

(deftest unencrypted-objects-on-aws-are-encrypted-so-the-etag-is-an-md5
  (is (= {:server-side-encryption "AES256", :annotation-directive "COPY"}
         (select-keys (:copy (planned {} {:aws? true} {})) [:server-side-encryption :annotation-directive])))
  (is (= {} (select-keys (:copy (planned {})) [:server-side-encryption :annotation-directive]))))

(deftest the-sdks-content-encoding-isnt-sent-again
  (is (= ["gzip" nil "gzip"]
         (map #(:content-encoding (:copy (planned {:content-encoding %}))) ["aws-chunked,gzip" "aws-chunked" "gzip, aws-chunked"]))))

(deftest a-lock-that-has-ended-isnt-sent
  (is (= {:object-lock-legal-hold-status "OFF"}
         (select-keys (:copy (planned {:object-lock-mode "GOVERNANCE", :object-lock-retain-until-date (Instant/parse "2025-01-01T00:00:00Z")
                                       :object-lock-legal-hold-status "OFF"}))
                      [:object-lock-mode :object-lock-retain-until-date :object-lock-legal-hold-status]))))

(deftest an-object-that-would-lose-something-is-refused
  (doseq [[more result] [[{:missing-meta 1} :missing-metadata]
                         [{:expires-string "soon"} :missing-metadata]
                         [{:metadata {"who" "mé"}} :missing-metadata]
                         [{:content-disposition "é"} :missing-metadata]
                         [{:sse-customer-algorithm "AES256"} :encrypted]
                         [{:server-side-encryption "aws:kms", :sse-kms-key-id "k"} :encrypted]
                         [{:server-side-encryption "aws:kms:dsse"} :encrypted]
                         [{:server-side-encryption "aws:fsx"} :encrypted]
                         [{:archive-status "ARCHIVE_ACCESS"} :archived]
                         [{:storage-class "DEEP_ARCHIVE"} :archived]
                         [{:storage-class "GLACIER", :restore "ongoing-request=\"false\""} :archived]
                         [{:storage-class "EXPRESS_ONEZONE"} :directory-bucket]
                         [{:content-length 5368709121} :too-large]
                         [{:etag "5d41402abc4b2a76b9719d911017c592"} :already]
                         [{:etag "xyz"} :already]]]
    (testing (pr-str more)
      (is (= result (:result (planned more))))
      (is (string? (:why (planned more))))))
  (is (nil? (:result (planned {:missing-meta 0, :bucket-key-enabled false, :content-length 5368709120}))))
  (testing "except restored objects, with force"
    (is (some? (:copy (planned {:storage-class "GLACIER", :restore "ongoing-request=\"false\""} {} {:force true}))))
    (is (= :archived (:result (planned {:storage-class "GLACIER"} {} {:force true}))))))

(def ^:private own {:permission "FULL_CONTROL", :grantee {:id "me", :type "CanonicalUser"}})

(deftest grants-are-sent-if-others-than-the-owner-have-them
  (is (nil? (plan/grants {:owner {:id "me"}, :grants [own]})))
  (is (= {:grant-full-control "id=\"me\"", :grant-read "uri=\"all\", id=\"you\"", :grant-write-acp "id=\"you\""}
         (plan/grants {:owner {:id "me"}, :grants [own
                                                   {:permission "READ", :grantee {:uri "all"}}
                                                   {:permission "READ", :grantee {:id "you"}}
                                                   {:permission "WRITE_ACP", :grantee {:id "you"}}]})))
  (is (= {:grant-read "id=\"me\""} (plan/grants {:owner {:id "me"}, :grants [{:permission "READ", :grantee {:id "me"}}]})))
  (is (= :foreign-owner (:result (planned {} {:acl {:owner {:id "you"}, :grants [own]}, :bucket-owner "me"} {}))))
  (is (= "id=\"you\"" (:grant-read (:copy (planned {} {:bucket-owner "me"
                                                       :acl {:owner  {:id "me"}
                                                             :grants [own {:permission "READ", :grantee {:id "you"}}]}} {}))))))

(deftest differences-are-reported
  (let [object (merge {:head head} (planned {:storage-class "STANDARD_IA"}))]
    (is (= {} (plan/differences object {:content-length 9000000, :content-type "text/plain", :metadata {"who" "me"}
                                        :storage-class "STANDARD_IA"})))
    (is (= {:content-length [9000000 8], :metadata [{"who" "me"} {}]
            :content-type ["text/plain" "binary/octet-stream"], :storage-class ["STANDARD_IA" "STANDARD"]}
           (plan/differences object {:content-length 8, :content-type "binary/octet-stream"})))))
