(ns karamon.dev.gateway.offline
  "The one warm JVM behind `serverless offline`, which the Serverless plugin starts. The Java runner of serverless-offline
  (lambda/handler-runner/java-runner/JavaRunner.js in its package) posts

      {\"function\": \"shop-dev-hello\", \"data\": \"{\\\"event\\\": …, \\\"context\\\": …}\"}

  to /invoke, and expects the function's reply as a line {\"__offline_payload__\": …}."
  (:require
   [clojure.string :as str]
   [karamon.dev.failure :as failure]
   [karamon.dev.gateway.access :as access]
   [karamon.dev.gateway.environment :as environment]
   [karamon.dev.gateway.failed :as failed]
   [karamon.dev.gateway.function :as function]
   [karamon.dev.gateway.parent :as parent]
   [karamon.dev.gateway.reload :as reload])
  (:import
   (com.sun.net.httpserver HttpExchange HttpServer)
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

(defn- unauthorized?
  "Returns true if `e` makes a REST API answer 401: an authorizer's exception with the message Unauthorized."
  [^Throwable e {:strs [methodArn version]}]
  (and methodArn (nil? version) (= "Unauthorized" (failure/message e))))

(defn- threw
  "Returns the reply for an exception. In place of an authorizer's \"Unauthorized\", which a Java function can't throw there,
  serverless-offline takes the text as the result (events/http/createAuthScheme.js in its package)."
  [^Throwable e event]
  (if (unauthorized? e event)
    (JsonWriter/bytes "Unauthorized")
    (failed event 502 (failure/message e) (if (function/timed-out? e) "Sandbox.Timedout" (.getName (class e))))))

(defn reply
  "Returns the bytes of a function's reply to the data that the runner posted, a map with string keys.

  * `:functions` -- deployed name to a map of `:handler`, `:name`, `:timeout-ms` and `:memory-mb`
  * `:watcher` -- the watcher of the code, as `karamon.dev.gateway.reload/watch` returns it
  * `:log` -- a function that is called with each text for the terminal"
  [{:keys [functions watcher log]} {name "function", data "data"}]
  (let [{:strs [event context]} (JsonReader/read ^String data Keys/STRINGS)
        {:keys [handler] :as function} (functions name)
        broken (function/refresh watcher log handler)]
    (cond
      (nil? function)
      (failed event 502 (str "No function " name ": there is " (str/join ", " (sort (keys functions)))) "Karamon.NoFunction")
      (function/broken? broken handler)
      (failed event 500 (failure/load-text broken) "Karamon.BrokenNamespace")
      :else
      (let [id     (get context "awsRequestId")
            report (fn [message e] (log (failed/text message id (reload/files watcher) e)))
            result (try
                     (function/call function (JsonWriter/bytes ^Object event) {:request-id id, :log log, :log-failure report})
                     (catch InitError e e))]
        (when (and (instance? Throwable result) (not (function/late? result)))
          (report (str handler " threw") result))
        (if (instance? Throwable result)
          (threw result event)
          result)))))

(defn- handle [options ^ClassLoader loader ^HttpExchange exchange]
  (.setContextClassLoader (Thread/currentThread) loader)
  (let [posted (JsonReader/read (.readAllBytes (.getRequestBody exchange)) Keys/STRINGS)
        line   (.getBytes (str "{\"__offline_payload__\":" (String. ^bytes (reply options posted) "UTF-8") "}\n") "UTF-8")]
    (.sendResponseHeaders exchange 200 (alength line))
    (.write (.getResponseBody exchange) line)))

(defn start
  "Starts the server on a free port of 127.0.0.1 and returns it. `options` are those of `reply`."
  ^HttpServer [{:keys [log] :as options}]
  (System/setProperty "sun.net.httpserver.nodelay" "true") ; else each reply waits for the client's delayed acknowledgement
  (let [loader (.getContextClassLoader (Thread/currentThread))]
    (doto (HttpServer/create (InetSocketAddress. (InetAddress/getByName "127.0.0.1") 0) 0)
      (.setExecutor (Executors/newCachedThreadPool))
      (.createContext "/invoke" (access/guarded (fn [exchange]
                                                  (try
                                                    (handle options loader exchange)
                                                    (catch Throwable e
                                                      (log (failure/trace e)))))))
      (.start))))

(defn- read-functions [functions]
  (into {} (for [[name {:strs [handler timeout memory environment]}] functions]
             [name {:handler handler, :name name, :timeout-ms (* 1000 timeout), :memory-mb memory, :environment environment}])))

(defn run
  "Serves until standard input ends. The first line of the input lists the functions: `{\"functions\": {NAME: {\"handler\": …,
  \"timeout\": seconds, \"memory\": MB, \"environment\": {NAME: TEXT}}}, \"sources\": [FOLDER]}`. Prints the port when all handlers are loaded."
  [_]
  (let [{:strs [functions sources]} (JsonReader/read ^String (parent/follow!) Keys/STRINGS)
        functions (read-functions functions)
        log       #(binding [*out* *err*] (println (str/trim-newline %)) (flush))
        watcher   (reload/watch (filter #(.isDirectory (File. ^String %)) sources)
                    {:scan-ms reload/scan-ms, :around #(environment/call-at-load (vals functions) nil %)})]
    (run! log (environment/warnings {:functions (vals functions)}))
    (function/load-all (vals functions) log)
    (println (str "karamon-offline: port " (.getPort (.getAddress (start {:functions functions, :watcher watcher, :log log})))))
    (flush)
    @(promise)))
