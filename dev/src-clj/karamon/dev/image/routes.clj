(ns karamon.dev.image.routes
  "The file of routes for karamon-server, from serverless.yml; docs/server.md describes it. A route that the server can't protect as
  declared refuses all requests: without it, they might reach a less specific route."
  (:require
   [clojure.string :as str]
   [karamon.dev.gateway.authorizer :as authorizer]
   [karamon.dev.gateway.cors :as cors]
   [karamon.dev.gateway.place :as place]
   [karamon.dev.gateway.routes :as routes]))

(set! *warn-on-reflection* true)

(defn- path-of [{:keys [path catch-all]}]
  (if catch-all "$default" path))

(defn- left-out
  "Returns why a route is left out; nil if it isn't."
  [{:keys [conditions path catch-all hidden other-host]}]
  (cond
    (or hidden other-host) "an earlier one has the same method and path"
    (seq (dissoc conditions :path :method)) "the server has no other conditions than path and method"
    (not (or catch-all (re-matches #"(?:/(?:[^{}*?/]*|\{[^{}/]+\}))*(?:/\{[^{}/]+\+\})?" path))) "its path is a pattern"))

(defn- refused
  "Returns why a route refuses all requests; nil if it doesn't."
  [{:keys [source private authorizer]}]
  (cond
    private "the server checks no API keys"
    (and (= :alb source) (some? authorizer)) "the server can't be an authorizer of a load balancer"
    (contains? #{:iam :cognito :unknown} (:kind authorizer)) (str "the server can't run the authorizer " (:name authorizer))
    (not= :jwt (:kind authorizer)) nil
    (nil? (:issuer authorizer)) (str "the issuer of " (:name authorizer) " isn't known")
    (empty? (:audience authorizer)) (str "the audience of " (:name authorizer) " isn't known")))

(defn- older-events
  "Returns warnings about authorizers that get another event than on AWS."
  [routes]
  (distinct (for [{{:keys [name kind version]} :authorizer :as route} routes :when (and (= :request kind) (not= "2.0" version))]
              (place/message route "the authorizer " name " gets the event in payload format 2.0 from the server, with routeArn for methodArn"))))

(defn- identity-sources [{:keys [sources]}]
  (vec (for [[place name] sources :when (#{:header :query} place)]
         (str (if (= :header place) "$request.header." "$request.querystring.") name))))

(defn- without-empty [m]
  (into {} (remove #(let [v (val %)] (or (nil? v) (false? v) (and (coll? v) (empty? v))))) m))

(defn- authorizer-entry [{:keys [kind issuer audience function ttl-ms simple expression sources] :as authorizer}]
  (without-empty
    (merge {"type" (name kind), "identitySource" (not-empty (identity-sources authorizer))}
           (case kind
             :jwt    {"issuerUrl" issuer, "audience" audience}
             :refuse nil
             {"handler" (:handler function)
              ;; An answer is kept for the sources that the server knows. With another one, such as $context.routeKey, none is.
              "resultTtlInSeconds" (if (every? (comp #{:header :query} first) sources) (quot ttl-ms 1000) 0)})
           (case kind
             :request {"enableSimpleResponses" simple}
             :token   {"identityValidationExpression" expression}
             nil))))

(defn- cors-entry
  "Returns the settings of CORS in the form of an HTTP API, true for the defaults. Those of a REST API have other names. An empty
  list of origins stays: without it, the server would allow all."
  [x]
  (if (map? x)
    (let [get #(some x %&)]
      (or (not-empty (merge (when-some [origins (get "allowedOrigins" "origins" "origin")]
                              {"allowedOrigins" (cors/many origins)})
                            (without-empty {"allowedHeaders"         (cors/many (get "allowedHeaders" "headers"))
                                            "allowedMethods"         (cors/many (get "allowedMethods" "methods"))
                                            "allowCredentials"       (boolean (get "allowCredentials"))
                                            "exposedResponseHeaders" (cors/many (get "exposedResponseHeaders"))
                                            "maxAge"                 (some-> (get "maxAge") str parse-long)})))
          true))
    (boolean x)))

(defn- route-entry [{:keys [method function authorizer] :as route}]
  (without-empty
    {"method"     (if (= :any method) "ANY" (str/upper-case (name method)))
     "path"       (path-of route)
     "handler"    (:handler function)
     "function"   (:name function)
     "timeout"    (quot (+ 999 (:timeout-ms function)) 1000)
     "memorySize" (:memory-mb function)
     "cors"       (some-> (:cors route) cors-entry)
     "authorizer" (when authorizer (without-empty {"name" (:name authorizer), "scopes" (:scopes authorizer)}))}))

(defn- urls
  "Returns the routes of function URLs, and warnings. Only a function without other routes gets what no route takes."
  [{:keys [functions]}]
  (let [{others true, only false} (group-by (comp boolean seq :routes) (filter :url functions))
        [{:keys [url] :as function} & more] only
        aws-iam? (and (map? url) (= "aws_iam" (url "authorizer")))]
    {:routes   (when (and function (empty? more) (not aws-iam?))
                 [(without-empty {"path" "$default", "handler" (:handler function), "function" (:name function)
                                  "timeout" (quot (+ 999 (:timeout-ms function)) 1000), "memorySize" (:memory-mb function)
                                  "cors" (when (map? url) (some-> (url "cors") cors-entry))})])
     :warnings (concat
                 (for [{:keys [name]} (concat others (when more only))]
                   (str "the URL of " name " is left out: the server has one host"))
                 (when aws-iam? [(str "the URL of " (:name function) " is left out: the server can't run the authorizer aws_iam")]))}))

(def ^:private nobody
  "The authorizer of routes that refuse all requests."
  {:kind :refuse, :name "refuse"})

(defn- distinctly-named
  "Returns routes whose authorizers have the same name only if they are the same: APIs of two kinds, and routes of a REST API, may
  call different ones alike."
  [routes]
  (let [same  #(authorizer-entry (dissoc % :scopes))
        names (into {} (for [[name authorizers] (group-by :name (keep :authorizer routes))
                             [i entry] (map-indexed vector (distinct (map same authorizers)))]
                         [[name entry] (if (zero? i) name (str name "-" (inc i)))]))]
    (for [{:keys [authorizer] :as route} routes]
      (cond-> route
        authorizer (assoc-in [:authorizer :name] (names [(:name authorizer) (same authorizer)]))))))

(defn of-service
  "Returns `:routes`, the file's content as data, and `:warnings` for a service, as `karamon.dev.gateway.service/parse` returns it. Throws
  ex-info of `:type` `:karamon.dev.image.routes/none` if there is no route."
  [{:keys [service] :as parsed}]
  (let [declared (remove :host (authorizer/with-authorizers parsed (routes/table parsed)))
        in       (distinctly-named (for [route declared :when (not (left-out route))]
                                     (cond-> route (refused route) (assoc :authorizer nobody))))
        urls     (urls parsed)
        all      (into (mapv route-entry in) (:routes urls))
        warning  (fn [{:keys [method path] :as route} what reason]
                   (place/message route (str/upper-case (name method)) " " path what reason))]
    (when (empty? all)
      (throw (ex-info "serverless.yml has no route that a server can have: give a function an event such as httpApi: GET /hello"
                      {:type ::none})))
    {:routes   (without-empty
                 {"service"     (str service)
                  "routes"      all
                  "authorizers" (into {} (for [{:keys [authorizer]} in :when authorizer] [(:name authorizer) (authorizer-entry authorizer)]))})
     :warnings (concat
                 (for [{:keys [hidden other-host] :as route} declared
                       :let  [reason (left-out route)]
                       :when (and reason (not (or hidden other-host)))]
                   (warning route " is left out of the server: " reason))
                 (for [route declared
                       :let  [reason (refused route)]
                       :when (and reason (not (left-out route)))]
                   (warning route " is refused with 403 by the server: " reason))
                 (older-events in)
                 (:warnings urls))}))
