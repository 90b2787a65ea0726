(ns karamon.s3.md5.bulk
  "All objects below a prefix, as a listing tells them; karamon.s3/md5-etags! tells how. What is held in memory doesn't grow with
  their number."
  (:require
   [clojure.string :as str]
   [karamon.s3.client.address :as address]
   [karamon.s3.client.retry :as retry]
   [karamon.s3.md5.ask :as ask]
   [karamon.s3.md5.carry-out :as carry-out]
   [karamon.s3.md5.journal :as journal]
   [karamon.s3.md5.normalise :as normalise]
   [karamon.s3.md5.pace :as pace]
   [karamon.s3.md5.plan :as plan]
   [karamon.s3.md5.ready :as ready]
   [karamon.s3.md5.surroundings :as surroundings]
   [karamon.s3.md5.tally :as tally])
  (:import
   (java.io Closeable)
   (java.util.concurrent ExecutorService Executors TimeUnit)
   (karamon.text Options)))

(set! *warn-on-reflection* true)

(def ^:private checks
  (merge normalise/checks
         {:concurrency ["a whole number from 1 to 1000" #(and (int? %) (<= 1 % 1000))]
          :journal     ["a file's path" #(and (string? %) (not (str/blank? %)))]
          :resume      ["true or false" boolean?]
          :start-after ["a key" string?]
          :progress    ["a function of a map" ifn?]
          :on-result   ["a function of a map" ifn?]
          :cancelled?  ["a function of nothing" ifn?]}))

(defn- pages
  "Returns the pages of a listing, lazily, each a vector of rows."
  [asking {:keys [bucket key]} start-after]
  (let [parameters {:bucket bucket, :prefix key, :encoding-type "url", :start-after start-after}
        page       (fn [token]
                     (ask/persist asking #(ask/send! asking :list-objects-v2 (assoc parameters :continuation-token token))))]
    (eduction (map :contents) (iteration page {:kf :next-continuation-token}))))

(defn- gate
  "Returns a function that calls functions that copy an object, one after the other until a copy is as it should be, and then
  several at once; none once `stopped`, an atom, says why."
  [stopped]
  (let [proven? (atom false)
        alone   (Object.)
        copied  (fn [copy!]
                  (if @stopped
                    {:result :stopped}
                    (let [{:keys [result] :as found} (copy!)]
                      (when (tally/damage result)
                        (compare-and-set! stopped nil result))
                      (when (= :done result)
                        (reset! proven? true))
                      found)))]
    (fn [copy!]
      (if @proven?
        (copied copy!)
        (locking alone
          (copied copy!))))))

(defn- teller
  "Returns a function that tells whoever looks on of a result, or of nil, one at a time."
  [state {:keys [progress on-result]}]
  (let [lock (Object.)]
    (fn [found]
      (locking lock
        (when (and on-result found)
          (on-result found))
        (when progress
          (progress (tally/report @state)))))))

(defn- work-through!
  "Calls `work!` with the rows of a listing that it can't be told of whether there is something to do."
  [{:keys [asking address start-after state stopped journal pace work!]} {:keys [concurrency cancelled?] :or {concurrency 16} :as options}]
  (let [^ExecutorService threads (Executors/newFixedThreadPool concurrency)
        tell!   (teller state options)
        begin!  (fn [{:keys [key] :as row}]
                  (let [number (:listed @state)]
                    (pace/acquire! pace)
                    (swap! state tally/begun key)
                    (.execute threads
                              (fn []
                                (try
                                  (when-not @stopped
                                    (let [{:keys [result] :as found} (work! row)]
                                      (when (not= :stopped result)
                                        (swap! state tally/finished number found)
                                        (tell! found))))
                                  (catch Throwable e
                                    (reset! stopped e))
                                  (finally
                                    (pace/release! pace)))))))
        row!    (fn [{:keys [key size] :as row}]
                  (let [[result why] (plan/listed-refusal (assoc row :bucket (:bucket address)))]
                    (cond
                      (and cancelled? (cancelled?)) (reset! stopped :cancelled)
                      (nil? result)                 (begin! row)
                      :else                         (do
                                                      (swap! state tally/passed row result)
                                                      (when (not= :already result)
                                                        (tell! {:bucket (:bucket address), :key key, :result result, :why why, :size size}))))))
        mark!   #(when-let [key (and journal (tally/mark @state))]
                   (journal/write! journal {:mark key}))]
    (try
      (run! (fn [rows]
              (run! #(when-not @stopped (row! %)) rows)
              (tell! nil)
              (mark!))
            (eduction (take-while (fn [_] (not @stopped))) (pages asking address start-after)))
      (finally
        (.shutdown threads)
        (.awaitTermination threads Long/MAX_VALUE TimeUnit/NANOSECONDS)))
    (when (instance? Throwable @stopped)
      (throw @stopped))
    (mark!)))

(defn- line
  "Returns what the journal tells before an object is touched."
  [{:keys [key head tags]}]
  (cond-> {:intent key, :etag (:etag head), :size (:content-length head)}
    (:version-id head) (assoc :version (:version-id head))
    (seq tags)         (assoc :tags tags)))

(defn- intend!
  "Writes into the journal what is about to be done, and waits until it is on disk."
  [journal object]
  (when journal
    (journal/write! journal (line object))
    (journal/sync! journal)))

(defn- work
  "Returns what becomes of one object. Between being ready and being carried out it passes `gate`, and is written down. A result
  that ends the run passes the gate too, so that only one is reported."
  [asking address {:keys [surroundings gate journal]} options]
  (let [{:keys [result object] :as ready} (ready/ready asking address surroundings options)]
    (if (and result (not (tally/damage result)))
      ready
      (merge (dissoc ready :object :surroundings)
             (gate (fn []
                     (when object
                       (intend! journal object))
                     (carry-out/carry-out! asking ready options)))))))

(defn- worker
  "Returns the function of a row that does what is to be done and returns a result."
  [asking {:keys [bucket]} journal stopped options]
  (let [known        (atom nil)
        surroundings (fn [object]
                       (locking known
                         (or @known (reset! known (surroundings/surroundings (:client asking) object options)))))
        between      {:surroundings surroundings, :gate (gate stopped), :journal journal}]
    (fn [{:keys [key]}]
      (let [address {:bucket bucket, :key key}
            {:keys [result rewritten] :as found} (normalise/outcome asking address #(work asking address between options))]
        (when (and journal (not= :stopped result))
          (journal/write! journal (merge {:key key} (select-keys found [:result :etag :why]))))
        (when rewritten
          (swap! known assoc :keeps-parts? true))
        found))))

(defn- look-after!
  "Looks after what a run that was ended in the midst of it was about to do."
  [asking bucket journal pending]
  (doseq [[key {:keys [etag tags]}] pending]
    (ask/persist asking #(carry-out/settle! asking {:bucket bucket, :key key} etag tags))
    (journal/write! journal {:key key, :result "looked-after"})))

(defn- patient
  "Returns the policy of trying again, which slows all down when S3 says so."
  [{:keys [attempts pause] :or {attempts 10, pause 1}} pace]
  {:attempts attempts
   :pause!   (fn [e n]
               (when (= :karamon.s3/slow-down (:type (ex-data e)))
                 (pace/slow! pace))
               (retry/pause! pause n))})

(defn md5-etags!
  "Makes the ETags of all objects below an address MD5s; karamon.s3/md5-etags! tells the options and what is returned."
  [client address {:keys [dry-run resume start-after concurrency pause] :or {concurrency 16, pause 1} :as options}]
  (Options/check options checks "md5-etags!" :karamon.s3/bad-option)
  (let [{:keys [bucket key] :as address} (address/bucket address)
        pace    (pace/pace concurrency pause)
        asking  (ask/asking client options (patient options pace))
        stopped (atom nil)
        [journal {:keys [pending mark]}]
        (when (and (:journal options) (not dry-run))
          (journal/open! (:journal options) {:bucket bucket, :prefix (or key "")} (boolean resume)))]
    (try
      (look-after! asking bucket journal pending)
      (let [start-after (or mark start-after)
            state       (atom (tally/tally start-after))]
        (work-through! {:asking asking, :address address, :start-after start-after, :state state, :stopped stopped
                        :journal journal, :pace pace, :work! (worker asking address journal stopped options)}
                       options)
        (cond-> (assoc (tally/report @state) :failures (:failures @state))
          @stopped (assoc :stopped @stopped)))
      (finally
        (some-> ^Closeable journal .close)))))
