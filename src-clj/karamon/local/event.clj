(ns karamon.local.event
  "Makes the event that AWS would send for a request: from one description, the event of any source, as data with string
  keys. Changes the request as each source does (decoding, joining, base64), according to AWS's developer guides.
  `karamon.local` is the documented API."
  (:require
   [clojure.string :as str])
  (:import
   (java.nio ByteBuffer)
   (java.nio.charset CharacterCodingException StandardCharsets)
   (java.time Instant ZoneOffset)
   (java.time.format DateTimeFormatter)
   (java.util Base64 Locale UUID)
   (karamon.text Percent)))

(set! *warn-on-reflection* true)

(def ^:private clf-time
  (.withZone (DateTimeFormatter/ofPattern "dd/MMM/yyyy:HH:mm:ss Z" Locale/ENGLISH) ZoneOffset/UTC))

(defn key-name
  "Returns a keyword as a string without its colon; a string unchanged."
  [k]
  (if (keyword? k) (subs (str k) 1) (str k)))

(defn- pairs
  "Returns [name value] pairs of a map whose values are strings or collections of strings."
  [m]
  (for [[k v] m, one (if (coll? v) v [v]) :when (some? one)]
    [(key-name k) (if (keyword? one) (key-name one) (str one))]))

(defn- grouped
  "Returns a map of name to vector of values, in order."
  [pairs]
  (reduce (fn [m [k v]] (update m k (fnil conj []) v)) (array-map) pairs))

(defn- update-vals* [m f]
  (into (array-map) (map (fn [[k v]] [k (f v)])) m))

(defn- decode [s] (Percent/decode s true))

(defn- query-pairs
  "Returns the query's pairs, still encoded."
  [{:keys [query query-string]}]
  (if query-string
    (for [piece (str/split query-string #"&") :when (seq piece)]
      (let [[k v] (str/split piece #"=" 2)] [k (or v "")]))
    (for [[k v] (pairs query)]
      [(Percent/encode k) (Percent/encode v)])))

(defn- query-string [request]
  (or (:query-string request) (str/join "&" (map #(str/join "=" %) (query-pairs request)))))

(defn- header-pairs
  "Returns the headers' pairs, including those that every service adds."
  [{:keys [headers cookies host client-ip]}]
  (let [sent  (pairs headers)
        sent? (into #{} (map (comp str/lower-case first)) sent)]
    (concat sent
            (when (and cookies (not (sent? "cookie")))
              [["cookie" (str/join "; " (map (fn [[k v]] (str (key-name k) "=" v)) cookies))]])
            (for [[k v] [["host" host] ["x-forwarded-for" client-ip] ["x-forwarded-proto" "https"] ["x-forwarded-port" "443"]]
                  :when (not (sent? k))]
              [k v]))))

(defn- lower-case-headers [request]
  (map (fn [[k v]] [(str/lower-case k) v]) (header-pairs request)))

(defn utf8
  "Decodes bytes as UTF-8. Returns a string, nil if they aren't UTF-8."
  [^bytes bs]
  (try (str (.decode (.newDecoder StandardCharsets/UTF_8) (ByteBuffer/wrap bs)))
       (catch CharacterCodingException _ nil)))

(defn- text-type?
  "Returns whether the services pass a body of this type as text; they pass all others as base64."
  [content-type]
  (boolean (re-find #"(?i)^(text/|application/(json|javascript|xml)\b)" (or content-type ""))))

(defn- body-fields
  "Returns the event's `body` and `isBase64Encoded`. A string stays text unless the service would treat its type as binary;
  bytes become text only with a text type."
  [{:keys [body source] :as request}]
  (let [headers (into {} (lower-case-headers request))
        type    (headers "content-type")
        text    (if (string? body)
                  (when (or (#{:rest :websocket} source) (nil? type) (text-type? type)) body)
                  (when (and body (text-type? type) (not (headers "content-encoding"))) (utf8 body)))
        bs      (if (string? body) (.getBytes ^String body StandardCharsets/UTF_8) body)]
    (cond
      (nil? body) {"body" nil, "isBase64Encoded" false}
      text        {"body" text, "isBase64Encoded" false}
      :else       {"body" (.encodeToString (Base64/getEncoder) bs), "isBase64Encoded" true})))

(def ^:private template
  "Returns the names of a route's parameters, and the pattern of its paths. Remembers them: a project has few routes."
  (memoize
    (fn [resource]
      [(mapv second (re-seq #"\{([^}+]+)\+?\}" resource))
       (re-pattern (str/replace resource #"\{([^}+]+)(\+?)\}|[^{]+"
                                (fn [[literal name greedy]]
                                  (cond (nil? name)    (java.util.regex.Pattern/quote literal)
                                        (= "+" greedy) "(.+)"
                                        :else          "([^/]+)"))))])))

(defn path-parameters
  "Matches the encoded `path` with the route `resource` of `source`. Returns the path parameters, still encoded, as a map of strings;
  nil if the path doesn't match. A REST API ignores one slash at the end, an HTTP API doesn't.
  https://github.com/aws/chalice/issues/65"
  [source resource path]
  (let [[names pattern] (template resource)
        found (re-matches pattern (if (= :rest source) (str/replace path #"(?<=.)/$" "") path))]
    (when found
      (zipmap names (if (string? found) [] (rest found))))))

(defn- parameters [{:keys [source resource path] :as request} f]
  (let [sent (cond
               (contains? request :path-parameters)              (into {} (pairs (:path-parameters request)))
               (and resource (not (str/starts-with? resource "$"))) (path-parameters source resource path)
               :else                                             {})]
    (when-not sent
      (throw (ex-info (str "The path " path " doesn't match the route " resource)
                      {:type :karamon.local/bad-path, :path path, :resource resource})))
    (not-empty (update-vals* sent f))))

(defn- upper-method [{:keys [method]}]
  (str/upper-case (name method)))

(defn- context-map
  "Merges the request's `:context` into `defaults`, at all levels of nested maps."
  [{:keys [context]} defaults]
  (letfn [(deep [a b] (if (and (map? a) (map? b)) (merge-with deep a b) b))]
    (deep defaults (or context {}))))

(defn- rest-event [{:keys [path stage host client-ip resource stage-variables] :as request} parameter]
  (let [all   (grouped (header-pairs request))
        query (grouped (map #(mapv decode %) (query-pairs request)))
        now   (Instant/now)]
    (merge
      {"resource"                        (or resource "/{proxy+}")
       "path"                            path
       "httpMethod"                      (upper-method request)
       "headers"                         (update-vals* all peek)
       "multiValueHeaders"               all
       "queryStringParameters"           (not-empty (update-vals* query peek))
       "multiValueQueryStringParameters" (not-empty query)
       "pathParameters"                  (parameters request parameter)
       "stageVariables"                  (not-empty (into {} (pairs stage-variables)))
       "requestContext"
       (context-map request
                    {"accountId"        "000000000000"
                     "apiId"            "local"
                     "domainName"       host
                     "extendedRequestId" "local"
                     "httpMethod"       (upper-method request)
                     "identity"         {"sourceIp" client-ip, "userAgent" ((into {} (lower-case-headers request)) "user-agent")}
                     "path"             (str "/" stage path)
                     "protocol"         "HTTP/1.1"
                     "requestId"        (str (UUID/randomUUID))
                     "requestTime"      (.format ^DateTimeFormatter clf-time now)
                     "requestTimeEpoch" (.toEpochMilli now)
                     "resourcePath"     (or resource "/{proxy+}")
                     "stage"            stage})}
      (body-fields request))))

(defn- version2-event
  "HTTP APIs and function URLs share an event format; they differ in `raw-path` and `cookie-header?`."
  [{:keys [path host domain client-ip stage-variables] :as request} raw-path route-key stage cookie-header?]
  (let [headers (update-vals* (grouped (lower-case-headers request)) #(str/join "," %))
        cookies (some-> (headers "cookie") (str/split #";\s*"))
        query   (grouped (map #(mapv decode %) (query-pairs request)))
        now     (Instant/now)]
    (merge
      {"version"        "2.0"
       "routeKey"       route-key
       "rawPath"        raw-path
       "rawQueryString" (query-string request)
       "headers"        (if cookie-header? headers (dissoc headers "cookie"))
       "requestContext"
       (context-map request
                    {"accountId"    "000000000000"
                     "apiId"        "local"
                     "domainName"   (or domain host)
                     "domainPrefix" "local"
                     "http"         {"method"    (upper-method request)
                                     "path"      (Percent/decode path false)
                                     "protocol"  "HTTP/1.1"
                                     "sourceIp"  client-ip
                                     "userAgent" (headers "user-agent")}
                     "requestId"    (str (UUID/randomUUID))
                     "routeKey"     route-key
                     "stage"        stage
                     "time"         (.format ^DateTimeFormatter clf-time now)
                     "timeEpoch"    (.toEpochMilli now)})}
      (when cookies {"cookies" cookies})
      (when (seq query) {"queryStringParameters" (update-vals* query #(str/join "," %))})
      (when-let [found (parameters request #(Percent/decode % false))] {"pathParameters" found})
      (when (seq stage-variables) {"stageVariables" (into {} (pairs stage-variables))})
      (body-fields request))))

(defn- decoded-path
  "Returns the path as HTTP APIs send it: decoded, and with a named stage in front."
  [{:keys [path stage]}]
  (cond->> (Percent/decode path false) (not= "$default" stage) (str "/" stage)))

(defn- http-1-event
  "Format 1.0 of an HTTP API is that of a REST API but for the path, which has the stage, and the path parameters, which are decoded."
  [request]
  (-> (rest-event (update request :resource #(or % "$default")) #(Percent/decode % false))
      (assoc "version" "1.0", "path" (decoded-path request))
      (assoc-in ["requestContext" "path"] (decoded-path request))))

(defn- http-event [{:keys [resource stage] :as request}]
  (version2-event request
                  (decoded-path request)
                  (if resource (str (upper-method request) " " resource) "$default")
                  stage
                  false))

(defn- function-url-event
  "Such an event is detected by its domain, so the domain is one of a function URL for any host."
  [{:keys [path host] :as request}]
  (version2-event (cond-> request (not (str/includes? host ".lambda-url.")) (assoc :domain "local.lambda-url.localhost"))
                  path
                  "$default"
                  "$default"
                  true))

(defn- alb-event [{:keys [path multi-value] :as request}]
  (let [headers (grouped (lower-case-headers request))
        query   (grouped (query-pairs request))]
    (merge
      {"requestContext" (context-map request {"elb" {"targetGroupArn" "arn:aws:elasticloadbalancing:local:000000000000:targetgroup/local/0"}})
       "httpMethod"     (upper-method request)
       "path"           path}
      (if multi-value
        {"multiValueHeaders" headers, "multiValueQueryStringParameters" query}
        {"headers" (update-vals* headers peek), "queryStringParameters" (update-vals* query peek)})
      (update (body-fields request) "body" #(or % "")))))

(defn- lattice-event [{:keys [path] :as request}]
  (let [query (query-string request)]
    (merge
      {"version"               "2.0"
       "path"                  (cond-> path (seq query) (str "?" query))
       "method"                (upper-method request)
       "headers"               (grouped (lower-case-headers request))
       "queryStringParameters" (grouped (query-pairs request))
       "requestContext"
       (context-map request
                    {"serviceNetworkArn" "arn:aws:vpc-lattice:local:000000000000:servicenetwork/sn-00000000000000000"
                     "serviceArn"        "arn:aws:vpc-lattice:local:000000000000:service/svc-00000000000000000"
                     "targetGroupArn"    "arn:aws:vpc-lattice:local:000000000000:targetgroup/tg-00000000000000000"
                     "identity"          {"sourceVpcArn" "arn:aws:ec2:local:000000000000:vpc/vpc-00000000000000000"}
                     "region"            "local"
                     "timeEpoch"         (str (* 1000 (System/currentTimeMillis)))})}
      (body-fields request))))

(defn- websocket-event [{:keys [resource stage host client-ip stage-variables] :as request}]
  (let [route   (or resource "$default")
        connect (when (= "$connect" route) (grouped (header-pairs request)))
        query   (when connect (grouped (map #(mapv decode %) (query-pairs request))))
        kind    ({"$connect" "CONNECT", "$disconnect" "DISCONNECT"} route "MESSAGE")
        now     (Instant/now)]
    (merge
      (when connect
        {"headers" (update-vals* connect peek), "multiValueHeaders" connect})
      (when (seq query)
        {"queryStringParameters" (update-vals* query peek), "multiValueQueryStringParameters" query})
      (when (seq stage-variables)
        {"stageVariables" (into {} (pairs stage-variables))})
      {"requestContext"
       (context-map request
                    {"apiId"            "local"
                     "connectionId"     "local="
                     "domainName"       host
                     "eventType"        kind
                     "identity"         {"sourceIp" client-ip}
                     "messageDirection" "IN"
                     "requestId"        (str (UUID/randomUUID))
                     "requestTime"      (.format ^DateTimeFormatter clf-time now)
                     "requestTimeEpoch" (.toEpochMilli now)
                     "routeKey"         route
                     "stage"            stage})}
      (body-fields request))))

(defn aws-event
  "Returns the event that the request's `:source` would send. The request must have all defaults filled in."
  [request]
  (case (:source request)
    :rest         (rest-event request identity)
    :http         (http-event request)
    :http-1.0     (http-1-event request)
    :function-url (function-url-event request)
    :alb          (alb-event request)
    :lattice      (lattice-event request)
    :websocket    (websocket-event request)))
