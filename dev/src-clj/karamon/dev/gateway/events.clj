(ns karamon.dev.gateway.events
  "Reads the `events:` of a function in serverless.yml: HTTP routes, WebSocket routes and all others. A value that no service
  would accept is an error with its line; what isn't imitated is a warning."
  (:require
   [clojure.string :as str]
   [karamon.dev.gateway.alb :as alb]
   [karamon.dev.gateway.place :as place])
  (:import
   (karamon.text Nearest Shown)))

(set! *warn-on-reflection* true)

(defn variable?
  "Returns true if `x` has one of Serverless's variables, `${…}`, whose value isn't known."
  [x]
  (and (string? x) (boolean (re-find #"\$\{[a-z][a-zA-Z0-9.-]*(?:\(|:(?!:))" x))))

(def ^:private known-methods
  #{"get" "head" "post" "put" "patch" "delete" "options" "any" "*"})

(def ^:private other-kinds
  "Events that aren't HTTP."
  #{"schedule" "sqs" "sns" "s3" "stream" "eventBridge" "iot" "iotFleetProvisioning" "cloudwatchEvent" "cloudwatchLog"
    "cognitoUserPool" "alexaSkill" "alexaSmartHome" "msk" "activemq" "rabbitmq" "kafka" "cloudFront"})

(defn- method-key [method wrong]
  (let [m (if (string? method) (str/lower-case method) method)]
    (when-not (known-methods m)
      (wrong "no method " (Shown/of method) ": there is " (str/join ", " (sort known-methods)) "."
             (when (string? m) (Nearest/hint m known-methods))))
    (if (#{"*" "any"} m) :any (keyword m))))

(defn- rest-path
  "Returns the path as Serverless deploys it to a REST API."
  [path]
  (str "/" (-> path (str/replace #"^/" "") (str/replace #"/$" ""))))

(defn- slashed [path]
  (if (str/starts-with? path "/") path (str "/" path)))

(defn- present
  "Returns `m` without the keys whose value is nil or false."
  [m]
  (into {} (filter val) m))

(defn- settings
  "Returns the event if it is a map, else nil."
  [event]
  (when (map? event) event))

(defn- api-route
  "Returns the source, the method and the path of an `http` or `httpApi` event: \"GET /path\", \"*\" or a map of both. Returns nil if
  one of them isn't known."
  [source event wrong]
  (let [[method path & more] (cond
                               (= "*" event)   ["*" "*"]
                               (string? event) (str/split (str/trim event) #"\s+")
                               (map? event)    [(get event "method" "*") (event "path")])]
    (cond
      (some variable? [event method path]) nil
      (or more (not (string? path))) (wrong "expected a method and a path, such as GET /hello, found " (Shown/of event))
      (= "*" path) {:source source, :method :any, :path "/{proxy+}", :catch-all true}
      :else {:source source, :method (method-key method wrong), :path ((if (= :rest source) rest-path slashed) path)})))

(defn- not-imitated
  "Returns a warning for each setting of the event that is in `reasons`, a map of a key to a function of its value, which returns what
  happens here instead, or nil."
  [event at reasons]
  (for [[k reason] reasons
        :let  [x        (get (settings event) k)
               instead (when (some? x) (reason x))]
        :when instead]
    (place/message (if (settings event) (place/of event k) at) k " " (Shown/of x) " isn't imitated: " instead)))

(def ^:private rest-reasons
  {"integration"     #(case (str/replace (str/lower-case (str %)) "_" "-")
                        ("lambda-proxy" "aws-proxy") nil
                        ("lambda" "aws") "the function gets the event of a proxy integration, and its reply is the response"
                        "the function is called")
   "async"           #(when (true? %) "the client waits for the function")
   "timeoutInMillis" (constantly "the API waits for 29 seconds")
   "response"        #(when (and (map? %) (% "transferMode")) "responses aren't streamed")})

(defn- http-routes [event {:keys [wrong at]}]
  (let [{:strs [cors authorizer private request integration]} (settings event)]
    {:routes   (when-let [route (api-route :rest event wrong)]
                 [(merge route at
                         (present {:cors cors, :authorizer authorizer, :private private, :request request, :integration integration}))])
     :warnings (not-imitated event at rest-reasons)}))

(defn- http-api-routes [event {:keys [wrong at http-api]}]
  {:routes (when-let [route (api-route :http event wrong)]
             [(merge route at (present {:payload-1 (= "1.0" (get http-api "payload")), :cors (get http-api "cors"), :authorizer (get (settings event) "authorizer")}))])})

(defn- alb-routes [event {:keys [wrong at]}]
  (let [{:strs [conditions priority authorizer multiValueHeaders]} (settings event)
        many (fn [k default] (let [x (get conditions k default)] (if (vector? x) x [x])))]
    (when-not (and (map? conditions) (seq conditions))
      (wrong "expected conditions, such as {path: /hello}, found " (Shown/of event)))
    {:routes (for [path   (map (comp slashed str) (many "path" "/*"))
                   method (many "method" "*")]
               (merge {:source      :alb
                       :method      (method-key method wrong)
                       :path        (str/replace path #"\*$" "{proxy+}")
                       :pattern     path
                       :catch-all   (= "/*" path)
                       :multi-value (boolean multiValueHeaders)}
                      at
                      (present {:priority   (some-> priority str parse-long)
                                :conditions (not-empty (alb/conditions conditions wrong))
                                :authorizer authorizer})))}))

(defn- websocket-route [event {:keys [wrong at]}]
  (let [route (if (map? event) (event "route") event)]
    (cond
      (variable? route)     nil
      (not (string? route)) (wrong "expected a route, such as $connect, found " (Shown/of event))
      :else {:websocket [(merge {:route route} at (present {:authorizer (get (settings event) "authorizer")
                                                            :response   (some? (get (settings event) "routeResponseSelectionExpression"))}))]})))

(def ^:private readers
  {"http" http-routes, "httpApi" http-api-routes, "alb" alb-routes, "websocket" websocket-route})

(def ^:private kinds
  (into other-kinds (keys readers)))

(defn- read-kind
  "Returns what the event `kind` with `detail` gives, as `read-event` does."
  [kind detail {:keys [at] :as context}]
  (if-let [reader (readers kind)]
    (when-not (variable? detail)
      (update-vals (reader detail context) vec))
    {:others [(merge {:kind kind, :detail detail} at)]}))

(defn- check-indentation
  "Throws if the settings of an event are beside its kind instead of below it."
  [event wrong]
  (let [[kind detail] (first event)
        beside        (seq (remove kinds (keys event)))]
    (when (and beside (nil? detail) (readers kind))
      (wrong kind " has no value: indent " (str/join " and " beside) " by two more spaces, to be below " kind))))

(defn- unknown-kinds
  "Returns a warning for each key of an event that is no kind of event."
  [event]
  (let [known (first (filter kinds (keys event)))]
    (for [k (remove kinds (keys event))]
      (place/message (place/of event k)
                     (if known
                       (str (Shown/text k) " beside " known " has no effect: indent it to be below " known ".")
                       (str "unknown event " (Shown/text k) ": left out."))
                     (Nearest/hint k kinds)))))

(defn read-event
  "Returns what one event declares: `:routes`, `:websocket` routes, `:others` and `:warnings`. `context` has its place under `:at`,
  and `provider.httpApi` under `:http-api`. Throws if no service would accept it."
  [event {:keys [at] :as context}]
  (let [wrong (fn [& words] (apply place/fail at words))]
    (cond
      (variable? event) {}
      (string? event)   (read-event (with-meta {event nil} {:file (:file at), :line (:line at)}) context)
      (and (map? event) (seq event))
      (do (check-indentation event wrong)
          (apply merge-with into {:warnings (vec (unknown-kinds event))}
                 (for [[kind detail] event
                       :when (kinds kind)
                       :let  [at (place/of event kind)]]
                   (read-kind kind detail (assoc context :at at, :wrong #(apply place/fail at %&))))))
      :else (wrong "expected an event, such as http: GET /hello, found " (Shown/of event)))))
