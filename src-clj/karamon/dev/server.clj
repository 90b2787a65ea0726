(ns karamon.dev.server
  "The local gateway: an HTTP server that makes the AWS event of each request, hands it to the function's handler as
  Lambda would, and answers what the imitated service would make of the reply.

  Jetty, since it passes on what API Gateway does: encoded slashes, repeated headers, HEAD, any method."
  (:require
   [clojure.string :as str]
   [karamon.dev.reload :as reload]
   [karamon.dev.routes :as routes]
   [karamon.local :as local]
   [karamon.local.reply :as reply])
  (:import
   (java.io InputStream)
   (java.nio ByteBuffer)
   (karamon.json JsonWriter)
   (karamon.runtime Handler Handlers)
   (org.eclipse.jetty.http HttpField UriCompliance)
   (org.eclipse.jetty.io Content$Source)
   (org.eclipse.jetty.server ConnectionFactory Handler$Abstract HttpConfiguration HttpConnectionFactory Request Response Server ServerConnector)
   (org.eclipse.jetty.util Callback)
   (org.eclipse.jetty.util.thread QueuedThreadPool)))

(set! *warn-on-reflection* true)

(def ^:private most-event-bytes
  "What Lambda takes as the payload of a synchronous invocation: 6 MB."
  6291456)

(defn- message-response [status data]
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
                           :routes  (distinct (for [{:keys [method path host]} table]
                                                (str (str/upper-case (name method)) " " (when host (str "//" host)) path)))})))

(defn- read-body
  "Returns the request's body, nil when it has none; at most one byte more than an event can hold."
  [^Request request]
  (with-open [in (Content$Source/asInputStream request)]
    (let [bs (.readNBytes ^InputStream in (inc most-event-bytes))]
      (when (pos? (alength bs)) bs))))

(defn- headers [^Request request]
  (reduce (fn [m ^HttpField field] (update m (.getName field) (fnil conj []) (.getValue field)))
          (array-map)
          (.getHeaders request)))

(defn- request-map
  "Returns the request as `karamon.local/event` takes it, for the route that was found."
  [^Request request method path body {:keys [source catch-all multi-value host] :as route} {:keys [stage imitate]}]
  (let [source (or imitate source)]
    (cond-> {:method       method
             :path         path
             :query-string (.getQuery (.getHttpURI request))
             :headers      (headers request)
             :body         body
             :source       source
             :client-ip    (Request/getRemoteAddr request)
             :host         (or host "localhost")
             :multi-value  (boolean multi-value)}
      (not catch-all)                   (assoc :resource (:path route))
      (and stage (#{:rest :http} source)) (assoc :stage stage))))

(defn- without-stage [path stage]
  (if stage
    (cond
      (= path (str "/" stage))                 "/"
      (str/starts-with? path (str "/" stage "/")) (subs path (inc (count stage))))
    path))

(defn- failure-text [{:keys [namespace ^Throwable exception]}]
  (let [root (last (take-while some? (iterate ex-cause exception)))
        {:clojure.error/keys [source line column]} (ex-data exception)]
    (str namespace " doesn't load: " (ex-message root) (when line (str " (" source ":" line (when column (str ":" column)) ")")))))

(defn- report [failure tell]
  (when (:new failure)
    (tell (str (failure-text failure) "\nThe code that loaded last stays; save the file again when it is mended.")))
  failure)

(defn- broken? [failure {:keys [handler]}]
  (contains? (:stale failure) (symbol (namespace (symbol handler)))))

(defn- invoke
  "Returns what a client sees of the function's answer to `request`."
  [{:keys [handler name timeout-ms memory-mb]} request tell]
  (let [event   (local/event request)
        payload (JsonWriter/bytes ^Object event)]
    (if (> (alength payload) (long most-event-bytes))
      (too-large (alength payload))
      (let [context (local/context {:function-name name, :timeout-ms timeout-ms, :memory-mb memory-mb, :log tell})
            seen    (reply/read-reply (:source request) (.handle ^Handler (Handlers/load handler) payload context))]
        (when-let [fault (:fault seen)]
          (tell (str handler ": a 502, as the service would answer, since " fault)))
        seen))))

(defn- answer
  "Returns the response, a map of `:status`, `:headers` (string to vector) and `:body` (bytes or nil)."
  [{:keys [table watcher stage tell] :as options} ^Request request]
  (let [failure (report (reload/refresh watcher) tell)
        method  (keyword (str/lower-case (.getMethod request)))
        host    (Request/getServerName request)
        full    (let [path (.getPath (.getHttpURI request))] (if (str/blank? path) "/" path))
        path    (without-stage full stage)
        route   (when path (routes/find-route table host method path))]
    (cond
      (nil? route)                         (no-route host method full table)
      (broken? failure (:function route)) (message-response 500 {:message (failure-text failure)})
      :else
      (let [^bytes body (read-body request)]
        (if (and body (> (alength body) (long most-event-bytes)))
          (too-large "more")
          (invoke (:function route) (request-map request method path body route options) tell))))))

(defn- handle [{:keys [loader tell log-requests] :as options} ^Request request ^Response response ^Callback callback]
  (.setContextClassLoader (Thread/currentThread) loader) ; Jetty's threads come with one of their own
  (let [start (System/nanoTime)
        {:keys [status headers ^bytes body]}
        (try
          (answer options request)
          (catch Throwable e
            (tell (str (.getMethod request) " " (.getHttpURI request) ": " (ex-message e)))
            (message-response 502 {:message (ex-message e)})))]
    (when log-requests
      (tell (format "%-7s %s  %d  %d ms" (.getMethod request) (.getPathQuery (.getHttpURI request)) status
                    (quot (- (System/nanoTime) start) 1000000))))
    (.setStatus response status)
    (doseq [[k vs] headers, v vs]
      (.add (.getHeaders response) ^String k ^String v))
    (.write response true (if body (ByteBuffer/wrap body) (ByteBuffer/allocate 0)) callback)
    true))

(defn start
  "Starts the local gateway and returns it, an AutoCloseable.

  * `:service` -- what `karamon.dev.service` reads
  * `:folders` -- the Clojure sources to keep live
  * `:host` (default \"127.0.0.1\"), `:port` (default 3000; 0 picks a free one)
  * `:stage` -- serves under /STAGE/ (default: as declared, without a stage)
  * `:imitate` -- a source to imitate for every route (default: the one its event declares)
  * `:log-requests` -- whether each request is told in a line, with its status and time (default false)
  * `:tell` -- a function of each text for the terminal, what handlers log among them (default: prints it to stderr)

  Throws ex-info of `:type` `:karamon.dev.server/port-taken` when something else listens there."
  ^java.io.Closeable [{:keys [service folders host port tell] :or {host "127.0.0.1", port 3000} :as options}]
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
                         :tell (or tell #(binding [*out* *err*] (println (str/trim-newline %)) (flush)))
                         :table (vec (routes/table service))
                         :watcher (reload/watch folders)
                         :loader (.getContextClassLoader (Thread/currentThread)))]
    (.addConnector server connector)
    (.setHandler server (proxy [Handler$Abstract] []
                          (handle [request response callback] (handle options request response callback))))
    (try
      (.start server)
      (catch java.io.IOException e
        (.stop server)
        (throw (ex-info (str "Port " port " on " host " is taken (" (ex-message (or (ex-cause e) e)) "): choose another with --port")
                        {:type ::port-taken, :host host, :port port} e))))
    (reify
      clojure.lang.ILookup
      (valAt [_ k] (case k :port (.getLocalPort connector) nil))
      (valAt [this k default] (or (get this k) default))
      java.io.Closeable
      (close [_] (.stop server)))))
