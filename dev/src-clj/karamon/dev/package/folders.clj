(ns karamon.dev.package.folders
  "The folders of a project whose files go into function.jar, and their copies, from which the package is compiled. A copy's sources
  are newer than any class, so Clojure compiles them instead of loading an old class."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io File)
   (java.nio.file CopyOption FileVisitOption Files LinkOption Path)
   (java.nio.file.attribute FileTime)
   (java.time Instant)))

(set! *warn-on-reflection* true)

(def ^:private late (FileTime/from (Instant/parse "2200-01-01T00:00:00Z")))

(defn- real ^Path [file]
  (.toRealPath (.toPath (io/file file)) (make-array LinkOption 0)))

(defn- project ^Path []
  (real ""))

(defn own?
  "Returns true if `entry` of the class path is a folder of the project in the current folder."
  [^File entry]
  (and (.isDirectory entry) (.startsWith (real entry) (project))))

(defn- built?
  "Returns true if a build tool writes the folder: its Clojure files are copies of sources, and maybe of deleted ones."
  [folder]
  (.startsWith (real folder) (.resolve (project) "target")))

(defn- nested? [a b]
  (let [a (real a)
        b (real b)]
    (or (.startsWith a b) (.startsWith b a))))

(defn- default-sources
  "Returns the usual folders of sources that exist and aren't on the class path already, whole or in part. Maven's own layout has
  more than sources in src."
  [on-class-path]
  (let [maven? (some #(.isDirectory (io/file "src" ^String %)) ["main" "test"])]
    (->> (if maven? ["src/main/clojure" "src/main/resources" "src-clj" "resources"] ["src" "src-clj" "resources"])
         (filter #(.isDirectory (io/file ^String %)))
         (remove (fn [folder] (some #(nested? folder %) on-class-path))))))

(defn of
  "Returns the project's folders, maps of `:folder` and `:built?`: those on the class path `entries`, then `sources` (default: the
  usual ones)."
  [entries sources]
  (let [own     (filter own? entries)
        sources (or (seq sources) (default-sources (remove built? own)))]
    (doseq [source sources :when (not (.isDirectory (io/file source)))]
      (throw (ex-info (str "No folder " source " in " (System/getProperty "user.dir") ": name folders of sources with --sources")
                      {:type ::no-folder, :folder source})))
    (when-let [whole (first (filter #(.startsWith (project) (real %)) (concat own sources)))]
      (throw (ex-info (str whole " is the whole project: name its folders of sources, such as src") {:type ::whole, :folder (str whole)})))
    (let [given (into #{} (map real) sources)]
      (concat (for [folder own :when (not (given (real folder)))] {:folder folder, :built? (built? folder)})
              (for [source (distinct sources)] {:folder (io/file source), :built? false})))))

(def ^:private left-out
  "Names of files that aren't the project's: those of editors and file systems, and Java sources."
  #"\.#.*|#.*#|.*~|\.DS_Store|.*\.java")

(defn- wanted? [^Path path built?]
  (let [name (str (.getFileName path))]
    (not (or (re-matches left-out name)
             (re-matches #"user\.cljc?" (str path))
             (and built? (re-matches #".*\.cljc?" name))))))

(defn- copy-file [^Path from ^Path to]
  (Files/createDirectories (.getParent to) (make-array java.nio.file.attribute.FileAttribute 0))
  (Files/copy from to ^"[Ljava.nio.file.CopyOption;" (make-array CopyOption 0))
  (Files/setLastModifiedTime to late))

(defn copy
  "Copies what belongs into a package from a folder into the new folder `target`."
  [{:keys [^File folder built?]} ^Path target]
  (Files/createDirectories target (make-array java.nio.file.attribute.FileAttribute 0))
  ;; Paths, not names: Java can't write every name where the locale is C, but it can copy the file.
  (let [root (.toPath folder)]
    (with-open [paths (Files/walk root (into-array FileVisitOption [FileVisitOption/FOLLOW_LINKS]))]
      (doseq [^Path path (iterator-seq (.iterator paths))
              :let  [below (.relativize root path)]
              :when (and (Files/isRegularFile path (make-array LinkOption 0)) (wanted? below built?))]
        (copy-file path (.resolve target below))))))

(defn- compiled-name
  "Returns the path, without ending, of the namespace that a class was compiled from, if Clojure made it."
  [path]
  (second (re-matches #"(.+?)(?:__init|__\d+|\$.*)\.class" path)))

(defn remove-old-classes
  "Deletes the classes in `folders` that an earlier build compiled from the namespaces there, or from those of libraries, which have
  the paths `libraries`: the new ones take their place. With :aot, Leiningen compiles both."
  [folders libraries]
  (let [files   (for [^File folder folders, ^File file (file-seq folder) :when (.isFile file)]
                  [(str/replace (str (.relativize (.toPath folder) (.toPath file))) "\\" "/") file])
        sources (into #{} (keep #(second (re-matches #"(.+)\.cljc?" %))) (concat (map first files) libraries))]
    (doseq [[path file] files :when (some-> (compiled-name path) sources)]
      (io/delete-file file))))
