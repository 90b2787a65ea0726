(ns karamon.dev.gateway.reload
  "Loads saved code into the running process: the namespaces whose files changed and those that depend on them. If one doesn't
  load, every var gets its previous value back, so the last good code stays.

  There is no notification of saves: it isn't sent for every file system. Instead whoever needs the code looks, from time to
  time. A thread loads, since a namespace may take long to load."
  (:require
   [clojure.tools.namespace.dependency :as dependency]
   [clojure.tools.namespace.file :as file]
   [clojure.tools.namespace.track :as track]
   [karamon.dev.changes :as changes]))

(set! *warn-on-reflection* true)

(def scan-ms
  "How often a server looks for saved files at most, in milliseconds."
  50)

(defn- still-orphans
  "Returns a map of each orphan to its former file. An orphan is a loaded namespace that a file declared, and that no file
  declares now. Candidates are those in `known` and in the file map `before`."
  [before {::file/keys [filemap]} known]
  (let [declared (set (vals filemap))]
    (into {}
          (filter (fn [[n _]] (and (not (declared n)) (find-ns n))))
          (concat (map (fn [[f n]] [n f]) before) known))))

(defn- orphan-failure
  "Returns a failure if there are orphans: without it, they and the namespaces that depend on them would run code whose source
  is gone."
  [orphaned {::file/keys [filemap] ::track/keys [deps]}]
  (when-let [[n f] (first orphaned)]
    {:namespace n
     :exception (ex-info (str f " no longer declares " n) {:type ::orphan, :namespace n, :file (str f)})
     :stale     (into (set (keys orphaned))
                      (filter #(some orphaned (dependency/transitive-dependencies deps %)))
                      (vals filemap))}))

(defn watch
  "Returns a watcher of the Clojure files in `folders`. Their present state counts as loaded.

  * `:scan-ms` -- `current` looks for saved files at most this often (default 0: on each call)
  * `:wait-ms` -- how long `current` waits for a namespace that is being loaded (default 10,000)
  * `:around` -- a function that calls its argument, which loads a namespace (default: only calls it)"
  ([folders] (watch folders {}))
  ([folders {:keys [scan-ms wait-ms around] :or {scan-ms 0, wait-ms 10000, around #(%)}}]
   (let [now (changes/stamps folders)]
     (atom {:folders folders
            :around  around
            :scan-ns (* 1000000 scan-ms)
            :wait-ms wait-ms
            :looked  (System/nanoTime)
            :stamps  now
            :tracker (changes/tracker now)
            :stale   []
            :orphans {}
            :failed  nil
            :loading nil}))))

(defn files
  "Returns a map of each namespace in the watched folders to its file."
  [watcher]
  (into {} (map (fn [[f n]] [n f])) (::file/filemap (:tracker @watcher))))

(defn- snapshot [ns-name]
  (vec (for [[_ ^clojure.lang.Var v] (ns-interns ns-name)]
         {:var v, :meta (meta v), :bound (.hasRoot v), :root (when (.hasRoot v) (.getRawRoot v))})))

(defn- restore [ns-name before]
  (let [kept (into #{} (map :var) before)]
    (doseq [[sym v] (ns-interns ns-name) :when (not (kept v))]
      (ns-unmap ns-name sym))
    (doseq [{:keys [^clojure.lang.Var var meta bound root]} before]
      (reset-meta! var meta)
      (if bound (.bindRoot var root) (.unbindRoot var)))))

(defn- drop-removed
  "Unmaps handlers that the new code no longer defines. Their metadata is unchanged, since `def` gives a var new metadata each
  time."
  [ns-name before]
  (doseq [{:keys [var meta root]} before
          :when (and (or (:karamon/gateway meta) (:karamon/lambda meta) (:karamon/gateway (clojure.core/meta root)))
                     (identical? meta (clojure.core/meta var)))]
    (ns-unmap ns-name (:name meta))))

(defn- load-all
  "Reloads namespaces in order. If one fails, restores all of them and returns its `:namespace` and `:exception`; else nil."
  [around ns-names]
  (let [before (into {} (map (juxt identity snapshot)) ns-names)]
    (loop [[n & more] ns-names]
      (when n
        (if-let [e (try (around #(require n :reload)) nil (catch Throwable e e))]
          (do (doseq [[n vars] before] (restore n vars))
              {:namespace n, :exception e})
          (do (drop-removed n (before n))
              (recur more)))))))

(defn- plan
  "Returns what the saved files change, if their stamps are `after` now. `:ordered` are the namespaces to load."
  [{:keys [tracker stale orphans stamps]} after]
  (let [scanned  (changes/scan tracker stamps after)
        declared (set (vals (::file/filemap scanned)))
        orphaned (still-orphans (::file/filemap tracker) scanned orphans)]
    {:stamps   after
     :scanned  scanned
     ;; A namespace that no file declares can't be loaded. It may be one of a file that is corrected now.
     :ordered  (filterv #(and (declared %) (find-ns %)) (distinct (concat (::track/load scanned) stale)))
     :orphaned orphaned
     :orphan   (orphan-failure orphaned scanned)}))

(defn- finished
  "Returns the state of the watcher after the load of a plan. `broken` is what `load-all` returned. The failure of an interrupted
  load doesn't count."
  [{:keys [orphans loading] :as state} {:keys [stamps scanned ordered orphaned orphan]} broken]
  (let [broken (some-> broken (assoc :stale (set ordered)))
        failed (if (and broken orphan) (update broken :stale into (:stale orphan)) (or broken orphan))]
    (assoc state
           :looked  (if (:interrupted loading) (- (System/nanoTime) (:scan-ns state)) (:looked state))
           :stamps  stamps
           :tracker (changes/settled scanned)
           :stale   (if broken ordered [])
           :orphans orphaned
           :failed  (when-not (and broken (:interrupted loading))
                      (some-> failed (assoc :new (boolean (or broken (not= orphans orphaned))))))
           :loading nil)))

(defn- begin-load
  "Starts a thread that carries out a plan. Calls `report` with a new failure."
  [watcher {:keys [ordered orphan stamps] :as plan} report]
  (let [done   (promise)
        work   (bound-fn []
                 (let [broken (load-all (:around @watcher) ordered)
                       failed (:failed (locking watcher (swap! watcher finished plan broken)))]
                   (try
                     (when (:new failed) (report failed))
                     (finally (deliver done true)))))
        thread (doto (Thread. ^Runnable work "reload")
                 (.setDaemon true)
                 (.setContextClassLoader (.getContextClassLoader (Thread/currentThread))))]
    (swap! watcher assoc :loading {:namespaces (into (set ordered) (:stale orphan))
                                   :stamps     stamps
                                   :since      (System/nanoTime)
                                   :thread     thread
                                   :done       done})
    (.start thread)))

(defn- interrupt-slow
  "Interrupts a load that takes long after another save, which may correct it. Does so again if the code has ignored that."
  [watcher {:keys [^Thread thread since stamps]} after]
  (when (and (not= after stamps)
             (< (* 1000000 (long (:wait-ms @watcher))) (- (System/nanoTime) (long since))))
    (swap! watcher assoc-in [:loading :interrupted] true)
    (.interrupt thread)))

(defn- due? [{:keys [looked scan-ns]}]
  (<= (long scan-ns) (- (System/nanoTime) (long looked))))

(defn- look
  "Looks for saved files and starts to load them, unless a load is running. Does nothing if that isn't due, unless `now?`."
  [watcher now? report]
  (when (or now? (due? @watcher))
    ;; Whoever comes while another thread looks waits, since it may have to see what that finds.
    (locking watcher
      (when (or now? (due? @watcher))
        (let [start (System/nanoTime)
              {:keys [folders stamps loading]} @watcher
              after (changes/stamps folders)]
          (swap! watcher assoc :looked start)
          (cond
            loading             (interrupt-slow watcher loading after)
            (not= stamps after) (begin-load watcher (plan @watcher after) report)))))))

(defn- still-loading
  "Returns the failure of a load that takes too long. Its stack trace says where the load is."
  [{:keys [wait-ms]} {:keys [namespaces ^Thread thread]} n]
  {:namespace n
   :stale     namespaces
   :exception (doto ^Throwable (ex-info (str "it is still loading after " (quot wait-ms 1000) " seconds") {:type ::slow, :namespaces namespaces})
                (.setStackTrace (.getStackTrace thread)))})

(defn current
  "Looks for saved files, at most as often as the watcher's `:scan-ms`, and starts to load them. Returns the failure of the last
  load, as `refresh` does; nil if there is none. Waits for a running load only if that affects the namespace `n`; for any if it is
  nil. So functions that a save doesn't affect don't wait for code that takes long to load.

  Calls `report` with each new failure, on the thread that loads."
  [watcher n report]
  (look watcher false report)
  (loop []
    (let [{:keys [loading failed wait-ms] :as state} @watcher]
      (cond
        (not (and loading (or (nil? n) (contains? (:namespaces loading) n)))) failed
        (deref (:done loading) wait-ms false) (do (look watcher false report) (recur))
        :else (still-loading state loading (or n (first (:namespaces loading))))))))

(defn refresh
  "Loads the files saved since the last call. Returns nil, or a map that describes a failure:

  * `:namespace` -- the namespace that didn't load, or that no file declares now
  * `:exception` -- why
  * `:stale` -- the namespaces that can't be loaded until that is fixed
  * `:new` -- true if no other call has returned it

  Thread-safe: it locks `watcher`."
  [watcher]
  (look watcher true (fn [_]))
  (some-> (:loading @watcher) :done deref)
  (:failed (first (swap-vals! watcher update :failed #(some-> % (assoc :new false))))))
