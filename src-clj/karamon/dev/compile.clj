(ns karamon.dev.compile
  "Compiles Clojure ahead of time, for a function's package. For builds, in a JVM of its own:

      java -cp … clojure.main -m karamon.dev.compile INTO FOLDER… [--without REGEX] [--jars FOLDER] [--strict]

  Each namespace found in the folders is compiled, and those of Karamon that functions load, but for those whose name
  matches REGEX. The classes that INTO holds are deleted first. With --jars the jars of the class path are put into that
  folder as functions load them fastest (`karamon.dev.build.jars`), in place of those it holds. With --strict any warning,
  reflection among them, fails.
  Exit codes: 0 done, 1 failed, 2 the call was wrong."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.build.jars :as jars]
   [karamon.dev.build.sources :as sources]
   [karamon.dev.failure :as failure])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io File StringWriter)
   (java.util.regex PatternSyntaxException)
   (karamon.text Nearest)))

(set! *warn-on-reflection* true)

(defn- wrong [message]
  (ex-info (str message "\n\nUsage: clojure.main -m karamon.dev.compile INTO FOLDER… [--without REGEX] [--jars FOLDER] [--strict]")
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
      (= "--strict" argument)         (recur more (assoc options :strict true))
      (str/starts-with? argument "-") (throw (wrong (str "No option " argument "."
                                                         (Nearest/hint argument ["--without" "--jars" "--strict"]))))
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
  "Returns Karamon's own namespaces but those for people's machines, and but those for S3 where the SDK isn't there."
  []
  (let [others (if (io/resource "software/amazon/awssdk/services/s3/S3Client.class")
                 #"karamon\.(local|dev)\b.*"
                 #"karamon\.(local|dev|s3)\b.*")]
    (remove #(re-matches others (str %)) (sources/namespaces-beside "karamon/gateway.clj"))))

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

(defn- compile-strictly [namespaces]
  (let [warnings (StringWriter.)
        failures (binding [*err* warnings, *warn-on-reflection* true]
                   (compile-all namespaces))]
    (cond->> failures
      (not (str/blank? (str warnings))) (cons (str warnings "\nThere must be no warning with --strict.")))))

(defn run
  "Compiles and returns the exit code."
  [arguments]
  (try
    (let [{[target & folders] :places, :keys [strict without jars]} (parse arguments)
          _          (when (empty? folders) (throw (wrong "Expected INTO and one FOLDER or more")))
          found      (distinct (concat (what-functions-load) (sources/namespaces folders)))
          namespaces (remove #(and without (re-matches without (str %))) found)]
      (clear target ".class" "class")
      (when jars (clear jars ".jar" "jar"))
      (if-let [failures (seq (sources/call-with-folders folders
                               #(binding [*compile-path* target]
                                  ((if strict compile-strictly compile-all) namespaces))))]
        (binding [*out* *err*] (run! println failures) 1)
        (do (when jars (jars/copy-class-path jars (jars/paths target)))
            (println "Compiled" (count namespaces) (str "namespaces" (when strict " without a warning")))
            0)))
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
