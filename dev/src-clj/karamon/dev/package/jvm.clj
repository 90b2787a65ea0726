(ns karamon.dev.package.jvm
  "Starts JVMs that read and write files of any name, whatever the locale."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io File)
   (java.lang ProcessBuilder$Redirect)
   (java.util List)))

(set! *warn-on-reflection* true)

(defn- quoted [argument]
  (str "\"" (str/escape argument {\\ "\\\\", \" "\\\""}) "\""))

(defn- unicode?
  "Returns true if this JVM's locale has names in UTF-8, as a JVM that it starts has."
  []
  (= "UTF-8" (System/getProperty "sun.jnu.encoding")))

(defn start
  "Starts a JVM with a class path, a list of entries, and returns its process. Its errors go where this one's go. Its arguments, any
  text, are in a new file in the folder `work`. Its locale is `locale`, by default one in which it reads files of any name."
  ^Process [work class-path arguments & [locale]]
  (let [file    (File/createTempFile "java" ".arguments" (io/file work))
        java    (str (io/file (System/getProperty "java.home") "bin" "java"))
        _       (spit file (str/join "\n" (map (comp quoted str) (into ["-cp" (str/join File/pathSeparator class-path)] arguments))))
        command [java "-XX:TieredStopAtLevel=1" "-XX:+UseSerialGC" "-Dfile.encoding=UTF-8" (str "@" file)]
        builder (doto (ProcessBuilder. ^List command)
                  (.redirectError ProcessBuilder$Redirect/INHERIT))]
    (when-let [locale (or locale (when-not (unicode?) "C.UTF-8"))]
      (.put (.environment builder) "LC_ALL" locale))
    (.start builder)))
