(ns karamon.dev.new
  "`./karamon new`: a project to start from, the same as the Maven archetype's, in one command."
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
  "Names whose namespaces would hide somebody else's."
  #{"karamon" "clojure" "cljs" "java" "javax" "jdk" "sun"})

(defn- good-name
  "Returns a name like `name` that can be one."
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
  "Returns `name` when it can be a project's: it becomes a namespace, an artifact's and a service's name. Throws ex-info
  of `:type` `:karamon.dev.options/wrong`, with a good name in its message."
  [name]
  (cond
    (not (re-matches (re-pattern (str segment "(\\." segment ")*")) name))
    (throw (options/wrong (str "No project can be named " (pr-str name) ": expected letters, digits, - and _ after a letter, "
                               "and dots between such. Try " (good-name name))))
    (not (next name))
    (throw (options/wrong (str "The name " name " is too short: expected two letters or more, such as my-app")))
    (taken (first (str/split name #"\.")))
    (throw (options/wrong (str "The namespace " name " would hide one that is there already. Try " (good-name name))))
    :else name))

(defn values
  "Returns what the archetype's properties are for a project of that name, but for `plugin`."
  [name]
  {"artifactId"          name
   "groupId"             name
   "version"             "0.1.0-SNAPSHOT"
   "namespace"           (str/replace name "_" "-")
   "packageInPathFormat" (str/escape name {\- "_", \. "/"})
   "service"             (str/escape name {\_ "-", \. "-"})})

(defn- real
  "Returns the path of `file` with links followed, as far as it is there."
  ^Path [^File file]
  (.toPath (.getCanonicalFile file)))

(defn- relative [^File file ^File folder]
  (str/replace (str (.relativize (real folder) (real file))) "\\" "/"))

(defn- json-text
  "Returns what stands between the quotes of the JSON string of `s`."
  [s]
  (let [json (JsonWriter/string s)]
    (subs json 1 (dec (count json)))))

(defn- reason [e]
  (or (when (instance? FileSystemException e) (.getReason ^FileSystemException e))
      (str (.getSimpleName (class e)) " " (ex-message e))))

(defn create
  "Writes a project into `folder`, whose last part is its name; `home` is Karamon's own folder, from which the archetype
  and, by a relative path, the Serverless plugin are taken. Throws ex-info of `:type` `:karamon.dev.options/wrong` for a bad
  name, `:karamon.dev.new/there` when there is something in its place, `:karamon.dev.new/unwritable`."
  [^File folder home]
  (let [name (check-name (.getName folder))]
    (when (template/there? folder)
      (throw (ex-info (str folder " is there already: choose another name, or move it away")
                      {:type ::there, :folder (str folder)})))
    (try
      (let [plugin (str "file:" (relative (io/file home "serverless-karamon") folder))]
        (->> (assoc (values name) "plugin" (json-text plugin))
             (template/files (io/file home "archetype/target/karamon-archetype.jar"))
             (template/write folder)))
      (catch IOException e
        (throw (ex-info (str "Can't write " folder ": " (reason e) ". Nothing of it is left")
                        {:type ::unwritable, :folder (str folder)} e))))))

(defn- quoted
  "Returns a path as one types it into a shell."
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
                "Its README.md tells more.")))

(defn run
  "Writes the project that `arguments` name and tells what to do next."
  [arguments]
  (when-let [{[folder] :arguments} (options/parse "./karamon new NAME, or a path that ends with it" [] [1 1] arguments)]
    (let [home   (or (System/getProperty "karamon.home")
                     (throw (options/wrong (str "Call new by the launcher of a clone, path/to/karamon/karamon new my-app: "
                                                "it takes the project from there"))))
          folder (io/file folder)]
      (create folder home)
      (print-next folder home)))
  0)
