(ns karamon.dev.gateway.error
  "Responses of the gateway itself, in place of a function's: the imitated service's own where it has one. All are JSON."
  (:require
   [clojure.string :as str]
   [karamon.dev.gateway.routes :as routes])
  (:import
   (karamon.json JsonWriter)))

(set! *warn-on-reflection* true)

(def max-event-bytes
  "Lambda's limit for the payload of a synchronous invocation: 6 MB."
  6291456)

(defn message-response
  "Returns a response with `data` as JSON."
  [status data]
  {:status  status
   :headers {"content-type" ["application/json"]}
   :body    (JsonWriter/bytes ^Object data)})

(defn too-large
  "Returns the response to a request whose event would have `size` bytes."
  [size]
  (message-response 413 {:message (str "Request Too Long: Lambda takes events of up to " max-event-bytes " bytes, this one has "
                                       size)}))

(defn no-route
  "Returns the response to a request that no route in `table` matches."
  [host method path table]
  (case (routes/hosts host)
    :rest (message-response 403 {:message "Missing Authentication Token"})
    :http (message-response 404 {:message "Not Found"})
    (message-response 404 {:message (str "No route for " (str/upper-case (name method)) " " path)
                           :routes  (distinct (for [{:keys [method host] :as route} table]
                                                (str (str/upper-case (name method)) " " (when host (str "//" host))
                                                     (routes/full-path route))))})))

(def waits
  "How long a service waits for a function, in milliseconds; the others wait until the function's own timeout.
  https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
  https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"
  {:rest 29000, :http 30000})

(defn no-answer
  "Returns the response of a service in `waits` that has waited long enough."
  [source]
  (if (= :rest source)
    (message-response 504 {:message "Endpoint request timed out"})
    (message-response 503 {:message "Service Unavailable"})))

(defn failure-status
  "Returns the status with which `source` answers a function's error.
  https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
  https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html"
  [source]
  (if (= :http source) 500 502))

(defn function-error
  "Returns the response of `source` to a function's error, with `details`, a map, that AWS leaves out."
  [source details]
  (message-response (failure-status source)
    (merge {:message (if (= :http source) "Internal Server Error" "Internal server error")} details)))
