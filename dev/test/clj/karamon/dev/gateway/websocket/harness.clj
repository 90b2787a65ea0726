(ns karamon.dev.gateway.websocket.harness
  "For tests of WebSocket routes: a gateway, whose function records its events, and clients of Java's own."
  (:require
   [karamon.dev.gateway.server :as server])
  (:import
   (java.net URI)
   (java.net.http HttpClient WebSocket WebSocket$Listener WebSocketHandshakeException)
   (java.util.concurrent CompletionException LinkedBlockingQueue TimeUnit)
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(def ^:private reply (atom nil))

(defn replying
  "The handler of the function."
  [event _]
  (@reply event))

(defn routes
  "Returns a service with one function, which has all these routes: keys, or maps as in a service."
  [& declared]
  {:functions [{:name "f", :handler "karamon.dev.gateway.websocket.harness/replying", :timeout-ms 60000, :memory-mb 128
                :routes [], :websocket (mapv #(if (map? %) % {:route %}) declared)}]})

(def everything
  "A service with all kinds of routes."
  (routes "$connect" "$disconnect" "$default" "move"))

(defn call-with-gateway
  "Calls `f` with the port of a gateway for `service`, and a queue of the events of its function, which replies what `reply-to`
  returns for them."
  ([service reply-to f] (call-with-gateway {} service reply-to f))
  ([options service reply-to f]
   (let [events (LinkedBlockingQueue.)]
     (reset! reply (fn [event] (.put events event) (reply-to event)))
     (with-open [gateway (server/start (merge {:service service, :folders [], :port 0, :log (fn [_])} options))]
       (f (:port gateway) events)))))

(defn ok
  "Returns the reply of a function that has nothing to say."
  [_]
  {"statusCode" 200})

(defn taken
  "Returns the next value of a queue."
  [^LinkedBlockingQueue queue]
  (or (.poll queue 30 TimeUnit/SECONDS) ::nothing))

(defn- listener [^LinkedBlockingQueue received]
  (let [text (StringBuilder.)]
    (reify WebSocket$Listener
      (onText [_ socket part last?]
        (.append text part)
        (when last?
          (.put received (str text))
          (.setLength text 0))
        (.request socket 1)
        nil)
      (onClose [_ _ status reason]
        (.put received [status reason])
        nil))))

(defn connect
  "Returns a socket and a queue of what it receives: texts, and the status and reason of its close."
  ([port] (connect port "/" {}))
  ([port path headers]
   (let [received (LinkedBlockingQueue.)
         builder  (.newWebSocketBuilder (HttpClient/newHttpClient))]
     (doseq [[k v] (dissoc headers :protocol)]
       (.header builder k v))
     (when-let [protocol (:protocol headers)]
       (.subprotocols builder protocol (make-array String 0)))
     {:socket   (.join (.buildAsync builder (URI. (str "ws://127.0.0.1:" port path)) (listener received)))
      :received received})))

(defn refused
  "Returns the status with which a handshake is refused; nil if it isn't."
  ([port] (refused port "/" {}))
  ([port path headers]
   (try
     (.abort ^WebSocket (:socket (connect port path headers)))
     nil
     (catch CompletionException e
       (.statusCode (.getResponse ^WebSocketHandshakeException (ex-cause e)))))))

(defn send!
  "Sends a message of one frame, or of more if the client cuts it."
  [{:keys [^WebSocket socket]} text]
  (.join (.sendText socket text true)))

(defn close!
  "Closes the socket."
  [{:keys [^WebSocket socket]} status reason]
  (.join (.sendClose socket status reason)))

(defn json
  "Returns JSON as data with string keys."
  [text]
  (JsonReader/read ^String text Keys/STRINGS))

(defn id
  "Returns the id of the connection of an event."
  [event]
  (get-in event ["requestContext" "connectionId"]))
