(ns karamon.dev.package.compile
  "Compiles Clojure and lays out a function package, in a JVM of its own: its class path is the function's, and karamon-dev.
  `karamon.dev.package` starts it. Needs no library but Clojure and Karamon."
  (:require
   [clojure.core.specs.alpha] ; Clojure loads it on the way: while it compiles, that would put its classes into the package.
   [clojure.edn :as edn]
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.build.jars :as jars]
   [karamon.dev.build.sources :as sources]
   [karamon.dev.failure :as failure])
  (:import
   (clojure.lang Compiler ExceptionInfo LineNumberingPushbackReader)
   (java.io File IOException)))

(set! *warn-on-reflection* true)

(defn- namespaces-for-functions
  "Returns the namespaces of Karamon that functions load: those of the artifact karamon without karamon.local, and those of
  karamon-s3 if that is on the class path."
  []
  (->> ["karamon/gateway.clj" "karamon/s3.clj"]
       (filter io/resource)
       (mapcat sources/sibling-namespaces)
       (remove #(re-matches #"karamon\.local\b.*" (str %)))))

(defn- stem [n]
  (str/escape (str n) {\. "/", \- "_"}))

(defn- source
  "Returns the path in `folders` of a namespace's source, and the file, as Clojure would find it."
  [folders n]
  (first (for [ending [".clj" ".cljc"], folder folders
               :let [path (str (stem n) ending), file (io/file folder path)]
               :when (.isFile file)]
           [path file])))

(defn- part-of-a-namespace?
  "Returns true if a file is for `load`: it has forms, and none of them is an `ns` form. False if it can't be read: compiling it
  says why."
  [^File file]
  (try
    (with-open [in (LineNumberingPushbackReader. (io/reader file))]
      (binding [*read-eval* false, *default-data-reader-fn* tagged-literal]
        (loop [in-ns? false]
          (let [form (read {:read-cond :allow, :eof ::end} in)
                head (when (seq? form) (first form))]
            (cond
              (= ::end form) true
              (= 'ns head)   false
              in-ns?         true
              :else          (recur (= 'in-ns head)))))))
    (catch Exception _ false)))

(defn- namespaces
  "Returns the namespaces to compile: those in `folders` and Karamon's, without those that `without` matches."
  [folders without]
  (let [own (remove #(part-of-a-namespace? (second (source folders %))) (sources/namespaces folders))]
    (remove #(and without (re-matches without (str %)))
            (distinct (concat (namespaces-for-functions) own)))))

(defn- compile-all
  "Compiles namespaces and returns a message for each that failed. Skips a namespace that was compiled meanwhile because
  another requires it. Namespaces that were loaded before, such as this one, are compiled all the same."
  [namespaces]
  (let [before (loaded-libs)]
    (vec (for [n     namespaces
               :when (or (before n) (not (contains? (loaded-libs) n)))
               :let  [exception (try (compile n) nil (catch Throwable e e))]
               :when exception]
           (failure/load-text {:namespace n, :exception exception})))))

(defn- emitted? [n]
  (.isFile (io/file *compile-path* (str (stem n) "__init.class"))))

(defn- compile-source
  "Compiles a namespace from its source in `folders`, even if the class path has a newer class of it."
  [folders n]
  (when-let [[path ^File file] (source folders n)]
    (with-open [in (io/reader file)]
      (binding [*compile-files* true]
        (Compiler/compile in path (.getName file))))))

(defn- emit-the-rest
  "Compiles those of `namespaces` that have no class yet: Clojure loaded a class of theirs that is newer than their source.
  Returns a message for each that has none even so."
  [folders namespaces]
  (vec (for [n     (remove emitted? namespaces)
             :let  [exception (try (compile-source folders n) nil (catch Throwable e e))]
             :when (not (emitted? n))]
         (if exception
           (failure/load-text {:namespace n, :exception exception})
           (str n " was loaded but not compiled: no class of it was written. Is there another one on the class path?")))))

(defn- own-files
  "Returns a map of the paths in function.jar to their files: compiled classes, then what is in `folders`, whose first file wins.
  Clojure sources that have a class, or whose namespace `without` matches, are left out."
  [folders classes without]
  (let [compiled (jars/paths classes)]
    (into (sorted-map)
          (concat (for [folder (reverse folders)
                        path   (jars/paths folder)
                        :when  (not (or (compiled (jars/compiled-path path))
                                        (when without (some->> (sources/path->namespace path) str (re-matches without)))))]
                    [path (io/file folder path)])
                  (for [path compiled]
                    [path (io/file classes path)])))))

(defn- write-lib
  "Writes function.jar and the jars of the class path `entries` into the folder `lib`."
  [lib folders classes entries without]
  (let [own (own-files folders classes without)]
    (.mkdirs (io/file lib))
    (jars/pack-files (io/file lib jars/own) own)
    (jars/copy-all entries lib (set (keys own)))))

(defn- build
  "Returns messages of what failed; empty if the folder `work` has the package's lib/ now."
  [work {:keys [folders entries without]}]
  (let [folders    (mapv #(io/file work %) folders)
        without    (some-> without re-pattern)
        classes    (doto (io/file work "classes") .mkdirs)
        namespaces (namespaces folders without)]
    (binding [*compile-path* (str classes)]
      (or (seq (compile-all namespaces))
          (seq (emit-the-rest folders namespaces))
          (do (write-lib (io/file work "lib") folders classes entries without)
              (println "Compiled" (count namespaces) (if (= 1 (count namespaces)) "namespace" "namespaces"))
              nil)))))

(defn run
  "Does what `request.edn` in the folder `work` says, and returns the exit code."
  [work]
  (let [failures (try
                   (build work (edn/read-string (slurp (io/file work "request.edn"))))
                   (catch ExceptionInfo e [(ex-message e)])
                   (catch IOException e [(str "The package can't be made: " (failure/summary e))]))]
    (binding [*out* *err*] (run! println failures))
    (if failures 1 0)))

(defn -main
  "Builds and ends the process with the exit code."
  [work]
  (let [code (run work)]
    (flush)
    (shutdown-agents)
    (System/exit code)))
