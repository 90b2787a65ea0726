(ns karamon.dev.build-tools-test
  "Karamon's commands in new projects, through the Clojure CLI and Leiningen, without the launcher and without Maven. Their
  artifacts are those that the projects in test/it/projects were built with."
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.main :as main]
   [karamon.test.temp :as temp])
  (:import
   (java.io BufferedReader File)
   (java.util List)
   (java.util.concurrent TimeUnit)
   (karamon.test Depth)
   (org.opentest4j TestAbortedException)))

(set! *warn-on-reflection* true)

(def ^:private ^File tools
  "The folder with the stand-in for the Clojure CLI and with the settings for both tools."
  (io/file (System/getProperty "karamon.new-projects") "../tools-deps"))

(def ^:private version (System/getProperty "karamon.version"))

(defn- start
  "Starts a command in a folder, with the JDK that runs this test. Its output goes to the file `out` there, or into a pipe
  without it."
  ^Process [^File folder out command]
  (let [builder (doto (ProcessBuilder. ^List command)
                  (.directory folder)
                  (.redirectErrorStream true))
        java    (System/getProperty "java.home")]
    (when out
      (.redirectOutput builder (io/file folder out)))
    (doto (.environment builder)
      (.put "JAVA_HOME" java)
      (.put "JAVA_CMD" (str java "/bin/java"))
      (.put "JAVA_OPTS" "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
      (.put "PATH" (str (.getCanonicalPath tools) ":" (System/getenv "PATH")))
      (.put "LEIN_JAVA_CMD" (str java "/bin/java"))
      (.put "LEIN_HOME" (.getCanonicalPath (io/file tools "lein"))))
    (.start builder)))

(defn- run
  "Runs a command in a folder. Returns its exit code and its output."
  [folder & command]
  (let [process (start folder "out" command)]
    (if (.waitFor process 120 TimeUnit/SECONDS)
      [(.exitValue process) (slurp (io/file folder "out"))]
      (do (.destroyForcibly process) [:still-running (slurp (io/file folder "out"))]))))

(defn- stop
  "Ends a process and those that it started."
  [^Process process]
  (doseq [^java.lang.ProcessHandle child (iterator-seq (.iterator (.descendants process)))]
    (.destroy child))
  (.destroy process))

(defn- port
  "Returns the port that the output of `serve` names, or the whole output if that ends first."
  [^BufferedReader out]
  (loop [before []]
    (if-let [line (.readLine out)]
      (if-let [[_ port] (re-find #"http://127\.0\.0\.1:(\d+)/hello" line)]
        port
        (recur (conj before line)))
      (str/join "\n" before))))

(defn- edit [file from to]
  (let [text (slurp file)]
    (is (str/includes? text from))
    (spit file (str/replace text from to))))

(defn- check-commands
  "Checks the commands in the new project my-app. `command` runs Karamon's."
  [folder command]
  (let [call (fn [& arguments] (apply run folder (into command arguments)))]
    (testing "event"
      (let [[exit out] (call "event" "sqs")]
        (is (= 0 exit) out)
        (is (str/includes? out "\"receiptHandle\": \"handle-1\""))))
    (testing "invoke"
      (is (= 0 (first (call "invoke" "my-app.core/hello" "--query" "name=hoge"))))
      (is (= "{\"hello\":\"hoge\"}" (last (str/split-lines (slurp (io/file folder "out")))))))))

(defn- call-with-serve
  "Calls `f` with a function that requests /hello of the gateway that `command` starts in a folder."
  [folder command f]
  (let [process (start folder nil (into command ["serve" "--port" "0"]))]
    (try
      (let [port (deref (future (port (io/reader (.getInputStream process)))) 120000 :no-answer)]
        (is (re-matches #"\d+" (str port)))
        (f #(slurp (str "http://127.0.0.1:" port "/hello"))))
      (finally (stop process)))))

(defn- check-serve
  "Checks that the gateway answers in the new project my-app, also after an edit, whose code reads a file in resources."
  [folder command]
  (call-with-serve folder command
                   (fn [hello]
                     (is (= "{\"hello\":\"world\"}" (hello)))
                     (edit (io/file folder "src/my_app/core.clj") "\"world\"" "(slurp (clojure.java.io/resource \"who.txt\"))")
                     (Thread/sleep 100) ; the gateway looks for saved files every 50 ms
                     (is (= "{\"hello\":\"everybody\"}" (hello))))))

(defn- check-tests [folder command]
  (let [[exit out] (apply run folder command)]
    (is (= 0 exit) out)
    (is (re-find #"Ran 3 tests containing 5 assertions" out))))

(defn- check-project
  "Checks the new project my-app. `command` runs Karamon's commands, `tests` the project's tests."
  [folder command tests]
  (temp/save folder "resources/who.txt" "everybody")
  (check-tests folder tests)
  (check-commands folder command)
  (check-serve folder command))

(deftest a-new-project-works-with-the-clojure-cli-alone
  (temp/call-with-folder
    (fn [folder]
      (let [clojure ["bash" (.getCanonicalPath (io/file tools "clojure"))]
            dev     (pr-str {:deps {'karamon/karamon-dev {:mvn/version version}}})]
        (testing "new"
          (let [[exit out] (apply run folder (into clojure ["-Sdeps" dev "-M" "-m" "karamon.dev.main" "new" "my-app" "-b" "deps"]))]
            (is (= 0 exit) out)))
        (check-project (io/file folder "my-app") (conj clojure "-M:karamon") (conj clojure "-M:test"))))))

(defn- first-block
  "Returns the first block of code in a language on a page."
  [page language]
  (second (re-find (re-pattern (str "(?s)```" language "\n(.*?)```")) page)))

(deftest the-project-of-the-readme-works-as-pasted
  (Depth/requireFull)
  (temp/call-with-folder
    (fn [folder]
      (let [readme (slurp (io/file (System/getProperty "karamon.home") "README.md"))
            ;; The table's commands, as the stand-in is called.
            clojure ["bash" (.getCanonicalPath (io/file tools "clojure")) "-M:karamon"]]
        (doseq [[file language] {"src/example/core.clj" "clojure", "deps.edn" "edn", "serverless.yml" "yaml"}]
          (temp/save folder file (first-block readme language)))
        (.setExecutable (io/file tools "clojure") true)
        (doseq [command ["serve" "package"]]
          (is (str/includes? readme (str "`clojure -M:karamon " command "`"))))
        (let [[exit out] (apply run folder (conj clojure "package"))]
          (is (= 0 exit) out)
          (is (re-find #"Wrote target/karamon-function.zip, .* MB, with the handlers example.core/hello" out)))
        (call-with-serve folder clojure #(is (= "{\"hello\":\"world\"}" (%))))))))

(deftest a-new-project-works-with-leiningen-alone
  (Depth/requireFull)
  (when-not (= 0 (first (temp/call-with-folder #(run % "sh" "-c" "command -v lein"))))
    (throw (TestAbortedException. "skipped the project for Leiningen: no lein on the PATH")))
  (temp/call-with-folder
    (fn [folder]
      (with-out-str
        (is (= 0 (main/run ["new" (str (io/file folder "my-app")) "--build" "lein"]))))
      ;; In the project, since a profile of the user's isn't for everything.
      (edit (io/file folder "my-app/project.clj") ":dependencies [[org" (str (slurp (io/file tools "lein/settings")) "\n  :dependencies [[org"))
      (check-project (io/file folder "my-app") ["lein" "karamon"] ["lein" "test"]))))
