(ns karamon.s3.md5.ask
  "Requests to S3 about one object, before and after its copy. All functions take `asking`, a map of

  * `:client`
  * `:common` -- the parameters of every request
  * `:retry` -- the policy of retries, as karamon.s3.client.retry/persist takes it"
  (:require
   [karamon.s3.client.call :as call :refer [call]]
   [karamon.s3.client.retry :as retry])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(defn asking
  "Returns the map `asking` for the options of karamon.s3/md5-etag!."
  [client options retry]
  {:client client, :common (select-keys options [:expected-bucket-owner :request-payer]), :retry retry})

(defn send!
  "Calls an operation once."
  [{:keys [client common]} operation parameters]
  (call client operation (merge parameters common)))

(defn persist
  "Calls `f` again while it throws an error that may pass. Returns its result."
  [{:keys [retry]} f]
  (retry/persist retry f))

(defn head
  "Returns the head of an object, nil if there is none."
  [asking address]
  (call/when-found (send! asking :head-object address)))

(defn tags
  "Returns an object's tags as pairs; none if the server doesn't support tags."
  [asking address]
  (try
    (mapv (juxt :key :value) (:tag-set (send! asking :get-object-tagging address)))
    (catch ExceptionInfo e
      (if (= :karamon.s3/unsupported (:type (ex-data e)))
        []
        (throw e)))))

(defn acl
  "Returns an object's ACL as `:acl`. If a server other than AWS fails to return it, twice, returns the error as `:acl-error`."
  [{:keys [client retry] :as asking} address]
  (try
    {:acl (retry/persist (assoc retry :attempts (if (:aws? client) 1 2)) #(send! asking :get-object-acl address))}
    (catch ExceptionInfo e
      (if (and (not (:aws? client)) (#{:karamon.s3/failed :karamon.s3/unsupported} (:type (ex-data e))))
        {:acl-error e}
        (throw e)))))
