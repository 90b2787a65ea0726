(ns karamon.dev.image.requests
  "The training run of a server's image: starts the server on the loopback interface and sends requests to its routes."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.image.archive :as archive])
  (:import
   (java.io File IOException)
   (java.net InetAddress ServerSocket URI)
   (java.net.http HttpClient HttpClient$Version HttpRequest HttpRequest$BodyPublishers HttpResponse HttpResponse$BodyHandlers)
   (java.time Duration)
   (java.util.concurrent TimeUnit)
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(def ^:private calls
  "The number of requests of each route, as in the training of functions."
  200)

(defn- free-ports
  "Returns as many ports that nothing listens at."
  [n]
  (let [sockets (doall (repeatedly n #(ServerSocket. 0 1 (InetAddress/getLoopbackAddress))))]
    (try
      (mapv #(.getLocalPort ^ServerSocket %) sockets)
      (finally
        (run! #(.close ^ServerSocket %) sockets)))))

(defn- client ^HttpClient [version]
  (.. (HttpClient/newBuilder) (version version) (connectTimeout (Duration/ofSeconds 10)) build))

(defn- send-request
  "Returns the response to one request; its body is a string."
  ^HttpResponse [^HttpClient client method port path]
  (.send client
         (.. (HttpRequest/newBuilder (URI/create (str "http://127.0.0.1:" port path)))
             (timeout (Duration/ofSeconds 60))
             (method method (HttpRequest$BodyPublishers/noBody))
             build)
         (HttpResponse$BodyHandlers/ofString)))

(defn- ready? [client management]
  (try
    (= 200 (.statusCode (send-request client "GET" management "/readyz")))
    (catch IOException _ false)))

(defn- await-ready [^Process process log client management]
  (loop [left (* archive/minutes 600)]
    (cond
      (not (.isAlive process)) (archive/fail log (str "The server ended early, with exit code " (.exitValue process)))
      (zero? left)             (archive/fail log (str "The server wasn't ready within " archive/minutes " minutes"))
      (ready? client management) nil
      :else (do (.waitFor process 100 TimeUnit/MILLISECONDS)
                (recur (dec left))))))

(defn sample
  "Returns the method and the path of a request to a route of routes.json, with sample values for its parameters."
  [{:strs [method path]}]
  [(if (contains? #{nil "ANY"} method) "GET" method)
   (if (= "$default" path) "/" (str/replace path #"\{[^}]+\}" "sample"))])

(defn- call
  "Sends a route's requests. Warns if one failed."
  [clients port {:strs [handler] :as route}]
  (let [[method path] (sample route)
        statuses      (for [client (take calls (cycle clients))]
                        (.statusCode (send-request client method port path)))
        failed        (count (filter #(<= 500 %) statuses))]
    (when (pos? failed)
      (binding [*out* *err*]
        (println (str "karamon: " failed " of " calls " requests " method " " path " to " handler " failed in training, so the archive may "
                      "lack classes that it needs"))))))

(defn- routes [folder]
  (get (JsonReader/read ^String (slurp (io/file folder "routes.json")) Keys/STRINGS) "routes"))

(defn train
  "Makes the archive of a server's `folder` with the JVM at `home`, and writes a java.options that uses it. Throws ex-info of `:type`
  `:karamon.dev.image.archive/failed`."
  [folder home]
  (let [[port management] (free-ports 2)
        ;; As probes and proxies do, and as h2c clients do.
        clients (mapv client [HttpClient$Version/HTTP_1_1 HttpClient$Version/HTTP_2])
        routes  (routes folder)
        made    (archive/make folder home
                  {:arguments   ["karamon.server.Main"]
                   :environment {"KARAMON_ROUTES" "routes.json", "KARAMON_HOST" "127.0.0.1", "KARAMON_DRAIN_DELAY" "0"
                                 "PORT" (str port), "KARAMON_MANAGEMENT_PORT" (str management)}
                   :train       (fn [process ^File log]
                                  (await-ready process log (first clients) management)
                                  (run! #(call clients port %) routes)
                                  (send-request (first clients) "GET" management "/metrics"))})]
    (println (str made ", trained by requests to " (count routes) " routes"))))
