(ns karamon.dev.gateway.function
  "Calls a function's handler with the bytes of an event, as Lambda does, and keeps the loaded code up to date with its files."
  (:require
   [clojure.string :as str]
   [karamon.dev.console.record :as record]
   [karamon.dev.failure :as failure]
   [karamon.dev.gateway.environment :as environment]
   [karamon.dev.gateway.reload :as reload]
   [karamon.local :as local])
  (:import
   (clojure.lang Var)
   (java.util.concurrent Callable CompletableFuture ExecutorService Executors Future ThreadFactory TimeUnit TimeoutException)
   (karamon.runtime Handlers InitError)))

(set! *warn-on-reflection* true)

(defn refresh
  "Loads saved code and returns what `karamon.dev.gateway.reload/current` returns for the namespace of `handler`, a
  \"namespace/name\"; for all namespaces if it is nil. Logs a new failure with `log`."
  ([watcher log] (refresh watcher log nil))
  ([watcher log handler]
   (reload/current watcher (some-> handler symbol namespace symbol)
     #(log (str (failure/load-text %) "\nThe code loaded before stays in use: fix the file and save it.")))))

(defn broken?
  "Returns true if `failure` affects `handler`, a \"namespace/name\"."
  [failure handler]
  (contains? (:stale failure) (symbol (namespace (symbol handler)))))

(def ^:private loaded
  "The namespaces whose handlers were loaded. They need no lock, which another thread may hold while it loads others."
  (atom #{}))

(defn- load-handler
  "Returns the Java Handler of a \"namespace/name\". Throws an InitError if there is none."
  [handler]
  (let [full (symbol handler)
        n    (some-> (namespace full) symbol)]
    (if-let [v (when (and (@loaded n) (find-ns n)) (Var/find full))]
      (Handlers/of v)
      (let [found (Handlers/load handler)]
        (swap! loaded conj n)
        found))))

(def ^:private ^ExecutorService threads
  "The threads of handlers. A handler that ignores interrupts keeps its thread, which ends with the process."
  (Executors/newCachedThreadPool
    (reify ThreadFactory
      (newThread [_ task]
        (doto (Thread. task "handler")
          (.setDaemon true))))))

(defn- submit
  "Starts `f` on another thread. Returns its Future and a promise of the thread."
  [f]
  (let [loader (.getContextClassLoader (Thread/currentThread))
        thread (promise)]
    [(.submit threads ^Callable (fn []
                                  (deliver thread (doto (Thread/currentThread) (.setContextClassLoader loader)))
                                  (f)))
     thread]))

(defn- place
  "Returns the stack trace of a thread, a promise, as text; empty if it hasn't started."
  [thread]
  (when-let [thread (deref thread 0 nil)]
    (str/join (map #(str "\n\tat " %) (.getStackTrace ^Thread thread)))))

(defn- seconds [ms]
  (format "%.2f seconds" (/ ms 1000.0)))

(defn call
  "Returns the bytes of the function's reply to `payload`, or what its handler threw. Throws an InitError if there is no such
  handler.

  Returns an ex-info of `:type` `::timed-out` if the handler doesn't return within the function's timeout, and one of
  `:type` `::unanswered` if the timeout is at least `:wait-ms`, and the handler doesn't return within that. When its timeout is
  over, the handler's thread is interrupted, since Lambda would end its process. All this is logged, with the handler's stack
  trace.

  `function` has `:handler` (\"namespace/name\"), `:name`, `:timeout-ms`, `:memory-mb` and `:environment`. `opts` are `:log`, `:wait-ms` (how long
  the service in front of the function waits; default: for ever) and the others of `karamon.local/context`, which take precedence."
  [{:keys [handler name timeout-ms memory-mb] :as function} ^bytes payload {:keys [log wait-ms] :as opts}]
  (let [java      (environment/call-with function #(load-handler handler))
        record    (doto record/*current* (record/called function payload))
        context   (->> (merge {:function-name name, :timeout-ms timeout-ms, :memory-mb memory-mb} (dissoc opts :wait-ms))
                       (into {} (filter val))
                       local/context
                       (record/observed record))
        ;; Returned, not thrown: a Future would wrap it in an exception whose message is its text, which may never end.
        [^Future running thread] (submit (fn []
                                           (record/handle record
                                             #(try
                                                (environment/call-with function (fn [] (local/handle java payload context)))
                                                (catch Throwable e e)))))
        service?  (boolean (and wait-ms (<= wait-ms timeout-ms)))
        waits     (if service? wait-ms timeout-ms)
        report    #(log (str handler (some->> (:request-id opts) (format " (request %s)")) ": " %))]
    (try
      (.get running waits TimeUnit/MILLISECONDS)
      (catch TimeoutException _
        (let [why (str (if service? "No reply" "Task timed out") " after " (seconds waits))]
          (report (str why (place thread)))
          (.execute (CompletableFuture/delayedExecutor (- timeout-ms waits) TimeUnit/MILLISECONDS)
            #(when (.cancel running true)
               (report (str "interrupted after " (seconds timeout-ms)))))
          (ex-info why {:type (if service? ::unanswered ::timed-out)}))))))

(defn timed-out?
  "Returns true if `e`, a result of `call`, means that the handler didn't return within the function's timeout."
  [e]
  (= ::timed-out (:type (ex-data e))))

(defn unanswered?
  "Returns true if `e`, a result of `call`, means that the handler didn't return while the service waited."
  [e]
  (= ::unanswered (:type (ex-data e))))

(defn late?
  "Returns true if `e`, a result of `call`, means that the handler didn't return in time, which is logged already."
  [e]
  (or (timed-out? e) (unanswered? e)))

(defn load-all
  "Loads the handlers of `functions`, so that errors are logged before the first request and the first request isn't slow."
  [functions log]
  (doseq [{:keys [name handler] :as function} functions]
    (try
      (environment/call-at-load functions function #(load-handler handler))
      (catch InitError e
        (log (str "function " name ": " (ex-message e)))))))
