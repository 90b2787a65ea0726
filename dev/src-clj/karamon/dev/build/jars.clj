(ns karamon.dev.build.jars
  "Writes jars that load fast: uncompressed, and without Clojure sources whose classes are in the package. Clojure then has
  no dates to compare. For function packages and images. Needs no library but Clojure."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io File InputStream)
   (java.nio.file Files)
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

(defn- write
  "Writes `[path time content-fn]`s into the new jar `file`, and returns it."
  [^File file entries]
  (with-open [out (ZipOutputStream. (io/output-stream file))]
    (doseq [[path time content] entries]
      (put out path time (content))))
  file)

(defn- compiled-path
  "Returns the path of the class that a source is compiled to; nil if `path` isn't a Clojure source."
  [path]
  (when-let [[_ stem] (re-matches #"(.+)\.cljc?" path)]
    (str stem "__init.class")))

(defn- bytes-of ^bytes [^ZipFile zip ^ZipEntry entry]
  (with-open [in (.getInputStream zip entry)]
    (.readAllBytes ^InputStream in)))

(defn copy
  "Writes the entries of `jar` into the new jar `target`, uncompressed, and returns `target`.

  * `compiled` -- a set of paths of classes that are elsewhere; a source is left out if its class is one of them, or is in
    the jar itself
  * `leave-out?` -- a predicate of paths; entries for which it returns true are left out too"
  [jar ^File target compiled leave-out?]
  (with-open [zip (ZipFile. (io/file jar))]
    (let [entries (vec (enumeration-seq (.entries zip)))
          class?  (into (set compiled) (map #(.getName ^ZipEntry %)) entries)]
      (write target
             (for [^ZipEntry entry entries
                   :let  [path (.getName entry)]
                   :when (not (or (class? (compiled-path path)) (leave-out? path)))]
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

(defn- target-names
  "Returns names for files that go into one folder: their own, with a number in front if an earlier file has that name."
  [files]
  (reduce (fn [names ^File file]
            (conj names (first (remove (set names) (cons (.getName file) (map #(str % "-" (.getName file)) (iterate inc 2)))))))
          []
          files))

(defn- holds? [jar path]
  (with-open [zip (ZipFile. (io/file jar))]
    (some? (.getEntry zip path))))

(defn copy-class-path
  "Copies the jars of this process's class path into `folder`, as `copy` does. `compiled` is the set of paths of classes that
  are elsewhere in the package. Leaves out karamon-dev, which runs this, and karamon.local. Returns the files."
  [folder compiled]
  (let [jars (->> (str/split (System/getProperty "java.class.path") (re-pattern File/pathSeparator))
                  (filter #(str/ends-with? % ".jar"))
                  (map io/file)
                  (remove #(holds? % "karamon/dev/compile.clj")))]
    (mapv (fn [jar name] (copy jar (io/file folder name) compiled #(re-find #"^karamon/local\b" %)))
          jars
          (target-names jars))))
