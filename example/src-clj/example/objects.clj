(ns example.objects
  "Describes the ETags of objects on S3. The function's role needs s3:GetObject and s3:ListBucket for the requested buckets."
  (:require
   [karamon.gateway :refer [defgateway]]
   [karamon.s3 :as s3]))

(set! *warn-on-reflection* true)

(def ^:private client (delay (s3/client)))

(defn- summary [object]
  (merge (select-keys object [:key :size])
         (select-keys (s3/etag-kind object) [:etag :kind :why])))

(defgateway kind
  "Returns the kind of an object's ETag: GET /objects/{bucket}/{key+}."
  [{{:keys [bucket key]} :path-parameters} ctx]
  (if-let [object (s3/head @client {:bucket bucket, :key key})]
    {:body (summary object)}
    {:status 404, :body {:message (str "No object " key " in " bucket)}}))

(defgateway kinds
  "Returns up to 100 objects of a bucket with the kinds of their ETags: GET /objects/{bucket}?prefix=…"
  [{{:keys [bucket]} :path-parameters, {:keys [prefix]} :query} ctx]
  {:body (map summary (take 100 (s3/list @client (cond-> {:bucket bucket} prefix (assoc :key prefix)))))})
