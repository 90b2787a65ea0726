(ns karamon.dev.gateway.exchange
  "One exchange over Jetty: its request as a map, a response map as its response. Reads and writes without blocking a thread."
  (:require
   [clojure.string :as str]
   [karamon.dev.gateway.error :as error])
  (:import
   (java.io ByteArrayOutputStream)
   (java.nio ByteBuffer)
   (java.util.concurrent CompletableFuture ConcurrentLinkedQueue TimeUnit TimeoutException)
   (java.util.concurrent.atomic AtomicBoolean AtomicInteger)
   (java.util.function Consumer)
   (org.eclipse.jetty.http HttpException HttpField HttpStatus)
   (org.eclipse.jetty.io Content Content$Sink)
   (org.eclipse.jetty.server Request Request$Handler Response)
   (org.eclipse.jetty.server.handler ErrorHandler)
   (org.eclipse.jetty.util BufferUtil Callback)))

(set! *warn-on-reflection* true)

(defn read-body
  "Reads the request's body. Then calls `then` with its bytes, nil if it has none. Calls `failed` with an exception instead if the
  body is malformed, doesn't arrive or the client is gone. Of a body that is too large for an event, keeps enough to show that:
  the rest is read too, since a client may read no response before all is sent."
  [^Request request then failed]
  (let [kept (ByteArrayOutputStream.)
        sink (reify Content$Sink
               (write [_ _ part callback]
                 (when (and part (<= (.size kept) (long error/max-event-bytes)))
                   (.writeBytes kept (BufferUtil/toArray ^ByteBuffer part)))
                 (.succeeded ^Callback callback)))]
    (Content/copy request sink
      (Callback/from ^Runnable (fn [] (then (when (pos? (.size kept)) (.toByteArray kept))))
                     ^Consumer (reify Consumer (accept [_ e] (failed e)))))))

(defn- headers [^Request request]
  (reduce (fn [m ^HttpField field] (update m (.getName field) (fnil conj []) (.getValue field)))
          (array-map)
          (.getHeaders request)))

(defn request-map
  "Returns the request as `karamon.dev.gateway.answer` takes it."
  [^Request request body]
  (let [uri  (.getHttpURI request)
        path (.getPath uri)]
    {:method       (keyword (str/lower-case (.getMethod request)))
     :host         (Request/getServerName request)
     :path         (if (str/blank? path) "/" path)
     :query-string (.getQuery uri)
     :headers      (headers request)
     :client-ip    (Request/getRemoteAddr request)
     :body         body}))

(def ^:private of-the-connection
  "Headers that are the gateway's to set (RFC 9110, sections 7.6.1 and 8.6). API Gateway replaces or renames them:
  https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html"
  #{"connection" "content-length" "keep-alive" "proxy-connection" "te" "trailer" "transfer-encoding" "upgrade"})

(defn sendable
  "Returns a function's response as HTTP can carry it. Only the answer to a HEAD keeps its content-length."
  [method {:keys [headers] :as response}]
  (let [length (when (= :head method)
                 (first (filter #(re-matches #"\d{1,18}" %) (headers "content-length"))))]
    (cond-> (assoc response :headers (into {} (remove (comp of-the-connection str/lower-case key)) headers))
      length (-> (assoc :body nil)
                 (assoc-in [:headers "content-length"] [length])))))

(defn respond
  "Sends a response map."
  [^Response response ^Callback callback {:keys [status headers ^bytes body]}]
  (.setStatus response status)
  (doseq [[k vs] headers, v vs]
    (.add (.getHeaders response) ^String k ^String v))
  (.write response true (if body (ByteBuffer/wrap body) BufferUtil/EMPTY_BUFFER) callback))

(def ^:private max-waiting
  "How many parts may wait for a client of a stream. One that is slower loses the connection, and connects again."
  1000)

(def ^:private beat-seconds
  "How often a stream sends something, to find out that its client is gone."
  15)

(defn- sender
  "Returns a function that sends a text as a part of the response, without waiting, and in order. After a failure it does nothing;
  the first one is passed to `failed`."
  [^Response response failed]
  (let [waiting (ConcurrentLinkedQueue.)
        size    (AtomicInteger.)
        busy    (AtomicBoolean.)
        over    (AtomicBoolean.)
        fail    #(when (.compareAndSet over false true) (failed %))
        next    (fn next []
                  (when (and (not (.get over)) (.compareAndSet busy false true))
                    (if-let [^String text (.poll waiting)]
                      (do (.decrementAndGet size)
                          (.write response false (ByteBuffer/wrap (.getBytes text "UTF-8"))
                            (Callback/from ^Runnable (fn [] (.set busy false) (next))
                                           ^Consumer (reify Consumer (accept [_ e] (fail e))))))
                      (do (.set busy false)
                          (when (.peek waiting) (next))))))]
    (fn [text]
      (if (< (.incrementAndGet size) (long max-waiting))
        (do (.add waiting text)
            (next))
        (fail (TimeoutException. "The client of a stream reads too slowly"))))))

(defn stream
  "Sends the head of a response map, and then what its `:events` sends, until the client is gone. No thread waits for that."
  [^Request request ^Response response ^Callback callback {:keys [status headers events]}]
  (.setStatus response status)
  (doseq [[k vs] headers, v vs]
    (.add (.getHeaders response) ^String k ^String v))
  (let [stop  (promise)
        over  (AtomicBoolean.)
        end   (fn [e]
                (when (.compareAndSet over false true)
                  (.execute (CompletableFuture/delayedExecutor 0 TimeUnit/MILLISECONDS) #(@stop))
                  (.failed callback e)))
        send  (sender response end)
        beat  (fn beat []
                (when-not (.get over)
                  (send ":\n\n")
                  (.execute (CompletableFuture/delayedExecutor beat-seconds TimeUnit/SECONDS) beat)))]
    (.addFailureListener request (reify Consumer (accept [_ e] (end e))))
    (deliver stop (events send))
    (beat)))

(defn fail
  "Answers a request whose body couldn't be read."
  [^Request request ^Response response ^Callback callback ^Throwable e]
  (if (instance? TimeoutException e)
    (Response/writeError request response callback HttpStatus/REQUEST_TIMEOUT_408 "The body didn't arrive in time")
    (Response/writeError request response callback e)))

(defn errors
  "Returns Jetty's handler of its own errors, such as a malformed request. The answers are JSON, like AWS's. Calls `log` with a
  text about each error of the gateway."
  ^Request$Handler [log]
  (reify Request$Handler
    (handle [_ request response callback]
      (let [e       (.getAttribute request ErrorHandler/ERROR_EXCEPTION)
            status  (if (instance? HttpException e) (.getCode ^HttpException e) (.getStatus response))
            message (or (if (instance? HttpException e) (.getReason ^HttpException e) (.getAttribute request ErrorHandler/ERROR_MESSAGE))
                        (HttpStatus/getMessage status))]
        (when (= 500 status)
          (log (str (.getMethod request) " " (.getHttpURI request) ": " message)))
        (respond response callback (error/message-response status {:message message}))
        true))))
