(ns karamon.dev.test.watch
  "`./karamon test --watch`: runs tests again when files are saved."
  (:require
   [clojure.set :as set]
   [clojure.string :as str]
   [clojure.tools.namespace.dependency :as dependency]
   [clojure.tools.namespace.file :as file]
   [clojure.tools.namespace.reload :as reload]
   [clojure.tools.namespace.track :as track]
   [karamon.dev.changes :as changes]
   [karamon.dev.test.find :as find])
  (:import
   (java.io BufferedReader)
   (java.util.concurrent LinkedBlockingQueue TimeUnit)))

(set! *warn-on-reflection* true)

(def ^:private poll-ms
  "How often to look for saved files. A save counts when two looks in a row find the same files, since editors save several."
  150)

(defn- unread
  "Returns the namespaces that new files should declare by their paths, if their ns forms can't be read."
  [folders {::file/keys [filemap]}]
  (into #{} (comp (remove (comp filemap :file)) (map :namespace)) (find/files folders)))

(defn- affected
  "Returns the namespaces that the changes in the tracker `scanned` affect, and those that no file declares any more."
  [tracker scanned]
  (let [before (set (vals (::file/filemap tracker)))
        now    (set (vals (::file/filemap scanned)))
        gone   (set/difference before now)]
    {:gone    gone
     :touched (into (set (::track/load scanned))
                    (mapcat #(dependency/transitive-dependents (::track/deps scanned) %))
                    gone)}))

(defn start
  "Returns the state of watching `folders` as they are now. `run` is called with a set of namespaces to run the tests in, nil for
  all, and returns a map of `:failing`, a set of namespaces."
  [folders run]
  (let [now (changes/stamps folders)]
    {:folders folders, :run run, :stamps now, :tracker (changes/tracker now), :failing #{}}))

(defn step
  "Removes the namespaces that saved files affect, so that they are loaded again without what was removed from them, and runs the
  tests that depend on them and those that failed; all tests if `all?`. Returns the new state."
  [{:keys [folders tracker failing run] before :stamps :as state} all?]
  (let [now     (changes/stamps folders)
        scanned (changes/scan tracker before now)
        {:keys [gone touched]} (affected tracker scanned)]
    (run! reload/remove-lib (filter find-ns (concat gone touched)))
    (assoc state
           :stamps  now
           :tracker (changes/settled scanned)
           :failing (:failing (run (when-not all?
                                     (set/union (set/difference (set/union touched failing) gone) (unread folders scanned))))))))

(defn- read-keys
  "Starts a thread that puts `:all` into `queue` for each empty line of the input, and `:end` for a q; also at the end of the
  input, if that is a terminal's."
  [^BufferedReader in ^LinkedBlockingQueue queue terminal]
  (doto (Thread. (fn []
                   (loop []
                     (if-let [line (.readLine in)]
                       (do (case (str/trim line)
                             ""  (.put queue :all)
                             "q" (.put queue :end)
                             nil)
                           (recur))
                       (when terminal (.put queue :end)))))
                 "keys")
    (.setDaemon true)
    (.start)))

(defn watch
  "Runs all tests, and then, until the user ends it, those that saved files affect. Reads keys from `in`. `run` is as in
  `start`."
  [folders ^BufferedReader in terminal run]
  (let [queue (LinkedBlockingQueue.)
        ready (fn [state]
                (println (str "\nWatching " (str/join ", " folders) ". Enter runs all tests, q and Enter ends."))
                (flush)
                state)]
    (read-keys in queue terminal)
    (loop [state (ready (step (start folders run) true)), seen nil]
      (case (.poll queue poll-ms TimeUnit/MILLISECONDS)
        :end nil
        :all (recur (ready (step state true)) nil)
        (let [now (changes/stamps folders)]
          (if (and (= now seen) (not= now (:stamps state)))
            (recur (ready (step state false)) nil)
            (recur state now)))))))
