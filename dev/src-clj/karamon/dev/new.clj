(ns karamon.dev.new
  "`./karamon new`: writes a project to start from, the same as the Maven archetype does, in one command."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.new.template :as template]
   [karamon.dev.options :as options])
  (:import
   (java.io File IOException)
   (java.nio.file FileSystemException Path)
   (karamon.json JsonWriter)))

(set! *warn-on-reflection* true)

(def ^:private segment "[A-Za-z][A-Za-z0-9_-]*")

(def ^:private taken
  "Names that a project can't have, since its namespaces would hide existing ones."
  #{"karamon" "clojure" "cljs" "java" "javax" "jdk" "sun"})

(defn- good-name
  "Returns a valid name similar to `name`."
  [name]
  (let [segments (->> (str/split name #"\.")
                      (map #(-> % (str/replace #"[^A-Za-z0-9_-]+" "-") (str/replace #"^[^A-Za-z]+|-+$" "")))
                      (remove str/blank?))
        better   (str/join "." segments)]
    (cond
      (taken (first segments)) (str "my-" better)
      (next better)            better
      :else                    "my-app")))

(defn check-name
  "Returns `name` if a project can have it: it becomes a namespace, and the name of an artifact and a service. Otherwise throws
  ex-info of `:type` `:karamon.dev.options/wrong` with a valid name in its message."
  [name]
  (cond
    (not (re-matches (re-pattern (str segment "(\\." segment ")*")) name))
    (throw (options/wrong (str "No project can be named " (pr-str name) ": expected segments of letters, digits, - and _ that "
                               "begin with a letter, with dots between them. Try " (good-name name))))
    (not (next name))
    (throw (options/wrong (str "The name " name " is too short: expected two letters or more, such as my-app")))
    (taken (first (str/split name #"\.")))
    (throw (options/wrong (str "The namespace " name " would hide an existing one. Try " (good-name name))))
    :else name))

(defn values
  "Returns the archetype's properties for a project of that name, without `plugin`."
  [name]
  {"artifactId"          name
   "groupId"             name
   "version"             "0.1.0-SNAPSHOT"
   "namespace"           (str/replace name "_" "-")
   "packageInPathFormat" (str/escape name {\- "_", \. "/"})
   "service"             (str/escape name {\_ "-", \. "-"})})

(defn- real
  "Returns the path of `file` with the links in its existing part followed."
  ^Path [^File file]
  (.toPath (.getCanonicalFile file)))

(defn- relative [^File file ^File folder]
  (str/replace (str (.relativize (real folder) (real file))) "\\" "/"))

(defn- json-text
  "Returns the JSON string of `s` without its quotes."
  [s]
  (let [json (JsonWriter/string s)]
    (subs json 1 (dec (count json)))))

(defn- reason [e]
  (or (when (instance? FileSystemException e) (.getReason ^FileSystemException e))
      (str (.getSimpleName (class e)) " " (ex-message e))))

(defn create
  "Writes a project into `folder`; the folder's name is the project's. `home` is Karamon's own folder: it has the archetype, and
  the Serverless plugin, to which the project has a relative path. Throws ex-info of `:type` `:karamon.dev.options/wrong` for a
  bad name, `:karamon.dev.new/there` if the folder exists, `:karamon.dev.new/unwritable` if it can't be written."
  [^File folder home]
  (let [name (check-name (.getName folder))]
    (when (template/exists? folder)
      (throw (ex-info (str folder " exists already: choose another name, or move it away")
                      {:type ::there, :folder (str folder)})))
    (try
      (let [plugin (str "file:" (relative (io/file home "serverless-karamon") folder))]
        (->> (assoc (values name) "plugin" (json-text plugin))
             (template/files (io/file home "archetype/target/karamon-archetype.jar"))
             (template/write folder)))
      (catch IOException e
        (throw (ex-info (str "Can't write " folder ": " (reason e) ". No files are left behind")
                        {:type ::unwritable, :folder (str folder)} e))))))

(defn- quoted
  "Returns a path quoted for a shell."
  [path]
  (if (re-matches #"[A-Za-z0-9_./-]+" path) path (str "'" (str/replace path "'" "'\\''") "'")))

(defn- print-next [^File folder home]
  (println (str "Wrote " folder ". Next:\n\n"
                "  cd " (quoted (str folder)) "\n"
                "  mvn verify                  # builds and tests it, makes target/karamon-function.zip\n"
                "  " (quoted (relative (io/file home "karamon") folder)) " serve\n\n"
                "With Serverless:\n\n"
                "  npm install\n"
                "  npx serverless offline      # or package, or deploy\n\n"
                "Its README.md has the details.")))

(defn run
  "Writes the project that `arguments` name and prints the next steps."
  [arguments]
  (when-let [{[folder] :arguments} (options/parse "./karamon new NAME, or a path that ends with it" [] [1 1] arguments)]
    (let [home   (or (System/getProperty "karamon.home")
                     (throw (options/wrong (str "Run new with the launcher of a clone, path/to/karamon/karamon new my-app: "
                                                "the clone has the template"))))
          folder (io/file folder)]
      (create folder home)
      (print-next folder home)))
  0)
