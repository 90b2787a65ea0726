(ns karamon.dev.gateway.function
  "Calls a function's handler with the bytes of an event, as Lambda does, in code that is as its files are."
  (:require
   [karamon.dev.failure :as failure]
   [karamon.dev.gateway.reload :as reload]
   [karamon.local :as local])
  (:import
   (karamon.runtime Handlers InitError)))

(set! *warn-on-reflection* true)

(defn refresh
  "Loads what was saved. Returns what `karamon.dev.gateway.reload/refresh` does, and tells `tell` of a failure that is new."
  [watcher tell]
  (let [failure (reload/refresh watcher)]
    (when (:new failure)
      (tell (str (failure/load-text failure) "\nThe code that loaded last stays; save the file again when it is mended.")))
    failure))

(defn broken?
  "Tells whether `handler`, a \"namespace/name\", waits for a file that `failure` is about."
  [failure handler]
  (contains? (:stale failure) (symbol (namespace (symbol handler)))))

(defn call
  "Returns the bytes that the function replies to `payload`, or what its handler threw. Throws an InitError when there is
  no such handler.

  `function` has `:handler` (\"namespace/name\"), `:name`, `:timeout-ms` and `:memory-mb`; `opts` is as for
  `karamon.local/context`, and adds to that."
  [{:keys [handler name timeout-ms memory-mb]} ^bytes payload opts]
  (let [loaded  (Handlers/load handler)
        context (local/context (into {} (filter val) (merge {:function-name name, :timeout-ms timeout-ms, :memory-mb memory-mb} opts)))]
    (try
      (local/handle loaded payload context)
      (catch Throwable e e))))

(defn load-all
  "Loads the handlers of `functions`, so that what is broken is told before the first request and nothing is slow later."
  [functions tell]
  (doseq [{:keys [name handler]} functions]
    (try
      (Handlers/load handler)
      (catch InitError e
        (tell (str "function " name ": " (ex-message e)))))))
