(ns karamon.dev.compile-test
  "Compiles in this process, so leaves out Karamon's own namespaces, which other tests need as they are. The tests of new
  projects check that those are compiled for functions too."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.build.sources :as sources]
   [karamon.dev.compile :as compile]
   [karamon.test.temp :as temp]))

(set! *warn-on-reflection* true)

(defn- run
  "Returns the exit code, output and error output of compiling `folder`/src into `folder`/classes."
  [folder & arguments]
  (let [out (java.io.StringWriter.)
        err (java.io.StringWriter.)]
    (binding [*out* out, *err* err]
      (let [exit (compile/run (concat [(str folder "/classes") (str folder "/src") "--without" "karamon\\..*"] arguments))]
        {:exit exit, :out (str out), :err (str err)}))))

(defn- classes [folder]
  (let [root (io/file folder "classes")]
    (into (sorted-set)
          (comp (map #(str (.relativize (.toPath root) (.toPath ^java.io.File %))))
                (filter #(str/ends-with? % "__init.class")))
          (file-seq root))))

(deftest namespaces-are-compiled-but-not-the-files-that-clojure-loads-at-start
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "src/compiled/some_app/core.clj" "(ns compiled.some-app.core (:require compiled.base)) (defn f [] 1)")
      (temp/save folder "src/compiled/base.cljc" "(ns compiled.base)")
      (temp/save folder "src/compiled/.#base.clj" "an editor's")
      (temp/save folder "src/compiled/page.html" "<p>")
      (temp/save folder "src/user.clj" "(throw (Exception. \"loaded\"))")
      (temp/save folder "src/data_readers.clj" "{x/y compiled.base/z}")
      (temp/save folder "classes/old/core__init.class" "of before")
      (is (= {:exit 0, :out "Compiled 2 namespaces\n", :err ""} (run folder)))
      (is (= #{"compiled/base__init.class" "compiled/some_app/core__init.class"} (classes folder))))))

(deftest a-compile-error-is-printed-with-its-line
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "src/uncompiled/core.clj" "(ns uncompiled.core)\n(defn f [] (nowhere))")
      (let [{:keys [exit err]} (run folder)]
        (is (= 1 exit))
        (is (re-find #"^uncompiled.core doesn't load: Unable to resolve symbol: nowhere in this context \(uncompiled/core.clj:2:\d+\)\n$"
                     err))))))

(deftest a-namespace-that-another-required-is-not-compiled-again
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "src/twice/b.clj" "(ns twice.b)")
      (temp/save folder "src/twice/a.clj" "(ns twice.a (:require twice.b))")
      (let [compiled (atom [])
            compile  compile]
        (with-redefs [clojure.core/compile (fn [n] (swap! compiled conj n) (compile n))]
          (is (zero? (:exit (run folder))))
          (is (= '[twice.a] @compiled))
          (testing "but a namespace that was loaded before is compiled"
            (is (zero? (:exit (run folder))))
            (is (= '[twice.a twice.a twice.b] @compiled))))))))

(deftest usage-errors-and-bad-folders-are-reported
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "src/core.clj" "(ns core)")
      (temp/save folder "empty/readme.txt" "none")
      (are [arguments exit message]
        (let [err (java.io.StringWriter.)]
          (and (= exit (binding [*err* err] (compile/run (map #(str/replace % "HERE" (str folder)) arguments))))
               (str/includes? (str err) message)))
        []                                        2 "Expected INTO and one FOLDER or more"
        ["HERE/classes"]                          2 "Expected INTO and one FOLDER or more"
        ["HERE/classes" "HERE/src" "--jrs"]       2 "No option --jrs. Did you mean --jars?"
        ["HERE/classes" "HERE/src" "--without"]   2 "--without needs a regular expression"
        ["HERE/classes" "HERE/src" "--without" "("] 2 "--without ( isn't a regular expression"
        ["HERE/src" "HERE/src"]                   2 "core.clj, which isn't a class file: name a folder with nothing else in it"
        ["HERE/classes" "HERE/nowhere"]           1 "nowhere in "
        ["HERE/classes" "HERE/empty"]             1 "expected .clj or .cljc files there")
      (is (.isFile (io/file folder "src/core.clj"))))))

(deftest karamons-own-namespaces-are-found
  (is (= '#{karamon.gateway karamon.response karamon.context}
         (set (filter #{'karamon.gateway 'karamon.response 'karamon.context} (@#'compile/namespaces-for-functions)))))
  (is (not-any? #(re-find #"^karamon\.(local|dev)|^(?!karamon\.)" (str %)) (@#'compile/namespaces-for-functions)))
  (testing "in a jar too"
    (is (contains? (set (sources/sibling-namespaces "clojure/tools/cli.cljc")) 'clojure.tools.cli))))
