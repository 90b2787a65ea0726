(ns karamon.s3.idempotency
  "A store for karamon.idempotency on S3: an object for each key, written by conditional PUTs. A lifecycle rule of the bucket may
  delete objects once they are older than answers are kept; the function's role needs s3:GetObject, s3:PutObject and
  s3:ListBucket, without which S3 answers 403 for what isn't there."
  (:require
   [karamon.idempotency :as idempotency]
   [karamon.s3 :as s3]
   [karamon.s3.client.address :as address])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(defn- attempt
  "Puts, and returns the new ETag; nil when the condition doesn't hold, or another writes at the same time."
  [client object text condition]
  (try
    (:etag (s3/put! client object (.getBytes ^String text "UTF-8") (assoc condition :content-type "application/edn")))
    (catch ExceptionInfo e
      (when-not (#{:karamon.s3/precondition-failed :karamon.s3/conflict} (:type (ex-data e)))
        (throw e)))))

(defrecord ^:private S3Store [client place]
  idempotency/Store
  (fetch [_ key]
    (when-let [{:keys [body etag]} (s3/open client (update place :key str key))]
      (with-open [body ^java.io.Closeable body]
        {:text (slurp body), :tag etag})))
  (write! [_ key text tag]
    (attempt client (update place :key str key) text (if tag {:if-match tag} {:if-none-match "*"}))))

(defn store
  "Returns a store whose objects' keys begin as `address` says, such as \"s3://shop-state/payments/\"."
  [client address]
  (->S3Store client (address/bucket address)))
