(ns karamon.dev.image.runtime-api
  "Lambda's Runtime API on the loopback interface, for a training run. It sends events in turn for a number of calls, and
  completes a future when all are answered. The protocol: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"
  (:require
   [karamon.dev.gateway.access :as access])
  (:import
   (com.sun.net.httpserver HttpExchange HttpServer)
   (java.io InputStream)
   (java.net InetAddress InetSocketAddress)
   (java.util.concurrent CompletableFuture CountDownLatch Executors)))

(set! *warn-on-reflection* true)

(def ^:private deadline-ms
  "The deadline of each call, in milliseconds."
  60000)

(defn- send-event [^HttpExchange exchange ^bytes event]
  (doto (.getResponseHeaders exchange)
    (.set "Content-Type" "application/json")
    (.set "Lambda-Runtime-Aws-Request-Id" "priming")
    (.set "Lambda-Runtime-Deadline-Ms" (str (+ (System/currentTimeMillis) (long deadline-ms)))))
  (.sendResponseHeaders exchange 200 (alength event))
  (.write (.getResponseBody exchange) event))

(defn- handle
  "Answers one request of the runtime. `state` has the `:queue` of events, the number of calls `:left` and the `:failures`."
  [{:keys [queue failures left ^CompletableFuture done ^CountDownLatch closed]} ^HttpExchange exchange]
  (let [path (.getPath (.getRequestURI exchange))
        body (String. (.readAllBytes ^InputStream (.getRequestBody exchange)) "UTF-8")]
    (if (re-find #"/invocation/next$" path)
      (if-let [event (ffirst (swap-vals! queue rest))]
        (send-event exchange event)
        (.await closed))
      (do
        (when (or (re-find #"/error$" path) (re-find #"^\{\"statusCode\":5\d\d" body))
          (swap! failures conj body))
        (when (zero? (swap! left dec))
          (.complete done @failures)) ; before the runtime can ask for the next event
        (.sendResponseHeaders exchange 202 -1)))))

(defn start
  "Starts a server that sends `events`, byte arrays, in turn for `calls` calls, each event at least once. Returns

  * `:address` -- host:port, for the runtime
  * `:done` -- a CompletableFuture of the replies that report a failure, complete when all calls are answered
  * `:answered` -- the number of calls
  * `:close` -- a function that stops it"
  [events calls]
  (let [calls  (max calls (count events))
        server (HttpServer/create (InetSocketAddress. (InetAddress/getLoopbackAddress) 0) 0)
        pool   (Executors/newCachedThreadPool)
        state  {:queue (atom (take calls (cycle events))), :failures (atom []), :left (atom calls)
                :done (CompletableFuture.), :closed (CountDownLatch. 1)}]
    (.createContext server "/" (access/guarded #(handle state %)))
    (.setExecutor server pool)
    (.start server)
    {:address (str "127.0.0.1:" (.getPort (.getAddress server)))
     :done    (:done state)
     :answered calls
     :close   #(do (.countDown ^CountDownLatch (:closed state))
                   (.stop server 0)
                   (.shutdownNow pool))}))
