(ns karamon.s3.client.object
  "Reads, puts, copies and lists objects. karamon.s3 documents the options and the results."
  (:require
   [clojure.set :as set]
   [karamon.etag :as etag]
   [karamon.s3.client.address :as address]
   [karamon.s3.client.call :as call :refer [call]]
   [karamon.s3.client.source :as source])
  (:import
   (clojure.lang ExceptionInfo)
   (karamon.etag Limits)))

(set! *warn-on-reflection* true)

(defn- object-map
  "Returns the map of an object that users get. Its metadata, for `with-origin`, says whether it comes from AWS, and from a list."
  [client object listed?]
  (-> object
      (set/rename-keys {:content-length :size})
      (with-meta {::origin {:aws? (:aws? client), :listed? listed?}})))

(defn with-origin
  "Returns a map from `head` or a list with `:aws?` and `:listed?`; any other map unchanged."
  [head]
  (merge (::origin (meta head)) head))

(defn head
  "Returns the attributes of an object; nil if there is none."
  [client address options]
  (let [object (address/object address)]
    (call/when-found (object-map client (merge object (call client :head-object (merge options object))) false))))

(defn open
  "Returns the attributes of an object, with its bytes as `:body`; nil if there is none."
  [client address options]
  (let [object (address/object address)]
    (call/when-found (object-map client (merge object (call client :get-object (merge options object))) false))))

(defn- put-object
  "Puts an object and returns S3's answer. If the answer to a first attempt is lost, the condition may fail at the second because
  of the object that the first one put. That is so if the stored object has the MD5 of the sent bytes; then it counts as put."
  [client object parameters md5 source]
  (try
    (call client :put-object (merge parameters object) (source/body source))
    (catch ExceptionInfo e
      (let [{:keys [type attempts]} (ex-data e)
            found (when (and (= :karamon.s3/precondition-failed type) (< 1 (or attempts 1)))
                    (head client object (select-keys parameters [:expected-bucket-owner :request-payer])))]
        (if (= md5 (:etag found))
          (select-keys found [:etag :version-id :server-side-encryption])
          (throw e))))))

(defn put!
  "Puts a source as one object by a single PUT."
  [client address source options]
  (let [object (address/object address)
        size   (source/size source)]
    (when (< Limits/MAX_PUT size)
      (throw (ex-info (str "A single PUT takes 5 GiB at most, found " size " bytes: use upload!")
                      {:type :karamon.s3/too-large, :size size})))
    (let [md5 (etag/etag source {:layout :md5})]
      (merge object {:size size}
             (put-object client object
               (merge {:content-md5 (source/base64 md5), :content-type (source/content-type source)} options)
               md5 source)))))

(defn copy!
  "Copies an object by a single CopyObject."
  [client from to options]
  (let [{:keys [bucket key version-id]} (address/object from)
        to     (address/object to)
        answer (call client :copy-object
                 (merge options
                        {:source-bucket bucket, :source-key key, :source-version-id version-id
                         :destination-bucket (:bucket to), :destination-key (:key to)}))]
    (merge to (:copy-object-result answer) (dissoc answer :copy-object-result))))

(defn listing
  "Returns a lazy sequence of the objects and prefixes below an address."
  [client address options]
  (let [{:keys [bucket key]} (address/bucket address)
        page                 (fn [token]
                               (call client :list-objects-v2
                                 (merge {:encoding-type "url"} options {:bucket bucket, :prefix key, :continuation-token token})))
        rows                 (fn [{:keys [contents common-prefixes]}]
                               (map #(object-map client (assoc % :bucket bucket) true) (concat common-prefixes contents)))]
    (sequence (comp (map rows) cat) (iteration page {:kf :next-continuation-token}))))
