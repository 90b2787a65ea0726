(ns karamon.s3.transfer.unfinished
  "Multipart uploads that aren't completed yet."
  (:require
   [karamon.s3.client.call :as call :refer [call]]))

(set! *warn-on-reflection* true)

(def ^:private of-requests [:request-payer :expected-bucket-owner])

(def of-parts
  "The options that each request for a part needs: a customer's key, and who pays."
  (into of-requests [:sse-customer-algorithm :sse-customer-key :sse-customer-key-md5]))

(defn- pages [page rows next-page]
  (sequence cat (iteration page {:vf rows, :kf #(when (:is-truncated %) (next-page %))})))

(defn uploads
  "Returns a lazy sequence of the unfinished uploads of the objects whose keys begin with that of an address: maps of `:bucket`,
  `:key`, `:upload-id`, `:initiated`, an Instant, and so on. Options are ListMultipartUploads'."
  [client {:keys [bucket key]} options]
  (map #(assoc % :bucket bucket)
       (pages #(call client :list-multipart-uploads (merge {:bucket bucket, :prefix key, :encoding-type "url"} options %))
              :uploads
              #(hash-map :key-marker (:next-key-marker %), :upload-id-marker (:next-upload-id-marker %)))))

(defn latest
  "Returns the id of the latest unfinished upload of an object; nil if there is none."
  [client {:keys [key] :as object} options]
  (->> (uploads client object (select-keys options of-requests))
       (filter #(= key (:key %)))
       (sort-by :initiated)
       last
       :upload-id))

(defn parts
  "Returns the parts of an upload that S3 has, by their numbers; nil if there is no such upload, or no longer."
  [client upload options]
  (call/when-found
    (into {}
          (map (juxt :part-number identity))
          (pages #(call client :list-parts (merge upload % (select-keys options of-parts)))
                 :parts
                 #(hash-map :part-number-marker (:next-part-number-marker %))))))

(defn abort!
  "Aborts an upload, so that S3 deletes its parts and doesn't charge for them. Returns nil if there is no such upload any more."
  [client upload options]
  (call/when-found
    (call client :abort-multipart-upload (merge (select-keys upload [:bucket :key :upload-id]) (select-keys options of-requests)))))

(defn abort-after!
  "Aborts an upload because of `cause`. Adds an error of that to `cause` as suppressed."
  [client upload options ^Throwable cause]
  (try
    (abort! client upload options)
    (catch Exception e
      (.addSuppressed cause e))))
