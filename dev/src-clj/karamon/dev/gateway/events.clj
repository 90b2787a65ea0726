(ns karamon.dev.gateway.events
  "Reads the `events:` of a function in serverless.yml into HTTP routes. Leaves out events that aren't HTTP. A likely mistake is
  an error with its line."
  (:require
   [clojure.string :as str])
  (:import
   (karamon.text Nearest)))

(set! *warn-on-reflection* true)

(defn fail
  "Throws ex-info of `:type` `:karamon.dev.gateway.service/bad-service`. Its message has the file, the line if there is one, and
  `message`."
  [file line message]
  (throw (ex-info (str file (when line (str ":" line)) ": " message)
                  {:type :karamon.dev.gateway.service/bad-service, :file (str file), :line line})))

(defn line
  "Returns the line of the key `k` in a map that `karamon.dev.gateway.yaml` read, or the line of the map if the key has none."
  [m k]
  (or (get-in (meta m) [:lines k]) (:line (meta m))))

(defn variable?
  "Returns true if `x` has one of Serverless's variables, `${…}`, whose value only Serverless knows."
  [x]
  (and (string? x) (str/includes? x "${")))

(def ^:private known-methods
  #{"get" "head" "post" "put" "patch" "delete" "options" "any" "*"})

(def ^:private other-kinds
  "Events that aren't HTTP."
  #{"schedule" "sqs" "sns" "s3" "stream" "eventBridge" "websocket" "iot" "cloudwatchEvent" "cloudwatchLog" "cognitoUserPool"
    "alexaSkill" "alexaSmartHome" "msk" "activemq" "rabbitmq" "kafka" "cloudFront"})

(defn- slashed [path]
  (if (str/starts-with? path "/") path (str "/" path)))

(defn- method-key [method wrong]
  (let [m (if (string? method) (str/lower-case method) method)]
    (when-not (known-methods m)
      (wrong (str "no method " (pr-str method) ": there is " (str/join ", " (sort known-methods)) "."
                  (when (string? m) (Nearest/hint m known-methods)))))
    (if (#{"*" "any"} m) :any (keyword m))))

(defn- api-route
  "Returns the route of an `http` or `httpApi` event: \"GET /path\", \"*\" or a map of path and method."
  [source event wrong]
  (let [[method path & more] (cond
                               (= "*" event)   ["*" "*"]
                               (string? event) (str/split (str/trim event) #"\s+")
                               (map? event)    [(event "method" "*") (event "path")])]
    (when (or more (not (string? path)))
      (wrong (str "expected a method and a path, such as GET /hello, found " (pr-str event))))
    (if (= "*" path)
      {:source source, :method :any, :path "/{proxy+}", :catch-all true}
      {:source source, :method (method-key method wrong), :path (slashed path)})))

(defn- alb-routes [event wrong]
  (let [conditions (when (map? event) (event "conditions" {}))
        many       (fn [k default] (let [x (get conditions k default)] (if (vector? x) x [x])))]
    (when-not (map? conditions)
      (wrong (str "expected conditions, such as {path: /hello}, found " (pr-str event))))
    (for [path   (map (comp slashed str) (many "path" "/*"))
          method (many "method" "*")]
      {:source      :alb
       :method      (method-key method wrong)
       :path        (str/replace path #"\*$" "{proxy+}")
       :catch-all   (= "/*" path)
       :multi-value (boolean (event "multiValueHeaders"))})))

(def ^:private kinds
  {"http"    (fn [event wrong] [(api-route :rest event wrong)])
   "httpApi" (fn [event wrong] [(api-route :http event wrong)])
   "alb"     alb-routes})

(defn routes
  "Returns the routes that one event declares. `place` is the line for errors about an event that isn't a map."
  [file place event]
  (let [[kind detail] (if (map? event) (first event) [event nil])
        wrong         #(fail file (or (line event kind) place) %)]
    (when-not (string? kind)
      (wrong (str "expected an event, such as http: GET /hello, found " (pr-str event))))
    (when-not (or (kinds kind) (other-kinds kind) (variable? kind))
      (when (Nearest/to kind (keys kinds))
        (wrong (str "unknown event " kind "." (Nearest/hint kind (keys kinds))))))
    (when-let [read-routes (kinds kind)]
      (vec (read-routes detail wrong)))))
