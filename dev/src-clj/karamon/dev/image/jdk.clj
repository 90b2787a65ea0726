(ns karamon.dev.image.jdk
  "Runs the tools of a JDK: reads its version, finds the modules that jars need, and makes a JRE."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io File)))

(set! *warn-on-reflection* true)

(defn run
  "Runs a command and returns its output. Throws ex-info of `:type` `:karamon.dev.image.jdk/failed` with its output in the
  message."
  [command]
  (let [process (.start (doto (ProcessBuilder. ^java.util.List (mapv str command))
                          (.redirectErrorStream true)))
        output  (slurp (.getInputStream process))]
    (when-not (zero? (.waitFor process))
      (throw (ex-info (str (str/join " " command) " failed:\n" output) {:type ::failed, :command command})))
    output))

(defn tool
  "Returns the path of a program of the JDK or JRE at `home`. Throws ex-info of `:type` `:karamon.dev.image.jdk/no-tool`."
  [home name]
  (let [file (io/file home "bin" name)]
    (when-not (.canExecute file)
      (throw (ex-info (str "No " file ": name the folder of a JDK, 17 or later") {:type ::no-tool, :file (str file)})))
    (str file)))

(defn knows?
  "Returns true if the JVM at `home` starts with these flags."
  [home flags]
  (try
    (some? (run (concat [(tool home "java")] flags ["-version"])))
    (catch clojure.lang.ExceptionInfo e
      (when-not (= ::failed (:type (ex-data e))) (throw e))
      false)))

(defn feature
  "Returns the feature number of the JDK or JRE at `home`, such as 17 or 25."
  [home]
  (let [[_ number] (re-find #"java\.specification\.version = (\d+)"
                            (run [(tool home "java") "-XshowSettings:properties" "-version"]))]
    (parse-long number)))

(def ^:private always
  "Modules that functions need although no class names them: TLS with elliptic curves, sun.misc.Unsafe, #inst, logging."
  #{"java.base" "java.logging" "java.sql" "java.xml" "jdk.crypto.ec" "jdk.unsupported"})

(defn modules
  "Returns the names of the modules that the jars need. Ignores Clojure's own jar, since its inspector and `bean` would add
  java.desktop."
  [home jars]
  (let [number (str (feature home))
        ours   (remove #(re-find #"^clojure-\d" (.getName ^File %)) jars)
        found  (run (concat [(tool home "jdeps") "--ignore-missing-deps" "--print-module-deps" "--multi-release" number] ours))]
    (into (into (sorted-set) always)
          (filter #(re-matches #"[a-z][\w.]*" %))
          (str/split (last (str/split-lines (str/trim found))) #","))))

(defn make-jre
  "Makes a JRE of the modules in the new folder `target`, with the JVM's own archive of classes. Our archives are built on top of
  that one."
  [home modules ^File target]
  (run [(tool home "jlink") "--add-modules" (str/join "," modules) "--no-header-files" "--no-man-pages" "--output" target])
  (run [(tool target "java") "-XX:+UseSerialGC" "-Xshare:dump"]))
