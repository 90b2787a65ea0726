(ns karamon.dev.test.exit
  "Reports code that ends the JVM while tests run. Otherwise `(System/exit 0)` in a test would count as success."
  (:import
   (java.io FileDescriptor FileOutputStream PrintStream)))

(set! *warn-on-reflection* true)

(defn- exit-frame? [^StackTraceElement frame]
  (and (= "java.lang.Runtime" (.getClassName frame)) (= "exit" (.getMethodName frame))))

(defn- library-frame? [^StackTraceElement frame]
  (re-find #"^(java|clojure)\." (.getClassName frame)))

(defn place
  "Returns the place in the code from which one of the `stacks`, sequences of frames, called System/exit, such as `core.clj:3`.
  Nil if none did: signals end the JVM in another way."
  [stacks]
  (some (fn [stack]
          (when (some exit-frame? stack)
            (let [^StackTraceElement frame (or (first (remove library-frame? stack)) (last stack))]
              (str (.getFileName frame) ":" (.getLineNumber frame)))))
        stacks))

(defn- waits-for-work? [stack]
  (some #(= ["java.util.concurrent.ThreadPoolExecutor" "getTask"] [(.getClassName ^StackTraceElement %) (.getMethodName ^StackTraceElement %)])
        stack))

(defn- joins-hooks? [stack]
  (= ["java.lang.Thread/join" "java.lang.ApplicationShutdownHooks/runHooks"]
     (filter #{"java.lang.Thread/join" "java.lang.ApplicationShutdownHooks/runHooks"}
             (dedupe (map #(str (.getClassName ^StackTraceElement %) "/" (.getMethodName ^StackTraceElement %)) stack)))))

(def ^:private max-wait-ms 5000)

(defn- await-other-hooks
  "Waits until the threads have ended that may be other shutdown hooks, at most five seconds: those that were not among `before`
  when the tests began. Java doesn't say which ones are hooks, but starts all of them before it waits for one."
  [before]
  (let [deadline (+ (System/currentTimeMillis) (long max-wait-ms))]
    (while (not (or (some joins-hooks? (vals (Thread/getAllStackTraces))) (< deadline (System/currentTimeMillis))))
      (Thread/sleep 1))
    (doseq [[^Thread thread stack] (Thread/getAllStackTraces)
            :when (not (or (contains? before thread) (= thread (Thread/currentThread)) (some exit-frame? stack) (waits-for-work? stack)))]
      (.join thread (max 1 (- deadline (System/currentTimeMillis)))))))

(defn- report
  "If System/exit ends the JVM, prints where it was called and makes the exit code 1."
  [before]
  (when-let [found (place (map seq (vals (Thread/getAllStackTraces))))]
    ;; Not System/err, which a test's output replaces.
    (doto (PrintStream. (FileOutputStream. FileDescriptor/err) true)
      (.println (str "System/exit was called at " found " while tests ran, so the others didn't run: let the code return instead, "
                     "or replace what calls it with with-redefs")))
    (await-other-hooks before)
    (.halt (Runtime/getRuntime) 1)))

(defn call-reporting
  "Calls `f` and returns its result. If System/exit is called meanwhile, the process prints where, and its exit code is 1. Shutdown
  hooks that `f` has added run before."
  [f]
  (let [before (set (keys (Thread/getAllStackTraces)))
        hook   (Thread. ^Runnable #(report before) "karamon-test-exit")]
    (.addShutdownHook (Runtime/getRuntime) hook)
    (try
      (f)
      (finally
        (try
          (.removeShutdownHook (Runtime/getRuntime) hook)
          (catch IllegalStateException _)))))) ; the JVM is ending
