(ns karamon.test.compile
  "Compiles a module's Clojure in a separate JVM, for the build:

      java -cp … clojure.main -m karamon.test.compile INTO FOLDER…

  Any warning fails, including reflection: a namespace that a test has loaded already would hide its own. INTO is emptied
  first. The tests then run with the classes, which load much faster than the sources. Loads nothing that isn't compiled
  in Clojure's jar: what is loaded already isn't compiled, and compiled code that needs it wouldn't find its classes."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io File StringWriter)))

(set! *warn-on-reflection* true)

(defn- empty-folder [folder]
  (run! io/delete-file (filter #(.isFile ^File %) (file-seq (io/file folder))))
  (.mkdirs (io/file folder)))

(defn- namespaces
  "Returns the namespaces of the files below `folder`, by their paths."
  [folder]
  (let [root (.toPath (io/file folder))]
    (for [^File file (sort (file-seq (io/file folder)))
          :let  [[_ path] (re-matches #"(.+)\.clj" (str (.relativize root (.toPath file))))]
          :when path]
      (symbol (str/escape path {\/ ".", \_ "-"})))))

(defn- failure
  "Compiles the namespace `n`. Returns the problem with it, or nil."
  [n]
  (try
    (compile n)
    nil
    (catch Throwable e
      (let [root (last (take-while some? (iterate ex-cause e)))]
        (str n " doesn't compile: " (ex-message root) " " (select-keys (ex-data e) [:clojure.error/source :clojure.error/line]))))))

(defn compile-all
  "Compiles each namespace below `folders` to `target`, except those that match `without`, a regex or nil. Returns
  `{:namespaces n, :problems [string …]}`."
  [target folders without]
  (let [found      (remove #(and without (re-matches without (str %))) (mapcat namespaces folders))
        before     (loaded-libs)
        warnings   (StringWriter.)]
    (empty-folder target)
    (let [failures (binding [*err* warnings, *warn-on-reflection* true, *compile-path* (str target)]
                     ;; A namespace that another needed is compiled already.
                     (reduce (fn [failures n]
                               (if (and (contains? (loaded-libs) n) (not (before n)))
                                 failures
                                 (into failures (some-> (failure n) list))))
                             [] found))]
      {:namespaces (count found)
       :problems   (cond-> failures
                     (not (str/blank? (str warnings))) (conj (str warnings)))})))

(defn -main
  "Compiles, and ends the process with 1 if there are problems."
  [target & folders]
  (let [[folders [_ without]] (split-with #(not= "--without" %) folders)
        {n :namespaces, :keys [problems]} (compile-all target folders (some-> without re-pattern))]
    (if (or (zero? n) (seq problems))
      (do (binding [*out* *err*]
            (run! println (or (seq problems) [(str "No namespace in " (str/join ", " folders))])))
          (System/exit 1))
      (println "Compiled" n "namespaces without a warning"))
    (shutdown-agents)))
