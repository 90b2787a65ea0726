(ns karamon.dev.package-test
  "Makes packages of projects in temporary folders, in a JVM whose current folder is the project's. Leaves out Karamon's own compiled
  namespaces, for speed; the integration tests have them."
  (:require
   [clojure.edn :as edn]
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.build.jars :as jars]
   [karamon.test.temp :as temp])
  (:import
   (java.io File)
   (java.nio.file Files)
   (java.util Arrays List)
   (java.util.zip ZipEntry ZipFile)))

(set! *warn-on-reflection* true)

(def ^:private class-path (System/getProperty "java.class.path"))

(def ^:private runtime
  "The class path of a function."
  (str/join File/pathSeparator
            (for [^String entry (str/split class-path (re-pattern File/pathSeparator))
                  :when (or (re-find #"[/\\](clojure|spec\.alpha|core\.specs\.alpha|jackson-core|aws-lambda-java-core|crac)-[^/\\]*\.jar$" entry)
                            (and (.exists (io/file entry)) (jars/has? (io/file entry) "karamon/runtime/GatewayHandler.class")))]
              entry)))

(defn- calls
  "Runs commands one after the other in a JVM in `folder`. The project's folder bin comes first on the PATH. Returns the exit code,
  output and errors of each."
  [folder locale commands]
  (let [code    (pr-str '(do (require (quote karamon.dev.main))
                             (prn (mapv (fn [arguments]
                                          (let [out (java.io.StringWriter.) err (java.io.StringWriter.)]
                                            (binding [*out* out *err* err]
                                              {:exit (karamon.dev.main/run arguments) :out (str out) :err (str err)})))
                                        (clojure.edn/read-string (slurp "commands.edn"))))
                             (shutdown-agents)))
        _       (spit (io/file folder "commands.edn") (pr-str commands))
        ^List command [(str (io/file (System/getProperty "java.home") "bin" "java")) "-XX:TieredStopAtLevel=1" "-XX:+UseSerialGC"
                       "-cp" class-path "clojure.main" "-e" code]
        builder (doto (ProcessBuilder. command)
                  (.directory folder)
                  (.redirectError (io/file folder "errors")))
        _       (doto (.environment builder)
                  (.put "LC_ALL" locale)
                  (.put "PATH" (str (io/file folder "bin") File/pathSeparator (System/getenv "PATH"))))
        process (.start builder)
        out     (slurp (.getInputStream process))]
    (is (zero? (.waitFor process)) (slurp (io/file folder "errors")))
    (mapv #(assoc % :errors (slurp (io/file folder "errors"))) (edn/read-string out))))

(defn- packing [& more]
  (into ["package" "--class-path" (str "src" File/pathSeparator runtime) "--without" "karamon\\..*"] more))

(defn- names [file]
  (with-open [zip (ZipFile. (io/file file))]
    (mapv #(.getName ^ZipEntry %) (enumeration-seq (.entries zip)))))

(defn- unpacked
  "Unpacks a file of a zip, next to the zip, and returns it."
  [zip path]
  (let [file (io/file (str zip ".of") path)]
    (io/make-parents file)
    (with-open [z (ZipFile. (io/file zip))]
      (Files/copy (.getInputStream z (.getEntry z path)) (.toPath file) ^"[Ljava.nio.file.CopyOption;" (make-array java.nio.file.CopyOption 0)))
    file))

(defn- read-bytes ^bytes [file]
  (Files/readAllBytes (.toPath (io/file file))))

(deftest the-package-has-only-jars-with-the-code-and-files-of-the-project-in-one-of-them
  (temp/call-with-folder
    (fn [^File root]
      (let [folder (io/file root "project")]
        (temp/save folder "src/my_app/core.clj" "(ns my-app.core (:require common.used)) (defn größe✨ [e c]) (defn 太郎 [e c]) (load \"part\")")
        (temp/save folder "src/my_app/part.clj" "(in-ns 'my-app.core) (defn part [e c] #our/tag 1)")
        (temp/save folder "src/my_app/left_out.clj" "(ns my-app.left-out (:require nowhere))")
        (temp/save folder "src/data_readers.clj" "{our/tag clojure.core/inc}")
        (temp/save folder "src/user.clj" "(throw (Exception. \"loaded\"))")
        (temp/save folder "src/my_app/.#core.clj" "an editor's")
        (temp/save folder "resources/page.html" "<p>")
        (temp/save folder "target/classes/my_app/Made.class" "by javac")
        (temp/save folder "target/classes/my_app/core__init.class" "of before")
        (temp/save folder "target/classes/my_app/core$gone.class" "of before")
        (temp/save folder "target/classes/common/used__init.class" "of before")
        (temp/save folder "target/classes/common/used$gone.class" "of before")
        (temp/save folder "target/classes/my_app/deleted.clj" "(ns my-app.deleted (:require nowhere))")
        (temp/save folder "serverless.yml" "functions: {a: {clj: my-app.core/größe✨}, b: {clj: '${self:custom.b}'}, c: {handler: index.main}}")
        (temp/save root "common/src/common/used.clj" "(ns common.used)")
        (temp/save root "common/src/common/unused.clj" "(ns common.unused)")
        (let [pack   (fn [output]
                       ["package" "--class-path" (str/join File/pathSeparator ["src" "target/classes" "../common/src" runtime "nowhere"])
                        "--without" "karamon\\..*|my-app\\.left-out" "--handler" "my-app.core/太郎" "--handler" "my-app.core/part" "-o" output])
              zip    (io/file folder "a.zip")
              [a b]  (calls folder "C" [(pack "a.zip") (pack "b.zip")])]
          (is (= [0 0] [(:exit a) (:exit b)]) (pr-str a))
          (is (str/starts-with? (:out a) "Compiled 1 namespace\nWrote a.zip, "))
          (is (every? #(re-matches #"lib/[\w.-]+\.jar" %) (names zip)))
          (is (= (sort (names zip)) (names zip)))
          (is (= ["common/unused.clj"] (names (unpacked zip "lib/common.jar"))))
          (let [own (names (unpacked zip "lib/function.jar"))]
            (is (= ["common/used__init.class" "data_readers.clj" "my_app/Made.class" "my_app/core__init.class" "my_app/part__init.class" "page.html"]
                   (remove #(str/includes? % "$") own)))
            (is (some #{"my_app/core$größe✨.class"} own))
            (is (not-any? #{"my_app/core$gone.class" "common/used$gone.class"} own)))
          (is (Arrays/equals (read-bytes zip) (read-bytes (io/file folder "b.zip"))))
          (is (= #{"a.zip" "a.zip.of" "b.zip" "commands.edn" "errors" "resources" "serverless.yml" "src" "target"}
                 (set (.list ^File folder))))))))) ; nothing else is left

(deftest a-newer-class-of-a-namespace-elsewhere-doesnt-replace-its-source
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "src/my_app/core.clj" "(ns my-app.core) (defn before [e c])")
      (is (= [0] (map :exit (calls folder "C.UTF-8" [(packing "-o" "old.zip")]))))
      (let [old (io/file folder "old.jar")]
        (.renameTo ^File (unpacked (io/file folder "old.zip") "lib/function.jar") old)
        (temp/save folder "src/my_app/core.clj" "(ns my-app.core) (defn after [e c])")
        (let [zip   (io/file folder "new.zip")
              [new] (calls folder "C.UTF-8"
                      [["package" "--class-path" (str/join File/pathSeparator ["src" "old.jar" runtime]) "--without" "karamon\\..*"
                        "--handler" "my-app.core/after" "-o" "new.zip"]])]
          (is (zero? (:exit new)) (pr-str new))
          (is (some #{"my_app/core$after.class"} (names (unpacked zip "lib/function.jar"))))
          (testing "and isn't in the package, where Lambda could find it first"
            (is (not-any? #{"my_app/core__init.class"} (names (unpacked zip "lib/old.jar"))))))))))

(deftest what-is-wrong-is-said-and-the-package-of-before-stays
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "src/my_app/core.clj" "(ns my-app.core) (defn hello [e c])")
      (temp/save folder "broken/my_app/broken.clj" "(ns my-app.broken)\n(nowhere)")
      (temp/save folder "other/my_app/other.clj" "(ns my-app.another)")
      (temp/save folder "empty/readme.txt" "none")
      (temp/save folder "target/karamon-function.zip" "of before")
      (let [expected
            [[["package" "--class-path" "src"]                1 "The runtime class path has no org.clojure/clojure"]
             [(packing "--build" "ant")                       2 "must be one of deps, lein, maven"]
             [(packing "--without" "(")                       2 "--without ( isn't a regular expression"]
             [(packing "--handler" "hello")                   2 "must be namespace/name"]
             [(packing "--sourc" "src")                       2 "No option --sourc. Did you mean --sources?"]
             [(packing "--sources" "nowhere")                  1 "No folder nowhere in "]
             [(packing "--sources" ".")                        1 ". is the whole project"]
             [(packing "--handler" "my-app.core/helo")        1 "Did you mean hello?"]
             [(packing "--sources" "broken")                   1 "my-app.broken doesn't load: Unable to resolve symbol: nowhere in this context (my_app/broken.clj:2:"]
             [(packing "--sources" "other")                    1 "my-app.other doesn't load: "]
             [(packing "-o" "empty/readme.txt/a.zip")         1 "readme.txt isn't a folder. Name another file with --output"]
             [["package"]                                     1 "No deps.edn, project.clj or pom.xml in "]
             [["package" "--class-path" "none.jar"]           1 "none.jar, which the class path names"]
             [["package" "--build" "lein"]                    1 "No project.clj in "]
             [["package" "--class-path" (str "empty" File/pathSeparator runtime) "--sources" "empty"] 1 "No namespace in "]]]
        (doseq [[[arguments exit message] found] (map vector expected (calls folder "C.UTF-8" (map first expected)))]
          (testing (pr-str (last arguments))
            (is (= exit (:exit found)))
            (is (str/includes? (str (:err found) (:errors found)) message) (pr-str found)))))
      (is (= "of before" (slurp (io/file folder "target/karamon-function.zip"))))
      (is (= ["karamon-function.zip"] (seq (.list (io/file folder "target"))))))))

(defn- tool
  "Writes a program of the project's folder bin that prints `text` and ends with `exit`."
  [folder name text exit]
  (temp/save folder (str "bin/" name) (str "#!/bin/sh\necho \"$@\" >>called\ncat <<'END'\n" text "\nEND\nexit " exit "\n"))
  (.setExecutable (io/file folder "bin" name) true))

(deftest the-class-path-is-that-of-the-build-tool-whose-file-is-there
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "src/my_app/core.clj" "(ns my-app.core)")
      (temp/save folder "deps.edn" "{}")
      (temp/save folder "project.clj" "")
      (tool folder "clojure" (str "src" File/pathSeparator runtime) 0)
      (tool folder "lein" (str "Compiling 1 source files\nsrc" File/pathSeparator runtime) 0)
      (let [found (calls folder "C.UTF-8" (for [more [[] ["--build" "lein"]]] (into ["package" "--without" "karamon\\..*"] more)))]
        (is (= [0 0] (map :exit found)) (pr-str found)))
      (is (= ["-Spath"
              "with-profile -base,-dev,-user,-provided update-in : assoc :test-paths [] -- do javac, classpath"]
             (str/split-lines (slurp (io/file folder "called"))))))))

(deftest a-build-tool-that-fails-or-isnt-there-is-reported-with-its-own-words
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "deps.edn" "{}")
      (temp/save folder "pom.xml" "<project/>")
      (are [name text code arguments message]
        (do (tool folder name text code)
            (let [[found] (calls folder "C.UTF-8" [arguments])]
              (and (= 1 (:exit found)) (str/includes? (:err found) message))))
        "clojure" "Error building classpath. No such library x" 1 ["package"]                   "clojure failed (exit code 1): clojure -Spath\n\nError building classpath. No such library x"
        "clojure" "Execution error at java.io. -Spath (No such file or directory)" 1 ["package"] "isn't the Clojure CLI, which reads deps.edn"
        "clojure" "Clojure 1.11.1" 0 ["package"]                                                "isn't the Clojure CLI, which reads deps.edn"
        "mvn"     "[ERROR] no such artifact" 1 ["package" "--build" "maven"]                     "mvn failed (exit code 1): mvn -B -q"))))
