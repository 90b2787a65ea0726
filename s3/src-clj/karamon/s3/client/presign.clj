(ns karamon.s3.client.presign
  "Presigned URLs, for clients without credentials."
  (:require
   [clojure.string :as str]
   [karamon.s3.client]
   [karamon.s3.client.sdk :as sdk])
  (:import
   (java.time Duration)
   (java.util.function Consumer)
   (karamon.s3.client Client)
   (karamon.text Options)
   (software.amazon.awssdk.awscore.presigner PresignRequest$Builder PresignedRequest)
   (software.amazon.awssdk.services.s3.model DeleteObjectRequest GetObjectRequest HeadObjectRequest PutObjectRequest)
   (software.amazon.awssdk.services.s3.presigner S3Presigner)
   (software.amazon.awssdk.services.s3.presigner.model DeleteObjectPresignRequest$Builder GetObjectPresignRequest$Builder HeadObjectPresignRequest$Builder PutObjectPresignRequest$Builder)
   (software.amazon.awssdk.utils.builder Buildable)))

(set! *warn-on-reflection* true)

(defmacro ^:private signer [request presign-builder set-request presign]
  (let [builder (with-meta (gensym "builder") {:tag presign-builder})
        built   (with-meta (gensym "request") {:tag request})
        signer  (with-meta (gensym "signer") {:tag `S3Presigner})
        f       (with-meta (gensym "f") {:tag `Consumer})]
    `[(fn [] (. ~request ~'builder))
      (fn [~builder ~built] (~set-request ~builder ~built))
      (fn [~signer ~f] (~presign ~signer ~f))]))

(def ^:private signers
  {:delete-object (signer DeleteObjectRequest DeleteObjectPresignRequest$Builder .deleteObjectRequest .presignDeleteObject)
   :get-object    (signer GetObjectRequest GetObjectPresignRequest$Builder .getObjectRequest .presignGetObject)
   :head-object   (signer HeadObjectRequest HeadObjectPresignRequest$Builder .headObjectRequest .presignHeadObject)
   :put-object    (signer PutObjectRequest PutObjectPresignRequest$Builder .putObjectRequest .presignPutObject)})

(def ^:private checks
  {:operation [(str/join ", " (sort (keys signers))) signers]
   :expires   ["a whole number of seconds from 1 to 604800" #(and (int? %) (<= 1 % 604800))]})

(defn presign
  "Returns a presigned URL; karamon.s3/presign documents the options."
  [^Client client object {:keys [operation expires] :or {operation :get-object, expires 900} :as options}]
  (Options/check (select-keys options (keys checks)) checks "presign" :karamon.s3/bad-option)
  (let [[builder set-request sign] (signers operation)
        request (.build ^Buildable (sdk/map->builder (builder) (merge (dissoc options :operation :expires) object)))
        signed  ^PresignedRequest
        (sign @(.presigner client)
              (reify Consumer
                (accept [_ b]
                  (.signatureDuration ^PresignRequest$Builder b (Duration/ofSeconds expires))
                  (set-request b request))))]
    {:url     (str (.url signed))
     :method  (keyword (str/lower-case (str (.method (.httpRequest signed)))))
     :headers (into {}
                    (for [[header values] (.signedHeaders signed)
                          :let [header (str/lower-case header)]
                          :when (not= "host" header)]
                      [header (str/join "," values)]))}))
