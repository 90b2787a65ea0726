(ns karamon.dev.gateway.offline
  "The one warm JVM behind `serverless offline`, which the Serverless plugin starts. The Java runner of serverless-offline
  (lambda/handler-runner/java-runner/JavaRunner.js in its package) posts

      {\"function\": \"shop-dev-hello\", \"data\": \"{\\\"event\\\": …, \\\"context\\\": …}\"}

  to /invoke, and expects the function's reply as a line {\"__offline_payload__\": …}."
  (:require
   [clojure.string :as str]
   [karamon.dev.failure :as failure]
   [karamon.dev.gateway.function :as function]
   [karamon.dev.gateway.parent :as parent]
   [karamon.dev.gateway.reload :as reload])
  (:import
   (com.sun.net.httpserver HttpExchange HttpHandler HttpServer)
   (java.io File)
   (java.net InetAddress InetSocketAddress)
   (java.util.concurrent Executors)
   (karamon.json JsonReader JsonWriter Keys)
   (karamon.runtime InitError)))

(set! *warn-on-reflection* true)

(defn- failed
  "Returns the reply for a function that failed: for an HTTP event, the response of the service in front of it."
  [event status message error-type]
  (JsonWriter/bytes
    ^Object (if (contains? event "requestContext")
              {:statusCode status
               :headers    {:content-type "application/json"}
               :body       (JsonWriter/string {:message "Internal server error", :errorMessage message, :errorType error-type})}
              {:errorMessage message, :errorType error-type})))

(defn- threw [handler ^Throwable e event log]
  (if (instance? InitError e)
    (log (ex-message e))
    (log (str handler " threw " (failure/trace e))))
  (failed event 502 (ex-message e) (.getName (class e))))

(defn reply
  "Returns the bytes of a function's reply to the data that the runner posted, a map with string keys.

  * `:functions` -- deployed name to a map of `:handler`, `:name`, `:timeout-ms` and `:memory-mb`
  * `:watcher` -- the watcher of the code, as `karamon.dev.gateway.reload/watch` returns it
  * `:log` -- a function that is called with each text for the terminal"
  [{:keys [functions watcher log]} {name "function", data "data"}]
  (let [{:strs [event context]} (JsonReader/read ^String data Keys/STRINGS)
        {:keys [handler] :as function} (functions name)
        broken (function/refresh watcher log)]
    (cond
      (nil? function)
      (failed event 502 (str "No function " name ": there is " (str/join ", " (sort (keys functions)))) "Karamon.NoFunction")
      (function/broken? broken handler)
      (failed event 500 (failure/load-text broken) "Karamon.BrokenNamespace")
      :else
      (let [result (try
                     (function/call function (JsonWriter/bytes ^Object event) {:request-id (get context "awsRequestId"), :log log})
                     (catch InitError e e))]
        (if (instance? Throwable result)
          (threw handler result event log)
          result)))))

(defn- handle [options ^ClassLoader loader ^HttpExchange exchange]
  (.setContextClassLoader (Thread/currentThread) loader)
  (with-open [exchange exchange]
    (let [posted (JsonReader/read (.readAllBytes (.getRequestBody exchange)) Keys/STRINGS)
          line   (.getBytes (str "{\"__offline_payload__\":" (String. ^bytes (reply options posted) "UTF-8") "}\n") "UTF-8")]
      (.sendResponseHeaders exchange 200 (alength line))
      (.write (.getResponseBody exchange) line))))

(defn start
  "Starts the server on a free port of 127.0.0.1 and returns it. `options` are those of `reply`."
  ^HttpServer [{:keys [log] :as options}]
  (System/setProperty "sun.net.httpserver.nodelay" "true") ; else each reply waits for the client's delayed acknowledgement
  (let [loader (.getContextClassLoader (Thread/currentThread))]
    (doto (HttpServer/create (InetSocketAddress. (InetAddress/getByName "127.0.0.1") 0) 0)
      (.setExecutor (Executors/newCachedThreadPool))
      (.createContext "/invoke" (reify HttpHandler
                                  (handle [_ exchange]
                                    (try
                                      (handle options loader exchange)
                                      (catch Throwable e
                                        (log (failure/trace e)))))))
      (.start))))

(defn- read-functions [functions]
  (into {} (for [[name {:strs [handler timeout memory]}] functions]
             [name {:handler handler, :name name, :timeout-ms (* 1000 timeout), :memory-mb memory}])))

(defn run
  "Serves until standard input ends. The first line of the input lists the functions: `{\"functions\": {NAME: {\"handler\": …,
  \"timeout\": seconds, \"memory\": MB}}, \"sources\": [FOLDER]}`. Prints the port when all handlers are loaded."
  [_]
  (let [{:strs [functions sources]} (JsonReader/read ^String (parent/follow!) Keys/STRINGS)
        functions (read-functions functions)
        log       #(binding [*out* *err*] (println (str/trim-newline %)) (flush))
        watcher   (reload/watch (filter #(.isDirectory (File. ^String %)) sources))]
    (function/load-all (vals functions) log)
    (println (str "karamon-offline: port " (.getPort (.getAddress (start {:functions functions, :watcher watcher, :log log})))))
    (flush)
    @(promise)))
