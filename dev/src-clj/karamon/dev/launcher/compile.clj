(ns karamon.dev.launcher.compile
  "Compiles the commands ahead of time. Builds and the launcher run it in a separate JVM with direct linking:

      java -Dclojure.compiler.direct-linking=true -cp … clojure.main -m karamon.dev.launcher.compile COMMANDS FOLDER [OTHERS]

  Empties COMMANDS, copies FOLDER there, and adds the classes of `karamon.dev`. They call the namespaces of other artifacts by their
  vars, so that they run with any version of those. Writes the classes of these namespaces to the folder OTHERS, if it is named."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.build.sources :as sources])
  (:import
   (java.io File Writer)
   (java.time Instant)))

(set! *warn-on-reflection* true)

(defn- path [ns-name]
  (str/escape (str ns-name) {\. "/", \- "_"}))

(defn- compiled?
  "Returns true if the class path has a compiled namespace, as Clojure's own jar does."
  [ns-name]
  (some? (io/resource (str (path ns-name) "__init.class"))))

(defn- libraries
  "Returns the namespaces that functions and commands may load besides those of `karamon.dev`."
  []
  (mapcat sources/sibling-namespaces
          (filter io/resource ["karamon/gateway.clj" "karamon/s3.clj" "karamon/dev/s3_server.clj"])))

(defn- unlink
  "Makes calls of a namespace's functions go through their vars, and those of its protocols through their functions: the
  classes that a direct call names may not exist at run time."
  [ns-name]
  (doseq [v (vals (ns-interns ns-name))]
    (alter-meta! v #(-> % (assoc :redef true) (dissoc :protocol)))))

(defn- compile-all
  "Compiles namespaces to the folder `target`, each one before those that require it."
  [ns-names target]
  (.mkdirs (io/file target))
  (dosync (alter @#'clojure.core/*loaded-libs* #(reduce disj % ns-names)))
  ;; Clojure warns of protocols that are defined again.
  (binding [*compile-path* (str target), *err* (Writer/nullWriter)]
    (doseq [n ns-names :when (not (contains? (loaded-libs) n))]
      (compile n))))

(defn- files [folder]
  (filter #(.isFile ^File %) (file-seq (io/file folder))))

(defn- copy
  "Copies the files in the folder `from` to the folder `to`."
  [from to]
  (let [root (.toPath (io/file from))]
    (doseq [^File file (files from)
            :let [target (io/file to (str (.relativize root (.toPath file))))]]
      (io/make-parents target)
      (io/copy file target))))

(defn- date
  "Gives classes a date after that of all other files, the same in every build. Clojure loads a class only if it is newer than
  its source."
  [folder]
  (doseq [^File file (files folder)]
    (.setLastModified file (.toEpochMilli (Instant/parse (if (str/ends-with? (.getName file) ".class")
                                                           "2000-01-02T00:00:00Z"
                                                           "2000-01-01T00:00:00Z"))))))

(defn -main
  "Compiles, and ends the process."
  [target folder & [others]]
  (let [commands (sources/sibling-namespaces "karamon/dev/main.clj")]
    (run! require (concat commands (libraries)))
    (let [required (remove (into #{} commands) (remove compiled? (loaded-libs)))]
      (run! io/delete-file (files target))
      (copy folder target)
      ;; Clojure too: the names of its classes differ from version to version.
      (run! unlink (remove (into #{} commands) (map ns-name (all-ns))))
      (compile-all commands target)
      (date target)
      (when others
        (compile-all required others))
      (println "Compiled" (count commands) "namespaces ahead of time")
      (shutdown-agents))))
