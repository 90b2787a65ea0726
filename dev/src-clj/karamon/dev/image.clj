(ns karamon.dev.image
  "`./karamon image`: makes a folder for a container image or for a package on `provided.al2023`:

      bootstrap      the program that Lambda runs; it starts the function
      java.options   the JVM's flags, chosen for a fast start
      lib/           the package's jars; function.jar has your code
      jre/           a JRE with the modules they need
      function.jsa   an archive of classes (JDK 17 to 24), or function.aot, a cache (JDK 25), for a fast start"
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.build.jars :as jars]
   [karamon.dev.gateway.service :as service]
   [karamon.dev.image.archive :as archive]
   [karamon.dev.image.jdk :as jdk]
   [karamon.dev.image.requests :as requests]
   [karamon.dev.image.routes :as routes]
   [karamon.dev.image.server :as server]
   [karamon.dev.image.train :as train]
   [karamon.dev.options :as options])
  (:import
   (java.io File InputStream)
   (java.nio.file CopyOption Files StandardCopyOption)
   (java.nio.file.attribute FileTime)
   (java.time Instant)
   (java.time.format DateTimeParseException)
   (java.util.zip ZipEntry ZipFile)
   (karamon.file Draft Leftovers)))

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
    echo \"karamon: $jar is newer than function.aot, which isn't used: make it again with karamon train\" >&2
    unused=-XX:AOTMode=off
    break
  fi
done
java=jre/bin/java
[ -x \"$java\" ] || java=${JAVA_HOME:+$JAVA_HOME/bin/}java
exec \"$java\" @java.options $unused $KARAMON_JAVA_OPTIONS karamon.runtime.Bootstrap \"$@\"
")

(def ^:private server-bootstrap
  (-> bootstrap
      (str/replace "karamon.runtime.Bootstrap" "karamon.server.Main")
      (str/replace "The handler is the argument, or
# else _HANDLER." "The routes are those of
# KARAMON_ROUTES, else of routes.json.")
      (str/replace "unused=\n" "unused=\nexport KARAMON_ROUTES=\"${KARAMON_ROUTES:-routes.json}\"\n")))

(defn- unpack-lib
  "Writes the jars in the package's lib/ into `folder`. Packages that other tools made have more files: they go into a jar there too,
  function.jar if the package has none."
  [^ZipFile zip ^File folder]
  (let [lib #"lib/([^/]+\.jar)"]
    (doseq [^ZipEntry entry (enumeration-seq (.entries zip))
            :let [[_ name] (re-matches lib (.getName entry))]
            :when name]
      (with-open [in (.getInputStream zip entry)]
        (io/copy ^InputStream in (io/file folder name))))
    (when (some #(not (or (.isDirectory ^ZipEntry %) (re-matches lib (.getName ^ZipEntry %)))) (enumeration-seq (.entries zip)))
      (let [own (first (remove #(.exists ^File %) (map #(io/file folder %) [jars/own (str "0-" jars/own)])))]
        (jars/pack zip own #(not (re-matches lib %)))))))

(defn- runs?
  "Returns true if a jar has our own runtime."
  [jar]
  (with-open [zip (ZipFile. (io/file jar))]
    (some? (.getEntry zip "karamon/runtime/Bootstrap.class"))))

(defn- write-lib [package folder date]
  (.mkdirs (io/file folder "lib"))
  (with-open [zip (ZipFile. (io/file package))]
    (unpack-lib zip (io/file folder "lib")))
  (when-not (some runs? (.listFiles (io/file folder "lib")))
    (throw (ex-info (str package " isn't a function package: it has no karamon.runtime.Bootstrap")
                    {:type ::no-package, :package package})))
  (doseq [^File jar (.listFiles (io/file folder "lib"))]
    (Files/setLastModifiedTime (.toPath jar) (FileTime/from (or date (jars/content-date jar))))))

(defn- write-bootstrap [folder text]
  (let [file (io/file folder "bootstrap")]
    (spit file text)
    (.setExecutable file true false)))

(defn- image?
  "Returns true if `folder` is empty or looks like the output of an earlier run, so that it is safe to replace."
  [folder]
  (let [names (set (.list (io/file folder)))]
    (or (empty? names) (and (names "bootstrap") (names "java.options") (names "lib")))))

(defn- move! [from to]
  (Files/move from to (into-array CopyOption [StandardCopyOption/ATOMIC_MOVE])))

(defn- replace-folder
  "Moves the draft to `folder`. Deletes an earlier folder there after the move, or moves it back if that fails."
  [^Draft draft ^File folder]
  (let [target (.toPath folder)]
    (if (.exists folder)
      (let [aside (Draft/beside target)]
        (move! target aside)
        (try
          (.moveTo draft target)
          (catch Throwable e
            (move! aside target)
            (throw e)))
        (Leftovers/delete aside))
      (.moveTo draft target))))

(defn- megabytes [^File file]
  (format "%.1f MB" (/ (reduce + (map #(.length ^File %) (filter #(.isFile ^File %) (file-seq file)))) 1e6)))

(defn create
  "Writes the folder `output` from the function package `package`. Replaces an earlier output only when the new one is complete.

  * `:jdk` -- the home of the JDK that makes the JRE and trains
  * `:jre` -- whether to make a JRE; if not, the function must run on the same build of the JVM as the JDK's
  * `:date` -- an Instant, the date of all jars (default: computed from their content)
  * `:modules` -- names of modules for the JRE, in addition to those that jdeps finds
  * `:routes` -- the file of routes, as data, for an image of the server; nil for one of functions
  * `:training` -- a function of the folder and of the JVM's home that makes the archive; nil for no archive"
  [package ^File output {:keys [jdk jre date modules routes training]}]
  (when-not (or (not (.exists output)) (image? output))
    (throw (ex-info (str output " has other files than an image: name another folder with --output")
                    {:type ::not-ours, :folder (str output)})))
  (when-not (.isFile (io/file package))
    (throw (ex-info (str "No function package " package " here: make it with " (options/command "package") ", or name another")
                    {:type ::no-package, :package package})))
  (let [output (.getAbsoluteFile output)]
    (.mkdirs (.getParentFile output))
    (with-open [draft (Draft/folder (.toPath output))]
      (let [folder (.toFile (.path draft))
            home   (if jre (io/file folder "jre") jdk)]
        (write-lib package folder date)
        (write-bootstrap folder (if routes server-bootstrap bootstrap))
        (when routes
          (server/add-jars folder date)
          (server/write-files folder routes (not jre)))
        (when jre
          (let [wanted (into (jdk/modules jdk (.listFiles (io/file folder "lib"))) modules)]
            (println (str "jre/ with " (str/join ", " wanted)))
            (jdk/make-jre jdk wanted home)
            (when routes (server/add-libraries folder))))
        (archive/write-options folder home nil)
        (when training (training folder home))
        (replace-folder draft output)))))

(def ^:private specs
  (into [["-o" "--output FOLDER" "The folder to write (default target/karamon-image)"
          :default "target/karamon-image" :default-desc ""]
         [nil "--jdk HOME" "The JDK that makes the JRE and trains (default: the one this runs on)"
          :default (System/getProperty "java.home") :default-desc ""]
         [nil "--server" "Make an image of the server, for any container platform, with the routes of --config"]
         [nil "--no-jre" "Leave out the JRE; the image must have a JVM of exactly the build that --jdk names"]
         [nil "--modules NAMES" "More modules of the JDK for the JRE, separated by commas"
          :parse-fn #(str/split % #",")]
         [nil "--date INSTANT" "The date of all jars, for tools that give all files the same date: 1970-01-01T00:00:01Z for Jib"
          :parse-fn #(try (Instant/parse %) (catch DateTimeParseException _ nil))
          :validate [some? "must be a date and time such as 1970-01-01T00:00:01Z"]]
         [nil "--no-train" "Make no archive; the function starts more slowly"]]
        train/specs))

(defn- server-routes
  "Returns the routes of the service, and prints the warnings about them."
  [{:keys [config handlers events]}]
  (when (or handlers events)
    (throw (options/wrong "--server takes the routes of --config: it has no --handler and --event")))
  (let [{:keys [routes warnings]} (routes/of-service (service/load-service config))]
    (binding [*out* *err*]
      (run! #(println (str "karamon: " %)) warnings))
    routes))

(defn- training [{:keys [no-train server] :as options}]
  (cond
    no-train nil
    server   requests/train
    :else    (let [training (train/training options)] #(train/train %1 %2 training))))

(defn run
  "Writes the folder that `arguments` describe."
  [arguments]
  (when-let [{[package] :arguments, {:keys [output jdk no-jre modules date server] :as options} :options}
             (options/parse "image [FUNCTION-PACKAGE] [OPTIONS]" specs [0 1] arguments)]
    (let [output (io/file output)]
      (create (or package (System/getProperty "karamon.package") "target/karamon-function.zip") output
              {:jdk jdk, :jre (not no-jre), :date date, :modules modules, :training (training options)
               :routes (when server (server-routes options))})
      (println (str "Wrote " output ", " (megabytes output)))))
  0)
