(ns karamon.s3.verify.proof-test
  "The verdicts on uploads, downloads and cached copies if a server's ETags or checksums mean something else than AWS's."
  (:require
   [clojure.java.io :as io]
   [clojure.test :refer [deftest is testing]]
   [karamon.etag :as etag]
   [karamon.s3 :as s3]
   [karamon.s3.scripted :as scripted]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io Closeable File)
   (java.nio.file Files)
   (java.util Arrays Random)))

(set! *warn-on-reflection* true)

(defn- content [^File file]
  (vec (Files/readAllBytes (.toPath file))))

(defn- call-with-server
  "Calls `f` with a map of `:server`, `:s3`, `:object`, `:bytes` (10,007 of them) and `:folder`."
  [f]
  (temp/call-with-folder
    (fn [folder]
      (with-open [server ^Closeable (scripted/start {:min-part 1})
                  s3     ^Closeable (scripted/client server {:max-attempts 1})]
        (f {:server server, :s3 s3, :folder folder, :bytes (doto (byte-array 10007) (->> (.nextBytes (Random. 1))))
            :object {:bucket (scripted/bucket! server), :key "k"}})))))

(def ^:private opaque (apply str (repeat 32 "e")))

(deftest another-etag-than-that-of-the-sent-bytes-is-a-mismatch-on-aws-only
  (call-with-server
    (fn [{:keys [server s3 object bytes]}]
      (let [tag    (fn [suffix]
                     {:xml [:CompleteMultipartUploadResult [:ETag (str \" opaque suffix \")]]})
            reply  (fn [operation reply]
                     (scripted/script! server #(when (= operation (:operation %)) {:reply reply})))
            result (fn [s3 object options]
                     (try
                       (:verified (s3/upload! s3 object bytes options))
                       (catch ExceptionInfo e
                         (:type (ex-data e)))))
            aws    (assoc s3 :aws? true)
            tagged {:headers {"ETag" (str \" opaque \")}}]
        (testing "of an object put whole"
          (reply :put-object tagged)
          (is (= [:karamon.s3/mismatch false] (map #(result % object {}) [aws s3]))))
        (testing "of an object put in parts, however many the server counts"
          (doseq [n [11 12]]
            (reply :complete-multipart-upload (tag (str "-" n)))
            (is (= false (result s3 object {:part-size 1000})))))
        (testing "of a part"
          (reply :upload-part tagged)
          (is (= :karamon.s3/mismatch (result aws object {:layout [10007]})))
          (testing "which other servers may tag as they like"
            (scripted/script! server #(case (:operation %)
                                        :upload-part               {:reply tagged}
                                        :complete-multipart-upload {:reply (tag "")}
                                        nil))
            (is (= false (result s3 object {:part-size 1000})))))
        (testing "never in directory buckets, whose ETags are random"
          (reply :put-object tagged)
          (is (= false (result aws object {:storage-class "EXPRESS_ONEZONE"}))))))))

(deftest downloads-are-verified-by-the-etag-if-the-checksum-has-no-type
  (call-with-server
    (fn [{:keys [server s3 object ^bytes bytes folder]}]
      (let [sizes  [6000 4007]
            parts  [(Arrays/copyOfRange bytes 0 6000) (Arrays/copyOfRange bytes 6000 10007)]
            sum    (get-in (etag/etags bytes {:layouts [sizes], :checksums [:crc32]}) [:etags 0 :checksums :crc32])
            file   (io/file folder "target")]
        (scripted/add! server (:bucket object) (:key object)
                       {:bodies parts, :checksum-type nil, :checksums {"crc32" (subs sum 0 8)}})
        (is (= [true :multipart-etag] ((juxt :verified :proof) (s3/download! s3 object file))))
        (is (= (vec bytes) (content file)))
        (testing "and so are cached copies"
          (with-open [copy ^Closeable (s3/asset {:uri object, :client s3, :folder (io/file folder "cache"), :load content})]
            (is (= (vec bytes) @copy))))
        (testing "and if it doesn't decide, they are kept, and reported as not verified"
          (scripted/script! server #(when (get-in % [:query "partNumber"]) {:answer {:status 501}}))
          (is (= [false :layout-unknown] ((juxt :verified :reason) (s3/download! s3 object file)))))))))
