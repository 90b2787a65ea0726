(ns karamon.dev.build.jars
  "Writes jars that load fast: uncompressed, and without Clojure sources whose classes are in the package. Clojure then has
  no dates to compare. For function packages and images. Needs no library but Clojure."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io BufferedOutputStream File InputStream)
   (java.nio.file Files OpenOption StandardOpenOption)
   (java.time LocalDateTime ZoneOffset)
   (java.util.zip CRC32 ZipEntry ZipFile ZipOutputStream)))

(set! *warn-on-reflection* true)

(def ^:private ^LocalDateTime stamp
  "The date of entries without one of their own. It is fixed, so the same content makes the same jar."
  (LocalDateTime/of 2020 1 1 0 0 0))

(defn content-date
  "Returns an Instant computed from the content of `file`. An archive of classes identifies a jar by its size and its date, so
  it rejects a jar with other content than the one it was made with. In even seconds, the precision of zips."
  [^File file]
  (let [crc (doto (CRC32.) (.update (Files/readAllBytes (.toPath file))))]
    (.toInstant (.plusSeconds stamp (* 2 (bit-and (.getValue crc) 0xffffff))) ZoneOffset/UTC)))

(defn- put [^ZipOutputStream out ^String path ^LocalDateTime time ^bytes content]
  (let [crc (doto (CRC32.) (.update content))]
    (.putNextEntry out (doto (ZipEntry. path)
                         (.setTimeLocal time)
                         (.setMethod ZipEntry/STORED)
                         (.setSize (alength content))
                         (.setCrc (.getValue crc))))
    (.write out content)
    (.closeEntry out)))

(def ^:private ^"[Ljava.nio.file.OpenOption;" new-file
  "The options that open a file only if nothing has its name, such as a link."
  (into-array OpenOption [StandardOpenOption/WRITE StandardOpenOption/CREATE_NEW]))

(defn- write-zip
  "Calls `f` with a ZipOutputStream that writes the new file, and returns the file."
  [^File file f]
  ;; If writing fails, closing the zip fails too: that error would hide the cause, such as a full disk.
  (with-open [raw (BufferedOutputStream. (Files/newOutputStream (.toPath file) new-file))]
    (let [out (ZipOutputStream. raw)]
      (f out)
      (.close out)))
  file)

(defn- write
  "Writes `[path time content-fn]`s into the new jar `file`, and returns it."
  [^File file entries]
  (write-zip file (fn [out]
                    (doseq [[path time content] entries]
                      (put out path time (content))))))

(defn compiled-path
  "Returns the path of the class that a source is compiled to; nil if `path` isn't a Clojure source."
  [path]
  (when-let [[_ stem] (re-matches #"(.+)\.cljc?" path)]
    (str stem "__init.class")))

(defn- bytes-of ^bytes [^ZipFile zip ^ZipEntry entry]
  (with-open [in (.getInputStream zip entry)]
    (.readAllBytes ^InputStream in)))

(defn copy
  "Writes the entries of `jar` into the new jar `target`, uncompressed, and returns `target`.

  * `elsewhere` -- a set of paths of files in another jar, left out here; a source is left out if its class is one of them, or is
    in the jar itself
  * `leave-out?` -- a predicate of paths; entries for which it returns true are left out too"
  [jar ^File target elsewhere leave-out?]
  (with-open [zip (ZipFile. (io/file jar))]
    (let [entries (vec (enumeration-seq (.entries zip)))
          class?  (into elsewhere (map #(.getName ^ZipEntry %)) entries)]
      (write target
             (for [^ZipEntry entry entries
                   :let  [path (.getName entry)]
                   :when (not (or (class? (compiled-path path)) (elsewhere path) (leave-out? path)))]
               [path (.getTimeLocal entry) #(bytes-of zip entry)])))))

(defn pack
  "Writes the files of `zip` whose paths satisfy `in?` into the new jar `target`, uncompressed, and returns `target`."
  [^ZipFile zip ^File target in?]
  (write target
         (for [^ZipEntry entry (sort-by #(.getName ^ZipEntry %) (enumeration-seq (.entries zip)))
               :when (and (in? (.getName entry)) (not (.isDirectory entry)))]
           [(.getName entry) stamp #(bytes-of zip entry)])))

(defn paths
  "Returns the set of the paths of all files in `folder`."
  [folder]
  (let [root (.toPath (io/file folder))]
    (into #{}
          (comp (filter #(.isFile ^File %))
                (map #(str/replace (str (.relativize root (.toPath ^File %))) "\\" "/")))
          (file-seq (io/file folder)))))

(def own
  "The name of the jar that has the user's code."
  "function.jar")

(def ^:private ^LocalDateTime late
  "The date of the user's classes. Clojure loads the class, since it is newer than a source elsewhere on the class path."
  (LocalDateTime/of 2099 12 31 0 0 0))

(defn pack-files
  "Writes the new jar `target` from a sorted map of paths to files, uncompressed, and returns `target`."
  [^File target files]
  (write target (for [[path ^File file] files] [path late #(Files/readAllBytes (.toPath file))])))

(defn entry-paths
  "Returns the set of the paths of all files in an entry of the class path, a jar or a folder."
  [^File entry]
  (if (.isDirectory entry)
    (paths entry)
    (with-open [zip (ZipFile. entry)]
      (into #{} (map #(.getName ^ZipEntry %)) (enumeration-seq (.entries zip))))))

(defn zip-folder
  "Writes the files in `folder` into the new zip `target`, each below `prefix`, compressed, and returns `target`."
  [folder ^File target prefix]
  (write-zip target (fn [^ZipOutputStream out]
                      (doseq [path (sort (paths folder))]
                        (.putNextEntry out (doto (ZipEntry. (str prefix path)) (.setTimeLocal stamp)))
                        (Files/copy (.toPath (io/file folder path)) out)
                        (.closeEntry out)))))

(def ^:private parts-of-a-build
  "Names of folders that don't say whose they are."
  #{"target" "classes" "src" "src-clj" "main" "clojure" "clj" "java" "resources"})

(defn- jar-name
  "Returns the name of the jar for an entry of the class path, in ASCII: Java doesn't open others where the locale is C. That of a
  folder such as common/src is common.jar."
  [^File entry]
  (let [folders (remove str/blank? (str/split (str (.getAbsoluteFile entry)) #"[/\\\\]"))
        name    (if (.isDirectory entry)
                  (str (or (last (remove parts-of-a-build folders)) "folder") ".jar")
                  (.getName entry))]
    (str/replace name #"[^A-Za-z0-9._-]" "_")))

(defn- target-names
  "Returns names for `entries` that go into one folder: their own, with a number in front if an earlier one, or function.jar, has
  that name."
  [entries]
  (rest (reduce (fn [names entry]
                  (let [name (jar-name entry)]
                    (conj names (first (remove (set names) (cons name (map #(str % "-" name) (iterate inc 2))))))))
                [own]
                entries)))

(defn has?
  "Returns true if an entry of the class path, a jar or a folder, has the file `path`."
  [^File entry path]
  (if (.isDirectory entry)
    (.exists (io/file entry path))
    (with-open [zip (ZipFile. entry)]
      (some? (.getEntry zip path)))))

(defn- pack-folder [folder ^File target elsewhere leave-out?]
  (write target
         (for [path  (sort (paths folder))
               :when (not (or (elsewhere path) (elsewhere (compiled-path path)) (leave-out? path)))]
           [path stamp #(Files/readAllBytes (.toPath (io/file folder path)))])))

(def ^:private read-from-all
  "Paths of files that are read from each jar that has them, or must stay with it."
  #"META-INF/.*|data_readers\.cljc?|reference\.conf|(?i:licen[cs]e|notice).*")

(defn copy-all
  "Copies `entries` of the class path into the folder `lib`, as `copy` does; those that are folders become jars. `own` is the set of
  paths in function.jar: other jars lose files of these paths, since Lambda may search them first. Leaves out karamon-dev, which
  runs this, and karamon.local. Returns the files."
  [entries lib own]
  (let [entries    (remove #(has? % "karamon/dev/main.clj") (map io/file entries))
        elsewhere  (into #{} (remove #(re-matches read-from-all %)) own)
        leave-out? #(re-find #"^karamon/local\b" %)]
    (mapv (fn [^File entry name]
            ((if (.isDirectory entry) pack-folder copy) entry (io/file lib name) elsewhere leave-out?))
          entries
          (target-names entries))))
