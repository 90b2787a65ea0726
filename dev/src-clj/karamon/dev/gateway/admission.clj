(ns karamon.dev.gateway.admission
  "What API Gateway does with a request before and after a function: CORS, authorizers, API keys, validation. Other sources do
  none of it."
  (:require
   [karamon.dev.gateway.api-key :as api-key]
   [karamon.dev.gateway.authorization :as authorization]
   [karamon.dev.gateway.authorizer :as authorizer]
   [karamon.dev.gateway.cors :as cors]
   [karamon.dev.gateway.jwt :as jwt]
   [karamon.dev.gateway.routes :as routes]
   [karamon.dev.gateway.validation :as validation]))

(set! *warn-on-reflection* true)

(defn prepare
  "Returns what the other functions of this namespace need of a service, and `:table`, the routes with what they need.

  * `:table` -- the routes, as `karamon.dev.gateway.routes/table` returns them
  * `:jwks` -- a file or URL with the keys of tokens; without it signatures aren't checked
  * `:clock` -- a function that returns the time in milliseconds since 1970 (default: the system's)
  * `:log` -- a function that is called with each text for the terminal"
  [service {:keys [table jwks clock log]}]
  {:table    (authorizer/with-authorizers service (cors/with-preflights table))
   :service  service
   :cors     (cors/http-config service)
   :api-keys (api-key/api-keys service)
   :key-set  (some-> jwks (jwt/key-set log))
   :cache    (atom {})
   :clock    (or clock #(System/currentTimeMillis))
   :log      log})

(defn notices
  "Returns the texts for the start: the API keys, and what doesn't run as on AWS. `prepared` is what `prepare` returned."
  [{:keys [service table api-keys key-set]}]
  (remove nil? (cons (api-key/notice api-keys) (authorizer/warnings service table (some? key-set)))))

(def ^:private probed-methods [:get :head :post :put :patch :delete])

(defn- http-api?
  "Returns true if a request to `host`, for which `route` was found, is one to the HTTP API. Without a route it is one on the API's own
  host, and on the plain address unless the REST API has that path."
  [{:keys [table]} {:keys [host path]} route]
  (cond
    route                   (= :http (:source route))
    (routes/hosts host)     (= :http (routes/hosts host))
    (routes/url-host? host) false
    :else                   (and (some #(= :http (:source %)) table)
                                 (not-any? #(= :rest (:source (routes/find-route table host % path))) probed-methods))))

(defn- to-http-api? [prepared {:keys [host path] :as request} route]
  (if (or route (not (cors/preflight? request)))
    (http-api? prepared request route)
    (let [wanted (routes/find-route (:table prepared) host (cors/requested-method request) path)]
      (if wanted (= :http (:source wanted)) (http-api? prepared request nil)))))

(defn- cors-of
  "Returns the CORS settings for a request, nil if it gets none. `route` is the one for the request, or nil."
  [{:keys [cors] :as prepared} request route]
  (if (= :function-url (:source route) (:service route))
    (cors/url-config (:function route))
    (when (and cors (to-http-api? prepared request route)) cors)))

(defn preflight
  "Returns the response to a preflight request that the API itself answers; nil for any other request. `route` is the one for OPTIONS,
  or nil. An HTTP API leaves preflight requests to a route that has an authorizer."
  [prepared request {:keys [authorizer] :as route}]
  (if-let [answer (:preflight route)]
    (answer request)
    (when (and (cors/preflight? request) (contains? #{nil :iam} (:kind authorizer)))
      (some-> (cors-of prepared request route) (cors/http-preflight request route)))))

(defn finished
  "Returns `response` with the CORS headers of an HTTP API or function URL that has some."
  [prepared request route response]
  (if-let [cors (cors-of prepared request route)]
    (cors/http-response cors request response)
    response))

(def ^:private error-types
  "The header x-amzn-errortype of a REST API's refusals. AWS's documentation doesn't have it, every answer does."
  {401 "UnauthorizedException", 403 "ForbiddenException"})

(defn- with-error-type [{:keys [source]} {:keys [status] :as refusal}]
  (let [error-type (error-types status)]
    (cond-> refusal
      (and (= :rest source) error-type) (update :headers #(merge {"x-amzn-errortype" [error-type]} %)))))

(defn admit
  "Returns the `:event` for the function of `route`, with what authorizers and API keys add, or the `:response` that refuses the request.
  `request` is the argument of `karamon.local/event`, `event` is what that returned."
  [{:keys [service api-keys log] :as prepared} route request event]
  (let [authorized (authorization/authorize prepared route request event)
        keyed      (when-not (:response authorized)
                     (api-key/check service api-keys route request (:usage-key authorized)))
        refusal    (or (:response authorized)
                       (:response keyed)
                       (validation/refusal service route event (:body request) log))]
    (if refusal
      {:response (with-error-type route refusal)}
      {:event (cond-> event
                (contains? authorized :authorizer) (assoc-in ["requestContext" "authorizer"] (:authorizer authorized))
                (:key keyed) (-> (assoc-in ["requestContext" "identity" "apiKey"] (:value (:key keyed)))
                                 (assoc-in ["requestContext" "identity" "apiKeyId"] (:name (:key keyed)))))})))
