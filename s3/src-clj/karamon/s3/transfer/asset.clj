(ns karamon.s3.transfer.asset
  "A local copy of an object that is kept up to date, for data that is released separately from the code. karamon.s3/asset
  documents the options."
  (:require
   [clojure.java.io :as io]
   [karamon.s3.client :as client]
   [karamon.s3.client.address :as address]
   [karamon.s3.transfer.cache :as cache]
   [karamon.s3.transfer.download :as download]
   [karamon.s3.verify.proof :as proof])
  (:import
   (clojure.lang ExceptionInfo IDeref IFn IMeta)
   (java.io Closeable File Writer)
   (java.time Instant)
   (java.util.concurrent.locks ReentrantLock)
   (karamon.s3.client Client)
   (karamon.text Options)))

(set! *warn-on-reflection* true)

(def ^:private checks
  {:uri              ["an address" some?]
   :client           ["a client" #(instance? Client %)]
   :folder           ["a path or File" #(or (string? %) (instance? File %))]
   :every            ["a number of seconds, at least 0" #(and (number? %) (<= 0 %))]
   :load             ["a function" ifn?]
   :max-bytes        ["a whole number of bytes, at least 1" pos-int?]
   :on-failure       ["a function" ifn?]
   :layout           ["a layout as in karamon.etag" some?]
   :threads          ["a whole number from 1 to 256" #(and (int? %) (<= 1 % 256))]
   :allow-unverified ["true or false" boolean?]})

(defn- ask
  "Returns the head of the object, nil if its ETag is still `etag`."
  [{:keys [client object]} etag]
  (try
    (let [found (download/head @client object {:if-none-match etag})]
      (when-not (= etag (:etag found))
        found))
    (catch ExceptionInfo e
      (when-not (= :karamon.s3/not-modified (:type (ex-data e)))
        (throw e)))))

(defn- accept [{:keys [object allow-unverified]}]
  (fn [{:keys [verified why]}]
    (when-not (or verified allow-unverified)
      (throw (ex-info (str (address/text object) " can't be verified, and :allow-unverified isn't set: " why)
                      {:type :karamon.s3/unverified, :bucket (:bucket object), :key (:key object)})))))

(defn- there?
  "Returns whether an earlier process has left the copy, and it is still intact."
  [{:keys [client] :as config} found ^File copy]
  (and (.isFile copy)
       (= (.length copy) (:size found))
       (try
         ((accept config) (proof/of-file @client found copy config))
         true
         (catch ExceptionInfo e
           (when-not (= :karamon.s3/mismatch (:type (ex-data e)))
             (throw e))))))

(defn- make! [{:keys [client object folder max-bytes] :as config} found ^File copy]
  (locking (cache/monitor copy)
    (when-not (there? config found copy)
      (when max-bytes
        (cache/expect-room! folder copy (:size found) max-bytes))
      (try
        ;; Continues the download of a killed process.
        (download/fetch @client object found copy
                        (merge download/defaults (select-keys config [:threads :layout]) {:resume true})
                        (accept config) true)
        (catch ExceptionInfo e
          ;; Another process may have been faster.
          (when-not (and (contains? #{:karamon.s3/busy :karamon.etag/unreadable} (:type (ex-data e))) (there? config found copy))
            (throw e)))
        (finally
          (when max-bytes
            (cache/made! copy)))))))

(defn- copied
  "Returns the state with a copy of S3's current object."
  [{:keys [client object folder load] :as config} {:keys [etag value] old :file} found]
  (let [place (into [(str (client/endpoint-of (.sdk ^Client @client)))] (map object) [:bucket :key :version-id])
        copy  (cache/copy folder (pr-str place) (:etag found))]
    (cache/hold! folder copy)
    (try
      (cache/sweep! copy)
      (make! config found copy)
      {:etag  (:etag found)
       :file  copy
       :old   old
       :value (cond
                (nil? load)            copy
                (= etag (:etag found)) value
                :else                  (load copy))}
      (catch Throwable e
        (cache/release! copy)
        (throw e)))))

(defn- refreshed
  "Returns the state after a request to S3."
  [config {:keys [etag ^File file] :as now} attempts]
  (if-let [found (ask config (when (and file (.isFile file)) etag))]
    (let [next (try
                 (copied config now found)
                 (catch ExceptionInfo e
                   (when-not (and (= :karamon.s3/changed (:type (ex-data e))) (< 1 attempts))
                     (throw e))))]
      (or next (recur config now (dec attempts))))
    (do
      (cache/sweep! file)
      now)))

(defn- refresh! [{:keys [on-failure] :as config} state]
  ;; The old copy has been kept for the time between two requests.
  (let [[before now] (swap-vals! state #(some-> % (dissoc :old)))]
    (some-> (:old before) cache/release!)
    (let [next (try
                 (refreshed config (dissoc now :failure) 3)
                 (catch Exception e
                   (when-not now
                     (throw e))
                   (on-failure e)
                   (assoc now :failure e)))]
      (reset! state (assoc next :asked (System/nanoTime), :checked (Instant/now))))))

(defn- fresh? [{:keys [every]} {:keys [asked]}]
  (and asked (< (- (System/nanoTime) (long asked)) (* 1e9 every))))

(defn- current [config state ^ReentrantLock lock]
  (let [now @state]
    (when-not (fresh? config now)
      ;; With a copy, a thread doesn't wait for another thread's request; without one, it does.
      (when (if now (.tryLock lock) (do (.lock lock) true))
        (try
          (when-not (fresh? config @state)
            (refresh! config state))
          (finally
            (.unlock lock)))))
    (:value @state)))

(deftype Asset [config state lock]
  IDeref
  (deref [_] (current config state lock))
  IFn
  (invoke [_] (current config state lock))
  IMeta
  (meta [_] (-> (select-keys @state [:etag :file :checked :failure]) (assoc :uri (:uri config))))
  Closeable
  (close [_]
    (let [[now] (reset-vals! state nil)]
      (run! cache/release! (remove nil? (map #(get now %) [:file :old]))))
    (when (and (:own-client config) (realized? (:client config)))
      (.close ^Closeable @(:client config)))))

;; By default, printing an IDeref dereferences it, which would fetch the object.
(defmethod print-method Asset [^Asset asset ^Writer w]
  (.write w (str "#<Asset " (pr-str (:uri (.config asset))) " " (:etag @(.state asset) "not fetched yet") ">")))

(defn asset
  "Makes an Asset; karamon.s3/asset documents the options."
  [{:keys [uri client folder] :as options} make-client]
  (Options/check options checks "an asset" :karamon.s3/bad-option)
  (let [object (address/object uri)]
    (->Asset (merge {:every      60
                     :on-failure (fn [e]
                                   (binding [*out* *err*]
                                     (println (str (address/text object) " keeps its old copy: " (ex-message e)))))}
                    options
                    {:object     object
                     :own-client (nil? client)
                     :client     (if client (delay client) (delay (make-client)))
                     :folder     (io/file (or folder (io/file (System/getProperty "java.io.tmpdir") "karamon-assets")))})
             (atom nil)
             (ReentrantLock.))))
