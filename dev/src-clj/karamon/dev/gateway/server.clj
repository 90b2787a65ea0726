(ns karamon.dev.gateway.server
  "The local gateway: an HTTP server around `karamon.dev.gateway.answer`.

  It is Jetty, since that passes on what API Gateway does: encoded slashes, repeated headers, HEAD, any method."
  (:require
   [clojure.string :as str]
   [karamon.dev.console :as console]
   [karamon.dev.console.record :as record]
   [karamon.dev.failure :as failure]
   [karamon.dev.gateway.access :as access]
   [karamon.dev.gateway.admission :as admission]
   [karamon.dev.gateway.answer :as answer]
   [karamon.dev.gateway.environment :as environment]
   [karamon.dev.gateway.error :as error]
   [karamon.dev.gateway.exchange :as exchange]
   [karamon.dev.gateway.invocation :as invocation]
   [karamon.dev.gateway.live :as live]
   [karamon.dev.gateway.reload :as reload]
   [karamon.dev.gateway.routes :as routes]
   [karamon.dev.gateway.schedules :as schedules]
   [karamon.dev.gateway.websocket :as websocket])
  (:import
   (java.net BindException)
   (java.time Instant LocalTime)
   (java.time.format DateTimeFormatter)
   (java.util.concurrent Executor TimeUnit)
   (java.util.function Consumer Predicate)
   (karamon.runtime InitError)
   (org.eclipse.jetty.http UriCompliance)
   (org.eclipse.jetty.server ConnectionFactory Handler$Abstract HttpConfiguration HttpConnectionFactory Request Response Server ServerConnector)
   (org.eclipse.jetty.util.thread QueuedThreadPool ScheduledExecutorScheduler)))

(set! *warn-on-reflection* true)

(def ^:private max-concurrency
  "Lambda's default limit for all functions of an account. Further requests wait.
  https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html"
  1000)

(defn- console-path?
  "Returns true for the requests of the console's page. The error of a service that can't be read is for other requests."
  [path]
  (and (str/starts-with? path "/_karamon/") (not (invocation/invocation? path))))

(defn- answer-safely
  "Returns the response to a request, whatever fails. Keeps it in the console's records."
  [{:keys [log console live] :as options} ^Request request body]
  (let [{:keys [method path] :as request-map} (exchange/request-map request body)
        {:keys [unseen] :as now} (if (console-path? path) (:prepared @live) (live/current live))
        record (record/begin (:store console) request-map)
        log    (record/logger record log)]
    (->> (try
           (if unseen
             (error/message-response 500 {:message unseen})
             (binding [record/*current* record]
               (answer/answer (merge options now {:log log}) request-map)))
           (catch Throwable e
             (let [what (if (instance? InitError e) (ex-message e) (failure/summary e))]
               (log (str (.getMethod request) " " (.getHttpURI request) ": " what))
               (error/message-response 502 {:message what}))))
         (record/finish record)
         (exchange/sendable method))))

(defn- new-console
  "Returns the console of a gateway with these options."
  [{:keys [live watcher log] :as options}]
  (console/console
    {:files     #(reload/files watcher)
     :functions #(let [{:keys [service table]} (:prepared @live)] (routes/by-function service table))
     :call      (fn [name event source record]
                  (binding [record/*current* record]
                    (answer/call-by-name (merge options (:prepared @live) {:log (record/logger record log)}) name event source)))}))

(def ^:private invoked
  "The attribute of a request that has the function that answered it, and the id of that invocation."
  "karamon.invoked")

(def ^:private clock (DateTimeFormatter/ofPattern "HH:mm:ss"))

(defn- log-request
  "Logs a request in one line when it is completed. `failure` is what went wrong with the connection, or nil."
  [log ^Request request ^Response response failure]
  (let [uri (.getHttpURI request)
        {:keys [function request-id]} (.getAttribute request invoked)]
    (log (str (.format ^DateTimeFormatter clock (LocalTime/now))
              (format " %-7s %s%s  %d  %d ms" (.getMethod request) (or (.getAuthority uri) "") (.getPathQuery uri) (.getStatus response)
                (quot (- (System/nanoTime) (.getBeginNanoTime request)) 1000000))
              (when function (str "  " function "  " request-id))
              (when failure (str "  " (failure/summary failure)))))))

(defn- respond
  "Reads the request's body, then answers the request."
  [{:keys [loader ^Executor invocations] :as options} ^Request request ^Response response callback]
  (exchange/read-body request
    (fn [body]
      (.execute invocations
        (fn []
          (.setContextClassLoader (Thread/currentThread) loader) ; these threads have their own
          (try
            (let [answer (answer-safely options request body)]
              (.setAttribute request invoked answer)
              (if (:events answer)
                (exchange/stream request response callback answer)
                (exchange/respond response callback answer)))
            (catch Throwable e
              (exchange/fail request response callback e))))))
    #(exchange/fail request response callback %)))

(defn- socket? [^Request request]
  (and (= "GET" (.getMethod request)) (.contains (.getHeaders request) "Upgrade" "websocket")))

(defn- websocket-now
  "Returns the WebSocket API of the service as it is now, with the gateway's options; nil if it has none."
  [{:keys [live] :as options}]
  (let [{:keys [websocket] :as now} (live/now live)]
    (when websocket (merge options now websocket))))

(defn- upgrade
  "Answers a handshake if the service has a WebSocket API: only then are Jetty's WebSockets loaded."
  [{:keys [loader ^Executor invocations container] :as options} ^Request request ^Response response callback]
  (.execute invocations
    (fn []
      (.setContextClassLoader (Thread/currentThread) loader)
      (try
        (if-let [api (websocket-now options)]
          ((requiring-resolve 'karamon.dev.gateway.websocket.jetty/handshake)
           (assoc api :container @container) request response callback)
          (respond options request response callback))
        (catch Throwable e
          (exchange/fail request response callback e))))))

(defn- handle [{:keys [log log-requests] :as options} ^Request request ^Response response callback]
  ;; A client may wait longer than a connection may be idle.
  (.addIdleTimeoutListener request (reify Predicate (test [_ _] false)))
  (when log-requests
    (Request/addCompletionListener request (reify Consumer (accept [_ failure] (log-request log request response failure)))))
  (if (socket? request)
    (upgrade options request response callback)
    (respond options request response callback))
  true)

(defn- with-websocket
  "Adds what the WebSocket API needs, which the service may have later."
  [{:keys [host] :as options} ^Server server ^ServerConnector connector]
  (let [options (assoc options
                       :domain    (delay (str (websocket/domain host) ":" (.getLocalPort connector)))
                       :container (delay ((requiring-resolve 'karamon.dev.gateway.websocket.jetty/container) server options))
                       :scheduler (.getScheduler server))]
    (assoc options :now #(or (websocket-now options) (merge options {:routes {}})))))

(defn- start-schedules [{:keys [loader live ^Executor invocations] :as options} ^Server server]
  (schedules/start (assoc options
                          :service #(:service (live/now live))
                          :now     #(Instant/now)
                          :after   (fn [ms ^Runnable f] (.schedule (.getScheduler server) f ms TimeUnit/MILLISECONDS))
                          :execute (fn [f]
                                     (.execute invocations (fn []
                                                             (.setContextClassLoader (Thread/currentThread) loader)
                                                             (f)))))))

(defn- cant-listen [host port ^Throwable e]
  (let [cause (or (ex-cause e) e)
        why   (str (ex-message cause))]
    (if (and (instance? BindException cause) (str/includes? why "Address already in use"))
      (ex-info (str "Port " port " on " host " is taken (" why "): choose another with --port")
               {:type ::port-taken, :host host, :port port} e)
      (ex-info (str "Can't listen on " host ", port " port ": " why) {:type ::no-listening, :host host, :port port} e))))

(defn start
  "Starts the local gateway and returns it, an AutoCloseable. Its threads don't keep the process from ending.

  * `:service` -- as `karamon.dev.gateway.service` reads it
  * `:read-service` -- a function that reads it again when its `:files` were saved (default: it stays as it is)
  * `:class-folders` -- folders of Java classes and sources: their changes are reported (default none)
  * `:folders` -- the folders of Clojure sources to reload on save
  * `:host` (default \"127.0.0.1\"), `:port` (default 3000; 0 picks a free one)
  * `:idle-ms` -- how long a connection may be idle between requests and while one is sent or answered (default 30,000)
  * `:scan-ms` -- how often to look for saved files at most, in milliseconds (default 0: for each request)
  * `:stage` -- serves REST and HTTP API routes under /STAGE/ (default: as declared, without a stage)
  * `:schedules` -- whether the schedules of the service fire (default false)
  * `:origins` -- origins of web pages that may open a WebSocket, besides those of this machine
  * `:imitate` -- a source to imitate for every route (default: the one its event declares)
  * `:as-aws` -- whether clients get only what AWS sends when a function fails (default: they get the cause)
  * `:jwks` -- a file or URL with the keys of tokens (default: their signatures aren't checked)
  * `:clock` -- a function that returns the time in milliseconds since 1970, by which tokens expire (default: the system's)
  * `:no-console` -- whether to serve no console at /_karamon/ (default false)
  * `:log-requests` -- whether to log each request in a line (default false)
  * `:log` -- a function that is called with each text for the terminal, which includes the logs of handlers (default: prints
    to stderr)

  Throws ex-info of `:type` `:karamon.dev.gateway.server/port-taken` if another program listens on that port, and of
  `:karamon.dev.gateway.server/no-listening` if the server can't listen on that address."
  ^java.io.Closeable [{:keys [service read-service class-folders folders host port idle-ms scan-ms log no-console]
                       :or   {host "127.0.0.1", port 3000, idle-ms 30000, scan-ms 0}
                       :as   options}]
  (let [server      (Server. (doto (QueuedThreadPool.) (.setName "gateway") (.setDaemon true))
                             (ScheduledExecutorScheduler. "gateway-timers" true)
                             nil)
        invocations (doto (QueuedThreadPool. max-concurrency)
                      (.setName "invocations")
                      (.setDaemon true)
                      (.setStopTimeout 0))
        config      (doto (HttpConfiguration.)
                      (.setSendServerVersion false)
                      (.setRequestHeaderSize 32768)
                      (.setUriCompliance UriCompliance/UNSAFE))
        connector   (doto (ServerConnector. server ^"[Lorg.eclipse.jetty.server.ConnectionFactory;"
                            (into-array ConnectionFactory [(HttpConnectionFactory. config)]))
                      (.setHost host)
                      (.setPort port)
                      (.setIdleTimeout idle-ms)
                      (.setAcceptQueueSize max-concurrency))
        log         (or log #(binding [*out* *err*] (println (str/trim-newline %)) (flush)))
        options     (assoc options
                           :host host
                           :open (atom {})
                           :only-this-machine (access/only-this-machine? host)
                           :log log
                           :invocations invocations
                           :loader (.getContextClassLoader (Thread/currentThread)))
        prepare     (fn [service]
                      (let [admission (admission/prepare service (assoc (select-keys options [:jwks :clock])
                                                                        :table (vec (routes/table service options)), :log log))
                            websocket (websocket/api service options)]
                        (run! log (concat (:warnings websocket) (admission/notices admission)))
                        {:service service, :table (:table admission), :admission admission, :websocket websocket}))
        live        (live/live {:service       service
                                :read          read-service
                                :prepare       prepare
                                :scan-ms       scan-ms
                                :class-folders class-folders
                                :log           log})
        watcher     (reload/watch folders {:scan-ms scan-ms
                                           :around  #(environment/call-at-load (:functions (:service @live)) nil %)})
        options     (-> (merge options (:prepared @live))
                        (assoc :live live, :watcher watcher))
        options     (-> (cond-> options (not no-console) (assoc :console (new-console options)))
                        (with-websocket server connector))]
    (.addConnector server connector)
    (.addBean server invocations true)
    (.setErrorHandler server (exchange/errors log))
    (.setHandler server (proxy [Handler$Abstract] []
                          (handle [request response callback] (handle options request response callback))))
    (try
      (.start server)
      (catch java.io.IOException e
        (.stop server)
        (throw (cant-listen host port e))))
    (when (:schedules options)
      (start-schedules options server))
    (reify
      clojure.lang.ILookup
      (valAt [_ k] (case k :port (.getLocalPort connector) nil))
      (valAt [this k default] (or (get this k) default))
      java.io.Closeable
      (close [_] (.stop server)))))
