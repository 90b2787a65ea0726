(ns karamon.dev.gateway.websocket.jetty
  "The sockets of `karamon.dev.gateway.websocket`, by Jetty. The server loads this namespace only for services that have such an
  API. It may change while a connection is open."
  (:require
   [karamon.dev.console.record :as record]
   [karamon.dev.failure :as failure]
   [karamon.dev.gateway.access :as access]
   [karamon.dev.gateway.error :refer [message-response]]
   [karamon.dev.gateway.exchange :as exchange]
   [karamon.dev.gateway.websocket :as websocket])
  (:import
   (java.time Duration)
   (java.util.concurrent Executor RejectedExecutionException TimeUnit)
   (java.util.function Consumer Predicate)
   (org.eclipse.jetty.server Request Response Server)
   (org.eclipse.jetty.util Callback)
   (org.eclipse.jetty.util.thread Scheduler)
   (org.eclipse.jetty.websocket.api Callback$Completable Session Session$Listener$AutoDemanding)
   (org.eclipse.jetty.websocket.server ServerUpgradeRequest ServerUpgradeResponse ServerWebSocketContainer WebSocketCreator)))

(set! *warn-on-reflection* true)

(def ^:private max-frame-bytes (* 32 1024))

(def ^:private max-send-seconds
  "How long a client may take to receive a message."
  30)

(def ^:private part-chars
  "A UTF-16 unit has at most 3 bytes in UTF-8."
  (quot max-frame-bytes 3))

(defn- parts
  "Returns `text` in parts that fit into frames, which cut no character."
  [^String text]
  (if (<= (count text) (long part-chars))
    [text]
    (let [end (if (Character/isHighSurrogate (.charAt text (dec part-chars))) (dec part-chars) part-chars)]
      (cons (subs text 0 end) (lazy-seq (parts (subs text end)))))))

(defn- send-part [^Session session part last?]
  (.get (Callback$Completable/with (reify Consumer (accept [_ callback] (.sendPartialText session part last? callback))))
        max-send-seconds TimeUnit/SECONDS))

(defn- send!
  "Sends a message. Returns whether the client got it all, as far as TCP knows."
  [^Session session text]
  (let [parts (parts text)]
    (try
      (locking session ; parts of two messages must not mix
        (doseq [part (butlast parts)]
          (send-part session part false))
        (send-part session (last parts) true))
      true
      (catch Exception _
        (.disconnect session)
        false))))

(defn- close! [^Session session status reason]
  (.close session status reason org.eclipse.jetty.websocket.api.Callback/NOOP))

(defn- opened [connection ^Session session]
  (assoc connection
         :active (atom (:connected-at connection))
         :send!  #(send! session %)
         :close! #(close! session %1 %2)))

(defn- going-away [session]
  (close! session 1001 "Going away"))

(defn- limit-life [{:keys [^Scheduler scheduler socket-life-ms]} ^Session session]
  (.schedule scheduler #(when (.isOpen session) (going-away session)) (or socket-life-ms 7200000) TimeUnit/MILLISECONDS)
  (.addIdleTimeoutListener session (reify Predicate (test [_ _] (going-away session) false))))

(defn- run
  "Calls `f` with the API as it is now, on one of the threads of invocations. It returns a `:route` key, a `:status` and perhaps a
  `:body`, which are logged and kept in the console, or nil."
  [{:keys [^Executor invocations loader console domain log log-requests now]} kind f]
  (try
    (.execute invocations
      (fn []
        (.setContextClassLoader (Thread/currentThread) loader)
        (try
          (let [begun  (System/nanoTime)
                record (record/begin (:store console) {:method :message, :path "no route", :headers {"Host" [@domain]}})
                result (binding [record/*current* record]
                         (f (assoc (now) :log (record/logger record log))))]
            (when-let [{:keys [route status body]} result]
              (record/finish record {:status status, :headers {}, :body body})
              (when log-requests
                (log (format "%-7s %s  %d  %d ms" kind route status (quot (- (System/nanoTime) begun) 1000000))))))
          (catch Throwable e
            (log (str kind ": " (failure/summary e)))))))
    (catch RejectedExecutionException _ nil))) ; the gateway stops

(defn- listener
  "Returns the end of a connection at the server."
  [{:keys [open] :as api} {:keys [id] :as connection}]
  (reify Session$Listener$AutoDemanding
    (onWebSocketOpen [_ session]
      (swap! open assoc id (opened connection session))
      (limit-life api session))
    (onWebSocketText [_ text]
      (when-let [connection (@open id)]
        (reset! (:active connection) (System/currentTimeMillis))
        (run api "MESSAGE" #(websocket/message % connection text))))
    (onWebSocketBinary [_ _ callback]
      ;; https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html
      (.succeed callback)
      (when-let [{:keys [close!]} (@open id)]
        (close! 1003 "Binary is not supported")))
    (onWebSocketError [_ _])
    (onWebSocketClose [_ status reason]
      (swap! open dissoc id)
      (run api "CLOSE" #(websocket/disconnect % connection status reason)))))

(defn- refusal
  "Returns the response to a handshake that must not be answered; nil for any other."
  [{:keys [host only-this-machine origins stage]} {:keys [path headers] :as request}]
  (let [values (into {} (map (fn [[k vs]] [(.toLowerCase ^String k) (first vs)])) headers)]
    (if-let [{:keys [status message]} (or (when only-this-machine (access/foreign-host request host))
                                          (access/foreign-socket request origins))]
      (message-response status {:message message})
      (cond
        (not (#{"/" (str "/" stage) (str "/" stage "/")} path))
        (message-response 403 {:message (str "Forbidden: WebSockets connect to / or /" stage ", not to " path)})
        (not (and (= "13" (values "sec-websocket-version")) (values "sec-websocket-key")))
        (message-response 400 {:message "Expected the headers Sec-WebSocket-Version: 13 and Sec-WebSocket-Key"})))))

(defn- creator [api connection protocol]
  (reify WebSocketCreator
    (createWebSocket [_ request response _]
      (.setExtensions ^ServerUpgradeResponse response []) ; the service doesn't compress
      (when (and protocol (.hasSubProtocol ^ServerUpgradeRequest request protocol))
        (.setAcceptedSubProtocol ^ServerUpgradeResponse response protocol))
      (listener api connection))))

(defn handshake
  "Answers a WebSocket handshake, on one of the threads of invocations. `api` is a WebSocket API with the options of the gateway,
  and with

  * `:container` -- as `container` returns it
  * `:scheduler` -- Jetty's Scheduler
  * `:now` -- a function that returns the API as it is now, with the options of the gateway
  * `:open` -- an atom of connection id to open connection
  * `:domain` -- a delay of the `domainName` of events
  * `:origins` -- origins of web pages that may connect, besides those of this machine
  * `:socket-life-ms` -- how long a connection may be open (default 2 hours)"
  [{:keys [console log ^ServerWebSocketContainer container] :as api} ^Request request ^Response response ^Callback callback]
  (let [request-map (exchange/request-map request nil)
        connection  {:id           (websocket/new-id)
                     :connected-at (System/currentTimeMillis)
                     :client-ip    (:client-ip request-map)
                     :user-agent   (.get (.getHeaders request) "User-Agent")}
        record      (record/begin (:store console) request-map)
        {:keys [status protocol authorizer] :as answer}
        (record/finish record
          (binding [record/*current* record]
            (or (refusal api request-map)
                (websocket/connect (assoc api :log (record/logger record log)) connection request-map))))]
    (cond
      (not= 101 status) (exchange/respond response callback answer)
      (not (.upgrade container (creator api (assoc connection :authorizer authorizer) protocol) request response callback))
      (exchange/respond response callback (message-response 400 {:message "This isn't a WebSocket handshake"})))))

(defn container
  "Returns what upgrades the connections of a server.

  * `:socket-idle-ms` -- how long a connection may be idle (default 10 minutes)"
  ^ServerWebSocketContainer [^Server server {:keys [socket-idle-ms]}]
  (doto (ServerWebSocketContainer/ensure server)
    (.setIdleTimeout (Duration/ofMillis (or socket-idle-ms 600000)))
    (.setAutoFragment false)
    (.setMaxFrameSize max-frame-bytes)
    (.setMaxTextMessageSize websocket/max-message-bytes)
    (.setMaxBinaryMessageSize websocket/max-message-bytes)))
