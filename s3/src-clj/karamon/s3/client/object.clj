(ns karamon.s3.client.object
  "One object: what S3 says of it, and what puts, copies and lists it. karamon.s3 tells the options and what is returned."
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
  "Returns what S3 says of an object, as people see it. Its metadata has, for `said`, whether AWS said it, and in a list."
  [client object listed?]
  (-> object
      (set/rename-keys {:content-length :size})
      (with-meta {::said {:aws? (:aws? client), :listed? listed?}})))

(defn said
  "Returns a map as `head` or a list returned it, with `:aws?` and `:listed?`; any other as it is."
  [head]
  (merge (::said (meta head)) head))

(defn head
  "Returns what S3 says of an object; nil when there is none."
  [client address options]
  (let [object (address/object address)]
    (call/when-found (object-map client (merge object (call client :head-object (merge options object))) false))))

(defn open
  "Returns what S3 says of an object, with its bytes as `:body`; nil when there is none."
  [client address options]
  (let [object (address/object address)]
    (call/when-found (object-map client (merge object (call client :get-object (merge options object))) false))))

(defn- put-object
  "Puts, and returns what S3 answers. A condition that doesn't hold at a second attempt may fail by what the first one put, when
  only its answer was lost: what is there with the MD5 of what was sent is that."
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
  "Returns a lazy sequence of what a bucket lists below an address."
  [client address options]
  (let [{:keys [bucket key]} (address/bucket address)
        page                 (fn [token]
                               (call client :list-objects-v2
                                 (merge {:encoding-type "url"} options {:bucket bucket, :prefix key, :continuation-token token})))
        rows                 (fn [{:keys [contents common-prefixes]}]
                               (map #(object-map client (assoc % :bucket bucket) true) (concat common-prefixes contents)))]
    (sequence (comp (map rows) cat) (iteration page {:kf :next-continuation-token}))))
