(ns karamon.s3.transfer.unfinished
  "Uploads in parts that nobody has completed yet."
  (:require
   [karamon.s3.client.call :as call :refer [call]]))

(set! *warn-on-reflection* true)

(def ^:private of-requests [:request-payer :expected-bucket-owner])

(def of-parts
  "The options that go along with each part: a customer's key, and who pays."
  (into of-requests [:sse-customer-algorithm :sse-customer-key :sse-customer-key-md5]))

(defn- pages [page rows next-page]
  (sequence cat (iteration page {:vf rows, :kf #(when (:is-truncated %) (next-page %))})))

(defn latest
  "Returns the id of the upload of an object that was begun last and isn't completed; nil when there is none."
  [client {:keys [bucket key]} options]
  (->> (pages #(call client :list-multipart-uploads
                 (merge {:bucket bucket, :prefix key, :encoding-type "url"} % (select-keys options of-requests)))
              :uploads
              #(hash-map :key-marker (:next-key-marker %), :upload-id-marker (:next-upload-id-marker %)))
       (filter #(= key (:key %)))
       (sort-by :initiated)
       last
       :upload-id))

(defn parts
  "Returns the parts that S3 has of an upload, by their numbers; nil when there is no such upload (any more)."
  [client upload options]
  (call/when-found
    (into {}
          (map (juxt :part-number identity))
          (pages #(call client :list-parts (merge upload % (select-keys options of-parts)))
                 :parts
                 #(hash-map :part-number-marker (:next-part-number-marker %))))))

(defn abort!
  "Has S3 forget an upload, so that its parts aren't kept, and paid for. What prevents that is told along with `cause`."
  [client upload options ^Throwable cause]
  (try
    (call client :abort-multipart-upload (merge upload (select-keys options of-requests)))
    (catch Exception e
      (.addSuppressed cause e))))
