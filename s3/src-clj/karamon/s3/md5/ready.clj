(ns karamon.s3.md5.ready
  "The first half of making an object's ETag an MD5: asks S3 for all that a copy needs, and returns what would be done, or why
  not. It changes nothing."
  (:require
   [karamon.s3.md5.ask :as ask]
   [karamon.s3.md5.plan :as plan])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io InputStream)
   (java.time Instant)))

(set! *warn-on-reflection* true)

(defn- explained
  "Throws what is known of a head that S3 answered 400, which has no body to say why; the object's first byte has."
  [asking address e]
  (when (= 400 (:status (ex-data e)))
    (.close ^InputStream (:body (ask/send! asking :get-object (assoc address :range "bytes=0-0")))))
  (throw e))

(defn- first-head [asking address]
  (let [newest (select-keys address [:bucket :key])]
    (try
      (ask/head asking newest)
      (catch ExceptionInfo e
        (explained asking newest e)))))

(defn- known
  "Returns all that is to be known of an object before it is copied, with the plan or a refusal."
  [asking {:keys [bucket key] :as address} {:keys [acls? bucket-owner]} head options]
  (let [version (cond-> address (:version-id head) (assoc :version-id (:version-id head)))
        object  (merge {:bucket bucket, :key key, :head head, :aws? (:aws? (:client asking)), :now (Instant/now)
                        :tags   (ask/tags asking version)}
                       (when acls?
                         {:acl (ask/send! asking :get-object-acl version), :bucket-owner bucket-owner}))]
    (merge object (plan/plan object options))))

(defn- superseded [{:keys [version-id]} head]
  (when (and version-id (not= version-id (:version-id head "null")))
    {:result :superseded, :why "it isn't the newest version, and a copy of it would be"}))

(def ^:private unguarded
  {:result :unguarded
   :why    "the server minds no conditions, so that what another writes at that moment may be lost: with :force it is done all the same"})

(defn- of-head [asking address surroundings head {:keys [dry-run] :as options}]
  (let [around (delay (surroundings (assoc address :head head)))
        early  (or (superseded address head)
                   (plan/plan {:bucket (:bucket address), :head head, :now (Instant/now)} options))
        object (if (:result early) early (known asking address @around head options))]
    (cond
      (= :already (:result object)) (assoc (select-keys object [:result :why]) :etag (:etag head))
      (:result object)              (select-keys object [:result :why])
      dry-run                       (assoc (select-keys object [:copy :warnings]) :result :planned)
      (:unguarded? @around)         unguarded
      :else                         {:object object, :surroundings @around})))

(defn ready
  "Returns a map of `:was`, the object's ETag, its `:size` and `:version-id`, and

  * where it is to be copied, `:object`, all that is known of it, with its plan, and `:surroundings`, its bucket's
  * else `:result` and `:why`, as karamon.s3/md5-etag! has them

  `surroundings` is a function that returns the surroundings of an object."
  [asking address surroundings options]
  (if-let [head (first-head asking address)]
    (merge {:was (:etag head), :size (:content-length head)}
           (select-keys head [:version-id])
           (of-head asking address surroundings head options))
    {:result :not-found, :why "there is no such object"}))
