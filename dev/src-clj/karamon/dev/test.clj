(ns karamon.dev.test
  "`./karamon test`: runs the clojure.test tests of a project. Builds run it in a separate JVM:

      java -cp … clojure.main -m karamon.dev.test [FOLDER…]

  Exit codes: 0 all tests passed; 1 a test failed, a namespace doesn't load, there is no test, or no test asserts anything;
  2 usage error."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.folders :as folders]
   [karamon.dev.options :as options]
   [karamon.dev.test.exit :as exit]
   [karamon.dev.test.find :as find]
   [karamon.dev.test.report :as report]
   [karamon.dev.test.session :as session])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io BufferedReader InputStreamReader)))

(set! *warn-on-reflection* true)

(defn- add-keyword [options k text]
  (update options k (fnil conj (sorted-set)) (keyword (str/replace text #"^:" ""))))

(def ^:private specs
  [["-t" "--tests FOLDER" "A folder of tests; may be given several times (default test, or those on the class path)"
    :assoc-fn folders/add-to]
   (folders/option "A source folder to load code from")
   ["-i" "--include KEYWORD" "Run only tests with this metadata, their own or their namespace's; may be given several times"
    :assoc-fn add-keyword]
   ["-e" "--exclude KEYWORD" "Don't run tests with this metadata; may be given several times" :assoc-fn add-keyword]
   [nil "--fail-fast" "Stop after the first test that fails"]
   [nil "--show-output" "Let tests print, instead of printing the output of failed ones"]
   [nil "--trace" "Print the whole stack traces of exceptions"]
   ["-w" "--watch" "Run tests again when files are saved"]])

(defn- watch [options arguments folders]
  ((requiring-resolve 'karamon.dev.test.watch/watch)
   folders
   (BufferedReader. (InputStreamReader. System/in))
   (report/terminal?)
   #(session/run options arguments %))
  0)

(defn- run-in [{:keys [sources tests] :as options} arguments]
  (let [given   (filter #(.isDirectory (io/file %)) arguments)
        names   (remove (set given) arguments)
        tests   (find/test-folders (distinct (concat tests given)))
        sources (folders/existing sources)
        roots   (map (comp str :root) (find/files tests))
        options (assoc options :folders tests :sources sources :colours (report/colours?))]
    (folders/call-with
      (distinct (concat roots tests (folders/existing ["test/resources" "test-resources"]) sources))
      (fn []
        (exit/call-reporting
          #(if (:watch options)
             (watch options names (distinct (concat sources tests)))
             (:exit (session/run options names nil))))))))

(defn run
  "Runs the tests that `arguments` select, and returns the exit code."
  [arguments]
  (try
    (if-let [{:keys [options arguments]}
             (options/parse "test [NAMESPACE|NAMESPACE/TEST|FILE|FOLDER]… [OPTIONS]" specs [0 Integer/MAX_VALUE] arguments)]
      (run-in options arguments)
      0)
    (catch ExceptionInfo e
      (let [code (case (:type (ex-data e)) ::options/wrong 2, ::find/nothing 1, nil)]
        (when-not code (throw e))
        (flush)
        (binding [*out* *err*] (println (ex-message e)))
        code))))

(defn -main
  "Runs tests and ends the process with the exit code."
  [& arguments]
  (let [code (run arguments)]
    (flush)
    (shutdown-agents)
    (System/exit code)))
