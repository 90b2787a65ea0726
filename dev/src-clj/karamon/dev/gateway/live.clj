(ns karamon.dev.gateway.live
  "Reads serverless.yml again when it, or a file that it includes, was saved. Reports Java classes that were saved, which a process
  loads only once."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.changes :as changes]
   [karamon.dev.failure :as failure]
   [karamon.dev.gateway.environment :as environment])
  (:import
   (java.io File)
   (java.nio.file Files LinkOption Path)
   (java.nio.file.attribute BasicFileAttributes)))

(set! *warn-on-reflection* true)

(def ^:private java-ms
  "How often to look for saved Java classes at most, in milliseconds. There may be many."
  1000)

(defn- stamp [file]
  (try
    (changes/stamp (Files/readAttributes (.toPath (io/file file)) BasicFileAttributes ^"[Ljava.nio.file.LinkOption;" (make-array LinkOption 0)))
    (catch java.io.IOException _ nil)))

(defn- stamps [files]
  (into {} (map (juxt identity stamp)) files))

(defn- files
  "Returns the files of a service. The names of those that the first one includes are relative to its folder."
  [{[file & included] :files}]
  (when file
    (let [folder (.toPath (or (.getParentFile (io/file file)) (io/file "")))]
      (cons (str file) (map #(str (.resolve folder ^String %)) included)))))

(defn- java?
  "Returns true for the source or the class of a Java class: not for classes that Clojure compiled, nor for inner ones."
  [^Path path]
  (boolean (re-matches #"[^$]+(?<!__init)\.(?:java|class)" (str (.getFileName path)))))

(defn- java-stamps [folders]
  (let [found (volatile! {})]
    (doseq [folder folders]
      (changes/walk folder java? (fn [path attributes] (vswap! found assoc (str path) (changes/stamp attributes)))))
    @found))

(defn class-folders
  "Returns the folders of this process's class path, and the usual ones of Java sources."
  []
  (->> (concat (str/split (System/getProperty "java.class.path") (re-pattern File/pathSeparator)) ["src-java" "src/main/java"])
       (filter #(.isDirectory (io/file %)))
       distinct))

(defn live
  "Returns the state of a service that stays up to date with its files.

  * `:service` -- as it was read, with its `:files`
  * `:read` -- a function that reads it again; nil if it can't be read again
  * `:prepare` -- a function of a service that returns what is derived from it
  * `:scan-ms` -- `current` looks for saved files at most this often (default 0)
  * `:class-folders` -- the folders to look for Java classes and sources in
  * `:log` -- a function that is called with each text for the terminal"
  [{:keys [service prepare scan-ms class-folders] :as options}]
  (atom {:options  (assoc options :scan-ns (* 1000000 (long (or scan-ms 0))))
         :service  service
         :prepared (prepare service)
         :stamps   (stamps (files service))
         :java     (java-stamps class-folders)
         :looked   (System/nanoTime)
         :java-looked (System/nanoTime)
         :failed   nil
         :unseen   nil}))

(defn- read-again
  "Returns the state after reading the service again. If that fails, the earlier service stays."
  [{:keys [options failed service] :as state}]
  (let [{:keys [read prepare log]} options
        file   (first (:files service))
        before (stamps (keys (:stamps state)))] ; not those after reading: it may be saved again meanwhile
    (try
      (let [service (read)]
        (log (str file " was saved: its routes, functions, schedules and environment are live."))
        (run! log (:warnings service))
        (some-> (environment/changed (:service state) service) log)
        (assoc state :service service, :prepared (prepare service), :stamps (merge (stamps (files service)) (select-keys before (files service))), :failed nil, :unseen nil))
      (catch Exception e
        (let [why (failure/message e)]
          (when (not= why failed)
            (log (str why "\nThe routes read before stay in use: fix the file and save it.")))
          (cond-> (assoc state :stamps before, :failed why)
            (not= why failed) (assoc :unseen why)))))))

(defn- report-java [{:keys [options java] :as state}]
  (let [now   (java-stamps (:class-folders options))
        saved (sort (for [[file stamp] now :when (not= stamp (java file))] file))
        names (str (str/join ", " (take 3 saved)) (when (< 3 (count saved)) (str " and " (- (count saved) 3) " more")))
        [built sources] ((juxt filter remove) #(str/ends-with? % ".class") saved)]
    (when (seq saved)
      ((:log options)
       (str names (if (next saved) " were" " was") " saved. A process loads a Java class once: "
            (if (and (seq sources) (empty? built)) "compile and " "") "restart to use the new code.")))
    (assoc state :java now, :java-looked (System/nanoTime))))

(defn- due? [since ns]
  (<= (long ns) (- (System/nanoTime) (long since))))

(defn- look
  "Returns the state after looking for saved files."
  [{:keys [options failed looked java-looked] :as state}]
  (let [java-ns (max (long (:scan-ns options)) (if (pos? (long (:scan-ns options))) (* 1000000 (long java-ms)) 0))]
    (cond-> state
      (and (:read options) (due? looked (:scan-ns options)))
      ;; After a failure, reads again each time: the file that was missing may be there now.
      (as-> state
        (if (or failed (not= (:stamps state) (stamps (keys (:stamps state))))) (read-again state) state)
        (assoc state :looked (System/nanoTime)))
      (due? java-looked java-ns)
      report-java)))

(defn now
  "Looks for saved files. Returns what is derived from the service now."
  [live]
  (let [{:keys [options looked java-looked]} @live]
    (when (or (due? looked (:scan-ns options)) (due? java-looked (* 1000000 (long java-ms))))
      (locking live
        (reset! live (look @live))))
    (:prepared @live)))

(defn current
  "Returns the same as `now`, with `:unseen` if the service can't be read for a reason that no other call of this function has
  returned."
  [live]
  (let [prepared (now live)]
    (if (:unseen @live)
      (let [[{:keys [prepared unseen]} _] (swap-vals! live assoc :unseen nil)]
        (assoc prepared :unseen unseen))
      prepared)))
