(ns karamon.dev.gateway.function
  "Calls a function's handler with the bytes of an event, as Lambda does, and keeps the loaded code up to date with its files."
  (:require
   [karamon.dev.failure :as failure]
   [karamon.dev.gateway.reload :as reload]
   [karamon.local :as local])
  (:import
   (karamon.runtime Handlers InitError)))

(set! *warn-on-reflection* true)

(defn refresh
  "Loads saved code and returns what `karamon.dev.gateway.reload/refresh` returns. Logs a new failure with `log`."
  [watcher log]
  (let [failure (reload/refresh watcher)]
    (when (:new failure)
      (log (str (failure/load-text failure) "\nThe code loaded before stays in use: fix the file and save it.")))
    failure))

(defn broken?
  "Returns true if `failure` affects `handler`, a \"namespace/name\"."
  [failure handler]
  (contains? (:stale failure) (symbol (namespace (symbol handler)))))

(defn call
  "Returns the bytes of the function's reply to `payload`, or what its handler threw. Throws an InitError if there is no such
  handler.

  `function` has `:handler` (\"namespace/name\"), `:name`, `:timeout-ms` and `:memory-mb`. `opts` are those of
  `karamon.local/context`, and take precedence."
  [{:keys [handler name timeout-ms memory-mb]} ^bytes payload opts]
  (let [loaded  (Handlers/load handler)
        context (local/context (into {} (filter val) (merge {:function-name name, :timeout-ms timeout-ms, :memory-mb memory-mb} opts)))]
    (try
      (local/handle loaded payload context)
      (catch Throwable e e))))

(defn load-all
  "Loads the handlers of `functions`, so that errors are logged before the first request and the first request isn't slow."
  [functions log]
  (doseq [{:keys [name handler]} functions]
    (try
      (Handlers/load handler)
      (catch InitError e
        (log (str "function " name ": " (ex-message e)))))))
