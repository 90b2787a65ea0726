(ns karamon.dev.gateway.answer
  "Answers a request as the imitated service would: finds its route, makes the AWS event, calls the function's handler with it
  as Lambda would, and reads the reply. Maps in, maps out; `karamon.dev.gateway.server` does the HTTP."
  (:require
   [clojure.string :as str]
   [karamon.dev.event-file :as event-file]
   [karamon.dev.failure :as failure]
   [karamon.dev.gateway.function :as function]
   [karamon.dev.gateway.routes :as routes]
   [karamon.local :as local]
   [karamon.local.reply :as reply])
  (:import
   (clojure.lang ExceptionInfo)
   (karamon.json JsonWriter)
   (karamon.runtime ErrorReport)
   (karamon.text Nearest)))

(set! *warn-on-reflection* true)

(def max-event-bytes
  "Lambda's limit for the payload of a synchronous invocation: 6 MB."
  6291456)

(defn message-response
  "Returns a JSON response of the gateway itself, not of a function."
  [status data]
  {:status  status
   :headers {"content-type" ["application/json"]}
   :body    (JsonWriter/bytes ^Object data)})

(defn- too-large [size]
  (message-response 413 {:message (str "Request Too Long: Lambda takes events of up to " max-event-bytes " bytes, this one has "
                                       size)}))

(defn- no-route [host method path table]
  (case (routes/hosts host)
    :rest (message-response 403 {:message "Missing Authentication Token"})
    :http (message-response 404 {:message "Not Found"})
    (message-response 404 {:message (str "No route for " (str/upper-case (name method)) " " path)
                           :routes  (distinct (for [{:keys [method host] :as route} table]
                                                (str (str/upper-case (name method)) " " (when host (str "//" host))
                                                     (routes/full-path route))))})))

(defn- event-request
  "Returns the argument of `karamon.local/event` for a request and its route."
  [request {:keys [source stage catch-all multi-value host path]}]
  (cond-> (assoc (select-keys request [:method :path :query-string :headers :client-ip])
                 :body        @(:body request)
                 :source      source
                 :host        (or host "localhost")
                 :multi-value (boolean multi-value))
    stage           (assoc :stage stage, :path (routes/without-stage (:path request) stage))
    (not catch-all) (assoc :resource path)))

(defn- thrown-by-handler [handler ^Throwable e log]
  (log (str handler " threw " (failure/trace e)))
  (message-response 502 {:message "Internal server error", :errorType (.getName (class e)), :errorMessage (ex-message e)}))

(defn- invoke
  "Returns the response that a client gets for the function's reply to `request`."
  [{:keys [handler] :as function} request log]
  (let [event   (local/event request)
        payload (JsonWriter/bytes ^Object event)]
    (if (> (alength payload) (long max-event-bytes))
      (too-large (alength payload))
      (let [bytes (function/call function payload {:log log})]
        (if (instance? Throwable bytes)
          (thrown-by-handler handler bytes log)
          (let [seen (reply/read-reply (:source request) bytes)]
            (when-let [fault (:fault seen)]
              (log (str handler ": the service would answer 502: " fault)))
            seen))))))

(def ^:private invocation-path "/_karamon/invoke/")

(defn- bad-event [body]
  (try
    (event-file/parse "The event" body)
    nil
    (catch ExceptionInfo e (ex-message e))))

(defn- invoke-by-name
  "Returns the response of Lambda's own API to the event in the request's body: the function's reply unchanged, or its error."
  [{:keys [functions]} {:keys [method path body]} failure log]
  (let [wanted   (subs path (count invocation-path))
        function (first (filter #(= wanted (:name %)) functions))
        names    (map :name functions)
        payload  (or @body (.getBytes "{}"))]
    (cond
      (not= :post method)
      (assoc-in (message-response 405 {:message (str "POST an event to " path)}) [:headers "allow"] ["POST"])
      (nil? function)
      (message-response 404 {:message (str "No function " wanted ": there is " (str/join ", " names) "." (Nearest/hint wanted names))})
      (function/broken? failure (:handler function))           (message-response 500 {:message (failure/load-text failure)})
      (> (alength ^bytes payload) (long max-event-bytes))      (too-large "more")
      (bad-event payload)                                      (message-response 400 {:message (bad-event payload)})
      :else
      (let [result (function/call function payload {:log log})]
        (if (instance? Throwable result)
          (do (log (str (:handler function) " threw " (failure/trace result)))
              {:status  502
               :headers {"content-type" ["application/json"], "x-amz-function-error" ["Unhandled"]}
               :body    (.json (ErrorReport/of result))})
          {:status 200, :headers {"content-type" ["application/json"]}, :body result})))))

(defn answer
  "Returns the response to a request.

  A request is a map of `:method`, `:host`, `:path`, `:query-string`, `:headers`, `:client-ip` and `:body`, a delay of bytes or
  nil. A response is a map of `:status`, `:headers` (string to vector) and `:body` (bytes or nil). A POST to
  /_karamon/invoke/NAME calls the function NAME with the event in its body.

  * `:service` -- as `karamon.dev.gateway.service` reads it
  * `:table` -- the routes, as `karamon.dev.gateway.routes/table` returns them
  * `:watcher` -- the watcher of the code, as `karamon.dev.gateway.reload/watch` returns it
  * `:log` -- a function that is called with each text for the terminal"
  [{:keys [service table watcher log]} {:keys [method host path body] :as request}]
  (let [failure (function/refresh watcher log)
        route   (routes/find-route table host method path)]
    (cond
      (str/starts-with? path invocation-path) (invoke-by-name service request failure log)
      (nil? route)                        (no-route host method path table)
      (function/broken? failure (:handler (:function route))) (message-response 500 {:message (failure/load-text failure)})
      (some-> ^bytes @body alength (> (long max-event-bytes))) (too-large "more")
      :else (invoke (:function route) (event-request request route) log))))
