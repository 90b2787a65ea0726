(ns karamon.dev.new.template
  "Writes the files of a new project: those of the template, which is also the Maven archetype's, with the placeholders replaced
  as Maven replaces them. A new folder is written completely or not at all."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io File)
   (java.nio.file CopyOption Files LinkOption OpenOption Path StandardCopyOption)
   (java.nio.file.attribute FileAttribute)
   (karamon.file Draft Leftovers)))

(set! *warn-on-reflection* true)

(def shared
  "The paths of the files that projects of all build tools have."
  [".gitignore" "README.md" "events/hello.json" "package.json" "serverless.yml" "__sources__/__packageInPathFormat__/core.clj"
   "test/__packageInPathFormat__/core_test.clj"])

(defn- fill-in [text pattern values]
  (str/replace text pattern (fn [[whole k]] (get values k whole))))

(defn files
  "Returns a map of path to text: the shared files and `build-files`, with `${name}` in texts and `__name__` in paths replaced by
  the value of name in `values`, a map of strings."
  [build-files values]
  (into (sorted-map)
        (for [path (concat shared build-files)]
          [(fill-in path #"__(\w+?)__" values)
           (fill-in (slurp (io/resource (str "karamon/dev/new/.template/" path)) :encoding "UTF-8") #"\$\{(\w+)\}" values)])))

(defn- missing-parents
  "Returns the folders above `folder` that don't exist, the outermost first."
  [^File folder]
  (reverse (take-while #(not (.exists ^File %)) (rest (take-while some? (iterate #(.getParentFile ^File %) folder))))))

(defn- path ^Path [^File file]
  (.toPath file))

(defn- exists?
  "Returns true if the file, folder or link exists, even a link to nothing."
  [^File file]
  (Files/exists (path file) (into-array [LinkOption/NOFOLLOW_LINKS])))

(defn occupied
  "Returns nil if a project can be written into `folder`: it is missing or empty but for a .git. Otherwise returns a message."
  [^File folder]
  (let [other (first (sort (remove #{".git"} (.list folder))))]
    (cond
      other                      (str folder " has files already, such as " other ": choose another name, or an empty folder")
      (.isDirectory folder)      nil
      (exists? folder)           (str folder " exists already and isn't a folder: choose another name, or move it away"))))

(defn- save-all
  "Writes a map of path to text into the folder."
  [folder files]
  (doseq [[name text] files :let [file (io/file folder name)]]
    (Files/createDirectories (path (.getParentFile file)) (make-array FileAttribute 0))
    (Files/writeString (path file) text (make-array OpenOption 0))))

(defn- write-new
  "Writes the files into `folder`, which appears when it is complete, and creates the folders above it."
  [^File folder files]
  (let [parents (missing-parents folder)]
    (try
      (doseq [parent parents]
        (Files/createDirectory (path parent) (make-array FileAttribute 0)))
      (with-open [draft (Draft/folder (path folder))]
        (save-all (.toFile (.path draft)) files)
        (.moveTo draft (path folder)))
      (catch Throwable e
        (run! #(.delete ^File %) (reverse parents)) ; deletes only empty folders
        (throw e)))))

(defn- move-all
  "Moves what is in the folder `from` into the folder `to`; deletes it there if anything fails or the process ends."
  [^File from ^File to]
  (let [names   (sort (.list from))
        targets (map #(path (io/file to %)) names)]
    (run! #(Leftovers/add %) targets)
    (try
      (doseq [name names]
        (Files/move (path (io/file from name)) (path (io/file to name)) (into-array CopyOption [StandardCopyOption/ATOMIC_MOVE])))
      (run! #(Leftovers/keep %) targets)
      (catch Throwable e
        (run! #(Leftovers/delete %) targets)
        (throw e)))))

(defn- write-existing
  "Writes the files into the empty `folder`, which may be the current folder of a shell: so it is never replaced."
  [^File folder files]
  (with-open [draft (Draft/folder (path (io/file folder "karamon-new")))]
    (save-all (.toFile (.path draft)) files)
    (move-all (.toFile (.path draft)) folder)))

(defn write
  "Writes a map of path to text into `folder`, which is missing or empty. If anything fails, nothing is left. Throws
  IOException."
  [^File folder files]
  (let [folder (.getAbsoluteFile folder)]
    ((if (.isDirectory folder) write-existing write-new) folder files)))
