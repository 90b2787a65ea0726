(ns karamon.dev.compile
  "Compiles Clojure ahead of time for a function package. Builds run it in a separate JVM:

      java -cp … clojure.main -m karamon.dev.compile INTO FOLDER… [--without REGEX] [--jars FOLDER] [--class-path PATH]

  Compiles each namespace in the folders and the namespaces of Karamon that functions load, except those whose names match
  REGEX. First deletes the classes in INTO.

  * --jars replaces the jars in that folder with those of the class path, in the form that loads fastest
    (`karamon.dev.build.jars`)
  * --class-path does everything in another JVM with direct linking. Its class path is PATH and karamon-dev

  Exit codes: 0 success, 1 failure, 2 usage error."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.build.jars :as jars]
   [karamon.dev.build.sources :as sources]
   [karamon.dev.failure :as failure])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io File)
   (java.util List)
   (java.util.regex PatternSyntaxException)
   (karamon.text Nearest)))

(set! *warn-on-reflection* true)

(defn- wrong [message]
  (ex-info (str message "\n\nUsage: clojure.main -m karamon.dev.compile INTO FOLDER… [--without REGEX] [--jars FOLDER] [--class-path PATH]")
           {:type ::wrong}))

(defn- regex [text]
  (try
    (re-pattern (or text (throw (wrong "--without needs a regular expression of names, such as my-app\\.dev\\..*"))))
    (catch PatternSyntaxException e
      (throw (wrong (str "--without " text " isn't a regular expression: " (.getDescription e)))))))

(defn- parse [arguments]
  (loop [[argument & more] arguments
         options           {:places []}]
    (cond
      (nil? argument)                 options
      (= "--without" argument)        (recur (rest more) (assoc options :without (regex (first more))))
      (= "--jars" argument)           (recur (rest more) (assoc options :jars (or (first more) (throw (wrong "--jars needs a folder")))))
      (= "--class-path" argument)     (recur (rest more) (assoc options :class-path (or (first more) (throw (wrong "--class-path needs a class path")))))
      (str/starts-with? argument "-") (throw (wrong (str "No option " argument "."
                                                         (Nearest/hint argument ["--without" "--jars" "--class-path"]))))
      :else                           (recur more (update options :places conj argument)))))

(defn- clear
  "Empties `folder`, or creates it if it doesn't exist. Throws if it has files that don't end with `ending`: they aren't ours
  to delete. `what` is what such a file is called in the message."
  [folder ending what]
  (let [files (filter #(.isFile ^File %) (file-seq (io/file folder)))]
    (when-let [other (first (remove #(str/ends-with? (str %) ending) files))]
      (throw (wrong (str folder " has " other ", which isn't a " what " file: "
                         "name a folder with nothing else in it, such as target/function-" (subs ending 1)))))
    (run! io/delete-file files)
    (.mkdirs (io/file folder))))

(defn- namespaces-for-functions
  "Returns the namespaces of Karamon that functions load: those of the artifact karamon without karamon.local, and those of
  karamon-s3 if that is on the class path."
  []
  (->> ["karamon/gateway.clj" "karamon/s3.clj"]
       (filter io/resource)
       (mapcat sources/sibling-namespaces)
       (remove #(re-matches #"karamon\.local\b.*" (str %)))))

(defn- compile-all
  "Compiles namespaces and returns a message for each that failed. Skips a namespace that was compiled meanwhile because
  another requires it. Namespaces that were loaded before, such as this one, are compiled all the same."
  [namespaces]
  (let [before (loaded-libs)]
    (vec (for [n     namespaces
               :when (or (before n) (not (contains? (loaded-libs) n)))
               :let  [exception (try (compile n) nil (catch Throwable e e))]
               :when exception]
           (failure/load-text {:namespace n, :exception exception})))))

(defn- compile-in-another-jvm
  "Runs this command with `arguments` in a JVM with the class path `class-path`. Returns its exit code."
  [class-path arguments]
  (let [command (concat [(str (io/file (System/getProperty "java.home") "bin" "java"))
                         "-XX:TieredStopAtLevel=1" "-Dclojure.compiler.direct-linking=true"
                         "-cp" (str class-path File/pathSeparator (sources/root "karamon/dev/compile.clj"))
                         "clojure.main" "-m" "karamon.dev.compile"]
                        arguments)]
    (.waitFor (.start (.inheritIO (ProcessBuilder. ^List command))))))

(defn- compile-here [{[target & folders] :places, :keys [without jars]}]
  (let [_          (when (empty? folders) (throw (wrong "Expected INTO and one FOLDER or more")))
        found      (distinct (concat (namespaces-for-functions) (sources/namespaces folders)))
        namespaces (remove #(and without (re-matches without (str %))) found)]
    (clear target ".class" "class")
    (when jars (clear jars ".jar" "jar"))
    (if-let [failures (seq (sources/call-with-folders folders
                             #(binding [*compile-path* target]
                                (compile-all namespaces))))]
      (binding [*out* *err*] (run! println failures) 1)
      (do (when jars (jars/copy-class-path jars (jars/paths target)))
          (println "Compiled" (count namespaces) "namespaces")
          0))))

(defn run
  "Compiles and returns the exit code."
  [arguments]
  (try
    (let [{:keys [class-path] :as options} (parse arguments)]
      (if class-path
        (compile-in-another-jvm class-path (let [[before [_ _ & after]] (split-with #(not= "--class-path" %) arguments)]
                                             (concat before after)))
        (compile-here options)))
    (catch ExceptionInfo e
      (binding [*out* *err*] (println (ex-message e)))
      (if (= ::wrong (:type (ex-data e))) 2 1))))

(defn -main
  "Compiles and ends the process with the exit code."
  [& arguments]
  (let [code (run arguments)]
    (flush)
    (shutdown-agents)
    (System/exit code)))
