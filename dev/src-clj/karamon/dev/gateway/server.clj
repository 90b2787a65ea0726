(ns karamon.dev.gateway.server
  "The local gateway: an HTTP server around `karamon.dev.gateway.answer`.

  It is Jetty, since that passes on what API Gateway does: encoded slashes, repeated headers, HEAD, any method."
  (:require
   [clojure.string :as str]
   [karamon.dev.failure :as failure]
   [karamon.dev.gateway.answer :as answer]
   [karamon.dev.gateway.reload :as reload]
   [karamon.dev.gateway.routes :as routes])
  (:import
   (java.io InputStream)
   (java.net BindException)
   (java.nio ByteBuffer)
   (karamon.runtime InitError)
   (org.eclipse.jetty.http HttpField UriCompliance)
   (org.eclipse.jetty.io Content$Source)
   (org.eclipse.jetty.server ConnectionFactory Handler$Abstract HttpConfiguration HttpConnectionFactory Request Response Server ServerConnector)
   (org.eclipse.jetty.util Callback)
   (org.eclipse.jetty.util.thread QueuedThreadPool)))

(set! *warn-on-reflection* true)

(defn- read-body
  "Returns the request's body, or nil if it has none; reads at most one byte more than an event can have."
  [^Request request]
  (with-open [in (Content$Source/asInputStream request)]
    (let [bs (.readNBytes ^InputStream in (inc (long answer/max-event-bytes)))]
      (when (pos? (alength bs)) bs))))

(defn- headers [^Request request]
  (reduce (fn [m ^HttpField field] (update m (.getName field) (fnil conj []) (.getValue field)))
          (array-map)
          (.getHeaders request)))

(defn- request-map [^Request request]
  (let [uri  (.getHttpURI request)
        path (.getPath uri)]
    {:method       (keyword (str/lower-case (.getMethod request)))
     :host         (Request/getServerName request)
     :path         (if (str/blank? path) "/" path)
     :query-string (.getQuery uri)
     :headers      (headers request)
     :client-ip    (Request/getRemoteAddr request)
     :body         (delay (read-body request))}))

(defn- handle [{:keys [loader log log-requests] :as options} ^Request request ^Response response ^Callback callback]
  (.setContextClassLoader (Thread/currentThread) loader) ; Jetty's threads have their own
  (let [start (System/nanoTime)
        {:keys [status headers ^bytes body]}
        (try
          (answer/answer options (request-map request))
          (catch Throwable e
            (let [what (if (instance? InitError e) (ex-message e) (failure/summary e))]
              (log (str (.getMethod request) " " (.getHttpURI request) ": " what))
              (answer/message-response 502 {:message what}))))]
    (when log-requests
      (log (format "%-7s %s  %d  %d ms" (.getMethod request) (.getPathQuery (.getHttpURI request)) status
                    (quot (- (System/nanoTime) start) 1000000))))
    (.setStatus response status)
    (doseq [[k vs] headers, v vs]
      (.add (.getHeaders response) ^String k ^String v))
    (.write response true (if body (ByteBuffer/wrap body) (ByteBuffer/allocate 0)) callback)
    true))

(defn- cant-listen [host port ^Throwable e]
  (let [cause (or (ex-cause e) e)
        why   (str (ex-message cause))]
    (if (and (instance? BindException cause) (str/includes? why "Address already in use"))
      (ex-info (str "Port " port " on " host " is taken (" why "): choose another with --port")
               {:type ::port-taken, :host host, :port port} e)
      (ex-info (str "Can't listen on " host ", port " port ": " why) {:type ::no-listening, :host host, :port port} e))))

(defn start
  "Starts the local gateway and returns it, an AutoCloseable.

  * `:service` -- as `karamon.dev.gateway.service` reads it
  * `:folders` -- the folders of Clojure sources to reload on save
  * `:host` (default \"127.0.0.1\"), `:port` (default 3000; 0 picks a free one)
  * `:stage` -- serves REST and HTTP API routes under /STAGE/ (default: as declared, without a stage)
  * `:imitate` -- a source to imitate for every route (default: the one its event declares)
  * `:log-requests` -- whether to log each request in a line with its status and time (default false)
  * `:log` -- a function that is called with each text for the terminal, which includes the logs of handlers (default: prints
    to stderr)

  Throws ex-info of `:type` `:karamon.dev.gateway.server/port-taken` if another program listens on that port, and of
  `:karamon.dev.gateway.server/no-listening` if the server can't listen on that address."
  ^java.io.Closeable [{:keys [service folders host port log] :or {host "127.0.0.1", port 3000} :as options}]
  (let [pool      (doto (QueuedThreadPool.) (.setName "gateway"))
        server    (Server. pool)
        config    (doto (HttpConfiguration.)
                    (.setSendServerVersion false)
                    (.setRequestHeaderSize 32768)
                    (.setUriCompliance UriCompliance/UNSAFE))
        connector (doto (ServerConnector. server ^"[Lorg.eclipse.jetty.server.ConnectionFactory;"
                          (into-array ConnectionFactory [(HttpConnectionFactory. config)]))
                    (.setHost host)
                    (.setPort port))
        options   (assoc options
                         :log (or log #(binding [*out* *err*] (println (str/trim-newline %)) (flush)))
                         :table (vec (routes/table service options))
                         :watcher (reload/watch folders)
                         :loader (.getContextClassLoader (Thread/currentThread)))]
    (.addConnector server connector)
    (.setHandler server (proxy [Handler$Abstract] []
                          (handle [request response callback] (handle options request response callback))))
    (try
      (.start server)
      (catch java.io.IOException e
        (.stop server)
        (throw (cant-listen host port e))))
    (reify
      clojure.lang.ILookup
      (valAt [_ k] (case k :port (.getLocalPort connector) nil))
      (valAt [this k default] (or (get this k) default))
      java.io.Closeable
      (close [_] (.stop server)))))
