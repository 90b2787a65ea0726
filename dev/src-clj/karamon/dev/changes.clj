(ns karamon.dev.changes
  "Finds the Clojure files that were saved, and the namespaces that they affect."
  (:require
   [clojure.tools.namespace.file :as file]
   [clojure.tools.namespace.parse :as parse]
   [clojure.tools.namespace.track :as track])
  (:import
   (java.io File)
   (java.nio.file FileVisitOption FileVisitResult Files Path SimpleFileVisitor)
   (java.nio.file.attribute BasicFileAttributes)
   (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

(defn- source?
  "Returns true if the path is of a Clojure file. Hidden ones, such as editors make, aren't."
  [^Path path]
  (let [name (str (.getFileName path))]
    (and (not (.startsWith name "."))
         (or (.endsWith name ".clj") (.endsWith name ".cljc")))))

(defn walk
  "Calls `visit` with the path and the attributes of each file in `folder` whose path satisfies `wanted?`. Reads each folder once
  and each file's attributes once. Follows links, and leaves out what it can't read or what was deleted meanwhile."
  [folder wanted? visit]
  (Files/walkFileTree (.toPath (File. (str folder))) #{FileVisitOption/FOLLOW_LINKS} Integer/MAX_VALUE
    (proxy [SimpleFileVisitor] []
      (visitFile [path attributes]
        (when (and (.isRegularFile ^BasicFileAttributes attributes) (wanted? path))
          (visit path attributes))
        FileVisitResult/CONTINUE)
      (visitFileFailed [_ _] FileVisitResult/CONTINUE)
      (postVisitDirectory [_ _] FileVisitResult/CONTINUE))))

(defn stamp
  "Returns what changes when a file with these attributes is saved, or another one is moved over it."
  [^BasicFileAttributes attributes]
  [(.to (.lastModifiedTime attributes) TimeUnit/NANOSECONDS) (.size attributes) (.fileKey attributes)])

(defn stamps
  "Returns a map of each Clojure file in `folders` to its stamp."
  [folders]
  (let [found (volatile! (transient {}))]
    (doseq [folder folders]
      (walk folder source? (fn [^Path path attributes] (vswap! found assoc! (.toFile path) (stamp attributes)))))
    (persistent! @found)))

(defn sources
  "Returns the Clojure files in `folder`, in order. Hidden ones are left out."
  [folder]
  (sort (keys (stamps [folder]))))

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

(defn scan
  "Returns the tracker of tools.namespace updated with the changes between the stamps `before` and `after`."
  [tracker before after]
  (let [changed (for [[f stamp] after :when (not= stamp (before f))] f)
        gone    (concat (remove after (keys before)) (filter #(left? tracker %) changed))]
    ;; The namespaces stay in the tracker: it needs them to find what depends on a missing one.
    (reduce add-file (update tracker ::file/filemap #(apply dissoc % gone)) changed)))

(defn settled
  "Returns the tracker with nothing left to load."
  [tracker]
  (dissoc tracker ::track/load ::track/unload))

(defn tracker
  "Returns the tracker of the files with the stamps `now`, which count as loaded."
  [now]
  (settled (scan (track/tracker) {} now)))
