(ns karamon.s3.verify.pinned
  "Requests for the same object as the first one: for its version if it has one, and only with its ETag."
  (:refer-clojure :exclude [get])
  (:require
   [karamon.s3.client.call :as call]))

(set! *warn-on-reflection* true)

(defn changed
  "Returns the error for an object that is no longer the one that `head` describes."
  ([head] (changed head nil))
  ([{:keys [bucket key]} cause]
   (ex-info (str "s3://" bucket "/" key " was replaced or deleted meanwhile")
            {:type :karamon.s3/changed, :bucket bucket, :key key}
            cause)))

(defn call
  "Calls an operation on the object that `head` describes. `:if-match nil` in `options` removes the condition on the ETag. Throws
  the errors of karamon.s3.client.call/call, and ex-info of `:type` `:karamon.s3/changed`."
  [client operation {:keys [bucket key etag version-id] :as head} options]
  (try
    (call/call client operation
      (merge {:version-id version-id}
             ;; GetObjectAttributes takes no condition.
             (when-not (= :get-object-attributes operation)
               {:if-match etag})
             options
             {:bucket bucket, :key key}))
    (catch clojure.lang.ExceptionInfo e
      (throw (if (#{:karamon.s3/precondition-failed :karamon.s3/not-found} (:type (ex-data e)))
               (changed head e)
               e)))))

(defn unless-refused
  "Returns the result of `f`; nil if S3 refuses the request, because the server doesn't support it or the caller may not make it."
  [f]
  (try
    (f)
    (catch clojure.lang.ExceptionInfo e
      (let [{:keys [type status]} (ex-data e)]
        (when-not (or (#{:karamon.s3/unsupported :karamon.s3/denied} type)
                      (and (= :karamon.s3/failed type) (<= 400 status 499)))
          (throw e))))))

(defn part-heads
  "Returns the result of `f`, a function of options that makes HEADs of the object's parts with them. A server whose HEAD of a
  part returns the part's ETag may compare the condition with that; then calls `f` without it, and the object is unchanged if it
  is the same before and after."
  [client head options f]
  (try
    (f options)
    (catch clojure.lang.ExceptionInfo e
      (when-not (= :karamon.s3/changed (:type (ex-data e)))
        (throw e))
      (let [unchanged #(call client :head-object head options)]
        (unchanged)
        (let [found (f (assoc options :if-match nil))]
          (unchanged)
          found)))))
