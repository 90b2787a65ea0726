(ns karamon.dev.gateway.authorization
  "Decides whether a request may call a route, as the route's authorizer does.
  https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
  https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
  https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html"
  (:require
   [clojure.string :as str]
   [karamon.dev.failure :as failure]
   [karamon.dev.gateway.error :refer [message-response]]
   [karamon.dev.gateway.function :as function]
   [karamon.dev.gateway.jwt :as jwt]
   [karamon.dev.gateway.policy :as policy]
   [karamon.local :as local])
  (:import
   (karamon.json JsonReader JsonWriter Keys)
   (karamon.runtime InitError)
   (karamon.server Jwt$Invalid)
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(def ^:private max-cached 1000)

(def ^:private wait-ms
  "How long API Gateway waits for an authorizer."
  29000)

;; Answers of the service

(defn- unauthorized
  ([] {:response (message-response 401 {:message "Unauthorized"})})
  ([challenge] (assoc-in (unauthorized) [:response :headers "www-authenticate"] [challenge])))

(defn- denied [source explicit]
  {:response (if (= :http source)
               (message-response 403 {:message "Forbidden"})
               (assoc-in (message-response 403 {:Message (str "User is not authorized to access this resource"
                                                              (when explicit " with an explicit deny"))})
                         [:headers "x-amzn-errortype"] ["AccessDeniedException"]))})

(defn- failed
  "Returns the answer of `source` to an authorizer that failed, with details that AWS leaves out."
  [source why]
  {:response (if (= :http source)
               (message-response 500 {:message "Internal Server Error", :errorMessage why})
               (assoc-in (message-response 500 {:message nil, :errorMessage why})
                         [:headers "x-amzn-errortype"] ["AuthorizerConfigurationException"]))})

;; Identity sources

(defn- value
  "Returns the value of an identity source in an event; nil if it is missing or empty."
  [event [place name]]
  (let [found (case place
                :header         (some (fn [[k v]] (when (.equalsIgnoreCase ^String name k) v)) (event "headers"))
                :query          (get-in event ["queryStringParameters" name])
                :stage-variable (get-in event ["stageVariables" name])
                :context        (get-in event (cons "requestContext" (str/split name #"\."))))]
    (when-not (str/blank? (some-> found str)) (str found))))

;; Lambda authorizers

(defn- method-arn [{:strs [requestContext]} {:keys [method path]}]
  (str "arn:aws:execute-api:" (or (System/getenv "AWS_REGION") "us-east-1") ":000000000000:local/"
       (requestContext "stage") "/" (if method (str (str/upper-case (name method)) path) (requestContext "routeKey"))))

(defn- route-arn [{:strs [requestContext routeKey]}]
  (str "arn:aws:execute-api:" (or (System/getenv "AWS_REGION") "us-east-1") ":000000000000:local/"
       (requestContext "stage") "/" (str/replace routeKey #"^(\S+) " "$1")))

(defn- authorizer-event
  "Returns the event for a Lambda authorizer. `event` is the one for the function of the route, `values` are those of the identity
  sources, and `arn` is the method's or the route's."
  [{:keys [kind version]} event request values arn]
  (cond
    (= :token kind)   {"type" "TOKEN", "authorizationToken" (first values), "methodArn" arn}
    (= "rest" version) (-> (dissoc event "body" "isBase64Encoded")
                           (assoc "type" "REQUEST", "methodArn" arn))
    (= "1.0" version) (-> (local/event (assoc request :source :http-1.0, :stage (get-in event ["requestContext" "stage"])))
                          (dissoc "body" "isBase64Encoded" "multiValueHeaders" "multiValueQueryStringParameters")
                          (assoc "version" "1.0", "type" "REQUEST", "methodArn" arn
                                 "identitySource" (str/join "," values), "authorizationToken" (str/join "," values)))
    :else             (-> (dissoc event "body" "isBase64Encoded")
                          (assoc "version" "2.0", "type" "REQUEST", "routeArn" arn, "identitySource" (seq values)))))

(defn- call
  "Returns what the authorizer's function returns, data with string keys; an exception if it fails."
  [{:keys [function]} event log]
  (try
    (let [reply (function/call function (JsonWriter/bytes ^Object event) {:log log, :wait-ms wait-ms})]
      (if (instance? Throwable reply)
        reply
        (JsonReader/read ^bytes reply Keys/STRINGS)))
    (catch InitError e e)
    (catch Exception e e)))

(defn- handler-value
  "Returns the value of the function's var, which a saved change replaces, so that nothing cached survives it."
  [{:keys [function]}]
  (some-> (find-var (symbol (:handler function))) deref))

(defn- cache-key
  "Returns what answers of an authorizer depend on. One function may be several authorizers, which get different events."
  [authorizer values]
  [(dissoc authorizer :function) (handler-value authorizer) values])

(defn- cached-call
  "Returns what `call` returns, or returned for the same `values` of the identity sources at most `:ttl-ms` ago. Keeps no failures."
  [{:keys [ttl-ms] :as authorizer} cache now values event log]
  (if-not (and (pos? (long ttl-ms)) (seq values))
    (call authorizer event log)
    (let [k (cache-key authorizer values)
          {:keys [until reply]} (get @cache k)]
      (if (and until (< now until))
        reply
        (let [reply (call authorizer event log)]
          (when-not (instance? Throwable reply)
            (swap! cache (fn [entries]
                           (let [live (into {} (filter #(< now (:until (val %)))) entries)]
                             (assoc (if (< (count live) (long max-cached)) live {}) k {:until (+ now ttl-ms), :reply reply})))))
          reply)))))

(defn- simple-answer [source {:strs [isAuthorized context] :as reply}]
  (cond
    (not (and (map? reply) (boolean? isAuthorized)))
    (failed source (str "the authorizer returned " (Shown/of reply) ", expected isAuthorized, true or false"))
    isAuthorized {:authorizer {"lambda" context}}
    :else        (denied source true)))

(defn- flat? [context]
  (every? #(or (string? %) (number? %) (boolean? %) (nil? %)) (vals context)))

(defn- policy-answer [source arn {:strs [principalId policyDocument context usageIdentifierKey] :as reply}]
  (cond
    (not (and (map? reply) (string? principalId) (policy/policy? policyDocument)))
    (failed source (str "the authorizer returned " (Shown/of reply) ", expected principalId, a text, and policyDocument, a policy"))
    (not (or (nil? context) (and (map? context) (or (= :http source) (flat? context)))))
    (failed source (str "the authorizer's context is " (Shown/of context) ", expected a map of texts, numbers and booleans"))
    :else
    (case (policy/decision policyDocument arn)
      :deny     (denied source true)
      :no-allow (denied source false)
      :allow    {:usage-key  usageIdentifierKey
                 :authorizer (if (= :http source)
                               {"lambda" context}
                               (assoc (update-vals (or context {}) #(if (nil? %) nil (str %)))
                                      "principalId" principalId, "integrationLatency" 0))})))

(defn- threw [{:keys [name]} source ^Throwable e log]
  (if (and (= :rest source) (= "Unauthorized" (failure/message e)))
    (unauthorized)
    (do (log (str "authorizer " name " failed: " (if (or (function/timed-out? e) (function/unanswered? e) (instance? InitError e))
                                                   (ex-message e)
                                                   (failure/trace e))))
        (failed source (failure/message e)))))

(defn- by-function [{:keys [cache clock log]} {:keys [sources expression simple kind] :as authorizer} source event request]
  (let [values (mapv #(value event %) sources)
        arn    (if (and (= :http source) (= "2.0" (:version authorizer)))
                 (route-arn event)
                 (method-arn event request))]
    (if (or (some nil? values)
            (and (= :token kind) expression (not (re-find (re-pattern (str expression)) (first values)))))
      (unauthorized)
      (let [reply (cached-call authorizer cache (clock) values (authorizer-event authorizer event request values arn) log)]
        (cond
          (instance? Throwable reply) (threw authorizer source reply log)
          simple                      (simple-answer source reply)
          :else                       (policy-answer source arn reply))))))

;; Tokens

(defn- checked-token [{:keys [key-set clock log]} {:keys [sources scopes name kind] :as authorizer} source event]
  (if-let [token (jwt/token (value event (or (first sources) [:header "Authorization"])))]
    (try
      (let [found (jwt/check token (assoc authorizer :key-set key-set) (quot (clock) 1000))]
        (cond
          (and (seq scopes) (not-any? (set scopes) (:scopes found)))
          (if (= :http source)
            (assoc-in (denied source false) [:response :headers "www-authenticate"]
                      [(str "Bearer scope=\"" (str/join " " scopes) "\" error=\"insufficient_scope\"")])
            (unauthorized))
          (= :cognito kind) {:authorizer {"claims" (:claims found)}}
          :else {:authorizer {"jwt" {"claims" (:claims found), "scopes" (when (seq scopes) (:scopes found))}}}))
      (catch Jwt$Invalid e
        (log (str "authorizer " name ": " (ex-message e)))
        (if (= :http source) (unauthorized (.challenge e)) (unauthorized))))
    (if (= :http source) (unauthorized "Bearer") (unauthorized))))

(defn authorize
  "Returns what the route's authorizer decides about a request: the `:response` that refuses it, or the `:authorizer` for the
  function's `requestContext`, nil if it has none. `:usage-key` is the API key that the authorizer returned.

  `request` is the argument of `karamon.local/event` for the function, `event` is what that returned. The handshake of a WebSocket
  has no `:method`: its route is `:rest`, since that API's authorizers are. `options` are

  * `:cache` -- an atom of a map, for answers of Lambda authorizers
  * `:key-set` -- the keys of tokens, as `karamon.dev.gateway.jwt/key-set` returns them; nil to trust any signature
  * `:clock` -- a function that returns the time in milliseconds since 1970
  * `:log` -- a function that is called with each text for the terminal"
  [options {:keys [source authorizer]} request event]
  (case (:kind authorizer)
    (:token :request) (by-function options authorizer source event request)
    (:jwt :cognito)   (checked-token options authorizer source event)
    nil))
