(ns karamon.dev.gateway.cors
  "CORS as API Gateway does it. For a REST API, Serverless declares a method OPTIONS without a function for each path with `cors:`,
  and nothing else: functions send the headers of other responses. An HTTP API with `provider.httpApi.cors` answers preflight
  requests to any path, and replaces the CORS headers of functions, by the class that karamon-server uses.
  https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"
  (:require
   [clojure.string :as str]
   [karamon.dev.gateway.routes :as routes])
  (:import
   (karamon.server Cors)))

(set! *warn-on-reflection* true)

(defn header
  "Returns the first value of a request's header; `k` is in lower case."
  [{:keys [headers]} k]
  (some (fn [[name values]] (when (= k (str/lower-case name)) (first values))) headers))

(defn many
  "Returns a vector of texts: of a list, or of one value."
  [x]
  (cond
    (nil? x)        []
    (sequential? x) (mapv str x)
    :else           [(str x)]))

(defn- union [& colls]
  (vec (distinct (apply concat colls))))

;; REST APIs

(defn- method-name [{:keys [method]}]
  (if (= :any method) "ANY" (str/upper-case (name method))))

(defn- rest-config
  "Returns the settings of one event; `cors` is true or a map."
  [{:keys [cors] :as route}]
  (let [{:strs [origin origins headers methods allowCredentials maxAge cacheControl]} (when (map? cors) cors)]
    {:origin        (when-not origins (or origin "*"))
     :origins       (many origins)
     :headers       (if (seq (many headers)) (many headers) Cors/HEADERS)
     :methods       (union (many methods) ["OPTIONS" (method-name route)])
     :credentials   (boolean allowCredentials)
     :max-age       maxAge
     :cache-control cacheControl}))

(defn- merged
  "Returns the settings of a path, of which several events may have some: those of `b`, the later one, take precedence."
  [a b]
  {:origin        (:origin b)
   :origins       (union (:origins b) (:origins a))
   :headers       (union (:headers b) (:headers a))
   :methods       (union (:methods b) (:methods a))
   :credentials   (or (:credentials a) (:credentials b))
   :max-age       (or (:max-age b) (:max-age a))
   :cache-control (or (:cache-control b) (:cache-control a))})

(defn- rest-origin
  "Returns the value of Access-Control-Allow-Origin: the first allowed origin, unless the request has another allowed one."
  [{:keys [origin origins]} sent]
  (let [listed (cond
                 (and origin (str/includes? origin ",")) (mapv str/trim (str/split origin #","))
                 :else origins)]
    (cond
      (empty? listed) origin
      (some #(Cors/matches % (or sent "")) listed) sent
      :else (first listed))))

(defn- rest-preflight
  "Returns the response to an OPTIONS request of a path."
  [{:keys [headers methods credentials max-age cache-control] :as config} request]
  {:status  200
   :headers (cond-> {"content-type"                 ["application/json"]
                     "access-control-allow-origin"  [(rest-origin config (header request "origin"))]
                     "access-control-allow-headers" [(str/join "," headers)]
                     "access-control-allow-methods" [(str/join "," (mapcat #(if (= "ANY" %) ["DELETE" "GET" "HEAD" "PATCH" "POST" "PUT"] [%])
                                                                           methods))]}
              credentials   (assoc "access-control-allow-credentials" ["true"])
              max-age       (assoc "access-control-max-age" [(str max-age)])
              cache-control (assoc "cache-control" [(str cache-control)]))})

(defn with-preflights
  "Returns the routes `table` with a route OPTIONS for each path of a REST API that has `cors`. Its `:preflight` is a function that
  returns the response to a request. A path keeps an OPTIONS route that an event declares."
  [table]
  (let [rest-routes (filter #(and (= :rest (:source %)) (not (:host %))) table)
        declared    (set (map routes/full-path (filter #(= :options (:method %)) rest-routes)))
        by-path     (group-by routes/full-path (filter :cors rest-routes))]
    (into (vec table)
          (for [[path [{:keys [function] :as first-route} :as same-path]] by-path
                :when (not (declared path))
                :let [config (reduce merged (map rest-config same-path))]]
            (-> (select-keys first-route [:source :service :stage :path :catch-all])
                (assoc :method :options, :function function, :preflight #(rest-preflight config %)))))))

;; HTTP APIs, and function URLs

(defn- settings
  "Returns the CORS settings that `cors`, true or a map, declares for an HTTP API or a function URL."
  [cors default-methods default-headers]
  (let [{:strs [allowedOrigins allowedHeaders allowedMethods allowCredentials exposedResponseHeaders maxAge]} (when (map? cors) cors)]
    (Cors. (if allowedOrigins (many allowedOrigins) ["*"])
           (if allowedHeaders (many allowedHeaders) default-headers)
           (if allowedMethods (many allowedMethods) default-methods)
           (boolean allowCredentials)
           (many exposedResponseHeaders)
           (str maxAge))))

(defn http-config
  "Returns the CORS settings of a service's HTTP API, nil if it has none."
  [{:keys [http-api functions]}]
  (when-let [cors (get http-api "cors")]
    (let [methods (for [f functions, route (:routes f) :when (= :http (:source route))] (method-name route))]
      (settings cors (Cors/methods methods) Cors/HEADERS))))

(defn url-config
  "Returns the CORS settings of a function's URL, nil if it has none.
  https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors"
  [{:keys [url]}]
  (when-let [cors (when (map? url) (url "cors"))]
    (settings cors ["*"] (remove #{"X-Amz-User-Agent"} Cors/HEADERS))))

(defn preflight?
  "Returns true if an HTTP API or a function URL with CORS settings takes `request` as a preflight request."
  [{:keys [method] :as request}]
  (boolean (and (= :options method) (header request "origin") (header request "access-control-request-method"))))

(defn requested-method
  "Returns the method that a preflight request asks for."
  [request]
  (keyword (str/lower-case (header request "access-control-request-method"))))

(defn http-preflight
  "Returns the response to a preflight request of an HTTP API, or a function URL if `route` is one, with the settings `config`. AWS
  documents that it answers every preflight request, not with which status. That an origin which isn't allowed gets the same status
  without headers isn't confirmed by its documentation.
  https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"
  [^Cors config request {:keys [source]}]
  {:status  (if (= :function-url source) 200 204)
   :headers (update-vals (.preflight config (header request "origin")) vector)})

(defn http-response
  "Returns `response`, whose header names are in lower case, with the CORS headers of an HTTP API or function URL with the
  settings `config` instead of the function's."
  [^Cors config request response]
  (update response :headers
          (fn [headers]
            (into (into {} (remove #(str/starts-with? (str/lower-case (key %)) "access-control-")) headers)
                  (update-vals (.response config (header request "origin")) vector)))))
