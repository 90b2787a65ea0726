(ns karamon.s3.md5.rewrite
  "Fetches an object's bytes and puts them again as one, for servers whose copies keep the ETag."
  (:require
   [clojure.set :as set]
   [karamon.etag :as etag]
   [karamon.s3.client.call :refer [call]]
   [karamon.s3.client.source :as source])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io InputStream)
   (java.net URLEncoder)
   (java.nio.charset StandardCharsets)
   (java.nio.file CopyOption Files)
   (karamon.file Draft)))

(set! *warn-on-reflection* true)

(defn- encoded [text]
  (URLEncoder/encode ^String text StandardCharsets/UTF_8))

(defn parameters
  "Returns PutObject's parameters that keep as much as a copy would; `tags` are pairs."
  [{:keys [copy tags]}]
  (-> copy
      (set/rename-keys {:destination-bucket :bucket, :destination-key :key})
      (dissoc :source-bucket :source-key :source-version-id :copy-source-if-match :metadata-directive :tagging-directive :annotation-directive)
      (cond->
        (seq tags) (assoc :tagging (apply str (interpose "&" (map (fn [[k v]] (str (encoded k) "=" (encoded v))) tags)))))))

(defn- put!
  "Puts the object if it is unchanged. Some servers refuse a condition that holds, since they expect ETags without quotes. With
  `force`, puts without the condition if a head shows that the object is unchanged."
  [client {:keys [bucket key head]} parameters file force common]
  (let [put (fn [parameters]
              (call client :put-object parameters (source/body file)))]
    (try
      (put parameters)
      (catch ExceptionInfo e
        (if (and force
                 (= :karamon.s3/precondition-failed (:type (ex-data e)))
                 (= (:etag head) (:etag (call client :head-object (merge {:bucket bucket, :key key} common)))))
          (put (dissoc parameters :if-match))
          (throw e))))))

(defn rewrite!
  "Puts an object's bytes again, if its ETag is still that of its `:head`. Keeps them in a temporary file meanwhile."
  [client {:keys [bucket key head copy] :as object} force common]
  (with-open [draft (Draft/temporary)]
    (let [file (.resolve (.path draft) "object")]
      (with-open [^InputStream in (:body (call client :get-object
                                           (merge {:bucket bucket, :key key, :version-id (:source-version-id copy), :if-match (:etag head)}
                                                  common)))]
        (Files/copy in file ^"[Ljava.nio.file.CopyOption;" (make-array CopyOption 0)))
      (let [size (Files/size file)]
        (when (not= size (:content-length head))
          (throw (ex-info (str "s3://" bucket "/" key " came with " size " bytes, expected " (:content-length head))
                          {:type :karamon.s3/failed, :operation :get-object, :status 500})))
        (put! client object
              (merge (parameters object) common {:content-md5 (source/base64 (etag/etag file {:layout :md5}))})
              file force common)))))
