(ns karamon.s3.md5.ready
  "The first half of turning an object's ETag into an MD5: asks S3 for all that a copy needs. Returns the plan, or the reason for
  not copying. Changes nothing."
  (:require
   [karamon.s3.md5.ask :as ask]
   [karamon.s3.md5.plan :as plan])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io InputStream)
   (java.time Instant)))

(set! *warn-on-reflection* true)

(defn- throw-reason
  "Throws the error of a head that S3 answered with a 400. A head's answer has no body with the reason, so this gets the object's
  first byte, whose answer has one."
  [asking address e]
  (when (= 400 (:status (ex-data e)))
    (.close ^InputStream (:body (ask/send! asking :get-object (assoc address :range "bytes=0-0")))))
  (throw e))

(defn- first-head [asking address]
  (let [newest (select-keys address [:bucket :key])]
    (try
      (ask/head asking newest)
      (catch ExceptionInfo e
        (throw-reason asking newest e)))))

(defn- object-data
  "Returns all data about an object that a copy needs, with the plan or a refusal."
  [asking {:keys [bucket key] :as address} {:keys [acls? bucket-owner]} head options]
  (let [version (cond-> address (:version-id head) (assoc :version-id (:version-id head)))
        object  (merge {:bucket bucket, :key key, :head head, :aws? (:aws? (:client asking)), :now (Instant/now)
                        :tags   (ask/tags asking version)}
                       (when acls?
                         (assoc (ask/acl asking version) :bucket-owner bucket-owner)))]
    (merge object (plan/plan object options))))

(defn- superseded [{:keys [version-id]} head]
  (when (and version-id (not= version-id (:version-id head "null")))
    {:result :superseded, :why "it isn't the newest version, and a copy of it would be"}))

(def ^:private unguarded
  {:result :unguarded
   :why    "the server ignores conditions, so another's write at that moment may be lost: give :force to copy it anyway"})

(def ^:private untested
  {:why "unless the server ignores conditions, or its copies keep the ETag, which a dry run can't find out"})

(defn- of-head [asking address surroundings head {:keys [dry-run] :as options}]
  (let [around (delay (surroundings (assoc address :head head)))
        early  (or (superseded address head)
                   (plan/plan {:bucket (:bucket address), :head head, :now (Instant/now)} options))
        object (if (:result early) early (object-data asking address @around head options))]
    (cond
      (= :already (:result object)) (assoc (select-keys object [:result :why]) :etag (:etag head))
      (:result object)              (select-keys object [:result :why])
      dry-run                       (merge (select-keys object [:copy :warnings]) {:result :planned} (when (:untested? @around) untested))
      (:unguarded? @around)         unguarded
      :else                         {:object object, :surroundings @around})))

(defn ready
  "Returns a map of `:was`, the object's ETag, its `:size` and `:version-id`, and

  * if it is to be copied, `:object`, the data about it with its plan, and `:surroundings`, its bucket's
  * else `:result` and `:why`, as in karamon.s3/md5-etag!

  `surroundings` is a function that returns the surroundings of an object."
  [asking address surroundings options]
  (if-let [head (first-head asking address)]
    (merge {:was (:etag head), :size (:content-length head)}
           (select-keys head [:version-id])
           (of-head asking address surroundings head options))
    {:result :not-found, :why "there is no such object"}))
