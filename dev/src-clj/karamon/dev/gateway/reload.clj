(ns karamon.dev.gateway.reload
  "Loads saved code into the running process: the namespaces whose files changed and those that depend on them. If one doesn't
  load, every var gets its previous value back, so the last good code stays."
  (:require
   [clojure.tools.namespace.dependency :as dependency]
   [clojure.tools.namespace.file :as file]
   [clojure.tools.namespace.find :as find]
   [clojure.tools.namespace.parse :as parse]
   [clojure.tools.namespace.track :as track])
  (:import
   (java.io File)))

(set! *warn-on-reflection* true)

(defn- stamps
  "Returns a map of each Clojure file in `folders` to its time and size, which change when it is saved."
  [folders]
  (into {} (for [folder folders, ^File f (find/find-sources-in-dir (File. (str folder)))]
             [f [(.lastModified f) (.length f)]])))

(defn- add-file
  "Adds the saved file `f` to the tracker. If its ns form can't be read, marks its previous namespace for loading, which then
  fails with the reason."
  [tracker f]
  (try
    (file/add-files tracker [f])
    (catch Exception _
      (update tracker ::track/load concat (some-> (get-in tracker [::file/filemap f]) list)))))

(defn- left?
  "Returns true if the saved file `f` no longer declares its previous namespace; false if the file can't be read."
  [tracker f]
  (when-let [was (get-in tracker [::file/filemap f])]
    (try
      (not= was (some-> (file/read-file-ns-decl f) parse/name-from-ns-decl))
      (catch Exception _ false))))

(defn- scan
  "Returns the tracker updated with the changes between the stamps `before` and `after`."
  [tracker before after]
  (let [changed (for [[f stamp] after :when (not= stamp (before f))] f)
        gone    (concat (remove after (keys before)) (filter #(left? tracker %) changed))]
    ;; The namespaces stay in the tracker: it needs them to find what depends on a missing one.
    (reduce add-file (update tracker ::file/filemap #(apply dissoc % gone)) changed)))

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
  "Returns a watcher of the Clojure files in `folders`. Their present state counts as loaded."
  [folders]
  (let [now (stamps folders)]
    (atom {:folders folders
           :stamps  now
           :tracker (dissoc (scan (track/tracker) {} now) ::track/load ::track/unload)
           :stale   []
           :orphans {}
           :failed  nil})))

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
  [ns-names]
  (let [before (into {} (map (juxt identity snapshot)) ns-names)]
    (loop [[n & more] ns-names]
      (when n
        (if-let [e (try (require n :reload) nil (catch Throwable e e))]
          (do (doseq [[n vars] before] (restore n vars))
              {:namespace n, :exception e})
          (do (drop-removed n (before n))
              (recur more)))))))

(defn refresh
  "Loads the files saved since the last call. Returns nil, or a map that describes a failure:

  * `:namespace` -- the namespace that didn't load, or that no file declares now
  * `:exception` -- why
  * `:stale` -- the namespaces that can't be loaded until that is fixed
  * `:new` -- true if this call found the failure

  Thread-safe: it locks `watcher`."
  [watcher]
  (locking watcher
    (let [{:keys [folders tracker stale failed orphans] before :stamps} @watcher
          after (stamps folders)]
      (if (= before after)
        (some-> failed (assoc :new false))
        (let [scanned  (scan tracker before after)
              ordered  (filterv find-ns (distinct (concat (::track/load scanned) stale)))
              orphaned (still-orphans (::file/filemap tracker) scanned orphans)
              broken   (some-> (load-all ordered) (assoc :stale (set ordered)))
              orphan   (orphan-failure orphaned scanned)
              failed   (if (and broken orphan) (update broken :stale into (:stale orphan)) (or broken orphan))]
          (swap! watcher assoc
                 :stamps  after
                 :tracker (dissoc scanned ::track/load ::track/unload)
                 :stale   (if broken ordered [])
                 :orphans orphaned
                 :failed  failed)
          (some-> failed (assoc :new (boolean (or broken (not= orphans orphaned))))))))))
