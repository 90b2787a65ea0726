(ns karamon.dev.launcher-test
  "The launcher `./karamon` as a program: signals, arguments, locale, builds, messages."
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.launcher.harness :refer [*environment* call-with-launcher finished home link! program! run start start-launcher]])
  (:import
   (java.io File)
   (java.nio.file Files)
   (java.nio.file.attribute FileAttribute)
   (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

(deftest a-signal-to-the-launcher-reaches-java
  (call-with-launcher
    (fn [there current]
      (doseq [arguments [["s3" "ls" "s3://a"] ["etag" "-"] ["serve"]]]
        (testing arguments
          (let [^Process process (apply start there current arguments)]
            (try
              (is (= (str (.pid process)) (.readLine (.inputReader process))))
              ;; Another process passes it on. What comes after the end of this one is lost.
              (is (= "an error" (.readLine (.errorReader process))))
              (.destroy (.toHandle process))
              (is (.waitFor process 60 TimeUnit/SECONDS))
              (finally
                (.destroyForcibly process)))))))))

(deftest no-shell-evaluates-a-path
  (call-with-launcher
    (fn [^File there ^File current]
      (let [process (start there current "s3" "ls" "$(touch there)" "a b" "'\"")]
        (.close (.getOutputStream process))
        (let [lines (rest (str/split-lines (slurp (.inputReader process))))]
          (is (= 0 (.waitFor process)))
          (is (= ["[s3]" "[ls]" "[$(touch there)]" "[a b]" "['\"]"] (take-last 5 lines)))
          (is (some #{(str "[-Dkaramon.home=" there "]")} lines)))
        (is (empty? (.list current)))
        (is (not (.exists (io/file there "there"))))))))

(def ^:private waiting
  "Runs a command, and waits for what filters its error output: Java doesn't read what comes after the end of a process."
  "set -o pipefail; { \"$@\" 2>&1 >&3 3>&- | cat >&2; } 3>&1")

(defn- result-with
  "Returns the exit code, the output and the error output of the launcher, with variables for its environment; \"\" removes one."
  [there ^File current variables & arguments]
  (let [changes (for [[k v] variables] (if (= "" v) (str "--unset=" k) (str k "=" v)))
        {:keys [exit out err]} (finished (start-launcher "bash" there current
                                           (concat ["-c" waiting "bash" "env"] (sort changes) [(io/file there "karamon")] arguments)))]
    [exit out err]))

(deftest java-gets-a-locale-that-can-express-all-names
  (call-with-launcher
    (fn [there ^File current]
      (program! (io/file (.getParentFile current) "jdk/bin/java")
                "#!/bin/sh
case $1 in
  -XshowSettings*) echo ' java.specification.version = 17' ;;
  --list-modules) ;;
  *) printf '%s,%s,%s' \"$LC_ALL\" \"$LC_CTYPE\" \"$LANG\" ;;
esac
")
      (doseq [[all ctype lang expected] [["C" "" "" "C.UTF-8,,"]
                                         ["POSIX" "C" "de_DE.UTF-8" "C.UTF-8,C,de_DE.UTF-8"]
                                         ["" "" "" ",C.UTF-8,"]
                                         ["" "" "C" ",C.UTF-8,C"]
                                         ["" "" "de_DE.UTF-8" ",,de_DE.UTF-8"]
                                         ["C.UTF-8" "C" "C" "C.UTF-8,C,C"]]
              command                   ["etag" "serve"]]
        (is (= expected (second (result-with there current {"LC_ALL" all, "LC_CTYPE" ctype, "LANG" lang} command))))))))

(defn- without-release!
  "Deletes the file that says which JDK it is, so that the launcher asks Java."
  [^File current]
  (io/delete-file (io/file (.getParentFile current) "jdk/release")))

(deftest a-java-that-doesnt-start-is-reported
  (call-with-launcher
    (fn [there ^File current]
      (without-release! current)
      (let [java (io/file (.getParentFile current) "jdk/bin/java")]
        (program! java "#!/bin/sh\necho 'Unrecognized option: -Xbad' >&2\nexit 1\n")
        (is (= [1 "" (str "karamon: " java " doesn't start: Unrecognized option: -Xbad\n")] (result-with there current {} "etag" "-")))))))

(deftest only-javas-notices-are-left-out
  (call-with-launcher
    (fn [there ^File current]
      (without-release! current)
      (program! (io/file (.getParentFile current) "jdk/bin/java")
                "#!/bin/sh
case $1 in
  -XshowSettings*) echo ' java.specification.version = 17' ;;
  --list-modules) echo jdk.incubator.vector@17 ;;
  *) printf '%s\\n' 'Picked up JAVA_TOOL_OPTIONS: -Da=b' '3 compiler directives added.' 'WARNING: Using incubator modules: x' 'An error' >&2 ;;
esac
")
      (is (= [0 "" "Picked up JAVA_TOOL_OPTIONS: -Da=b\nAn error\n"] (result-with there current {} "s3" "verify"))))))

(deftest a-build-writes-through-no-link-and-leaves-nothing-when-it-fails
  (call-with-launcher
    (fn [there current]
      (let [target   (io/file there "dev/target")
            precious (io/file there "precious")
            run      (fn []
                       (let [process (start there current "s3")]
                         (.close (.getOutputStream process))
                         (slurp (.inputReader process))
                         [(.waitFor process) (slurp (.errorReader process))]))]
        (spit precious "mine")
        (doseq [name ["launcher.log" "launcher.compiled.next"]]
          (link! (io/file target name) precious))
        (.setLastModified (io/file there "pom.xml") (+ 100000 (System/currentTimeMillis)))
        (testing "a failure"
          (let [[code err] (run)]
            (is (= 1 code))
            (is (re-matches #"karamon: building\.+ failed\nmaven's output\n" err))
            (is (= #{"launcher.classpath" "launcher.compiled" "launcher.compiled.next" "launcher.log"} (set (.list target))))))
        (testing "a success"
          (spit (io/file there "good") "")
          (is (= 0 (first (run))))
          (is (= "maven's output\n" (slurp (io/file target "launcher.log")))))
        (is (= "mine" (slurp precious)))))))

(deftest a-clone-that-was-moved-is-built-again
  (call-with-launcher
    (fn [^File there current]
      (let [moved (io/file (.getParentFile there) "moved")]
        (is (.renameTo there moved))
        (spit (io/file moved "good") "")
        (is (str/includes? (:err (run moved current "s3")) "karamon: building"))
        (is (= "an error\n" (:err (run moved current "s3"))))))))

(deftest help-and-version-need-neither-java-nor-a-build
  (call-with-launcher
    (fn [^File there current]
      (io/delete-file (io/file there "dev/target/launcher.classpath"))
      (spit (io/file there "pom.xml") "<artifactId>karamon-parent</artifactId>\n<version>1.2.3</version>\n")
      (binding [*environment* {"JAVA_HOME" "/nonexistent"}]
        (doseq [arguments [[] ["help"] ["--help"] ["-h"]]]
          (is (= {:exit 0, :err "", :out (str/replace (slurp (io/file home "dev/src-clj/karamon/dev/help.txt"))
                                                      "./karamon" (str there "/karamon"))}
                 (apply run there current arguments))
              arguments))
        (doseq [argument ["version" "--version"]]
          (is (= {:exit 0, :err "", :out "karamon 1.2.3\n"} (run there current argument))))))))

(deftest help-of-a-command-starts-no-build
  (call-with-launcher
    (fn [^File there ^File current]
      (spit (io/file current "pom.xml") "<project/>")
      (testing "after a change"
        (.setLastModified (io/file there "pom.xml") (+ 100000 (System/currentTimeMillis)))
        (doseq [arguments [["help" "serve"] ["new" "--help"] ["image" "-h"] ["s3" "stat" "--help"]]
                :let      [{:keys [exit out err]} (apply run there current arguments)]]
          (is (= [0 "an error\n"] [exit err]))
          (is (= (mapv #(str "[" % "]") arguments) (take-last (count arguments) (str/split-lines out))))))
      (testing "before the first one"
        (io/delete-file (io/file there "dev/target/launcher.classpath"))
        (let [options "\n\nIts options are known after the first build, which any other command starts.\n"]
          (are [arguments out] (= {:exit 0, :err "", :out (str out options)} (apply run there current arguments))
            ["help" "serve"]  "  serve      Serve the functions of serverless.yml on this machine"
            ["event" "--help"] "  event      Print a sample event of a queue, a topic, a bucket and so on, to edit"))
        (is (= {:exit 1, :out "", :err (str "karamon: no command serv: " there "/karamon help lists them\n")}
               (run there current "help" "serv")))))))

(deftest the-launcher-follows-links-to-itself
  (call-with-launcher
    (fn [^File there ^File current]
      (let [link   (io/file current "link")
            second (io/file (.getParentFile current) "bin/karamon")]
        (link! link (io/file there "karamon"))
        (Files/createSymbolicLink (.toPath second) (java.nio.file.Path/of "../current/link" (make-array String 0))
                                  (make-array FileAttribute 0))
        (doseq [launcher [link second]]
          (is (str/includes? (:out (finished (start-launcher launcher there current ["event" "sqs"])))
                             (str "[-Dkaramon.home=" there "]"))))
        (testing "and names itself as it was typed"
          (is (str/includes? (:out (finished (start-launcher second there current ["event" "sqs"]))) "[-Dkaramon.command=karamon]"))
          (is (str/includes? (:out (run there current "event" "sqs")) (str "[-Dkaramon.command=" there "/karamon]"))))))))

(deftest what-is-missing-is-named
  (call-with-launcher
    (fn [^File there ^File current]
      (binding [*environment* {"JAVA_HOME" "/nonexistent"}]
        (is (= {:exit 1, :out ""
                :err  "karamon: JAVA_HOME is /nonexistent, which has no bin/java: set it to a JDK, 17 or later\n"}
               (run there current "event" "sqs"))))
      (let [tools (io/file (.getParentFile current) "tools")]
        (.mkdir tools)
        (doseq [tool ["bash" "env" "find" "dirname" "readlink" "sed" "grep"]
                :let [file (first (filter #(.canExecute ^File %) (map #(io/file % tool) ["/usr/bin" "/bin"])))]]
          (link! (io/file tools tool) file))
        (binding [*environment* {"PATH" (str tools)}]
          (testing "Maven"
            (.setLastModified (io/file there "pom.xml") (+ 100000 (System/currentTimeMillis)))
            (is (= "karamon: no mvn found: install Maven, 3.8 or later, and put it on the PATH\n" (:err (run there current "event" "sqs")))))
          (doseq [[file message] [["project.clj" "project.clj needs Leiningen, and no lein is on the PATH"]
                                  ["deps.edn" "deps.edn needs the Clojure CLI, and no clojure is on the PATH"]]]
            (spit (io/file current file) "{}")
            (is (str/includes? (:err (run there current "invoke" "a/b")) message))))))))
