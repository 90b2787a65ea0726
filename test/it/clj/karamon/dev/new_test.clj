(ns karamon.dev.new-test
  "How `karamon new` writes a project. karamon.NewProjectIT tests that a project for Maven builds and answers, and
  karamon.dev.build-tools-test those for the Clojure CLI and for Leiningen."
  {:any-jdk true}
  (:require
   [clojure.edn :as edn]
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [clojure.xml :as xml]
   [karamon.dev.build.sources :as sources]
   [karamon.dev.main :as main]
   [karamon.dev.new :as new]
   [karamon.dev.new.build-tool :as build-tool]
   [karamon.dev.new.template :as template]
   [karamon.test.temp :as temp])
  (:import
   (java.io File)
   (java.nio.file Files)
   (java.nio.file.attribute FileAttribute PosixFilePermissions)
   (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

(def ^:private home (System/getProperty "karamon.home"))

(def ^:private good-names ["my-app" "my.app" "my_app" "MyApp2" "ab" "com.acme.web-api" "my.java" "javascript"])

(def ^:private bad-names
  "Invalid names, each with the name that the error suggests."
  {""           "my-app"
   "a"          "my-app"
   "."          "my-app"
   ".."         "my-app"
   "2fast"      "fast"
   "my app!"    "my-app"
   "-x"         "my-app"
   "my..app"    "my.app"
   "my.2.app"   "my.app"
   "my-app."    "my-app"
   "мой-app"    "app"
   "my$app"     "my-app"
   "karamon"    "my-karamon"
   "karamon.x"  "my-karamon.x"
   "clojure"    "my-clojure"
   "java.util"  "my-java.util"})

(def ^:private template-folder (io/file "archetype/resources/archetype-resources"))

(defn- written
  "Returns a map of path to text of all files under `folder`."
  [^File folder]
  (into (sorted-map) (for [^File file (file-seq folder) :when (.isFile file)]
                       [(str (.relativize (.toPath folder) (.toPath file))) (slurp file)])))

(defn- refusal [name]
  (try
    (new/check-name name)
    nil
    (catch clojure.lang.ExceptionInfo e
      (is (= :karamon.dev.options/wrong (:type (ex-data e))))
      (ex-message e))))

(deftest valid-names-are-accepted-and-invalid-ones-refused-with-a-suggestion
  (doseq [name good-names]
    (is (= name (new/check-name name))))
  (doseq [[name good] bad-names
          :let        [message (refusal name)]]
    (testing (pr-str name)
      (is (str/includes? message name))
      (is (= good (second (re-find #"(?:Try|such as) (\S+)$" message))))
      (is (nil? (refusal good))))))

(defn- archetype
  "Returns the elements of the archetype's description, as clojure.xml does."
  []
  (tree-seq :content :content (xml/parse (io/file template-folder "../META-INF/maven/archetype-metadata.xml"))))

(deftest the-archetype-accepts-the-same-names
  (let [regex (some #(when (= :validationRegex (:tag %)) (first (:content %))) (archetype))]
    (doseq [name good-names]
      (is (re-matches (re-pattern regex) name)))
    (doseq [name (keys bad-names)]
      (is (not (re-matches (re-pattern regex) name)) name))))

(deftest the-archetype-has-the-values-for-maven
  (let [defaults (into {} (for [{:keys [tag attrs content]} (archetype) :when (= :requiredProperty tag)]
                            [(:key attrs) (some #(when (= :defaultValue (:tag %)) (first (:content %))) content)]))
        values   (get-in build-tool/tools [:maven :values])]
    (is (= values (select-keys defaults (keys values))))))

(deftest projects-have-every-file-of-the-template
  (is (= (keys (written template-folder))
         (sort (concat template/shared (mapcat :files (vals build-tool/tools))))))
  (testing "and the archetype none of another build tool"
    (is (= (sort (cons "pom.xml" (mapcat :files (vals (dissoc build-tool/tools :maven)))))
           (sort (keep #(when (= :exclude (:tag %)) (first (:content %))) (archetype))))
        "Maven adds the pom.xml anyway")))

(deftest a-name-is-converted-for-each-tool
  (are [name namespace folder service] (= [namespace folder service]
                                          (map (new/values name :deps) ["namespace" "packageInPathFormat" "service"]))
    "my-app"           "my-app"           "my_app"           "my-app"
    "my.dotted-app"    "my.dotted-app"    "my/dotted_app"    "my-dotted-app"
    "my_app"           "my-app"           "my_app"           "my-app"
    "com.acme.web_api" "com.acme.web-api" "com/acme/web_api" "com-acme-web-api"))

(deftest a-project-has-its-files-and-no-placeholder
  (doseq [[build build-files sources] [[:deps ["deps.edn"] "src"] [:lein ["project.clj"] "src"]
                                       [:maven [".mvn/jvm.config" "pom.xml"] "src-clj"]]]
    (testing build
      (temp/call-with-folder
        (fn [folder]
          (new/create (io/file folder "deep/down/my.dotted-app") {:build build, :home home})
          (let [files (written (io/file folder "deep/down/my.dotted-app"))]
            (is (= (sort (into [".gitignore" "README.md" "events/hello.json" "package.json" "serverless.yml"
                                (str sources "/my/dotted_app/core.clj") "test/my/dotted_app/core_test.clj"]
                               build-files))
                   (keys files)))
            (doseq [[path text] files]
              (testing path
                (is (not (re-find #"@[\w.]+@|\$\{(?!project\.|java\.home|skipTests|karamon\.|path\.separator|runtime\.classpath)|__" (str path text))))
                (is (not (re-find #"##|\r" text)) "what Velocity or a shell may misread")))
            (is (str/includes? (files "serverless.yml") "service: my-dotted-app\n"))
            (is (str/includes? (files "serverless.yml") "clj: my.dotted-app.core/hello\n"))
            (is (str/starts-with? (files (str sources "/my/dotted_app/core.clj")) "(ns my.dotted-app.core\n"))
            (testing "the path to the plugin is relative to the project"
              (let [[_ path] (re-find #"\"serverless-karamon\": \"file:(.+)\"" (files "package.json"))]
                (is (= (.getCanonicalFile (io/file home "serverless-karamon"))
                       (.getCanonicalFile (io/file folder "deep/down/my.dotted-app" path))))))))))))

(defn- project
  "Returns a map of path to text of the files of a new project my-app."
  [options]
  (temp/call-with-folder
    (fn [folder]
      (new/create (io/file folder "my-app") options)
      (written (io/file folder "my-app")))))

(deftest projects-differ-only-in-what-the-build-tool-decides
  (let [[deps lein maven] (for [build [:deps :lein :maven]]
                            (-> (project {:build build, :home home})
                                (dissoc "README.md" "deps.edn" "project.clj" ".mvn/jvm.config" "pom.xml" "package.json")
                                (update-keys #(str/replace % #"^src-clj/" "src/"))))]
    (is (= 5 (count deps)))
    (is (= deps lein maven))))

(deftest build-files-name-the-project-and-karamon
  (let [version (System/getProperty "karamon.version")
        deps    (edn/read-string (get (project {:build :deps}) "deps.edn"))
        lein    (edn/read-string (get (project {:build :lein}) "project.clj"))
        maven   (get (project {:build :maven}) "pom.xml")]
    (is (= {:mvn/version version} (get-in deps [:deps 'karamon/karamon])))
    (is (= {'karamon/karamon-dev {:mvn/version version}} (get-in deps [:aliases :karamon :extra-deps])))
    (is (= ["my-app" "0.1.0-SNAPSHOT"] [(str (second lein)) (nth lein 2)]))
    (is (= ['karamon/karamon version] (last (:dependencies (apply hash-map (drop 3 lein))))))
    (is (str/includes? maven "<artifactId>my-app</artifactId>"))
    (is (str/includes? maven (str "<karamon.version>" version "</karamon.version>")))
    (testing "and the Clojure that Karamon has"
      (is (= {:mvn/version (clojure-version)} (get-in deps [:deps 'org.clojure/clojure])))
      (is (= ['org.clojure/clojure (clojure-version)] (first (:dependencies (apply hash-map (drop 3 lein)))))))))

(defn- first-block
  "Returns the data of the first block in a language on a page."
  [page language]
  (edn/read-string (second (re-find (re-pattern (str "(?s)```" language "\n(.*?)\n```")) (slurp page)))))

(deftest the-page-about-projects-shows-the-same-build-files
  (is (= (update (edn/read-string (get (project {:build :deps}) "deps.edn")) :aliases dissoc :test)
         (first-block "docs/projects.md" "edn")))
  (is (= (edn/read-string (get (project {:build :lein}) "project.clj"))
         (first-block "docs/projects.md" "clojure"))))

(deftest the-template-adds-no-namespaces-to-karamon-dev
  (is (some #{'karamon.dev.new} (sources/sibling-namespaces "karamon/dev/new.clj")))
  (is (not-any? #(str/includes? (str %) "core") (sources/sibling-namespaces "karamon/dev/new.clj"))))

(deftest without-a-clone-the-plugin-comes-from-npm
  (is (str/includes? (get (project {:build :deps}) "package.json")
                     (str "\"serverless-karamon\": \"" (System/getProperty "karamon.version") "\""))))

(deftest its-plugins-have-the-same-versions-as-ours
  (let [versions (fn [text] (into {} (map (juxt second #(nth % 2)))
                                  (re-seq #"<artifactId>([\w-]+-plugin)</artifactId>\s*<version>([^<]+)</version>" text)))
        theirs   (versions (slurp "archetype/resources/archetype-resources/pom.xml"))]
    (is (< 5 (count theirs)))
    (is (= (select-keys (versions (slurp "pom.xml")) (keys theirs)) theirs))))

(defn- run [folder & options]
  (let [out (java.io.StringWriter.)
        err (java.io.StringWriter.)]
    (binding [*out* out, *err* err]
      (let [exit (main/run (into ["new" (str folder)] options))]
        {:exit exit, :out (str out), :err (str err)}))))

(deftest the-command-prints-the-next-steps
  (temp/call-with-folder
    (fn [folder]
      (doseq [[build commands] {"deps"  ["clojure -M:test" "clojure -M:karamon serve"]
                                "lein"  ["lein test" "lein karamon serve"]
                                "maven" ["mvn test" "karamon serve"]}]
        (let [{:keys [exit out err]} (run (io/file folder "it's" build "my-app") "--build" build)]
          (is (= [0 ""] [exit err]))
          (is (str/includes? out (str "cd '" folder "/it'\\''s/" build "/my-app'\n")))
          (doseq [command commands]
            (is (str/includes? out (str command "\n")))))))))

(deftest an-unknown-build-tool-is-an-error-that-lists-them
  (temp/call-with-folder
    (fn [^File folder]
      (let [{:keys [exit err]} (run (io/file folder "my-app") "--build" "gradle")]
        (is (= 2 exit))
        (is (str/includes? err "must be one of deps, lein, maven")))
      (is (empty? (.list folder))))))

(deftest without-a-terminal-a-project-is-for-the-clojure-cli
  (is (= :deps (build-tool/choose nil false)))
  (is (= :lein (build-tool/choose :lein true))))

(deftest a-terminal-is-asked-until-it-names-a-build-tool
  (let [answers (fn [text] (with-out-str (is (= :maven (with-in-str text (build-tool/choose nil true))))))]
    (is (= 1 (count (re-seq #"Build tool:" (answers "maven\n")))))
    (is (str/includes? (answers "mavn\n Maven \n") "No build tool \"mavn\". Did you mean maven?")))
  (with-out-str
    (is (= :deps (with-in-str "\n" (build-tool/choose nil true))))
    (is (thrown-with-msg? clojure.lang.ExceptionInfo #"--build deps, --build lein or --build maven"
          (with-in-str "" (build-tool/choose nil true))))))

(deftest files-are-left-alone
  (temp/call-with-folder
    (fn [^File folder]
      (temp/save folder "file" "mine")
      (temp/save folder "full/b" "mine")
      (temp/save folder "full/.git/config" "mine")
      (temp/save folder "full/c" "mine")
      (Files/createSymbolicLink (.toPath (io/file folder "link")) (.toPath (io/file "nowhere")) (make-array FileAttribute 0))
      (doseq [[name fault] {"file" " exists already and isn't a folder: choose another name, or move it away\n"
                            "link" " exists already and isn't a folder: choose another name, or move it away\n"
                            "full" " has files already, such as b: choose another name, or an empty folder\n"}
              :let [there (io/file folder name)]]
        (is (= {:exit 1, :out "", :err (str there fault)} (run there))))
      (is (= {"file" "mine", "full/b" "mine", "full/c" "mine", "full/.git/config" "mine"} (written folder)))
      (is (= #{"file" "full" "link"} (set (.list folder)))))))

(deftest a-project-can-be-written-into-an-empty-folder-or-a-new-repository
  (temp/call-with-folder
    (fn [^File folder]
      (.mkdir (io/file folder "my-app"))
      (temp/save folder "cloned/.git/config" "mine")
      (Files/setPosixFilePermissions (.toPath (io/file folder "my-app")) (PosixFilePermissions/fromString "rwxrwx---"))
      (let [key  (fn [^File f] (Files/getAttribute (.toPath f) "unix:ino" (make-array java.nio.file.LinkOption 0)))
            same (key (io/file folder "my-app"))]
        (is (= 0 (:exit (run (io/file folder "my-app") "--build" "lein"))))
        (is (= 0 (:exit (run (io/file folder "cloned/.") "--build" "lein"))))
        (is (= same (key (io/file folder "my-app"))) "a shell that is in it sees the files"))
      (is (= (keys (project {:build :lein, :home home})) (keys (written (io/file folder "my-app")))))
      (is (= "mine" (get (written (io/file folder "cloned")) ".git/config")))
      (testing "which is named by it"
        (is (str/includes? (slurp (io/file folder "cloned/project.clj")) "(defproject cloned "))
        (is (.isFile (io/file folder "cloned/src/cloned/core.clj"))))
      (testing "and no draft is left"
        (is (= #{".gitignore" "README.md" "events" "package.json" "project.clj" "serverless.yml" "src" "test"}
               (set (.list (io/file folder "my-app")))))))))

(deftest a-failure-leaves-no-files-behind
  (temp/call-with-folder
    (fn [^File folder]
      (temp/save folder "file" "mine")
      (.mkdir (io/file folder "empty"))
      (testing "a parent that can't be created"
        (let [{:keys [exit err]} (run (io/file folder "file/my-app"))]
          (is (= 1 exit))
          (is (= (str "Can't write " folder "/file/my-app: Not a directory. No files are left behind\n") err))))
      (testing "a file that can't be written"
        (doseq [name ["new/parents/my-app" "empty"]]
          (is (thrown? java.io.IOException
                (template/write (io/file folder name) {"a" "text", "a/b" "no folder"})))))
      (is (= #{"file" "empty"} (set (.list folder))))
      (is (empty? (.list (io/file folder "empty")))))))

(deftest a-process-that-ends-while-it-writes-leaves-no-files-behind
  (temp/call-with-folder
    (fn [^File folder]
      (.mkdir (io/file folder "empty"))
      (doseq [name ["new/parents/my-app" "empty"]
              ;; A lazy map whose last text ends the process: what precedes it has been written.
              :let [code    (pr-str `(template/write (io/file ~(str (io/file folder name)))
                                                     (concat [["a/b" "text"]] (lazy-seq [["c" (System/exit 3)]]))))
                    command [(str (System/getProperty "java.home") "/bin/java") "-cp" (System/getProperty "java.class.path")
                             "clojure.main" "-e" (str "(require 'karamon.dev.new.template 'clojure.java.io)" code)]
                    process (.start (.inheritIO (ProcessBuilder. ^java.util.List command)))]]
        (is (.waitFor process 60 TimeUnit/SECONDS))
        (is (= 3 (.exitValue process))))
      (is (empty? (.list (io/file folder "empty"))))
      (is (not-any? #(.isFile ^File %) (file-seq folder))))))
