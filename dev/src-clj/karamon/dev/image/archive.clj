(ns karamon.dev.image.archive
  "Makes the archive of the classes that a training run loads: an AOT cache on JDK 25 and later, an AppCDS archive before that. The
  JVM writes it when it ends."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.image.jdk :as jdk])
  (:import
   (java.io File)
   (java.nio.file CopyOption Files LinkOption Path StandardCopyOption)
   (java.util.concurrent TimeUnit)
   (karamon.file Draft)))

(set! *warn-on-reflection* true)

(def minutes
  "The time limit of a training run, in minutes."
  5)

(defn server?
  "Returns true if the folder is for an image of the server."
  [folder]
  (.isFile (io/file folder "routes.json")))

(defn- flags
  "Returns the JVM's flags, chosen for a fast start: the simplest collector, no file of figures for jps, and only the client compiler,
  but for the server, which runs for long. The heap is larger than the JVM's default of a quarter of the memory, which is meant for
  machines that run other programs too."
  [folder]
  (cond->> ["-XX:+UseSerialGC" "-XX:-UsePerfData" "-XX:MaxRAMPercentage=75"]
    (not (server? folder)) (cons "-XX:TieredStopAtLevel=1")))

(defn- class-path
  "Returns the class path, relative to the folder, with function.jar first."
  [folder]
  (->> (.listFiles (io/file folder "lib"))
       (map #(str "lib/" (.getName ^File %)))
       (sort-by #(vector (not= "lib/function.jar" %) %))
       (str/join File/pathSeparator)))

(def ^:private without-profiles
  "Leaves out of an AOT cache what only C2 uses: the profiles of methods. A start then has less to load. A diagnostic flag, which a JVM
  may not know."
  ["-XX:+UnlockDiagnosticVMOptions" "-XX:-AOTRecordTraining"])

(defn- users-flags
  "Returns the flags in KARAMON_JAVA_OPTIONS, which `bootstrap` passes to the JVM too."
  []
  (remove str/blank? (str/split (or (System/getenv "KARAMON_JAVA_OPTIONS") "") #"\s+")))

(defn c2?
  "Returns true if a JVM with these flags compiles with C2, as one without flags does. The last of them that decides it does."
  [flags]
  (not= "-XX:TieredStopAtLevel=1" (last (filter #(re-matches #"-XX:(TieredStopAtLevel=\d|-TieredCompilation)" %) flags))))

(defn- archive
  "Returns the archive's file name, the flag that makes it, the flag that uses it and `:more` for both, for the JVM at `home`."
  [folder home]
  (if (>= (jdk/feature home) 25)
    {:file "function.aot", :make "-XX:AOTCacheOutput=", :use "-XX:AOTCache="
     :more (when (and (not (c2? (concat (flags folder) (users-flags)))) (jdk/knows? home without-profiles)) without-profiles)}
    {:file "function.jsa", :make "-XX:ArchiveClassesAtExit=", :use "-XX:SharedArchiveFile="}))

(defn- options [folder & more]
  (concat (flags folder) more ["-cp" (class-path folder)]))

(defn- quoted
  "Returns an argument as a file of arguments must have it, whose name may have spaces."
  [argument]
  (if (re-find #"[\s\"'#\\]" argument)
    (str "\"" (str/escape argument {\\ "\\\\", \" "\\\""}) "\"")
    argument))

(defn write-options
  "Writes the folder's java.options for the JVM at `home`. `archive` may be nil."
  [folder home archive]
  (let [file (.toPath (io/file folder "java.options"))]
    (with-open [draft (Draft/file file)]
      (spit (.toFile (.path draft))
            (str "# For JDK " (jdk/feature home) ": flags of the JVM, then the class path.\n"
                 (str/join "\n" (map quoted (apply options folder (when archive (cons (str (:use archive) (:file archive)) (:more archive))))))
                 "\n"))
      (.moveTo draft file))))

(defn- start ^Process [folder home archive {:keys [arguments environment]} ^File log ^Path made]
  (let [command (concat [(jdk/tool (.getAbsolutePath (io/file home)) "java")]
                        (apply options folder (str (:make archive) made) (:more archive))
                        (users-flags)
                        arguments)
        builder (doto (ProcessBuilder. ^java.util.List (vec command))
                  (.directory (io/file folder))
                  (.redirectErrorStream true)
                  (.redirectOutput log))]
    ;; Without credentials a handler that calls AWS fails at once: it doesn't look for EC2's metadata service 200 times.
    (.putIfAbsent (.environment builder) "AWS_EC2_METADATA_DISABLED" "true")
    (.putAll (.environment builder) environment)
    (.start builder)))

(defn fail
  "Throws ex-info of `:type` `:karamon.dev.image.archive/failed` with the output of the process. Leaves out what JDK 25 prints about the
  cache, which it makes however the process ends."
  [log message]
  (let [lines (take-while #(not (str/starts-with? % "Temporary AOTConfiguration")) (str/split-lines (slurp log)))]
    (throw (ex-info (str message ". It printed:\n" (str/join "\n" lines)) {:type ::failed}))))

(defn- end-process
  "Ends the process, which then writes its archive `made`, and replaces an earlier archive with it."
  [folder ^Process process archive log ^Path made]
  (.destroy process)
  (when-not (.waitFor process minutes TimeUnit/MINUTES)
    (fail log (str "The training run didn't end within " minutes " minutes")))
  (when-not (Files/isRegularFile made (make-array LinkOption 0))
    (fail log (str "The training run made no " (:file archive))))
  (Files/move made (.toPath (io/file folder (:file archive)))
              (into-array CopyOption [StandardCopyOption/REPLACE_EXISTING StandardCopyOption/ATOMIC_MOVE])))

(defn make
  "Makes the archive of `folder` with the JVM at `home`, and writes a java.options that uses it. Returns the archive's name. An earlier
  archive stays until the new one is complete. Throws ex-info of `:type` `:karamon.dev.image.archive/failed`.

  * `:arguments` -- the class to run, and its arguments
  * `:environment` -- its environment, a map of strings, in addition to that of this process
  * `:train` -- a function of the process and of its log, a File; it returns when the training is over"
  [folder home {:keys [train] :as run}]
  (let [archive (archive folder home)]
    ;; The JVM creates the archive by its name, in a folder that nobody else can write to.
    (with-open [draft (Draft/folder (.toPath (.getAbsoluteFile (io/file folder (:file archive)))))]
      (let [log     (.toFile (.resolve (.path draft) "log"))
            made    (.resolve (.path draft) ^String (:file archive))
            process (start folder home archive run log made)]
        (try
          (train process log)
          (end-process folder process archive log made)
          (finally (.destroyForcibly process)))))
    (write-options folder home archive)
    (:file archive)))
