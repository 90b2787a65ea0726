(ns karamon.dev.new
  "`karamon new`: writes a project to start from, for the Clojure CLI, Leiningen or Maven. For Maven it is the same as the
  archetype's."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.new.build-tool :as build-tool]
   [karamon.dev.new.template :as template]
   [karamon.dev.options :as options])
  (:import
   (java.io File IOException)
   (java.nio.file FileSystemException Path)
   (karamon.json JsonWriter)
   (karamon.text Shown)))

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
    (throw (options/wrong (str "No project can be named " (Shown/of name) ": expected segments of letters, digits, - and _ that "
                               "begin with a letter, with dots between them. Try " (good-name name))))
    (not (next name))
    (throw (options/wrong (str "The name " name " is too short: expected two letters or more, such as my-app")))
    (taken (first (str/split name #"\.")))
    (throw (options/wrong (str "The namespace " name " would hide an existing one. Try " (good-name name))))
    :else name))

(defn values
  "Returns the values of the template for a project of that name and build tool, without `plugin`."
  [name tool]
  (merge (get-in build-tool/tools [tool :values])
         {"artifactId"          name
          "groupId"             name
          "version"             "0.1.0-SNAPSHOT"
          "namespace"           (str/replace name "_" "-")
          "packageInPathFormat" (str/escape name {\- "_", \. "/"})
          "service"             (str/escape name {\_ "-", \. "-"})}))

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

(defn- plugin
  "Returns where npm finds the Serverless plugin: in the clone `home`, by a path from `folder`, or else Karamon's version on npm."
  [home folder]
  (if home
    (str "file:" (relative (io/file home "serverless-karamon") folder))
    (str/trim (slurp (io/resource "karamon/dev/version")))))

(defn- project-name
  "Returns the name that the project in `folder` gets, also for . and .."
  [^File folder]
  (str (.getFileName (.normalize (.toAbsolutePath (.toPath folder))))))

(defn- check-folder
  "Returns the name of the project that `folder` can get. Throws what `create` throws for a bad name and for a folder with files."
  [folder]
  (let [name (check-name (project-name folder))]
    (when-let [fault (template/occupied folder)]
      (throw (ex-info fault {:type ::there, :folder (str folder)})))
    name))

(defn create
  "Writes a project into `folder`, which is missing or empty; the folder's name is the project's. `options`:

  * `:build` -- `:deps`, `:lein` or `:maven`
  * `:home` -- the clone of Karamon that has the Serverless plugin, to which the project gets a relative path; without it, the
    project gets the plugin from npm

  Throws ex-info of `:type` `:karamon.dev.options/wrong` for a bad name, `:karamon.dev.new/there` if `folder` is a file or has
  files, `:karamon.dev.new/unwritable` if it can't be written."
  [^File folder {:keys [build home]}]
  (let [name (check-folder folder)]
    (try
      (->> (assoc (values name build) "plugin" (json-text (plugin home folder)))
           (template/files (get-in build-tool/tools [build :files]))
           (template/write folder))
      (catch IOException e
        (throw (ex-info (str "Can't write " folder ": " (reason e) ". No files are left behind")
                        {:type ::unwritable, :folder (str folder)} e))))))

(defn- quoted
  "Returns a path quoted for a shell."
  [path]
  (if (re-matches #"[A-Za-z0-9_./-]+" path) path (str "'" (str/replace path "'" "'\\''") "'")))

(defn- karamon-command
  "Returns how to run Karamon's commands in the project."
  [folder build home]
  (if (and home (= :maven build))
    (quoted (relative (io/file home "karamon") folder))
    (get-in build-tool/tools [build :values "karamonCommand"])))

(defn- print-next [^File folder {:keys [build home]}]
  (let [{:keys [needs values]} (build-tool/tools build)
        command (karamon-command folder build home)]
    (println (str "Wrote " (if (= "." (str folder)) (project-name folder) folder) ". It needs " needs ". Next:\n\n"
                  (when-not (= (str folder) ".") (str "  cd " (quoted (str folder)) "\n"))
                  "  " (values "testCommand") "\n"
                  "  " command " serve\n\n"
                  "With Serverless:\n\n"
                  "  npm install\n"
                  "  npx serverless offline      # or package, or deploy\n\n"
                  "Its README.md has the details."))))

(defn run
  "Writes the project that `arguments` name and prints the next steps."
  [arguments]
  (when-let [{[folder] :arguments, {:keys [build]} :options}
             (options/parse "new NAME [OPTIONS]\n\nNAME may be a path that ends with the name; . is the current folder."
                            [build-tool/option] [1 1] arguments)]
    (let [folder (io/file folder)]
      (check-folder folder) ; before it asks
      (let [project {:build (build-tool/choose build (build-tool/terminal?)), :home (System/getProperty "karamon.home")}]
        (create folder project)
        (print-next folder project))))
  0)
