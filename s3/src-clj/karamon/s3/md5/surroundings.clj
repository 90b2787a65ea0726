(ns karamon.s3.md5.surroundings
  "Properties of a bucket and its server that matter before objects in it are replaced; fetched once for all of them."
  (:require
   [karamon.s3.client.call :as call :refer [call]])
  (:import
   (clojure.lang ExceptionInfo)
   (software.amazon.awssdk.core.sync RequestBody)))

(set! *warn-on-reflection* true)

(defn- result-or-refusal
  "Returns the result of `f`, or the type of the error if S3 refuses it."
  [f]
  (try
    (f)
    (catch ExceptionInfo e
      (let [{:keys [type status]} (ex-data e)]
        (if (or (#{:karamon.s3/not-found :karamon.s3/denied :karamon.s3/unsupported :karamon.s3/precondition-failed} type)
                (#{400 405} status))
          type
          (throw e))))))

(defn- acls
  "Returns whether objects may have their own ACLs, and if so the id of the bucket's owner, if it is known."
  [{:keys [aws?] :as client} bucket expected]
  (let [ask (fn [operation]
              (try
                (result-or-refusal #(call client operation (merge {:bucket bucket} expected)))
                (catch ExceptionInfo e
                  (if (and (not aws?) (= :karamon.s3/failed (:type (ex-data e))))
                    ::broken
                    (throw e)))))]
    (when-not (some #(= "BucketOwnerEnforced" (:object-ownership %))
                    (get-in (ask :get-bucket-ownership-controls) [:ownership-controls :rules]))
      (let [acl (ask :get-bucket-acl)]
        (cond
          (map? acl)                            {:acls? true, :bucket-owner (get-in acl [:owner :id])}
          (#{:karamon.s3/denied ::broken} acl) {:acls? true})))))

(def ^:private no-etag "00000000000000000000000000000000")

(defn- refuses?
  "Returns whether a server refuses a write whose condition doesn't hold: a write to an unused key."
  [client operation object refusals]
  (let [answer (result-or-refusal #(call client operation object (RequestBody/fromBytes (byte-array 0))))]
    (when (map? answer)
      (call client :delete-object {:bucket (or (:bucket object) (:destination-bucket object))
                                   :key    (or (:key object) (:destination-key object))}))
    (contains? refusals answer)))

(defn- guarded? [client {:keys [bucket key]} {:keys [rewrite]} expected]
  (let [unused-key (str key ".karamon-" (random-uuid))]
    (and (refuses? client :copy-object
           (merge {:source-bucket bucket, :source-key key, :destination-bucket bucket, :destination-key unused-key
                   :copy-source-if-match no-etag}
                  expected)
           #{:karamon.s3/precondition-failed})
         (or (not rewrite)
             (refuses? client :put-object (merge {:bucket bucket, :key unused-key, :if-match no-etag} expected)
               #{:karamon.s3/precondition-failed :karamon.s3/not-found})))))

(defn versioned?
  "Returns whether a version stays when its object is replaced."
  [{:keys [version-id]}]
  (not (contains? #{nil "null"} version-id)))

(defn surroundings
  "Returns a map of

  * `:acls?` -- whether objects have ACLs, `:bucket-owner` the id of the bucket's owner
  * `:unguarded?` -- whether the server ignores conditions, so a copy may replace another's write at that moment; never for AWS,
    and not tested with `:force` or if `object`, a map of `:bucket`, `:key` and `:head`, has versions
  * `:untested?` -- whether that is unknown because of `:dry-run`: the test may put an object"
  [{:keys [aws?] :as client} {:keys [bucket head] :as object} {:keys [force dry-run expected-bucket-owner] :as options}]
  (let [expected (when expected-bucket-owner {:expected-bucket-owner expected-bucket-owner})
        matters? (not (or aws? force (versioned? head)))]
    (merge (acls client bucket expected)
           {:untested?  (and matters? (boolean dry-run))
            :unguarded? (and matters? (not dry-run) (not (guarded? client object options expected)))})))
