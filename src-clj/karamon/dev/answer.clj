(ns karamon.dev.answer
  "Answers a request as the imitated service would: finds its route, makes the AWS event, hands it to the function's
  handler as Lambda would, and reads the reply. Maps in, maps out; `karamon.dev.server` is the HTTP around it."
  (:require
   [clojure.string :as str]
   [karamon.dev.failure :as failure]
   [karamon.dev.function :as function]
   [karamon.dev.routes :as routes]
   [karamon.local :as local]
   [karamon.local.reply :as reply])
  (:import
   (karamon.json JsonWriter)))

(set! *warn-on-reflection* true)

(def most-event-bytes
  "What Lambda takes as the payload of a synchronous invocation: 6 MB."
  6291456)

(defn message-response
  "Returns a response of JSON that didn't come from a function."
  [status data]
  {:status  status
   :headers {"content-type" ["application/json"]}
   :body    (JsonWriter/bytes ^Object data)})

(defn- too-large [size]
  (message-response 413 {:message (str "Request Too Long: Lambda takes events of at most " most-event-bytes " bytes, this has "
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
  "Returns the request as `karamon.local/event` takes it, for the route that was found."
  [request {:keys [source stage catch-all multi-value host path]}]
  (cond-> (assoc (select-keys request [:method :path :query-string :headers :client-ip])
                 :body        @(:body request)
                 :source      source
                 :host        (or host "localhost")
                 :multi-value (boolean multi-value))
    stage           (assoc :stage stage, :path (routes/without-stage (:path request) stage))
    (not catch-all) (assoc :resource path)))

(defn- thrown-by-handler [handler ^Throwable e tell]
  (tell (str handler " threw " (failure/trace e)))
  (message-response 502 {:message "Internal server error", :errorType (.getName (class e)), :errorMessage (ex-message e)}))

(defn- invoke
  "Returns what a client sees of the function's answer to `request`."
  [{:keys [handler] :as function} request tell]
  (let [event   (local/event request)
        payload (JsonWriter/bytes ^Object event)]
    (if (> (alength payload) (long most-event-bytes))
      (too-large (alength payload))
      (let [bytes (function/call function payload {:log tell})]
        (if (instance? Throwable bytes)
          (thrown-by-handler handler bytes tell)
          (let [seen (reply/read-reply (:source request) bytes)]
            (when-let [fault (:fault seen)]
              (tell (str handler ": a 502, as the service would answer, since " fault)))
            seen))))))

(defn answer
  "Returns the response, a map of `:status`, `:headers` (string to vector) and `:body` (bytes or nil), to a request, a map
  of `:method`, `:host`, `:path`, `:query-string`, `:headers`, `:client-ip` and `:body`, a delay of bytes or nil.

  * `:table` -- the routes, as `karamon.dev.routes/table` returns them
  * `:watcher` -- of the code, as `karamon.dev.reload/watch` returns it
  * `:tell` -- a function of each text for the terminal"
  [{:keys [table watcher tell]} {:keys [method host path body] :as request}]
  (let [failure (function/refresh watcher tell)
        route   (routes/find-route table host method path)]
    (cond
      (nil? route)                        (no-route host method path table)
      (function/broken? failure (:handler (:function route))) (message-response 500 {:message (failure/load-text failure)})
      (some-> ^bytes @body alength (> (long most-event-bytes))) (too-large "more")
      :else (invoke (:function route) (event-request request route) tell))))
