(ns karamon.dev.gateway.websocket
  "The WebSocket API of a service, as API Gateway runs it: which route a message has, what its function gets, and what the client
  gets back. `karamon.dev.gateway.websocket.jetty` does the sockets.

  A connection is a map of `:id`, `:connected-at` (milliseconds), `:client-ip` and `:user-agent`, once open also of `:authorizer`,
  `:active` (an atom of milliseconds), `:send!` and `:close!`."
  (:require
   [clojure.string :as str]
   [karamon.dev.failure :as failure]
   [karamon.dev.gateway.access :as access]
   [karamon.dev.gateway.authorization :as authorization]
   [karamon.dev.gateway.authorizer :as authorizer]
   [karamon.dev.gateway.error :refer [message-response]]
   [karamon.dev.gateway.function :as function]
   [karamon.dev.gateway.place :as place]
   [karamon.dev.gateway.websocket.selection :as selection]
   [karamon.local :as local]
   [karamon.local.reply :as reply])
  (:import
   (java.security SecureRandom)
   (java.util Base64)
   (karamon.json JsonWriter)
   (karamon.runtime InitError)
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(def max-message-bytes
  "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html"
  (* 128 1024))

(def ^:private wait-ms
  "How long the service waits for a function."
  29000)

(defn- warnings [service routes selection]
  (concat
    (for [{:keys [route authorizer] :as at} (vals routes) :when (and authorizer (not= "$connect" route))]
      (place/message at "the authorizer of " route " is ignored: only $connect can have one"))
    (authorizer/warnings service (filter #(= "$connect" (:route %)) (vals routes)) true)
    (when-not (selection/known? selection)
      [(str "websocketsApiRouteSelectionExpression is " (Shown/of selection) ", expected one such as $request.body.action: all "
            "messages go to $default")])))

(defn api
  "Returns the WebSocket API of `service`, nil if it has none:

  * `:stage` -- of the events
  * `:routes` -- route key to its map in the service, with its `:function`; the first one of each key
  * `:selection` -- the expression that selects the route of a message
  * `:open` -- that of `options`, an atom of connection id to open connection
  * `:warnings` -- what isn't imitated

  `options` may have the `:stage` of the events too."
  [{:keys [functions websocket stage] :as service} options]
  (let [routes    (for [f functions, route (:websocket f)] (assoc route :function f, :source :websocket, :service :websocket))
        routes    (into {} (map (juxt :route identity)) (reverse (authorizer/with-authorizers service routes)))
        selection (get websocket "websocketsApiRouteSelectionExpression" "$request.body.action")]
    (when (seq routes)
      {:stage     (or (:stage options) stage "dev")
       :routes    routes
       :selection selection
       :open      (:open options)
       :warnings  (warnings service routes selection)})))

(def ^:private ^SecureRandom random (SecureRandom.))

(defn new-id
  "Returns an id for a connection or a message, of the form of AWS's."
  []
  (let [bytes (byte-array 11)]
    (.nextBytes random bytes)
    (.encodeToString (Base64/getUrlEncoder) bytes)))

(defn domain
  "Returns the `domainName` of events, without its port, for a gateway that listens on `host`. Handlers call the management API
  under that name, so it must be one of this machine."
  [host]
  (cond
    (or (access/loopback? host) (#{"0.0.0.0" "::"} host)) "localhost"
    (str/includes? host ":") (str "[" host "]")
    :else host))

(defn- event
  "Returns the event for the function of `route`. `request` is merged into the argument of `karamon.local/event`."
  [{:keys [stage domain]} {:keys [id connected-at client-ip user-agent authorizer]} {:keys [route]} {:keys [context] :as request}]
  (local/event (assoc request
                      :source    :websocket
                      :resource  route
                      :stage     stage
                      :host      @domain
                      :client-ip client-ip
                      :context   (merge {"connectionId"      id
                                         "connectedAt"       connected-at
                                         "extendedRequestId" (new-id)
                                         "identity"          {"sourceIp" client-ip, "userAgent" user-agent}}
                                        (when authorizer {"authorizer" authorizer})
                                        context))))

(defn- failed [status message]
  {:status status, :headers {}, :failed message})

(defn- call
  "Returns the function's reply to an event, as `karamon.local.reply/read-reply` does. If it has none, or one that the service
  refuses, `:failed` is the service's message to the client."
  [{:keys [watcher log]} {:keys [handler] :as function} event]
  (let [broken (function/refresh watcher log)
        result (if (function/broken? broken handler)
                 (ex-info (failure/load-text broken) {:type ::broken})
                 (try
                   (function/call function (JsonWriter/bytes ^Object event) {:log log, :wait-ms wait-ms})
                   (catch InitError e e)))
        report #(do (log (str handler %)) (failed 502 "Internal server error"))]
    (cond
      (function/unanswered? result)                (failed 504 "Endpoint request timed out")
      (function/timed-out? result)                 (failed 502 "Internal server error")
      (or (= ::broken (:type (ex-data result)))
          (instance? InitError result))            (report (str ": " (ex-message result)))
      (instance? Throwable result)                 (report (str " threw " (failure/trace result)))
      :else
      (let [seen (reply/read-reply :websocket result)]
        (if-let [fault (:fault seen)]
          (report (str ": the service would answer 502: " fault))
          seen)))))

(defn- error-message
  "Returns the service's error as it is sent to the client."
  [message {:keys [id]} event]
  {:message message, :connectionId id, :requestId (get-in event ["requestContext" "requestId"])})

(defn- begin
  "Returns the answer to a handshake, for which the function of $connect is called."
  [api connection {:keys [function] :as route} request]
  (let [event (event api connection route request)
        {:keys [status headers body failed]} (call api function event)]
    (cond
      failed               (message-response status (error-message failed connection event))
      (<= 200 status 299) {:status 101, :protocol (first (headers "sec-websocket-protocol")), :authorizer (:authorizer connection)}
      :else                {:status status, :headers (select-keys headers ["content-type"]), :body body})))

(defn connect
  "Returns the answer to a handshake: a response that refuses, or `:status` 101 and

  * `:protocol` -- the subprotocol that the function of $connect names
  * `:authorizer` -- what the authorizer of $connect returns for the context of events

  `request` is as `karamon.dev.gateway.answer` takes it."
  [{:keys [routes admission] :as api} connection request]
  (if-let [route (routes "$connect")]
    (let [request (select-keys request [:headers :query-string])
          {:keys [response authorizer]} (authorization/authorize admission (assoc route :source :rest) request
                                          (event api connection route request))]
      (or response
          (begin api (assoc connection :authorizer authorizer) route request)))
    {:status 101}))

(defn- route-of
  "Returns the route of a message, nil if there is none for it."
  [{:keys [routes selection]} text]
  (or (routes (selection/message-route selection text))
      (routes "$default")))

(defn- sent
  "Sends bytes, or data as JSON. Returns the bytes."
  [{:keys [send!]} x]
  (let [^bytes body (if (bytes? x) x (JsonWriter/bytes ^Object x))]
    (send! (String. body "UTF-8"))
    body))

(defn message
  "Calls the function of a message, and sends the client what the service would: a reply only if the route has a route response.
  Returns the `:route` key, the `:status`, and the `:body` if something was sent, bytes."
  [api connection text]
  (if-let [{:keys [function response route] :as found} (route-of api text)]
    (let [event (event api connection found {:body text, :context {"messageId" (new-id)}})
          {:keys [status failed body]} (call api function event)]
      {:route route, :status status, :body (cond
                                             failed   (sent connection (error-message failed connection event))
                                             response (some->> body (sent connection)))})
    {:route  "no route"
     :status 403
     :body   (sent connection {:message "Forbidden", :connectionId (:id connection), :requestId (new-id)})}))

(def ^:private reasons
  "The service's reasons for status codes that are in no frame (RFC 6455, section 7.4.1)."
  {1005 "Client-side close frame status not set", 1006 "Connection Closed Abnormally"})

(defn disconnect
  "Calls the function of $disconnect, if there is one, after a connection is closed. Returns the `:route` key and the `:status`, or
  nil."
  [{:keys [routes] :as api} connection status reason]
  (when-let [route (routes "$disconnect")]
    {:route  "$disconnect"
     :status (:status (call api (:function route)
                        (event api connection route {:context {"disconnectStatusCode" status
                                                               "disconnectReason"     (or (reasons status) reason "")}})))}))
