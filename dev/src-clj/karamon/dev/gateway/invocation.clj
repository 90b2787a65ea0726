(ns karamon.dev.gateway.invocation
  "Answers `POST /_karamon/invoke/NAME`: calls the function NAME with the event in the body, as Lambda's own API does."
  (:require
   [clojure.string :as str]
   [karamon.dev.event-file :as event-file]
   [karamon.dev.failure :as failure]
   [karamon.dev.gateway.error :as error :refer [message-response]]
   [karamon.dev.gateway.failed :as failed]
   [karamon.dev.gateway.function :as function]
   [karamon.dev.gateway.reload :as reload])
  (:import
   (clojure.lang ExceptionInfo)
   (java.util UUID)
   (karamon.json JsonWriter)
   (karamon.runtime ErrorReport InitError)
   (karamon.text Nearest)))

(set! *warn-on-reflection* true)

(def ^:private prefix "/_karamon/invoke/")

(defn invocation?
  "Returns true if a request to `path` is for this namespace."
  [path]
  (str/starts-with? path prefix))

(defn function
  "Returns the one of `functions` that a request to `path` invokes; nil if there is none."
  [functions path]
  (when (invocation? path)
    (let [wanted (subs path (count prefix))]
      (first (filter #(= wanted (:name %)) functions)))))

(defn path
  "Returns the path that invokes the function `name`."
  [name]
  (str prefix name))

(defn- bad-event [body]
  (try
    (event-file/parse "The event" body)
    nil
    (catch ExceptionInfo e (ex-message e))))

(defn- error-response
  "Returns the response when a handler threw `e`, or didn't return in time."
  [^Throwable e]
  {:status  502
   :headers {"content-type" ["application/json"], "x-amz-function-error" ["Unhandled"]}
   :body    (if (function/timed-out? e)
              (JsonWriter/bytes ^Object {:errorType "Sandbox.Timedout", :errorMessage (ex-message e)})
              (.json (ErrorReport/of e)))})

(defn- invoke
  "Returns the response to an event, bytes, with the id of the request in the header that Lambda's API has."
  [{:keys [handler] :as function} payload {:keys [log watcher]}]
  (let [id     (str (UUID/randomUUID))
        report (fn [message e] (log (failed/text message id (reload/files watcher) e)))
        result (try
                 (function/call function payload {:log log, :log-failure report, :request-id id})
                 (catch InitError e e))]
    (when (and (instance? Throwable result) (not (function/late? result)))
      (report (str handler " threw") result))
    (-> (if (instance? Throwable result)
          (error-response result)
          {:status 200, :headers {"content-type" ["application/json"]}, :body result})
        (assoc :function (:name function), :request-id id)
        (assoc-in [:headers "x-amzn-requestid"] [id]))))

(defn answer
  "Returns the response: the function's reply unchanged, or its error. `functions` are those of the service; `broken` is what
  `karamon.dev.gateway.function/refresh` returned. `options` are those of `karamon.dev.gateway.answer/answer`."
  [functions {:keys [method path body]} broken options]
  (let [wanted   (subs path (count prefix))
        function (function functions path)
        names    (map :name functions)
        payload  (or body (.getBytes "{}"))]
    (cond
      (not= :post method)
      (assoc-in (message-response 405 {:message (str "POST an event to " path)}) [:headers "allow"] ["POST"])
      (nil? function)
      (message-response 404 {:message (str "No function " wanted ": there is " (str/join ", " names) "." (Nearest/hint wanted names))})
      (function/broken? broken (:handler function))             (message-response 500 {:message (failure/load-text broken)})
      (> (alength ^bytes payload) (long error/max-event-bytes)) (error/too-large "more")
      (bad-event payload)                                       (message-response 400 {:message (bad-event payload)})
      :else (invoke function payload options))))
