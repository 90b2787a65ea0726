(ns karamon.dev.image
  "`./karamon image`: a folder from which a container image, or a package for `provided.al2023`, is made:

      bootstrap      starts the function: what Lambda runs
      java.options   the JVM's flags, those that start fastest
      lib/           the package's jars, and function.jar with its classes
      jre/           a JRE with the modules they need
      function.jsa   an archive of classes (JDK 17 to 24), or function.aot, a cache (JDK 25): what makes it start fast"
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
# Starts the function on its own runtime. The class path is relative, as an archive of classes wants the one it was made with.
# KARAMON_JAVA_OPTIONS are flags of the JVM that come after those of java.options. An argument names the handler, else _HANDLER.
cd \"${0%/*}\" || exit 1
unused=
# JDK 25 up to 25.0.3 doesn't see that a jar has changed, and would run the classes that were in it (JDK-8377932).
for jar in lib/*.jar; do
  if [ -f function.aot ] && [ \"$jar\" -nt function.aot ]; then
    echo \"karamon: $jar is newer than function.aot, which isn't used: make it anew with ./karamon train\" >&2
    unused=-XX:AOTMode=off
    break
  fi
done
java=jre/bin/java
[ -x \"$java\" ] || java=${JAVA_HOME:+$JAVA_HOME/bin/}java
exec \"$java\" @java.options $unused $KARAMON_JAVA_OPTIONS karamon.runtime.Bootstrap \"$@\"
")

(defn- unpack-lib
  "Writes the jars in the package's lib/ into `folder`, and all else into a jar of its own there."
  [^ZipFile zip ^File folder]
  (let [lib #"lib/([^/]+\.jar)"]
    (doseq [^ZipEntry entry (enumeration-seq (.entries zip))
            :let [[_ name] (re-matches lib (.getName entry))]
            :when name]
      (with-open [in (.getInputStream zip entry)]
        (io/copy ^InputStream in (io/file folder name))))
    (jars/pack zip (io/file folder "function.jar") #(not (re-matches lib %)))))

(defn- runs?
  "Tells whether a jar has our own runtime."
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
    (throw (ex-info (str package " is no function package: there is no karamon.runtime.Bootstrap in it")
                    {:type ::no-package, :package package})))
  (doseq [^File jar (.listFiles (io/file folder "lib"))]
    (Files/setLastModifiedTime (.toPath jar) (FileTime/from (or date (jars/content-date jar))))))

(defn- write-bootstrap [folder]
  (let [file (io/file folder "bootstrap")]
    (spit file bootstrap)
    (.setExecutable file true false)))

(defn- image?
  "Tells whether `folder` holds what this wrote, and nothing that somebody would miss."
  [folder]
  (let [names (set (.list (io/file folder)))]
    (or (empty? names) (and (names "bootstrap") (names "java.options") (names "lib")))))

(defn- delete [^File folder]
  (run! #(Files/deleteIfExists (.toPath ^File %)) (reverse (file-seq folder))))

(defn- move [^File from ^File to]
  (Files/move (.toPath from) (.toPath to) (into-array CopyOption [StandardCopyOption/ATOMIC_MOVE])))

(defn- replace-folder
  "Moves the folder `new` to `old`. What stood there is deleted once the new one is in its place."
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
  "Writes the folder `output` from the function package `package`; what stood there is replaced once all of it is made.

  * `:jdk` -- the home of the JDK that makes the JRE and trains
  * `:jre` -- whether there is to be one; else a JVM just like the JDK's must be where the function runs
  * `:date` -- an Instant: the date of all jars (default: made of their content)
  * `:modules` -- names of modules for the JRE, besides those that are needed as far as can be told
  * `:training` -- what `karamon.dev.image.train/train` takes; nil for no archive"
  [package ^File output {:keys [jdk jre date modules training]}]
  (when-not (or (not (.exists output)) (image? output))
    (throw (ex-info (str output " holds something else than an image: name another folder with --output")
                    {:type ::not-ours, :folder (str output)})))
  (let [output (.getAbsoluteFile output)
        beside (io/file (.getParentFile output) (str "." (.getName output) "." (random-uuid)))
        home   (if jre (io/file beside "jre") jdk)]
    (try
      (write-lib package beside date)
      (write-bootstrap beside)
      (when jre
        (let [wanted (into (jdk/modules jdk (.listFiles (io/file beside "lib"))) modules)]
          (println (str "jre/ with " (str/join ", " wanted)))
          (jdk/make-jre jdk wanted home)))
      (train/write-options beside home nil)
      (when training (train/train beside home training))
      (replace-folder beside output)
      (finally (when (.exists beside) (delete beside))))))

(def ^:private specs
  (into [["-o" "--output FOLDER" "Where to (default target/karamon-image)" :default "target/karamon-image" :default-desc ""]
         [nil "--jdk HOME" "The JDK that makes the JRE and trains (default: the one this runs on)"
          :default (System/getProperty "java.home") :default-desc ""]
         [nil "--no-jre" "Put no JRE into it: the image has one, the very build that --jdk names"]
         [nil "--modules NAMES" "Modules of the JDK to put into the JRE besides, with commas between them"
          :parse-fn #(str/split % #",")]
         [nil "--date INSTANT" "The date of all jars, for tools that give all files one: 1970-01-01T00:00:01Z for Jib"
          :parse-fn #(try (Instant/parse %) (catch DateTimeParseException _ nil))
          :validate [some? "must be a date and time such as 1970-01-01T00:00:01Z"]]
         [nil "--no-train" "Make no archive: it starts slower"]]
        train/specs))

(defn run
  "Writes the folder that `arguments` tell."
  [arguments]
  (when-let [{[package] :arguments, {:keys [output jdk no-jre modules date no-train] :as options} :options}
             (options/parse "./karamon image [FUNCTION-PACKAGE] [OPTIONS]" specs [0 1] arguments)]
    (let [output (io/file output)]
      (create (or package (System/getProperty "karamon.package") "target/karamon-function.zip") output
              {:jdk jdk, :jre (not no-jre), :date date, :modules modules, :training (when-not no-train (train/training options))})
      (println (str "Wrote " output ", " (megabytes output)))))
  0)
