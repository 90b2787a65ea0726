(ns karamon.dev.gateway.validation
  "Checks requests as a REST API does that has `request: {parameters: …, schemas: …}`: all required parameters are there, and a body
  in JSON fits its schema.
  https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html"
  (:require
   [clojure.string :as str]
   [karamon.dev.failure :as failure]
   [karamon.dev.gateway.error :refer [message-response]]
   [karamon.dev.gateway.json-schema :as json-schema])
  (:import
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(def ^:private places
  "Key in `request: parameters:` to the key of an event whose map has the values."
  {"querystrings" "queryStringParameters", "paths" "pathParameters", "headers" "headers"})

(defn- required? [x]
  (if (map? x) (get x "required" true) x))

(defn- value [event place name]
  (let [sent (event (places place))]
    (if (= "headers" place)
      (some (fn [[k v]] (when (.equalsIgnoreCase ^String name k) v)) sent)
      (get sent name))))

(defn- missing
  "Returns the names of required parameters that the request lacks."
  [parameters event]
  (for [place ["querystrings" "paths" "headers"]
        [name wanted] (let [declared (get parameters place)] (when (map? declared) declared))
        :when (and (required? wanted) (str/blank? (value event place name)))]
    name))

(defn- schema
  "Returns the schema of a body of `content-type`; nil if there is none. A text names a schema of the provider's."
  [api-gateway schemas content-type]
  (let [found (get schemas (str/trim (first (str/split (or content-type "application/json") #";"))))
        named (if (string? found) (get-in api-gateway ["request" "schemas" found]) found)]
    (when (map? named)
      (if (map? (named "schema")) (named "schema") named))))

(defn- body-problems [schema ^bytes body]
  (if-let [data (try
                  [(JsonReader/read (or body (byte-array 0)) Keys/STRINGS)]
                  (catch Exception _ nil))]
    (json-schema/check schema (first data))
    ["the body isn't JSON"]))

(defn refusal
  "Returns the response to a request that `route` doesn't accept; nil if it does. `event` is the one for the function, `body` the
  request's bytes or nil. Calls `log` with what is wrong with a body, which API Gateway only logs too."
  [{:keys [api-gateway]} {:keys [source] {:strs [parameters schemas]} :request} event body log]
  (when (= :rest source)
    (let [lacking (missing parameters event)
          schema  (schema api-gateway schemas (value event "headers" "content-type"))
          wrong   (when (and schema (empty? lacking))
                    (try
                      (body-problems schema body)
                      (catch Exception e [(str "the schema can't be applied: " (failure/summary e))])))]
      (cond
        (seq lacking) (message-response 400 {:message (str "Missing required request parameters: [" (str/join ", " lacking) "]")})
        (seq wrong)   (do (log (str "Invalid request body: " (str/join "; " (take 10 wrong))))
                          (message-response 400 {:message "Invalid request body"}))))))
