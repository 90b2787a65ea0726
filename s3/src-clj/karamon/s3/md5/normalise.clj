(ns karamon.s3.md5.normalise
  "One object's multipart ETag is made an MD5 by copying the object onto itself; karamon.s3/md5-etag! tells how."
  (:require
   [clojure.string :as str]
   [karamon.s3.client.address :as address]
   [karamon.s3.client.call :as call :refer [call]]
   [karamon.s3.client.retry :as retry]
   [karamon.s3.md5.plan :as plan]
   [karamon.s3.md5.rewrite :as rewrite]
   [karamon.s3.md5.surroundings :as surroundings])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io InputStream)
   (java.time Instant)
   (karamon.text Options)))

(set! *warn-on-reflection* true)

(def checks
  "The options of one object."
  {:dry-run               ["true or false" boolean?]
   :rewrite               ["true or false" boolean?]
   :force                 ["true or false" boolean?]
   :attempts              ["a whole number from 1 to 100" #(and (int? %) (<= 1 % 100))]
   :pause                 ["a number of seconds, at least 0" #(and (number? %) (<= 0 %))]
   :expected-bucket-owner ["an account's number of 12 digits" #(and (string? %) (re-matches #"\d{12}" %))]
   :request-payer         ["\"requester\"" #{"requester"}]})

(defn- common [options]
  (select-keys options [:expected-bucket-owner :request-payer]))

(defn- head [client address options]
  (call/when-found (call client :head-object (merge address (common options)))))

(defn- explained
  "Throws what is known of a head that S3 answered 400, which has no body to say why; the object's first byte has."
  [client address options e]
  (when (= 400 (:status (ex-data e)))
    (.close ^InputStream (:body (call client :get-object (merge address (common options) {:range "bytes=0-0"})))))
  (throw e))

(defn- first-head [client {:keys [bucket key]} options]
  (let [address {:bucket bucket, :key key}]
    (try
      (head client address options)
      (catch ExceptionInfo e
        (explained client address options e)))))

(defn- tags-of
  "Returns an object's tags as pairs; none where the server has none."
  [client address options]
  (try
    (mapv (juxt :key :value) (:tag-set (call client :get-object-tagging (merge address (common options)))))
    (catch ExceptionInfo e
      (if (= :karamon.s3/unsupported (:type (ex-data e)))
        []
        (throw e)))))

(defn- put-tags! [client address tags options]
  (call client :put-object-tagging
    (merge address (common options) {:tagging {:tag-set (mapv (fn [[k v]] {:key k, :value v}) tags)}})))

(defn- known
  "Returns all that is to be known of an object before it is copied, with the plan or a refusal."
  [client {:keys [bucket key] :as address} {:keys [acls? bucket-owner]} head options]
  (let [version (cond-> address (:version-id head) (assoc :version-id (:version-id head)))
        object  (merge {:bucket bucket, :key key, :head head, :aws? (:aws? client), :now (Instant/now)
                        :tags   (tags-of client version options)}
                       (when acls?
                         {:acl (call client :get-object-acl (merge version (common options))), :bucket-owner bucket-owner}))]
    (merge object (plan/plan object options))))

(defn- mend-tags!
  "Puts an object's tags again when its copy has none at all, as on servers that lose them, and tells whether it did. Tags that
  are others than before another has put meanwhile: they stay. What hasn't the ETag `etag` any more is another's."
  [client address {:keys [tags]} etag options]
  (when (and (seq tags)
             (not (:aws? client))
             (empty? (retry/persist options #(tags-of client address options)))
             (= etag (:etag (retry/persist options #(head client address options)))))
    (retry/persist options #(put-tags! client address tags options))
    true))

(defn- undo!
  "Deletes a copy that is a version of its own, and tells whether it was."
  [client address version-id object options]
  (when (and (surroundings/versioned? {:version-id version-id}) (not= version-id (:version-id (:head object))))
    (retry/persist options #(call client :delete-object (merge address (common options) {:version-id version-id})))
    true))

(defn- checked
  "Returns what became of a copy: compares it with its object, and mends or takes back what isn't as it was."
  [client address object {:keys [etag] :as head-after} options]
  (let [mended (mend-tags! client address object etag options)
        found  (plan/differences object head-after)
        lost   (str "the server's copy lost " (str/join ", " (map name (keys found))))]
    (cond
      (seq found)
      (merge {:differences found}
             (if (undo! client address (:version-id address) object options)
               {:result :undone, :why (str lost ": it was deleted, so that the old version is back")}
               {:result :differs, :why (str lost ", told in :differences")}))
      (not (plan/md5? etag))
      (do
        ;; Not every server tells a copy's version. This one is what the old one is.
        (undo! client address (:version-id head-after) object options)
        {:result :unsupported-by-server, :why (str "the server gave its copy the ETag " etag)})
      :else
      {:result   :done
       :etag     etag
       :warnings (cond-> (:warnings object) mended (conj "the server lost the tags of its copy: they were put again"))})))

(def ^:private replaced
  {:result :changed, :why "another wrote to it meanwhile, so it was left to them"})

(defn- after-error
  "Returns what became of an object whose copy was answered by an error, or by nothing at all: its head tells. Nil when nothing
  happened, so that it may be tried again."
  [client {:keys [bucket key] :as object} options]
  (let [address {:bucket bucket, :key key}
        before  (:head object)
        now     (retry/persist options #(head client address options))
        address (cond-> address (:version-id now) (assoc :version-id (:version-id now)))
        same?   (= (:etag before) (:etag now))]
    (cond
      (nil? now)                                        {:result :changed, :why "another deleted it meanwhile"}
      ;; What another put is never touched.
      (or (seq (plan/differences object now))
          (not (or same? (plan/md5? (:etag now)))))      replaced
      same?                                             (do (mend-tags! client address object (:etag now) options) nil)
      :else                                             (checked client address object now options))))

(defn- copied [client {:keys [bucket key] :as object} {:keys [copy-object-result version-id etag]} options]
  (let [etag  (or etag (:etag copy-object-result))
        found (try
                (retry/persist options #(head client
                                              (cond-> {:bucket bucket, :key key}
                                                version-id       (assoc :version-id version-id)
                                                (not version-id) (assoc :if-match etag))
                                              options))
                (catch ExceptionInfo e
                  (when-not (= :karamon.s3/precondition-failed (:type (ex-data e)))
                    (throw e))))]
    (if found
      (checked client (cond-> {:bucket bucket, :key key} version-id (assoc :version-id version-id)) object found options)
      {:result :changed, :etag etag, :why "another wrote to it after it was copied"})))

(defn- replace-by!
  "Calls `send!` and returns what became of the object. What `send!` throws is thrown only when nothing happened, so that all
  may be tried anew."
  [client object options send!]
  (let [[answer e] (try
                     [(send!)]
                     (catch ExceptionInfo e
                       [nil e]))]
    (or (try
          (if e
            (after-error client object options)
            (copied client object answer options))
          (catch ExceptionInfo e
            {:result :unchecked, :why (str "it was copied, or may have been, but not compared: " (ex-message e))}))
        (throw e))))

(defn- copy! [client {:keys [copy] :as object} {:keys [keeps-parts?]} {:keys [rewrite force] :as options}]
  (let [found (try
                (if (and keeps-parts? rewrite)
                  {:result :unsupported-by-server}
                  (replace-by! client object options #(call client :copy-object (merge copy (common options)))))
                (catch ExceptionInfo e
                  (if (= :karamon.s3/unsupported (:type (ex-data e)))
                    {:result :unsupported-by-server, :why (ex-message e)}
                    (throw e))))]
    (if (and rewrite (= :unsupported-by-server (:result found)))
      (assoc (replace-by! client object options #(rewrite/rewrite! client object force (common options))) :rewritten true)
      found)))

(defn- superseded [{:keys [version-id]} head]
  (when (and version-id (not= version-id (:version-id head "null")))
    {:result :superseded, :why "it isn't the newest version, and a copy of it would be"}))

(def ^:private unguarded
  {:result :unguarded
   :why    "the server minds no conditions, so that what another writes at that moment may be lost: with :force it is done all the same"})

(defn- attempt [client address surroundings {:keys [dry-run intend! through] :or {through #(%)} :as options}]
  (if-let [head (first-head client address options)]
    (let [around (delay (surroundings (assoc address :head head)))
          early  (or (superseded address head)
                     (plan/plan {:bucket (:bucket address), :head head, :now (Instant/now)} options))
          object (if (:result early) early (known client address @around head options))]
      (merge {:was (:etag head), :size (:content-length head)}
             (when (:version-id head) {:version-id (:version-id head)})
             (when (= :already (:result object)) {:etag (:etag head)})
             (cond
               (:result object)       (select-keys object [:result :why])
               dry-run                (merge {:result :planned} (select-keys object [:copy :warnings]))
               :else
               (through
                 (fn []
                   (if (:unguarded? @around)
                     unguarded
                     (do
                       (when intend!
                         (intend! object))
                       (copy! client object @around options))))))))
    {:result :not-found, :why "there is no such object"}))

(def ^:private thrown
  "What isn't one object's affair."
  #{:karamon.s3/bad-option :karamon.s3/bad-address :karamon.s3/no-bucket :karamon.s3/no-credentials :karamon.s3/no-region})

(defn- failure [e]
  (let [{:keys [type code operation status] :as data} (ex-data e)]
    (when (or (nil? type) (thrown type))
      (throw e))
    (merge {:why (ex-message e), :error (select-keys data [:type :status :code :operation :request-id])}
           (cond
             (= "InvalidObjectState" code)                          {:result :archived}
             (= :karamon.s3/denied type)                            {:result :denied}
             (and (= [:get-object 400] [operation status])
                  (re-find #"ncrypt" (ex-message e)))                   {:result :encrypted}
             ;; It is still what it was, or else that was told.
             (= :karamon.s3/precondition-failed type)               {:result :unguarded, :why "the server refuses it on a condition that holds"}
             (= :karamon.s3/not-found type)                         (select-keys replaced [:result :why])
             :else                                                  {:result :failed}))))

(defn md5-etag!
  "Does it for one object; karamon.s3/md5-etag! tells how. `surroundings` is called with an object for its bucket's. In the
  options, `:intend!` is called with what is known of the object right before it is copied, and `:through` with the function
  that does both and returns a result."
  ([client address options]
   (Options/check options checks "md5-etag!" :karamon.s3/bad-option)
   (let [pause (:pause options 1)]
     (md5-etag! client (address/object address)
                #(surroundings/surroundings client % options)
                (assoc options :pause! (fn [_ n] (retry/pause! pause n))))))
  ([client address surroundings options]
   (merge address
          (try
            (retry/persist options #(attempt client address surroundings options))
            (catch ExceptionInfo e
              (failure e))))))

(defn settle!
  "Looks after an object that was about to be copied, of which nobody knows whether it was: puts the tags again that a server
  may have lost of its copy. `was` is its old ETag, `tags` pairs."
  [client {:keys [bucket key]} was tags options]
  (let [address {:bucket bucket, :key key}
        {:keys [etag]} (when (and (seq tags) (not (:aws? client)))
                         (head client address options))]
    (when (or (= was etag) (plan/md5? etag))
      (mend-tags! client address {:tags tags} etag options))))
