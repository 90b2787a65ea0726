(ns karamon.s3.md5.carry-out
  "The second half of turning an object's ETag into an MD5: copies the object onto itself as planned, and checks the copy."
  (:require
   [clojure.string :as str]
   [karamon.s3.client.call :refer [call]]
   [karamon.s3.md5.ask :as ask]
   [karamon.s3.md5.plan :as plan]
   [karamon.s3.md5.rewrite :as rewrite]
   [karamon.s3.md5.surroundings :as surroundings])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(defn- put-tags! [asking address tags]
  (ask/send! asking :put-object-tagging
             (assoc address :tagging {:tag-set (mapv (fn [[k v]] {:key k, :value v}) tags)})))

(defn- restore-tags!
  "Puts an object's tags again if its copy has none at all, as on servers that lose them. Returns whether it did. Tags that
  differ were put by someone else meanwhile, and stay. An object that no longer has the ETag `etag` is someone else's."
  [{:keys [client] :as asking} address {:keys [tags]} etag]
  (when (and (seq tags)
             (not (:aws? client))
             (empty? (ask/persist asking #(ask/tags asking address)))
             (= etag (:etag (ask/persist asking #(ask/head asking address)))))
    (ask/persist asking #(put-tags! asking address tags))
    true))

(defn- undo!
  "Deletes a copy that is a new version. Returns whether it was one."
  [asking address version-id object]
  (when (and (surroundings/versioned? {:version-id version-id}) (not= version-id (:version-id (:head object))))
    (ask/persist asking #(ask/send! asking :delete-object (assoc address :version-id version-id)))
    true))

(defn- check-copy
  "Compares a copy with its object, and repairs or undoes a copy that differs. Returns the result."
  [asking address object {:keys [etag] :as head-after}]
  (let [restored (restore-tags! asking address object etag)
        found  (plan/differences object head-after)
        lost   (str "the server's copy lost " (str/join ", " (map name (keys found))))]
    (cond
      (seq found)
      (merge {:differences found}
             (if (undo! asking address (:version-id address) object)
               {:result :undone, :why (str lost ": the copy was deleted, so the old version is back")}
               {:result :differs, :why (str lost ": see :differences")}))
      (not (plan/md5? etag))
      (do
        ;; Not every server returns a copy's version, so this one is from the head.
        (undo! asking address (:version-id head-after) object)
        {:result :unsupported-by-server, :why (str "the server gave its copy the ETag " etag)})
      :else
      {:result   :done
       :etag     etag
       :warnings (cond-> (:warnings object) restored (conj "the server lost the tags of its copy: they were put again"))})))

(def replaced
  "The result if someone else wrote to the object first."
  {:result :changed, :why "someone else wrote to it meanwhile, so it was left alone"})

(defn- after-error
  "Returns the result for an object whose copy failed or got no answer, from the object's head. Nil if nothing happened, so it
  may be tried again."
  [asking {:keys [bucket key] :as object}]
  (let [address {:bucket bucket, :key key}
        before  (:head object)
        now     (ask/persist asking #(ask/head asking address))
        address (cond-> address (:version-id now) (assoc :version-id (:version-id now)))
        same?   (= (:etag before) (:etag now))]
    (cond
      (nil? now)                                        {:result :changed, :why "someone else deleted it meanwhile"}
      ;; An object that someone else put is never touched.
      (or (seq (plan/differences object now))
          (not (or same? (plan/md5? (:etag now)))))      replaced
      same?                                             (do (restore-tags! asking address object (:etag now)) nil)
      :else                                             (check-copy asking address object now))))

(defn- check-answer [asking {:keys [bucket key] :as object} {:keys [copy-object-result version-id etag]}]
  (let [etag    (or etag (:etag copy-object-result))
        address {:bucket bucket, :key key}
        found   (try
                  (ask/persist asking #(ask/head asking (if version-id
                                                          (assoc address :version-id version-id)
                                                          (assoc address :if-match etag))))
                  (catch ExceptionInfo e
                    (when-not (= :karamon.s3/precondition-failed (:type (ex-data e)))
                      (throw e))))]
    (if found
      (check-copy asking (cond-> address version-id (assoc :version-id version-id)) object found)
      {:result :changed, :etag etag, :why "someone else wrote to it after it was copied"})))

(defn- replace-by!
  "Calls `send!` and returns the result. Throws the error of `send!` only if nothing happened, so that all may be tried again."
  [asking object send!]
  (let [[answer e] (try
                     [(send!)]
                     (catch ExceptionInfo e
                       [nil e]))]
    (or (try
          (if e
            (after-error asking object)
            (check-answer asking object answer))
          (catch ExceptionInfo e
            {:result :unchecked, :why (str "it was, or may have been, copied, but couldn't be compared: " (ex-message e))}))
        (throw e))))

(defn- copy! [{:keys [client common] :as asking} {:keys [copy] :as object} {:keys [keeps-parts?]} {:keys [rewrite force]}]
  (let [found (try
                (if (and keeps-parts? rewrite)
                  {:result :unsupported-by-server}
                  (replace-by! asking object #(call client :copy-object (merge copy common))))
                (catch ExceptionInfo e
                  (if (= :karamon.s3/unsupported (:type (ex-data e)))
                    {:result :unsupported-by-server, :why (ex-message e)}
                    (throw e))))]
    (if (and rewrite (= :unsupported-by-server (:result found)))
      (assoc (replace-by! asking object #(rewrite/rewrite! client object force common)) :rewritten true)
      found)))

(defn carry-out!
  "Carries out the plan that karamon.s3.md5.ready/ready returned. Returns the result, as karamon.s3/md5-etag! does. Uses
  `:rewrite` and `:force` of the options."
  [asking {:keys [object surroundings] :as ready} options]
  (if object
    (merge (dissoc ready :object :surroundings) (copy! asking object surroundings options))
    ready))

(defn settle!
  "Settles an object that was about to be copied when it is unknown whether it was: puts the tags again that the server's copy may
  have lost. `was` is its old ETag, `tags` are pairs."
  [{:keys [client] :as asking} address was tags]
  (let [{:keys [etag]} (when (and (seq tags) (not (:aws? client)))
                         (ask/head asking address))]
    (when (or (= was etag) (plan/md5? etag))
      (restore-tags! asking address {:tags tags} etag))))
