(ns karamon.s3.idempotency
  "A store for karamon.idempotency on S3: an object for each key, written by conditional PUTs. A lifecycle rule of the bucket may
  delete objects when their answers have expired. The function's role needs s3:GetObject, s3:PutObject and s3:ListBucket; without
  the last, S3 returns a 403 for a missing object."
  (:require
   [karamon.idempotency :as idempotency]
   [karamon.s3 :as s3]
   [karamon.s3.client.address :as address])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(defn- attempt
  "Puts an object. Returns the new ETag; nil if the condition doesn't hold, also because the object is gone, or another caller
  writes at the same time."
  [client object text condition]
  (try
    (:etag (s3/put! client object (.getBytes ^String text "UTF-8") (assoc condition :content-type "text/plain; charset=utf-8")))
    (catch ExceptionInfo e
      (when-not (#{:karamon.s3/precondition-failed :karamon.s3/not-found :karamon.s3/conflict} (:type (ex-data e)))
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
  "Returns a store that keeps its objects below `address`, such as \"s3://shop-state/payments/\"."
  [client address]
  (->S3Store client (address/bucket address)))
