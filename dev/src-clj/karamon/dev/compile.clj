(ns karamon.dev.compile
  "Compiles Clojure ahead of time, for a function's package. For builds, in a JVM of its own:

      java -cp … clojure.main -m karamon.dev.compile INTO FOLDER… [--without REGEX] [--jars FOLDER] [--class-path PATH]

  Each namespace found in the folders is compiled, and those of Karamon that functions load, but for those whose name
  matches REGEX. The classes that INTO holds are deleted first. With --jars the jars of the class path are put into that
  folder as functions load them fastest (`karamon.dev.build.jars`), in place of those it holds. With --class-path all of that
  is done in another JVM, with direct linking, which has PATH for its class path, and karamon-dev.
  Exit codes: 0 done, 1 failed, 2 the call was wrong."
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
      (throw (wrong (str "--without " text " is no regular expression: " (.getDescription e)))))))

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
  "Deletes what `folder` holds, files that end with `ending` (`what`); it is made where it isn't there. Whatever else it
  holds is nobody's to delete."
  [folder ending what]
  (let [files (filter #(.isFile ^File %) (file-seq (io/file folder)))]
    (when-let [other (first (remove #(str/ends-with? (str %) ending) files))]
      (throw (wrong (str folder " holds " other ", which is no " what ": "
                         "name a folder for these alone, such as target/function-" (subs ending 1)))))
    (run! io/delete-file files)
    (.mkdirs (io/file folder))))

(defn- what-functions-load
  "Returns the namespaces of karamon, but not karamon.local, and those of karamon-s3 if that is on the class path."
  []
  (->> ["karamon/gateway.clj" "karamon/s3.clj"]
       (filter io/resource)
       (mapcat sources/namespaces-beside)
       (remove #(re-matches #"karamon\.local\b.*" (str %)))))

(defn- compile-all
  "Compiles namespaces and returns what failed, in words. What another needed is compiled already; what was loaded before
  the first isn't, this namespace among it."
  [namespaces]
  (let [before (loaded-libs)]
    (vec (for [n     namespaces
               :when (or (before n) (not (contains? (loaded-libs) n)))
               :let  [exception (try (compile n) nil (catch Throwable e e))]
               :when exception]
           (failure/load-text {:namespace n, :exception exception})))))

(defn- compile-in-another-jvm
  "Does what `arguments` say in a JVM with the class path `class-path`. Returns its exit code."
  [class-path arguments]
  (let [command (concat [(str (io/file (System/getProperty "java.home") "bin" "java"))
                         "-XX:TieredStopAtLevel=1" "-Dclojure.compiler.direct-linking=true"
                         "-cp" (str class-path File/pathSeparator (sources/root "karamon/dev/compile.clj"))
                         "clojure.main" "-m" "karamon.dev.compile"]
                        arguments)]
    (.waitFor (.start (.inheritIO (ProcessBuilder. ^List command))))))

(defn- compile-here [{[target & folders] :places, :keys [without jars]}]
  (let [_          (when (empty? folders) (throw (wrong "Expected INTO and one FOLDER or more")))
        found      (distinct (concat (what-functions-load) (sources/namespaces folders)))
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
