(ns karamon.dev.new.template
  "The files of a new project: those of the Maven archetype, filled in as it fills them in, in a folder that is there
  whole or not at all."
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
  "Returns a map of path to text: the files of the archetype `jar`, with `${name}` in texts and `__name__` in paths filled
  in from `values`, a map of strings."
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
  "Returns the folders above `folder` that aren't there, the outermost first."
  [^File folder]
  (reverse (take-while #(not (.exists ^File %)) (rest (take-while some? (iterate #(.getParentFile ^File %) folder))))))

(defn- path ^Path [^File file]
  (.toPath file))

(defn there?
  "Tells whether something of that name is there, a link to nowhere too."
  [^File file]
  (Files/exists (path file) (into-array [LinkOption/NOFOLLOW_LINKS])))

(defn write
  "Writes a map of path to text into `folder`, which must not be there, and makes the folders above it. The files are
  written beside it first; when anything fails, nothing is left. Throws IOException."
  [^File folder files]
  (let [folder  (.getAbsoluteFile folder)
        parents (missing-parents folder)
        beside  (io/file (.getParentFile folder) (str "." (.getName folder) "." (random-uuid)))]
    (try
      (doseq [parent parents]
        (Files/createDirectory (path parent) (make-array FileAttribute 0)))
      (doseq [[name text] files :let [file (io/file beside name)]]
        (Files/createDirectories (path (.getParentFile file)) (make-array FileAttribute 0))
        (Files/writeString (path file) text (make-array java.nio.file.OpenOption 0)))
      (Files/move (path beside) (path folder) (into-array CopyOption [StandardCopyOption/ATOMIC_MOVE]))
      (catch Throwable e
        (delete beside)
        (run! #(.delete ^File %) (reverse parents)) ; deletes no folder that holds something
        (throw e)))))
