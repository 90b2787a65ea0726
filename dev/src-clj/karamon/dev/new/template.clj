(ns karamon.dev.new.template
  "Writes the files of a new project: those of the Maven archetype, with the placeholders replaced as Maven replaces them. The
  folder is written completely or not at all."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io File InputStream)
   (java.nio.file CopyOption Files LinkOption Path StandardCopyOption)
   (java.nio.file.attribute FileAttribute)
   (java.util.zip ZipEntry ZipFile)))

(set! *warn-on-reflection* true)

(defn- fill-in [text pattern values]
  (str/replace text pattern (fn [[whole k]] (get values k whole))))

(defn files
  "Returns a map of path to text: the files of the archetype `jar`, with `${name}` in texts and `__name__` in paths replaced by
  the value of name in `values`, a map of strings."
  [jar values]
  (with-open [zip (ZipFile. (io/file jar))]
    (into (sorted-map)
          (for [^ZipEntry entry (enumeration-seq (.entries zip))
                :let  [[_ path] (re-matches #"archetype-resources/(.+)" (.getName entry))]
                :when (and path (not (.isDirectory entry)))]
            (with-open [in (.getInputStream zip entry)]
              [(fill-in path #"__(\w+?)__" values)
               (fill-in (String. (.readAllBytes ^InputStream in) "UTF-8") #"\$\{(\w+)\}" values)])))))

(defn- delete [^File folder]
  (run! #(io/delete-file % true) (reverse (file-seq folder))))

(defn- missing-parents
  "Returns the folders above `folder` that don't exist, the outermost first."
  [^File folder]
  (reverse (take-while #(not (.exists ^File %)) (rest (take-while some? (iterate #(.getParentFile ^File %) folder))))))

(defn- path ^Path [^File file]
  (.toPath file))

(defn exists?
  "Returns true if the file, folder or link exists, even a link to nothing."
  [^File file]
  (Files/exists (path file) (into-array [LinkOption/NOFOLLOW_LINKS])))

(defn write
  "Writes a map of path to text into `folder`, which must not exist, and creates the folders above it. Writes the files into a
  temporary folder next to it first; if anything fails, deletes all of them. Throws IOException."
  [^File folder files]
  (let [folder  (.getAbsoluteFile folder)
        parents (missing-parents folder)
        draft   (io/file (.getParentFile folder) (str "." (.getName folder) "." (random-uuid)))]
    (try
      (doseq [parent parents]
        (Files/createDirectory (path parent) (make-array FileAttribute 0)))
      (doseq [[name text] files :let [file (io/file draft name)]]
        (Files/createDirectories (path (.getParentFile file)) (make-array FileAttribute 0))
        (Files/writeString (path file) text (make-array java.nio.file.OpenOption 0)))
      (Files/move (path draft) (path folder) (into-array CopyOption [StandardCopyOption/ATOMIC_MOVE]))
      (catch Throwable e
        (delete draft)
        (run! #(.delete ^File %) (reverse parents)) ; deletes only empty folders
        (throw e)))))
