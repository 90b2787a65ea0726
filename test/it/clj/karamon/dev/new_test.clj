(ns karamon.dev.new-test
  "How `./karamon new` writes a project. karamon.NewProjectIT tests that the project builds and answers."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [clojure.xml :as xml]
   [karamon.dev.main :as main]
   [karamon.dev.new :as new]
   [karamon.dev.new.template :as template]
   [karamon.test.temp :as temp])
  (:import
   (java.io File)
   (java.nio.file Files)
   (java.nio.file.attribute FileAttribute)))

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

(deftest the-archetype-accepts-the-same-names
  (let [metadata (xml/parse (io/file "archetype/resources/META-INF/maven/archetype-metadata.xml"))
        regex    (some #(when (= :validationRegex (:tag %)) (first (:content %))) (tree-seq :content :content metadata))]
    (doseq [name good-names]
      (is (re-matches (re-pattern regex) name)))
    (doseq [name (keys bad-names)]
      (is (not (re-matches (re-pattern regex) name)) name))))

(deftest a-name-is-converted-for-each-tool
  (are [name namespace folder service] (= [namespace folder service]
                                          (map (new/values name) ["namespace" "packageInPathFormat" "service"]))
    "my-app"           "my-app"           "my_app"           "my-app"
    "my.dotted-app"    "my.dotted-app"    "my/dotted_app"    "my-dotted-app"
    "my_app"           "my-app"           "my_app"           "my-app"
    "com.acme.web_api" "com.acme.web-api" "com/acme/web_api" "com-acme-web-api"))

(defn- written
  "Returns a map of path to text of all files under `folder`."
  [^File folder]
  (into (sorted-map) (for [^File file (file-seq folder) :when (.isFile file)]
                       [(str (.relativize (.toPath folder) (.toPath file))) (slurp file)])))

(deftest a-project-has-its-files-and-no-placeholder
  (temp/call-with-folder
    (fn [folder]
      (new/create (io/file folder "deep/down/my.dotted-app") home)
      (let [files (written (io/file folder "deep/down/my.dotted-app"))]
        (is (= [".gitignore" "README.md" "events/hello.json" "function.xml" "package.json" "pom.xml" "serverless.yml"
                "src-clj/my/dotted_app/core.clj" "test/my/dotted_app/core_test.clj"]
               (keys files)))
        (doseq [[path text] files]
          (testing path
            (is (not (re-find #"@[\w.]+@|\$\{(?!project\.|java\.home|skipTests|karamon\.version|path\.separator|runtime\.classpath)|__" (str path text))))
            (is (not (re-find #"##|\r" text)) "what Velocity or a shell may misread")))
        (is (str/includes? (files "serverless.yml") "service: my-dotted-app\n"))
        (is (str/includes? (files "serverless.yml") "clj: my.dotted-app.core/hello\n"))
        (is (str/starts-with? (files "src-clj/my/dotted_app/core.clj") "(ns my.dotted-app.core\n"))
        (is (str/includes? (files "pom.xml") "<artifactId>my.dotted-app</artifactId>"))
        (testing "the path to the plugin is relative to the project"
          (let [[_ path] (re-find #"\"serverless-karamon\": \"file:(.+)\"" (files "package.json"))]
            (is (= (.getCanonicalFile (io/file home "serverless-karamon"))
                   (.getCanonicalFile (io/file folder "deep/down/my.dotted-app" path))))))))))

(deftest its-plugins-have-the-same-versions-as-ours
  (let [versions (fn [text] (into {} (map (juxt second #(nth % 2)))
                                  (re-seq #"<artifactId>([\w-]+-plugin)</artifactId>\s*<version>([^<]+)</version>" text)))
        theirs   (versions (slurp "archetype/resources/archetype-resources/pom.xml"))]
    (is (< 5 (count theirs)))
    (is (= (select-keys (versions (slurp "pom.xml")) (keys theirs)) theirs))))

(defn- run [folder]
  (let [out (java.io.StringWriter.)
        err (java.io.StringWriter.)]
    (binding [*out* out, *err* err]
      (let [exit (main/run ["new" (str folder)])]
        {:exit exit, :out (str out), :err (str err)}))))

(deftest the-command-prints-the-next-steps
  (temp/call-with-folder
    (fn [folder]
      (let [{:keys [exit out err]} (run (io/file folder "it's/my-app"))]
        (is (= [0 ""] [exit err]))
        (is (str/includes? out (str "cd '" folder "/it'\\''s/my-app'\n")))
        (is (str/includes? out "mvn verify"))))))

(deftest existing-files-are-left-alone
  (temp/call-with-folder
    (fn [^File folder]
      (.mkdir (io/file folder "empty"))
      (temp/save folder "file" "mine")
      (Files/createSymbolicLink (.toPath (io/file folder "link")) (.toPath (io/file "nowhere")) (make-array FileAttribute 0))
      (doseq [name ["empty" "file" "link"]
              :let [there (io/file folder name)]]
        (is (= {:exit 1, :out "", :err (str there " exists already: choose another name, or move it away\n")} (run there))))
      (is (= {"file" "mine"} (written folder)))
      (is (= #{"empty" "file" "link"} (set (.list folder)))))))

(deftest a-failure-leaves-no-files-behind
  (temp/call-with-folder
    (fn [^File folder]
      (temp/save folder "file" "mine")
      (testing "a parent that can't be created"
        (let [{:keys [exit err]} (run (io/file folder "file/my-app"))]
          (is (= 1 exit))
          (is (= (str "Can't write " folder "/file/my-app: Not a directory. No files are left behind\n") err))))
      (testing "a file that can't be written"
        (is (thrown? java.io.IOException
              (template/write (io/file folder "new/parents/my-app") {"a" "text", "a/b" "no folder"}))))
      (is (= ["file"] (vec (.list folder)))))))
