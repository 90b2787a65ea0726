(ns karamon.dev.image
  "`./karamon image`: makes a folder for a container image or for a package on `provided.al2023`:

      bootstrap      the program that Lambda runs; it starts the function
      java.options   the JVM's flags, chosen for a fast start
      lib/           the package's jars, and function.jar with its classes
      jre/           a JRE with the modules they need
      function.jsa   an archive of classes (JDK 17 to 24), or function.aot, a cache (JDK 25), for a fast start"
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.build.jars :as jars]
   [karamon.dev.image.jdk :as jdk]
   [karamon.dev.image.train :as train]
   [karamon.dev.options :as options])
  (:import
   (java.io File InputStream)
   (java.nio.file CopyOption Files StandardCopyOption)
   (java.nio.file.attribute FileTime)
   (java.time Instant)
   (java.time.format DateTimeParseException)
   (java.util.zip ZipEntry ZipFile)))

(set! *warn-on-reflection* true)

(def ^:private bootstrap
  "#!/bin/sh
# Starts the function on its own runtime. The class path is relative: an archive of classes works only with the class path
# that it was made with. The JVM's flags are those of java.options, then KARAMON_JAVA_OPTIONS. The handler is the argument, or
# else _HANDLER.
cd \"${0%/*}\" || exit 1
unused=
# JDK 25 up to 25.0.3 doesn't notice a changed jar, and would run its old classes from the cache (JDK-8377932).
for jar in lib/*.jar; do
  if [ -f function.aot ] && [ \"$jar\" -nt function.aot ]; then
    echo \"karamon: $jar is newer than function.aot, which isn't used: make it again with ./karamon train\" >&2
    unused=-XX:AOTMode=off
    break
  fi
done
java=jre/bin/java
[ -x \"$java\" ] || java=${JAVA_HOME:+$JAVA_HOME/bin/}java
exec \"$java\" @java.options $unused $KARAMON_JAVA_OPTIONS karamon.runtime.Bootstrap \"$@\"
")

(defn- unpack-lib
  "Writes the jars in the package's lib/ into `folder`, and the package's other files into function.jar there."
  [^ZipFile zip ^File folder]
  (let [lib #"lib/([^/]+\.jar)"]
    (doseq [^ZipEntry entry (enumeration-seq (.entries zip))
            :let [[_ name] (re-matches lib (.getName entry))]
            :when name]
      (with-open [in (.getInputStream zip entry)]
        (io/copy ^InputStream in (io/file folder name))))
    (jars/pack zip (io/file folder "function.jar") #(not (re-matches lib %)))))

(defn- runs?
  "Returns true if a jar has our own runtime."
  [jar]
  (with-open [zip (ZipFile. (io/file jar))]
    (some? (.getEntry zip "karamon/runtime/Bootstrap.class"))))

(defn- write-lib [package folder date]
  (when-not (.isFile (io/file package))
    (throw (ex-info (str "No function package " package " here: make it with mvn package, or name another")
                    {:type ::no-package, :package package})))
  (.mkdirs (io/file folder "lib"))
  (with-open [zip (ZipFile. (io/file package))]
    (unpack-lib zip (io/file folder "lib")))
  (when-not (some runs? (.listFiles (io/file folder "lib")))
    (throw (ex-info (str package " isn't a function package: it has no karamon.runtime.Bootstrap")
                    {:type ::no-package, :package package})))
  (doseq [^File jar (.listFiles (io/file folder "lib"))]
    (Files/setLastModifiedTime (.toPath jar) (FileTime/from (or date (jars/content-date jar))))))

(defn- write-bootstrap [folder]
  (let [file (io/file folder "bootstrap")]
    (spit file bootstrap)
    (.setExecutable file true false)))

(defn- image?
  "Returns true if `folder` is empty or looks like the output of an earlier run, so that it is safe to replace."
  [folder]
  (let [names (set (.list (io/file folder)))]
    (or (empty? names) (and (names "bootstrap") (names "java.options") (names "lib")))))

(defn- delete [^File folder]
  (run! #(Files/deleteIfExists (.toPath ^File %)) (reverse (file-seq folder))))

(defn- move [^File from ^File to]
  (Files/move (.toPath from) (.toPath to) (into-array CopyOption [StandardCopyOption/ATOMIC_MOVE])))

(defn- replace-folder
  "Moves the folder `new` to `old`. Deletes an earlier folder there after the move."
  [^File new ^File old]
  (if (.exists old)
    (let [aside (io/file (str new ".old"))]
      (move old aside)
      (move new old)
      (delete aside))
    (move new old)))

(defn- megabytes [^File file]
  (format "%.1f MB" (/ (reduce + (map #(.length ^File %) (filter #(.isFile ^File %) (file-seq file)))) 1e6)))

(defn create
  "Writes the folder `output` from the function package `package`. Replaces an earlier output only when the new one is complete.

  * `:jdk` -- the home of the JDK that makes the JRE and trains
  * `:jre` -- whether to make a JRE; if not, the function must run on the same build of the JVM as the JDK's
  * `:date` -- an Instant, the date of all jars (default: computed from their content)
  * `:modules` -- names of modules for the JRE, in addition to those that jdeps finds
  * `:training` -- the argument of `karamon.dev.image.train/train`; nil for no archive"
  [package ^File output {:keys [jdk jre date modules training]}]
  (when-not (or (not (.exists output)) (image? output))
    (throw (ex-info (str output " has other files than an image: name another folder with --output")
                    {:type ::not-ours, :folder (str output)})))
  (let [output (.getAbsoluteFile output)
        draft  (io/file (.getParentFile output) (str "." (.getName output) "." (random-uuid)))
        home   (if jre (io/file draft "jre") jdk)]
    (try
      (write-lib package draft date)
      (write-bootstrap draft)
      (when jre
        (let [wanted (into (jdk/modules jdk (.listFiles (io/file draft "lib"))) modules)]
          (println (str "jre/ with " (str/join ", " wanted)))
          (jdk/make-jre jdk wanted home)))
      (train/write-options draft home nil)
      (when training (train/train draft home training))
      (replace-folder draft output)
      (finally (when (.exists draft) (delete draft))))))

(def ^:private specs
  (into [["-o" "--output FOLDER" "The folder to write (default target/karamon-image)"
          :default "target/karamon-image" :default-desc ""]
         [nil "--jdk HOME" "The JDK that makes the JRE and trains (default: the one this runs on)"
          :default (System/getProperty "java.home") :default-desc ""]
         [nil "--no-jre" "Leave out the JRE; the image must have the same build of it as the JDK that --jdk names"]
         [nil "--modules NAMES" "More modules of the JDK for the JRE, separated by commas"
          :parse-fn #(str/split % #",")]
         [nil "--date INSTANT" "The date of all jars, for tools that give all files the same date: 1970-01-01T00:00:01Z for Jib"
          :parse-fn #(try (Instant/parse %) (catch DateTimeParseException _ nil))
          :validate [some? "must be a date and time such as 1970-01-01T00:00:01Z"]]
         [nil "--no-train" "Make no archive; the function starts more slowly"]]
        train/specs))

(defn run
  "Writes the folder that `arguments` describe."
  [arguments]
  (when-let [{[package] :arguments, {:keys [output jdk no-jre modules date no-train] :as options} :options}
             (options/parse "./karamon image [FUNCTION-PACKAGE] [OPTIONS]" specs [0 1] arguments)]
    (let [output (io/file output)]
      (create (or package (System/getProperty "karamon.package") "target/karamon-function.zip") output
              {:jdk jdk, :jre (not no-jre), :date date, :modules modules, :training (when-not no-train (train/training options))})
      (println (str "Wrote " output ", " (megabytes output)))))
  0)
