(ns karamon.test-runner
  "Finds the deftests under test/clj for JUnit, and runs one at a time. A deftest that asserts nothing fails; so does one
  whose fixture throws."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :as t]))

(set! *warn-on-reflection* true)

(defn- test-namespaces [pattern]
  (let [root (io/file "test/clj")]
    (sort
      (for [^java.io.File file (file-seq root)
            :when (str/ends-with? (.getName file) "_test.clj")
            :let  [path (str (.relativize (.toPath root) (.toPath file)))
                   ns   (-> path (str/replace #"\.clj$" "") (str/replace "/" ".") (str/replace "_" "-"))]
            :when (re-find (re-pattern pattern) ns)]
        (symbol ns)))))

(defn- run-test
  "Runs the test var `v` within its namespace's fixtures; throws AssertionError with every report that isn't a pass."
  [v]
  (let [reports (atom [])
        out     (java.io.StringWriter.)
        ns-meta (meta (:ns (meta v)))
        once    (t/join-fixtures (::t/once-fixtures ns-meta))
        each    (t/join-fixtures (::t/each-fixtures ns-meta))]
    (binding [t/report        (fn [m]
                                (when (#{:pass :fail :error} (:type m))
                                  (swap! reports conj [(:type m) t/*testing-contexts* m])))
              t/*test-out*    out]
      (once (fn [] (each (fn [] (t/test-var v))))))
    (when (empty? @reports)
      (throw (AssertionError. (str v " asserts nothing"))))
    (when-let [bad (seq (remove (comp #{:pass} first) @reports))]
      (throw (AssertionError.
               (str/join "\n\n"
                         (for [[_ contexts {:keys [message file line expected actual]}] bad]
                           (str (symbol v) ": " (str/join " " (reverse contexts)) " " message " (" file ":" line ")\n"
                                "expected: " (pr-str expected) "\n"
                                "  actual: " (if (instance? Throwable actual)
                                               (let [w (java.io.StringWriter.)]
                                                 (.printStackTrace ^Throwable actual (java.io.PrintWriter. w))
                                                 (str w))
                                               (pr-str actual))))))))))

(defn tests
  "Returns a sorted map of namespace name to its tests, each a map of \"name\" and \"run\", a function that throws when
  the test fails. `pattern` is a regex to find in the namespaces' names."
  [pattern]
  (into (sorted-map)
        (for [n (test-namespaces pattern)]
          (do (require n)
              [(str n)
               (vec (for [[k v] (sort-by key (ns-interns n)) :when (:test (meta v))]
                      {"name" (str k) "run" #(run-test v)}))]))))
