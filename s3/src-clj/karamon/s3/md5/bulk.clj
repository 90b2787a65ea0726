(ns karamon.s3.md5.bulk
  "Turns the ETags of all objects below a prefix into MD5s, as karamon.s3/md5-etags! documents. Memory use doesn't grow with the
  number of objects."
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
          :cancelled?  ["a function of no arguments" ifn?]}))

(defn- pages
  "Returns the pages of a listing, lazily, each a vector of rows."
  [asking {:keys [bucket key]} start-after]
  (let [parameters {:bucket bucket, :prefix key, :encoding-type "url", :start-after start-after}
        page       (fn [token]
                     (ask/persist asking #(ask/send! asking :list-objects-v2 (assoc parameters :continuation-token token))))]
    (eduction (map :contents) (iteration page {:kf :next-continuation-token}))))

(defn- gate
  "Returns a function that calls a function that copies an object. Until the first good copy it makes only one copy at a time,
  afterwards several. It makes none once `stopped`, an atom, has a reason."
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

(defn- reporter
  "Returns a function that passes a result, or nil, to the callbacks in `options`, one at a time."
  [state {:keys [progress on-result]}]
  (let [lock (Object.)]
    (fn [found]
      (locking lock
        (when (and on-result found)
          (on-result found))
        (when progress
          (progress (tally/report @state)))))))

(defn- work-through!
  "Calls `work!` with each row of a listing, except those whose row shows that there is nothing to do."
  [{:keys [asking address start-after state stopped journal pace work!]} {:keys [concurrency cancelled?] :or {concurrency 16} :as options}]
  (let [^ExecutorService threads (Executors/newFixedThreadPool concurrency)
        report! (reporter state options)
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
                                        (report! found))))
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
                                                        (report! {:bucket (:bucket address), :key key, :result result, :why why, :size size}))))))
        mark!   #(when-let [key (and journal (tally/mark @state))]
                   (journal/write! journal {:mark key}))]
    (try
      (run! (fn [rows]
              (run! #(when-not @stopped (row! %)) rows)
              (report! nil)
              (mark!))
            (eduction (take-while (fn [_] (not @stopped))) (pages asking address start-after)))
      (finally
        (.shutdown threads)
        (.awaitTermination threads Long/MAX_VALUE TimeUnit/NANOSECONDS)))
    (when (instance? Throwable @stopped)
      (throw @stopped))
    (mark!)))

(defn- line
  "Returns the line that the journal gets before an object is touched."
  [{:keys [key head tags]}]
  (cond-> {:intent key, :etag (:etag head), :size (:content-length head)}
    (:version-id head) (assoc :version (:version-id head))
    (seq tags)         (assoc :tags tags)))

(defn- intend!
  "Writes the intent to change an object to the journal, and waits until it is on disk."
  [journal object]
  (when journal
    (journal/write! journal (line object))
    (journal/sync! journal)))

(defn- work
  "Processes one object and returns its result. The copy passes `gate`, and the journal gets its intent first. A result that
  ends the run passes the gate too, so only one is reported."
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
  "Returns a function that processes the object of a row and returns its result."
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

(defn- settle-pending!
  "Settles the objects that an interrupted run may have been changing."
  [asking bucket journal pending]
  (doseq [[key {:keys [etag tags]}] pending]
    (ask/persist asking #(carry-out/settle! asking {:bucket bucket, :key key} etag tags))
    (journal/write! journal {:key key, :result "looked-after"})))

(defn- slowing-retry
  "Returns the policy of retries, which slows the whole run down if S3 says so."
  [{:keys [attempts pause] :or {attempts 10, pause 1}} pace]
  {:attempts attempts
   :pause!   (fn [e n]
               (when (= :karamon.s3/slow-down (:type (ex-data e)))
                 (pace/slow! pace))
               (retry/pause! pause n))})

(defn md5-etags!
  "Turns the ETags of all objects below an address into MD5s; karamon.s3/md5-etags! documents the options and the result."
  [client address options]
  (Options/check options checks "md5-etags!" :karamon.s3/bad-option)
  (let [{:keys [dry-run resume start-after concurrency pause] :or {concurrency 16, pause 1}} options
        {:keys [bucket key] :as address} (address/bucket address)
        pace    (pace/pace concurrency pause)
        asking  (ask/asking client options (slowing-retry options pace))
        stopped (atom nil)
        [journal {:keys [pending mark]}]
        (when (and (:journal options) (not dry-run))
          (journal/open! (:journal options) {:bucket bucket, :prefix (or key "")} (boolean resume)))]
    (try
      (settle-pending! asking bucket journal pending)
      (let [start-after (or mark start-after)
            state       (atom (tally/tally start-after))]
        (work-through! {:asking asking, :address address, :start-after start-after, :state state, :stopped stopped
                        :journal journal, :pace pace, :work! (worker asking address journal stopped options)}
                       options)
        (cond-> (assoc (tally/report @state) :failures (:failures @state))
          @stopped (assoc :stopped @stopped)))
      (finally
        (some-> ^Closeable journal .close)))))
