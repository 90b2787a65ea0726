(ns karamon.dev.launcher.harness
  "The launcher `./karamon` with other programs in the places of java and mvn, in a folder whose name a shell would evaluate."
  (:require
   [clojure.java.io :as io]
   [karamon.test.temp :as temp])
  (:import
   (java.io File)
   (java.nio.file CopyOption Files)
   (java.nio.file.attribute FileAttribute)
   (java.util List)))

(set! *warn-on-reflection* true)

(def home
  "The folder of Karamon."
  (System/getProperty "karamon.home" "."))

(def ^:private java
  "Prints its process id and its arguments, then waits for the end of its input."
  "#!/bin/sh
case $1 in
  *)
    echo an error >&2
    echo \"$$\"
    for argument; do printf '[%s]\\n' \"$argument\"; done
    exec cat >/dev/null ;;
esac
")

(def ^:private maven
  "Fails, unless it finds a file `good` in the launcher's folder."
  "#!/bin/sh
echo \"maven's output\"
[ -f \"$HOME_OF_LAUNCHER/good\" ]
")

(defn program!
  "Writes a program."
  [^File file text]
  (io/make-parents file)
  (spit file text)
  (.setExecutable file true))

(defn link!
  "Makes a symbolic link."
  [link target]
  (Files/createSymbolicLink (.toPath ^File link) (.toPath ^File target) (make-array FileAttribute 0)))

(defn call-with-launcher
  "Calls `f` with the folder of a launcher that finds nothing to build, and an empty current folder."
  [f]
  (temp/call-with-folder
    (fn [^File folder]
      (let [there (io/file folder "it's \"a\" $(touch there) `touch there` home")]
        (.mkdir there)
        (Files/copy (.toPath (io/file home "karamon")) (.toPath (io/file there "karamon")) ^"[Ljava.nio.file.CopyOption;" (make-array CopyOption 0))
        (.setExecutable (io/file there "karamon") true)
        (program! (io/file folder "jdk/bin/java") java)
        (spit (io/file folder "jdk/release") "JAVA_VERSION=\"17.0.1\"\nMODULES=\"java.base java.xml\"\n")
        (program! (io/file folder "bin/mvn") maven)
        (.mkdirs (io/file there "library/target/classes/karamon"))
        (doseq [sources ["src-java" "src-clj" "s3/src-clj" "dev/src-clj/karamon/dev"]]
          (.mkdirs (io/file there sources)))
        (io/copy (io/file home "dev/src-clj/karamon/dev/help.txt") (io/file there "dev/src-clj/karamon/dev/help.txt"))
        (.mkdirs (io/file there "dev/target"))
        (spit (io/file there "pom.xml") "<project/>")
        (spit (io/file there "dev/target/launcher.classpath") "a.jar:b.jar")
        (spit (io/file there "dev/target/launcher.compiled") (.getCanonicalPath there))
        (run! #(.setLastModified ^File % 0) (remove #(= (.getName ^File %) "launcher.compiled") (file-seq there)))
        (.mkdir (io/file folder "current"))
        (f there (io/file folder "current"))))))

(def ^:dynamic *environment*
  "More variables of the launcher's environment."
  {})

(defn start-launcher
  "Starts `launcher`, that of the folder `there` or a link to it, in the folder `current`."
  ^Process [launcher there ^File current arguments]
  (let [^List command (mapv str (cons launcher arguments))
        builder       (doto (ProcessBuilder. command) (.directory current))
        folder        (.getParentFile current)]
    (doto (.environment builder)
      (.put "JAVA_HOME" (str (io/file folder "jdk")))
      (.put "KARAMON_ARCHIVE" "off")
      (.put "HOME_OF_LAUNCHER" (str there))
      (.put "PATH" (str (io/file folder "bin") ":" (System/getenv "PATH")))
      (.putAll *environment*))
    (.start builder)))

(defn start
  "Starts the launcher of the folder `there` in the folder `current`."
  ^Process [there current & arguments]
  (start-launcher (io/file there "karamon") there current arguments))

(defn finished
  "Ends the input of a process. Returns its exit code, output and error output when it has ended."
  [^Process process]
  (.close (.getOutputStream process))
  (let [out (slurp (.inputReader process))
        err (slurp (.errorReader process))]
    {:exit (.waitFor process), :out out, :err err}))

(defn run
  "Runs the launcher of the folder `there` in the folder `current`. Returns what `finished` does."
  [there current & arguments]
  (finished (apply start there current arguments)))
