(ns karamon.s3.verify.pinned
  "Calls on an object as it was when it was first asked for: of its version where it has one, and of no other ETag."
  (:refer-clojure :exclude [get])
  (:require
   [karamon.s3.client.call :as call]))

(set! *warn-on-reflection* true)

(defn changed
  "Returns an error that says that an object isn't the one any more that `head` tells of."
  ([head] (changed head nil))
  ([{:keys [bucket key]} cause]
   (ex-info (str "s3://" bucket "/" key " was replaced or deleted meanwhile")
            {:type :karamon.s3/changed, :bucket bucket, :key key}
            cause)))

(defn call
  "Calls an operation on what `head` tells of. `:if-match nil` in `options` takes the condition on the ETag away. Throws what
  karamon.s3.client.call/call does, and ex-info of `:type` `:karamon.s3/changed`."
  [client operation {:keys [bucket key etag version-id] :as head} options]
  (try
    (call/call client operation
      (merge {:version-id version-id}
             ;; It takes no condition.
             (when-not (= :get-object-attributes operation)
               {:if-match etag})
             options
             {:bucket bucket, :key key}))
    (catch clojure.lang.ExceptionInfo e
      (throw (if (#{:karamon.s3/precondition-failed :karamon.s3/not-found} (:type (ex-data e)))
               (changed head e)
               e)))))

(defn told
  "Calls `f`; nil where S3 refuses to say it, be it that the server can't or that the caller may not."
  [f]
  (try
    (f)
    (catch clojure.lang.ExceptionInfo e
      (let [{:keys [type status]} (ex-data e)]
        (when-not (or (#{:karamon.s3/unsupported :karamon.s3/denied} type)
                      (and (= :karamon.s3/failed type) (<= 400 status 499)))
          (throw e))))))
