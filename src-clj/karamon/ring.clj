(ns karamon.ring
  "Ring apps as gateway handlers, and gateway handlers as Ring apps.

      (defn my-app [request]
        {:status 200, :headers {}, :body (str \"Hello from \" (:uri request))})

      (def app (ring/handler my-app))

  `app` is a gateway handler as `defgateway` defines one: `KARAMON_HANDLER`, `clj:` and `karamon.local/invoke` take it.
  Requests and responses are those of Ring's SPEC. Ring itself is optional: if it is loaded, anything that satisfies its
  protocol for bodies may be a body."
  (:require
   [clojure.string :as str]
   [karamon.gateway :as gateway])
  (:import
   (java.io File InputStream OutputStream)
   (java.util.concurrent CompletableFuture CompletionException)
   (java.util.function BiFunction)
   (karamon.http Query RequestBody RequestCookies)
   (karamon.json Keys Maps)
   (karamon.ring AwaitedStream ClientCertificate ResponseMap)
   (karamon.runtime Later)
   (karamon.text Failure Fatal)))

(set! *warn-on-reflection* true)

;; A request map as a Ring request.

(defn- ring-headers [headers]
  (persistent! (reduce-kv (fn [m k v] (assoc! m (if (keyword? k) (subs (str k) 1) k) v)) (transient {}) headers)))

(defn- host-and-port
  "Returns the server's name, and its port or nil, from a host as a client sends it, even if it is malformed."
  [host]
  (let [[_ server port] (re-matches #"(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?" host)]
    [(or (not-empty server) host) (some-> port parse-long)]))

(defn- server-port [port headers scheme]
  (int (or port
           (some->> (get headers "x-forwarded-port") (re-find #"\d{1,5}$") parse-long)
           (if (#{:http :ws} scheme) 80 443))))

(defn- charset [content-type]
  (some->> content-type (re-find #"(?i);\s*charset=\"?([^\s;\"]+)") second))

(defn- certificate [context]
  (get-in (or (:authentication context) (:identity context)) [:client-cert :client-cert-pem]))

(defn- ring-request
  "Converts a request map to a Ring request. Fills in keys that Ring requires and some events lack: a load balancer's health
  check has no host and no address, a WebSocket message no method."
  [{:keys [method path query-string headers body client-ip scheme host context] :as event} ctx]
  (let [headers       (ring-headers headers)
        type          (get headers "content-type")
        scheme        (or scheme :https)
        [server port] (host-and-port (or (not-empty host) "localhost"))
        pem           (certificate context)]
    (cond-> {:server-port        (server-port port headers scheme)
             :server-name        server
             :remote-addr        (or client-ip "0.0.0.0")
             :uri                (or path "/")
             :query-string       query-string
             :scheme             scheme
             :request-method     (or method :get)
             :protocol           (or (get-in context [:http :protocol]) (:protocol context) "HTTP/1.1")
             :headers            headers
             :content-type       type
             :content-length     (some-> (get headers "content-length") parse-long)
             :character-encoding (charset type)
             :body               (if (instance? InputStream body) body (RequestBody. body type))
             :karamon/request    event
             :karamon/context    ctx}
      pem (assoc :ssl-client-cert (ClientCertificate. pem)))))

;; A Ring response as a response map.

(defn- bad-response [message data]
  (ex-info message (assoc data :type ::bad-response)))

(defn- streamable
  "Returns a function that writes a body by Ring's protocol, nil if the body doesn't satisfy it. If it does, the app has
  loaded the protocol. An asynchronous app may keep writing in other threads until it closes the stream, or the
  invocation's time is up."
  [body response async {:keys [deadline-ms]}]
  (when-let [protocols (find-ns 'ring.core.protocols)]
    (when (satisfies? @(ns-resolve protocols 'StreamableResponseBody) body)
      (let [write-body (ns-resolve protocols 'write-body-to-stream)]
        (fn [^OutputStream out]
          (let [stream (AwaitedStream. out)]
            (write-body body response stream)
            (when-not (or (not async)
                          (.awaitClose stream (if deadline-ms (max 0 (- (long deadline-ms) (System/currentTimeMillis) 100)) Long/MAX_VALUE)))
              (throw (bad-response (str "The body, a " (.getName (class body)) ", wasn't closed before the invocation's time was up")
                                   {})))))))))

(defn- gateway-body [{:keys [body] :as response} async ctx]
  (cond
    (or (nil? body) (string? body) (bytes? body) (instance? InputStream body) (instance? File body)) body
    ;; Ring writes each item as a string; an empty sequence is an empty text.
    (seq? body) (if (bytes? (first body)) body (or (seq (map str body)) ""))
    :else       (or (streamable body response async ctx)
                    (throw (bad-response
                             (str "A Ring response's :body must be a string, bytes, a sequence, a File, an InputStream, nil or anything "
                                  "that satisfies ring.core.protocols/StreamableResponseBody, found a " (.getName (class body)))
                             {:found (class body)})))))

(defn- gateway-response [response {:keys [method path]} async ctx]
  (cond
    (nil? response)
    (throw (bad-response (str "The Ring app returned nil for " (some-> method name str/upper-case) " " path
                              ": end it with a catch-all route that returns a 404")
                         {:found nil}))

    (not (map? response))
    (throw (bad-response (str "A Ring app must return a response map, found a " (.getName (class response))
                              (when-not async ". An asynchronous app needs the option :async"))
                         {:found (class response)}))

    (:ring.websocket/listener response)
    (throw (bad-response "A function can't answer with a WebSocket: use an API Gateway WebSocket API" {:found :ring.websocket/listener}))

    :else
    (assoc (select-keys response [:status :headers]) :body (gateway-body response async ctx))))

(defn- then
  "Returns a CompletableFuture of `f` of the value of `result`. An exception, of either, is its value, which a handler may return:
  the JDK would put an exception into another one whose message contains all of its data, which may be endless."
  [^CompletableFuture result f]
  (.handle result (reify BiFunction
                    (apply [_ x e] (or e (try (f x) (catch Throwable e e)))))))

(defn handler
  "Returns a gateway handler, a function of a request map and a context map, that calls the Ring app `app`.

  * `:async` -- whether to call `app` with three arguments, the request and the callbacks `respond` and `raise`, instead of
    the request alone. Many apps take both, so it can't be detected (default false)
  * the options that `karamon.gateway/options` lists

  The Ring request has the keys of Ring's SPEC, and `:karamon/request` and `:karamon/context`: the request map and the
  context map it was made from. `:body` is always a stream, decoded only when it is read. Of the response only `:status`,
  `:headers` and `:body` are used.

  An exception that `app` throws, or passes to `raise`, is handled like one thrown by a gateway handler. Only the first call
  of `respond` or `raise` counts. Without any, the answer is a 504 when the invocation's time is up.

  Throws ex-info of `:type` `:karamon.gateway/bad-option` for an unknown option or a bad value. The returned handler throws
  ex-info of `:type` `:karamon.ring/bad-response` for an invalid response."
  ([app] (handler app {}))
  ([app opts]
   (let [options (gateway/options opts {:async ["true or false" boolean?]})
         call    (if (:async opts)
                   (fn [event ctx]
                     (let [result (CompletableFuture.)]
                       (app (ring-request event ctx)
                            (fn [response] (.complete result response) nil)
                            (fn [^Throwable e] (.completeExceptionally result e) nil))
                       (then result #(gateway-response % event true ctx))))
                   (fn [event ctx]
                     (gateway-response (app (ring-request event ctx)) event false ctx)))]
     (with-meta call {:karamon/gateway (assoc options :lazy-body true)}))))

;; A Ring request as a request map.

(defn- body-value [body headers]
  (cond
    (nil? body)                  nil
    (instance? RequestBody body) (.value ^RequestBody body)
    :else                        (RequestBody/value (.readAllBytes ^InputStream body)
                                                    (get headers "content-type")
                                                    (get headers "content-encoding"))))

(defn- host [{:keys [headers server-name server-port scheme]}]
  (or (get headers "host")
      (when server-name
        (str server-name (when-not (or (nil? server-port) (= server-port ({:http 80, :https 443} scheme))) (str ":" server-port))))))

(defn- header-map
  "Returns a Ring request's headers with keywords for names, and `f` applied to each value."
  [f headers]
  (Maps/ofLast (to-array (mapcat (fn [[k v]] [(if (string? k) (.of Keys/KEYWORDS k) k) (f v)]) headers))))

(defn- request-map
  "Converts a Ring request to a request map. A request from `handler` has its request map already: changes that middleware
  made are applied to it."
  [{:keys [request-method uri query-string headers body remote-addr scheme] :as request}]
  (let [event    (:karamon/request request)
        before   (when event (ring-request event nil))
        changed? (fn [& ks] (not (and event (= (select-keys before ks) (select-keys request ks)))))]
    (cond-> (or event {:resource nil, :path-parameters {}, :base64? false, :context {}, :stage-variables {}, :source :ring})
      (changed? :request-method) (assoc :method request-method)
      (changed? :uri)            (assoc :path uri)
      (changed? :remote-addr)    (assoc :client-ip remote-addr)
      (changed? :scheme)         (assoc :scheme scheme)
      true                       (assoc :body (body-value body headers))

      (not (and event (= (host before) (host request))))
      (assoc :host (host request))

      (changed? :query-string)
      (merge (let [query (Query/ofRaw query-string)]
               {:query (.last query), :query-all (.all query), :query-string (.string query)}))

      (changed? :headers)
      (assoc :headers     (header-map identity headers)
             :headers-all (header-map vector headers)
             :cookies     (RequestCookies/of (get headers "cookie"))))))

;; A gateway handler's result, now or later, as a Ring response.

(defn- value
  "Waits for a result, without a limit, and returns its value."
  [result]
  (Later/await result Long/MAX_VALUE))

(defn- recovered
  "Returns the response map for the exception `e`, nil if there is none."
  [^Throwable e {:keys [on-error]} event ctx]
  (or (some #(:karamon/response (ex-data %)) (Failure/chain e))
      (when on-error
        (value (on-error e event ctx)))))

(defn- answer
  "Returns the Ring response for the result of `f`, or for the exception that it throws."
  [f options event ctx]
  (let [plain #(ResponseMap/plain % (= :head (:method event)))]
    (try
      (plain (value (f)))
      (catch Throwable e
        (when (Fatal/is e) (throw e))
        (or (try
              (some-> (recovered e options event ctx) plain)
              (catch Throwable other
                (when (Fatal/is other) (throw other))
                (Failure/suppress e other)))
            (throw e))))))

(defn- attempt
  "Returns the pair of the result of `f` and the exception that it throws; one of them is nil."
  [f]
  (try [(f) nil] (catch Throwable e [nil e])))

(defn- thrown
  "Returns the exception of a completed stage, from its value and its exception; nil if it has none."
  [x e]
  (or (if (instance? CompletionException e) (or (ex-cause e) e) e)
      (when (instance? Throwable x) x)))

(defn app
  "Returns a Ring app, of one argument or of three, that calls a gateway handler: a function or a var. With a var, the
  handler's options apply, and so does a new definition.

  The request map is made from the Ring request; its `:source` is `:ring`, its `:context` is empty and its `:resource` nil.
  Behind `handler` it is the original request map with the changes that middleware made. The context map is that of
  `handler`, else nil. `:path` is `:uri` unchanged; `:base-path` is ignored.

  In the response, data is JSON, cookies are headers, a function as a body has been called and replaced by its bytes, and the
  URL of a resource by a stream. `{:karamon/response …}` in an exception and the option `:on-error` work as for a gateway
  handler; other exceptions are thrown, or raised. The app waits for a later result, without a limit; with three arguments it
  doesn't wait for a CompletableFuture or a channel."
  [handler]
  (let [fallback (gateway/options {})
        options  #(or (:karamon/gateway (meta handler))
                      (when (var? handler) (:karamon/gateway (meta @handler)))
                      fallback)]
    (fn
      ([request]
       (let [event (request-map request)
             ctx   (:karamon/context request)]
         (answer #(handler event ctx) (options) event ctx)))
      ([request respond raise]
       (let [options     (options)
             ctx         (:karamon/context request)
             [event bad] (attempt #(request-map request))
             [result e]  (when-not bad (attempt #(handler event ctx)))
             stage       (Later/stage result)
             finish      (fn [x e]
                           (let [[response e] (attempt (fn [] (answer #(if e (throw e) x) options event ctx)))]
                             (if e (raise e) (respond response))))]
         (cond
           bad   (raise bad)
           stage (.handle stage (reify BiFunction
                                  (apply [_ x e] (finish x (thrown x e)) nil)))
           :else (finish result e)))))))
