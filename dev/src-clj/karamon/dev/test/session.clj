(ns karamon.dev.test.session
  "One run: finds and loads namespaces of tests, runs the selected tests, and prints the results."
  (:require
   [clojure.string :as str]
   [karamon.dev.test.find :as find]
   [karamon.dev.test.report :as report]
   [karamon.dev.test.runner :as runner])
  (:import
   (clojure.lang ExceptionInfo)
   (karamon.text Nearest)))

(set! *warn-on-reflection* true)

(defn- forget-removed!
  "Makes `require` load libraries whose namespace is missing. A library that fails to load counts as loaded, without one."
  []
  (dosync (commute @#'clojure.core/*loaded-libs* #(apply disj % (remove find-ns %)))))

(defn- load-failure
  "Loads the namespace `n`. Returns nil, or a map of `:namespace` and `:exception` if it doesn't load."
  [n]
  (try
    (forget-removed!)
    (require n)
    nil
    (catch Throwable e
      {:namespace n, :exception e})))

(defn- marks [plans-of]
  (into #{} (comp (mapcat (comp vals ns-interns)) (filter (comp :test meta)) (mapcat (comp keys meta)) (map name)) plans-of))

(defn- nothing-to-run
  "Returns why no test was run or asserted anything; nil if one did."
  [folders loaded plans {:keys [pass fail error]} {:keys [include exclude]}]
  (cond
    (and (empty? plans) (seq include))
    (str "No test has the metadata " (str/join " or " include) (when (seq exclude) (str " without " (str/join " or " exclude))) "."
         (Nearest/hint (name (first include)) (remove (set (map name include)) (marks loaded))))
    (and (empty? plans) (seq exclude)) (str "No test is left without the metadata " (str/join " or " exclude))
    (empty? plans) (str "No test in " (str/join ", " folders) ": expected a deftest in one of the namespaces there")
    (zero? (+ pass fail error))
    (str "No test in " (str/join ", " (map :namespace plans)) " asserts anything: expected (is …) in one")))

(defn- print-error [text]
  (flush)
  (binding [*out* *err*] (println text)))

(defn- run-targets [{:keys [folders sources] :as options} files targets]
  (let [unloaded (into [] (keep load-failure) (keys targets))
        loaded   (remove (set (map :namespace unloaded)) (keys targets))
        plans    (into [] (keep #(find/plan % (targets %) options)) loaded)
        printing (assoc options :files (into {} (map (juxt :namespace :file)) (concat (find/files sources) files)))
        _        (report/print-unloaded printing unloaded)
        {:keys [counts results]} (runner/run plans options #(do (println "Testing" (str %)) (flush)) #(report/print-result printing %))
        failing  (into #{} (map :namespace) (concat unloaded (filter (comp seq :failures) results)))
        nothing  (when (empty? failing) (nothing-to-run folders loaded plans counts options))]
    (if nothing
      (print-error nothing)
      (report/print-summary printing counts results unloaded))
    {:exit (if (or nothing (seq failing)) 1 0), :failing failing}))

(defn run
  "Runs the tests that `arguments` and the options select, in `namespaces` only if that set isn't nil. Returns `:exit`, the exit
  code, and `:failing`, the set of namespaces with failures.

  * `:folders` -- the folders of tests
  * `:sources` -- the other folders of the project
  * `:include`, `:exclude` -- sets of keywords of metadata
  * `:fail-fast`, `:show-output`, `:trace`, `:colours`"
  [{:keys [folders] :as options} arguments namespaces]
  (try
    (let [files   (find/files folders)
          targets (into (sorted-map)
                        (filter #(or (nil? namespaces) (namespaces (key %))))
                        (find/targets files folders arguments))]
      (if (and namespaces (empty? targets))
        (do (println "No test depends on the saved files.") {:exit 0, :failing #{}})
        (run-targets options files targets)))
    (catch ExceptionInfo e
      (if (= ::find/nothing (:type (ex-data e)))
        (do (print-error (ex-message e)) {:exit 1, :failing #{}})
        (throw e)))))
