(ns karamon.dev.test
  "Runs the clojure.test tests in folders. Builds run it in a separate JVM:

      java -cp … clojure.main -m karamon.dev.test FOLDER…

  Exit codes: 0 all tests passed; 1 a test failed, a namespace doesn't load, there is no test, or no test asserts anything;
  2 usage error."
  (:require
   [clojure.string :as str]
   [clojure.test :as t]
   [karamon.dev.build.sources :as sources]
   [karamon.dev.failure :as failure])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(defn- load-failure
  "Loads the namespace `n`. Returns nil, or a message if it doesn't load."
  [n]
  (try
    (require n)
    nil
    (catch Throwable e
      (failure/load-text {:namespace n, :exception e}))))

(defn- tests? [n]
  (some (comp :test meta) (vals (ns-interns n))))

(defn- fault
  "Returns a message if a run had no tests or no assertions; nil otherwise, since clojure.test reports the rest."
  [folders tested {:keys [pass fail error]}]
  (cond
    (empty? tested)           (str "No test in " (str/join ", " folders) ": expected a deftest in one of the namespaces there")
    (zero? (+ pass fail error)) (str "No test in " (str/join ", " tested) " asserts anything: expected (is …) in one")))

(defn- run-all [folders]
  (let [namespaces (sources/namespaces folders)
        failures   (keep load-failure namespaces)]
    (if (seq failures)
      (binding [*out* *err*] (run! println failures) 1)
      (let [tested  (filter tests? namespaces)
            summary (when (seq tested) (apply t/run-tests tested))
            wrong   (fault folders tested summary)]
        (when wrong
          (binding [*out* *err*] (println wrong)))
        (if (and (not wrong) (t/successful? summary)) 0 1)))))

(defn run
  "Runs the tests in the folders that `arguments` name, and returns the exit code."
  [arguments]
  (if (or (empty? arguments) (some #(str/starts-with? % "-") arguments))
    (binding [*out* *err*]
      (println (str "Expected one folder of tests or more and nothing else, found "
                    (if (seq arguments) (str/join " " arguments) "none")
                    "\n\nUsage: clojure.main -m karamon.dev.test FOLDER…"))
      2)
    (try
      (sources/call-with-folders arguments #(run-all arguments))
      (catch ExceptionInfo e
        (binding [*out* *err*] (println (ex-message e)))
        1))))

(defn -main
  "Runs tests and ends the process with the exit code."
  [& arguments]
  (let [code (run arguments)]
    (flush)
    (shutdown-agents)
    (System/exit code)))
