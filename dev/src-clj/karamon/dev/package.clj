(ns karamon.dev.package
  "`karamon package`: makes the function package, the same one for every build tool: a zip of jars in lib/. function.jar has the
  project's compiled Clojure, its other files and its Java classes. A folder on the class path outside the project becomes a jar
  of its own. The same sources make the same bytes on the same JDK."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.build.jars :as jars]
   [karamon.dev.build.sources :as sources]
   [karamon.dev.failure :as failure]
   [karamon.dev.folders :as source-folders]
   [karamon.dev.options :as options]
   [karamon.dev.package.class-path :as class-path]
   [karamon.dev.package.folders :as folders]
   [karamon.dev.package.handlers :as handlers]
   [karamon.dev.package.jvm :as jvm])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io File IOException)
   (java.nio.file AccessDeniedException FileAlreadyExistsException Files Path)
   (java.nio.file.attribute FileAttribute)
   (java.util.regex PatternSyntaxException)
   (karamon.file Draft)))

(set! *warn-on-reflection* true)

(defn- check-libraries
  "Throws if the class path `entries` lacks what each function needs."
  [entries]
  (doseq [[file artifact] [["clojure/core__init.class" "org.clojure/clojure"]
                           ["karamon/runtime/GatewayHandler.class" "karamon/karamon"]]
          :when (not-any? #(jars/has? % file) entries)]
    (throw (ex-info (str "The runtime class path has no " artifact ": add it to the project's dependencies")
                    {:type ::no-library, :library artifact}))))

(defn- copies
  "Copies the project's folders into the folder `work`, without old classes of theirs and of the libraries `others`. Returns the
  names of the copies there."
  [found others ^Path work]
  (let [names (mapv (fn [i folder] (doto (str "sources/" i) (->> (.resolve work) (folders/copy folder)))) (range) found)]
    (folders/remove-old-classes (map #(.toFile (.resolve work ^String %)) names) (mapcat jars/entry-paths others))
    names))

(defn- check-sources [names found ^Path work]
  (try
    (sources/namespaces (map #(str (.resolve work ^String %)) names))
    (catch ExceptionInfo e
      (throw (if (= ::sources/no-namespace (:type (ex-data e)))
               (ex-info (str "No namespace in " (or (not-empty (str/join ", " (map :folder found))) "the project")
                             ": expected .clj or .cljc files there, or other folders named with --sources")
                        {:type ::no-namespace})
               e)))))

(defn- make-folder
  "Makes the folder of the file `output`. Throws if no file can be written there."
  [^Path output]
  (let [folder (.getParent output)
        fail   (fn [reason]
                 (throw (ex-info (str "Can't write " output ": " reason ". Name another file with --output")
                                 {:type ::unwritable, :output (str output)})))]
    (try
      (Files/createDirectories folder (make-array FileAttribute 0))
      (catch FileAlreadyExistsException e (fail (str (.getFile e) " isn't a folder")))
      (catch AccessDeniedException e (fail (str "no permission to create " (.getFile e))))
      (catch IOException e (fail (failure/summary e))))
    (when-not (Files/isWritable folder)
      (fail (str "no permission to write into " folder)))))

(defn- karamon-dev
  "Returns the jar or folder of the class path that this namespace is in."
  []
  (sources/root (first (filter io/resource ["karamon/dev/package/compile.clj" "karamon/dev/package/compile__init.class"]))))

(def ^:private same-hashes
  "The options of a JVM in which all objects have the same identity hash. Clojure's compiler keeps the locals that a function closes
  over in a map by that hash, so otherwise their order, and the classes, would differ from build to build."
  ["-XX:+IgnoreUnrecognizedVMOptions" "-XX:+UnlockExperimentalVMOptions" "-XX:hashCode=2"])

(defn- compile-in-another-jvm
  "Compiles and lays out the package in the folder `work`. Returns true if that succeeded."
  [^Path work names entries without]
  (spit (str (.resolve work "request.edn"))
        (pr-str {:folders names, :entries (mapv str entries), :without (some-> without str)}))
  (let [process (jvm/start (str work)
                           (concat (map #(.resolve work ^String %) names) entries [(karamon-dev)])
                           (into same-hashes ["-Dclojure.compiler.direct-linking=true" "clojure.main" "-m" "karamon.dev.package.compile" (str work)]))]
    (io/copy (io/reader (.getInputStream process)) *out*)
    (flush)
    (zero? (.waitFor process))))

(defn- runtime-class-path [{:keys [build], given :class-path}]
  (class-path/entries (or given (class-path/of (or build (class-path/tool))))))

(defn- sources-of [{:keys [build sources], given :class-path}]
  (if (or (seq sources) given (not= :maven (or build (class-path/tool))))
    sources
    (filter #(.isDirectory (io/file %)) (class-path/resource-folders))))

(defn- megabytes [^File file]
  (format "%.1f MB" (/ (.length file) 1e6)))

(defn create
  "Makes the function package `:output` of the project in the current folder, and returns true. Returns false if a namespace
  doesn't compile: then a message was printed. Replaces an earlier package only when the new one is complete.

  * `:class-path` -- the runtime class path, a text (default: what the build tool prints)
  * `:build` -- the build tool, :deps, :lein or :maven (default: the first whose file is there)
  * `:sources` -- folders of sources and resources, in addition to those on the class path (default: the usual ones)
  * `:without` -- a regex of the names of namespaces to leave out
  * `:handlers` -- names of handlers that the package must have"
  [{:keys [output without handlers] :as options}]
  (let [entries (runtime-class-path options)
        found   (folders/of entries (sources-of options))
        others  (remove folders/own? entries)
        output  (.toPath (.getAbsoluteFile (io/file output)))]
    (check-libraries others)
    (make-folder output)
    (with-open [draft (Draft/folder output)]
      (let [work  (.path draft)
            lib   (.toFile (.resolve work "lib"))
            zip   (.toFile (.resolve work "package.zip"))
            names (copies found others work)]
        (check-sources names found work)
        (when (compile-in-another-jvm work names others without)
          (handlers/check (str work) lib handlers)
          (jars/zip-folder lib zip "lib/")
          (Draft/publish (.toPath zip) output)
          true)))))

(defn- regex [text]
  (try
    (re-pattern text)
    (catch PatternSyntaxException e
      (throw (options/wrong (str "--without " text " isn't a regular expression: " (.getDescription e)))))))

(def ^:private handler
  [:multi true, :default [], :default-desc "", :update-fn conj
   :validate [#(re-matches #"[^/\s]+/\S+" %) "must be namespace/name, such as example.core/hello"]])

(def ^:private specs
  [[nil "--class-path PATH" "The runtime class path (default: what the build tool prints)"]
   [nil "--sources FOLDER" "A folder of sources besides those on the class path, repeatable (default: src, src-clj, resources)"
    :assoc-fn source-folders/add-to]
   [nil "--build TOOL" "The build tool: deps, lein or maven (default: the one of deps.edn, else of project.clj, else of pom.xml)"
    :parse-fn keyword :validate (options/one-of class-path/tools)]
   ["-o" "--output FILE" "The zip to write (default target/karamon-function.zip)"
    :default "target/karamon-function.zip" :default-desc ""]
   [nil "--without REGEX" "Leave out the namespaces whose names match"]
   (into [nil "--handler NS/VAR" "A handler that the package must have, besides those of serverless.yml, repeatable"] handler)
   [nil "--no-check" "Don't check that the package has the handlers"]])

(defn run
  "Makes the package that `arguments` describe. Returns the exit code."
  [arguments]
  (if-let [{{:keys [output without handler no-check] :as options} :options}
           (options/parse "package [OPTIONS]" specs [0 0] arguments)]
    (let [handlers (when-not no-check (distinct (concat (handlers/of-service "serverless.yml") handler)))]
      (if (create (assoc options :without (some-> without regex) :handlers handlers))
        (do (println (str "Wrote " output ", " (megabytes (io/file output))
                          (when (seq handlers) (str ", with the handlers " (str/join ", " handlers)))))
            0)
        1))
    0))
