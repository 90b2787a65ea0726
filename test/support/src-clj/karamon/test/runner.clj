(ns karamon.test.runner
  "Finds the deftests below a folder for JUnit, and runs them one at a time: those of a namespace on one thread, within its
  `:once` fixtures. A deftest without an assertion fails; so does each test of a namespace whose fixture throws, or hangs:
  then the threads are printed too."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :as t]
   [clojure.tools.namespace.find :as find])
  (:import
   (java.io PrintWriter StringWriter)
   (java.lang.management ManagementFactory)
   (java.util.concurrent CompletableFuture ExecutionException LinkedBlockingQueue TimeUnit TimeoutException)
   (javax.management ObjectName)
   (org.opentest4j TestAbortedException)))

(set! *warn-on-reflection* true)

(defn- excluded?
  "Says whether the `ns` form `decl` has a map with a group that -DexcludedGroups names, such as `{:any-jdk true}`. That is
  Surefire's option for JUnit's tags."
  [decl]
  (let [groups (map keyword (re-seq #"[\w-]+" (System/getProperty "excludedGroups" "")))]
    (some #(some % groups) (filter map? decl))))

(defn- test-namespaces
  "Returns the test namespaces below `folder` whose names match the regex `pattern` and that aren't excluded, sorted."
  [folder pattern]
  (->> (find/find-ns-decls-in-dir (io/file folder) find/clj)
       (remove excluded?)
       (map second)
       (filter #(and (str/ends-with? % "-test") (re-find (re-pattern pattern) (str %))))
       sort))

(defn- text
  "Returns the text of a report that isn't a pass."
  [v [_ contexts {:keys [message file line expected actual]}]]
  (str (symbol v) ": " (str/join " " (reverse contexts)) " " message " (" file ":" line ")\n"
       "expected: " (pr-str expected) "\n"
       "  actual: " (if (instance? Throwable actual)
                      (let [w (StringWriter.)]
                        (.printStackTrace ^Throwable actual (PrintWriter. w))
                        (str w))
                      (pr-str actual))))

(defn- run-test
  "Runs the test var `v` within its namespace's `:each` fixtures; throws AssertionError with every report that isn't a pass, and
  TestAbortedException, which JUnit reports as skipped, if the test throws it."
  [v]
  (let [reports (atom [])
        each    (t/join-fixtures (::t/each-fixtures (meta (:ns (meta v)))))]
    (binding [t/report     (fn [m]
                             (when (#{:pass :fail :error} (:type m))
                               (swap! reports conj [(:type m) t/*testing-contexts* m])))
              t/*test-out* (StringWriter.)]
      (each #(t/test-var v)))
    (when-let [skipped (some (fn [[_ _ {:keys [actual]}]] (when (instance? TestAbortedException actual) actual)) @reports)]
      (throw skipped))
    (when (empty? @reports)
      (throw (AssertionError. (str v " asserts nothing"))))
    (when-let [bad (seq (remove (comp #{:pass} first) @reports))]
      (throw (AssertionError. (str/join "\n\n" (map #(text v %) bad)))))))

(def ^:dynamic *limit-s*
  "How long a test or a fixture may take, in seconds: far more than the longest needs on a loaded machine."
  1800)

(defn- threads
  "Returns what jstack prints of this JVM, and the processes that it started."
  []
  (str (.invoke (ManagementFactory/getPlatformMBeanServer) (ObjectName. "com.sun.management:type=DiagnosticCommand") "threadPrint"
         (object-array [(into-array String ["-l"])]) (into-array String ["[Ljava.lang.String;"]))
       (str/join "\n" (map #(str (.pid ^java.lang.ProcessHandle %) " " (.info ^java.lang.ProcessHandle %))
                           (iterator-seq (.iterator (.descendants (java.lang.ProcessHandle/current))))))))

(defn- start-once
  "Starts a thread that runs functions within the `:once` fixtures of the namespace `n`. Returns `:run`, which runs a
  function there and throws its exceptions, and `:end`, which waits until the fixtures have ended. Both throw a fixture's
  exception, and AssertionError if one ends without running the tests, or if something
  takes longer than `*limit-s*`, as each later call does then too."
  [n]
  (let [limit-s *limit-s*
        jobs    (LinkedBlockingQueue.)
        ended   (CompletableFuture.)
        once    (t/join-fixtures (::t/once-fixtures (meta (the-ns n))))
        work    (fn []
                  (let [[f ^CompletableFuture done] (.take jobs)]
                    (when f
                      (try (.complete done (f))
                           (catch Throwable e (.completeExceptionally done e)))
                      (recur))))
        wait    (fn [^CompletableFuture done]
                  (try (.get (CompletableFuture/anyOf (into-array CompletableFuture [done ended])) (long limit-s) TimeUnit/SECONDS)
                       (catch ExecutionException e (throw (ex-cause e)))
                       (catch TimeoutException _
                         (.println System/err (threads))
                         (let [error (AssertionError. (str "A test or fixture of " n " takes longer than " limit-s
                                                           " s; the threads were printed"))]
                           (.completeExceptionally ended error)
                           (throw error))))
                  (when-not (.isDone done)
                    (throw (AssertionError. (str "A :once fixture of " n " ended without running the tests")))))]
    (doto (Thread. (fn []
                     (try (once work) (.complete ended nil)
                          (catch Throwable e (.completeExceptionally ended e))))
                   (str n))
      (.setDaemon true)
      (.start))
    {:run (fn [f]
            (let [done (CompletableFuture.)]
              (.put jobs [f done])
              (wait done)))
     :end (fn []
            (.put jobs [])
            (wait ended))}))

(defn- namespace-tests
  "Returns the tests of a namespace in the order in which they must run: its `:once` fixtures begin with the first and end with
  the last."
  [n]
  (let [once (delay (start-once n))
        vars (map val (filter (comp :test meta val) (sort-by key (ns-interns n))))]
    (vec (for [v vars]
           {"name" (name (symbol v))
            "run"  (fn []
                     (let [{:keys [run end]} @once]
                       (try (run #(run-test v))
                            (finally
                              (when (= v (last vars))
                                (end))))))}))))

(defn- share-of
  "Returns one share of `xs`, dealt there and back: 0 1 1 0 0 1 1 0 … for two shares."
  [xs share shares]
  (keep (fn [[x owner]] (when (= share owner) x))
        (map vector xs (cycle (concat (range shares) (reverse (range shares)))))))

(defn tests
  "Returns a sorted map of namespace name to its tests, each a map of \"name\" and \"run\", a function that throws if
  the test fails. The namespaces are one of `shares` shares of those below `folder` whose names match the regex `pattern`."
  [folder pattern share shares]
  (into (sorted-map)
        (for [n (share-of (test-namespaces folder pattern) share shares)]
          (do (require n)
              [(str n) (namespace-tests n)]))))
