(ns karamon.dev.package.class-path
  "The runtime class path of the project in the current folder, as its build tool prints it. That of Maven is known after it
  compiled the project's Java."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.xml :as xml])
  (:import
   (java.io File IOException)
   (java.util List)
   (javax.xml.parsers SAXParserFactory)
   (karamon.file Draft)
   (org.xml.sax.helpers DefaultHandler)))

(set! *warn-on-reflection* true)

(def ^:private lines-shown
  "The number of last lines of a failed tool in its error."
  20)

(defn- failed [message]
  (ex-info message {:type ::failed}))

(defn- last-lines [text]
  (str/join "\n" (take-last lines-shown (remove str/blank? (str/split-lines text)))))

(defn- start ^Process [^List command ^File err install]
  (try
    (.start (doto (ProcessBuilder. command) (.redirectError err)))
    (catch IOException _
      (throw (failed (str "No " (first command) " found: " install ", or name the class path with --class-path"))))))

(defn- call
  "Runs a program and returns `{:exit … :out … :err …}`. Throws if there is none: `install` says how to get it."
  [command install]
  (with-open [draft (Draft/temporary)]
    (let [err     (.toFile (.resolve (.path draft) "err"))
          process (start command err install)
          _       (.close (.getOutputStream process))
          out     (slurp (.getInputStream process))]
      {:exit (.waitFor process), :out out, :err (slurp err)})))

(defn- output
  "Runs a program and returns what it printed. Throws if it fails."
  [command install]
  (let [{:keys [exit out err]} (call command install)]
    (when-not (zero? exit)
      (throw (failed (str (first command) " failed (exit code " exit "): " (str/join " " command) "\n\n" (last-lines (str out "\n" err))))))
    out))

(defn- last-line [text]
  (last (remove str/blank? (str/split-lines text))))

(def ^:private separator (re-pattern File/pathSeparator))

(defn- expanded
  "Returns the files that an entry of a class path names: all jars of a folder if it ends with *, as for Java."
  [entry]
  (let [file (.getAbsoluteFile (io/file entry))]
    (if (= "*" (.getName file))
      (sort (filter #(str/ends-with? (str/lower-case (str %)) ".jar") (.listFiles (.getParentFile file))))
      [file])))

(defn entries
  "Returns the entries of the class path `text`: absolute files, each once. Folders that don't exist are left out, as for Java. Throws
  if a jar doesn't exist."
  [text]
  (let [files (distinct (mapcat expanded (remove str/blank? (str/split (str/trim text) separator))))]
    (doseq [^File file files :when (and (str/ends-with? (str file) ".jar") (not (.exists file)))]
      (throw (failed (str "No " file ", which the class path names"))))
    (filterv #(.exists ^File %) files)))

(defn- jars? [text]
  (some #(str/ends-with? % ".jar") (when text (str/split text separator))))

(def ^:private install-clojure "install the Clojure CLI (https://clojure.org/guides/install_clojure)")

(defn- deps []
  (let [command ["clojure" "-Spath"]
        {:keys [exit out err]} (call command install-clojure)]
    (cond
      (and (zero? exit) (jars? (last-line out))) (last-line out)
      (or (zero? exit) (re-find #"-Spath \(" (str out err)))
      (throw (failed (str "The clojure on the PATH isn't the Clojure CLI, which reads deps.edn: its answer to -Spath is no class path. "
                          (str/capitalize (subs install-clojure 0 1)) (subs install-clojure 1)
                          ", or name the class path with --class-path")))
      :else
      (throw (failed (str "clojure failed (exit code " exit "): clojure -Spath\n\n" (last-lines (str out "\n" err))))))))

(defn- lein []
  ;; Leiningen puts the tests on every class path.
  (last-line (output ["lein" "with-profile" "-base,-dev,-user,-provided" "update-in" ":" "assoc" ":test-paths" "[]" "--" "do" "javac,"
                      "classpath"]
                     "install Leiningen (https://leiningen.org)")))

(defn- maven []
  (with-open [draft (Draft/temporary)]
    (let [file (str (.resolve (.path draft) "classpath"))]
      (output ["mvn" "-B" "-q" "-DskipTests" "compile" "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:build-classpath"
               "-DincludeScope=runtime" (str "-Dmdep.outputFile=" file)]
              "install Maven, 3.8 or later")
      (str "target/classes" File/pathSeparator (slurp file)))))

(def ^:private builds
  "The build tools in the order of choice, with the file that each one reads."
  [[:deps "deps.edn" deps] [:lein "project.clj" lein] [:maven "pom.xml" maven]])

(def tools
  "The names of the build tools."
  (mapv first builds))

(defn tool
  "Returns the build tool of the current folder; nil if it has none's file."
  []
  (some (fn [[tool file]] (when (.isFile (io/file file)) tool)) builds))

(defn of
  "Returns the runtime class path that the build tool prints, a text. Throws if it can't."
  [build]
  (let [[_ file find] (some #(when (= build (first %)) %) builds)]
    (when-not (and file (.isFile (io/file file)))
      (throw (failed (if file
                       (str "No " file " in " (System/getProperty "user.dir"))
                       (str "No deps.edn, project.clj or pom.xml in " (System/getProperty "user.dir")
                            ": run this in a project's folder, or name the class path with --class-path")))))
    (find)))

(defn- parser
  "Starts a parser of XML that reads no other files."
  [in ^DefaultHandler handler]
  (let [factory (doto (SAXParserFactory/newInstance)
                  (.setFeature "http://apache.org/xml/features/disallow-doctype-decl" true))]
    (.parse (.newSAXParser factory) ^java.io.InputStream in handler)))

(defn- children [element tag]
  (filter #(= tag (:tag %)) (:content element)))

(defn resource-folders
  "Returns the folders of the resources in the pom.xml of the current folder."
  []
  (with-open [in (io/input-stream "pom.xml")]
    (vec (for [build     (children (xml/parse in parser) :build)
               resources (children build :resources)
               resource  (children resources :resource)
               directory (children resource :directory)]
           (str/replace (str/trim (apply str (:content directory))) #"^\$\{(project\.)?basedir\}/" "")))))
