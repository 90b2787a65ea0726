(ns karamon.test.runner
  "Finds the deftests below a folder for JUnit, and runs one at a time. A deftest that asserts nothing fails; so does one
  whose fixture throws."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :as t]
   [clojure.tools.namespace.find :as find]))

(set! *warn-on-reflection* true)

(defn- test-namespaces
  "Returns the test namespaces below `folder` in whose names the regex `pattern` is found, sorted."
  [folder pattern]
  (->> (find/find-namespaces-in-dir (io/file folder) find/clj)
       (filter #(and (str/ends-with? % "-test") (re-find (re-pattern pattern) (str %))))
       sort))

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
  the test fails. The namespaces are those below `folder` in whose names the regex `pattern` is found, and of those every
  `shares`-th from `share` on."
  [folder pattern share shares]
  (into (sorted-map)
        (for [n (take-nth shares (drop share (test-namespaces folder pattern)))]
          (do (require n)
              [(str n)
               (vec (for [[k v] (sort-by key (ns-interns n)) :when (:test (meta v))]
                      {"name" (str k) "run" #(run-test v)}))]))))
