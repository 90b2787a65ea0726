(ns karamon.local
  "Calls handlers as AWS would, at the REPL or in a test. Events are read and replies written as on Lambda.

      (invoke #'hello {:path \"/hello\" :query {:name \"hoge\"}})
      ;; {:status 200 :headers {:content-type \"application/json\"} :cookies [] :body \"{\\\"hello\\\":\\\"hoge\\\"}\"}

  `event` only makes the AWS event. This namespace starts no server; `./karamon serve` does."
  (:require
   [clojure.string :as str]
   [karamon.gateway :as gateway]
   [karamon.local.event :as event]
   [karamon.local.reply :as reply]
   [karamon.local.sample :as sample])
  (:import
   (com.amazonaws.services.lambda.runtime Context LambdaLogger)
   (java.nio.charset StandardCharsets)
   (java.util UUID)
   (karamon.http Exchange MediaType NotHttpEvent ReadOptions Source)
   (karamon.json JsonReader JsonWriter Keys)
   (karamon.log FailureLogger Running)
   (karamon.runtime Handler Handlers)
   (karamon.text Options Percent)))

(set! *warn-on-reflection* true)

(def ^:private request-keys
  #{:method :path :query :query-string :headers :cookies :body :source :resource :path-parameters :stage
    :stage-variables :context :client-ip :host :multi-value})

(defn- data-body [{:keys [body] :as request}]
  (if (or (nil? body) (string? body) (bytes? body))
    request
    (-> (assoc request :body (JsonWriter/string body))
        (update :headers #(if (some (fn [k] (= "content-type" (str/lower-case (event/key-name k)))) (keys %))
                            %
                            (assoc % :content-type "application/json"))))))

(defn event
  "Returns the event that AWS would send for a request, as data with string keys.

  * `:method` -- a keyword (default `:get`)
  * `:path` -- encoded or not (default \"/\")
  * `:query` -- map of name to a value or a collection of values; or `:query-string`, as in the URL
  * `:headers` -- map of name to a value or a collection of values
  * `:cookies` -- map of name to value
  * `:body` -- a string, bytes, or data, which is sent as JSON
  * `:source` -- `:rest` (default), `:http`, `:http-1.0`, `:function-url`, `:alb`, `:lattice` or `:websocket`
  * `:resource` -- the route, such as \"/hello/{name}\": gives the path parameters too; for WebSocket the route key
  * `:path-parameters` -- map, if there is no `:resource` to derive them from
  * `:stage` -- default \"dev\", for `:http` and `:http-1.0` \"$default\"
  * `:stage-variables`, `:context` (merged into `requestContext`, AWS's own names as strings), `:client-ip`
    (default \"127.0.0.1\"), `:host` (default \"localhost\", for `:function-url` \"local.lambda-url.localhost\")
  * `:multi-value` -- for `:alb`: send all values of headers and query, as a setting of the target group does (default false)

  Throws ex-info of `:type` `:karamon.local/bad-key` for an unknown key, `:karamon.local/bad-source` for an unknown
  source, `:karamon.local/bad-path` for a path that doesn't fit the `:resource`."
  [request]
  (Options/check request request-keys "a request" ::bad-key :key)
  (let [source (:source request :rest)]
    (when-not (Source/of source)
      (throw (ex-info (Options/unknown "source" source (map #(.keyword ^Source %) (Source/values)))
                      {:type ::bad-source, :source source})))
    (-> (merge {:method    :get
                :source    source
                :stage     (if (#{:http :http-1.0} source) "$default" "dev")
                :client-ip "127.0.0.1"
                :host      (if (= :function-url source) "local.lambda-url.localhost" "localhost")}
               request)
        (update :path #(Percent/encodePath (if (str/blank? %) "/" %)))
        data-body
        event/aws-event)))

(defn sample
  "Returns a sample of an event that AWS sends, as data with string keys, to invoke a function with or to change:

      (invoke #'settle (assoc-in (sample :sqs) [\"Records\" 0 \"body\"] \"{}\"))

  `kind` is one that `./karamon event --help` lists, such as `:sqs`, or a source that `event` takes. Throws ex-info of `:type`
  `:karamon.local/no-sample`, whose message lists the kinds, for any other."
  [kind]
  (sample/check-kind kind)
  (if (some #{kind} sample/http-kinds)
    (event (cond-> {:source kind} (not= :websocket kind) (assoc :path "/hello" :query {:name "hoge"})))
    (sample/read-sample kind)))

(defn context
  "Returns a Java context for one invocation, like the one that Lambda passes.

  * `:function-name` (default \"local\"), `:memory-mb` (default 1769)
  * `:timeout-ms` -- milliseconds from now until the deadline (default 29,000)
  * `:request-id` (default: a new one), `:trace-id`, `:tenant-id`
  * `:log` -- a function called with each logged text (default: prints it to `*err*`)
  * `:log-failure` -- a function called with a short text and the exception when Karamon logs a handler's exception (default: `:log`
    gets it as text)

  Throws ex-info of `:type` `:karamon.local/bad-key` for an unknown key."
  ^Context [opts]
  (Options/check opts #{:function-name :memory-mb :timeout-ms :request-id :trace-id :tenant-id :log :log-failure} "a context" ::bad-key :key)
  (let [{:keys [function-name memory-mb timeout-ms request-id trace-id tenant-id log log-failure]
         :or   {function-name "local", memory-mb 1769, timeout-ms 29000}} opts
        id     (or request-id (str (UUID/randomUUID)))
        end    (+ (System/currentTimeMillis) (long timeout-ms))
        err    *err*
        log    (or log #(binding [*out* err] (print %) (flush)))
        logger (reify
                 LambdaLogger
                 (^void log [_ ^String text] (log text))
                 (^void log [_ ^bytes text] (log (String. text StandardCharsets/UTF_8)))
                 FailureLogger
                 (failed [_ message thrown]
                   (boolean (when log-failure
                              (log-failure message thrown)
                              true))))]
    (reify Context
      (getAwsRequestId [_] id)
      (getLogGroupName [_] (str "/aws/lambda/" function-name))
      (getLogStreamName [_] "local")
      (getFunctionName [_] function-name)
      (getFunctionVersion [_] "$LATEST")
      (getInvokedFunctionArn [_] (str "arn:aws:lambda:local:000000000000:function:" function-name))
      (getIdentity [_] nil)
      (getClientContext [_] nil)
      (getRemainingTimeInMillis [_] (int (max 0 (- end (System/currentTimeMillis)))))
      (getMemoryLimitInMB [_] (int memory-mb))
      (getLogger [_] logger)
      (getTenantId [_] tenant-id)
      (getXrayTraceId [_] trace-id))))

(defn- text
  "Returns bytes as a string if their type is a text type and they are UTF-8, else unchanged."
  [^bytes bs headers]
  (let [type (first (headers "content-type"))]
    (if (or (headers "content-encoding") (and type (not (MediaType/isText type))))
      bs
      (or (event/utf8 bs) bs))))

(defn- client-view [{:keys [status headers body fault]}]
  (cond-> {:status  status
           :headers (into {} (map (fn [[k vs]] [(keyword k) (str/join "," vs)])) (dissoc headers "set-cookie"))
           :cookies (headers "set-cookie" [])
           :body    (when body (text body headers))}
    fault (assoc :fault fault)))

(defn- aws-event? [m]
  (and (map? m) (seq m) (every? string? (keys m))))

(defn handle
  "Returns the bytes that `handler` (a Java Handler) replies to the event `payload` (bytes) in the Java context `context`, or
  throws what it throws. Its logs belong to that invocation."
  ^bytes [^Handler handler ^bytes payload ^Context context]
  (Running/begin context false)
  (try
    (.handle handler payload context)
    (finally (Running/end))))

(defn invoke-bytes
  "Returns the bytes that `handler` (a Java Handler) replies to the event `m` (data with string keys), in the
  context that `context` makes from `opts`."
  ^bytes [^Handler handler m opts]
  (handle handler (JsonWriter/bytes ^Object m) (context opts)))

(defn- gateway-options
  "Returns the options of a gateway handler, nil for a plain function. Anything but a var counts as a gateway handler."
  [f]
  (if (var? f) (Handlers/options f) (or (:karamon/gateway (meta f)) (gateway/options {}))))

(defn- http-source
  "Returns the source of an event for a gateway handler with these options; nil if it isn't HTTP."
  [m options]
  (try
    (.source (Exchange/of (JsonWriter/bytes ^Object m) (ReadOptions. nil (Source/of (:source options)) false)))
    (catch NotHttpEvent _ nil)))

(defn invoke
  "Invokes a handler and returns what its caller sees.

  `handler` is a var, or a function, which counts as a gateway handler. `request` is a request as `event` takes it, or an
  event as AWS sends it (string keys). For a gateway handler this returns the response as a client gets it: `:status`,
  `:headers` (lower-case keyword to string, repeats joined), `:cookies` (Set-Cookie strings) and `:body` (a string if it is
  text, else bytes; nil for none); and `:fault` if the service would refuse the reply with a 502. For any other function,
  such as a lambda handler, and for an event that a gateway handler's `:other` takes, it returns the result, read back from JSON
  with string keys. `opts` is as for `context`.

  Throws the exception that would be an invocation error on Lambda."
  ([handler request] (invoke handler request {}))
  ([handler request opts]
   (let [options (gateway-options handler)
         m       (if (or (aws-event? request) (not options)) request (event request))
         java    (if (var? handler) (Handlers/of handler) (Handlers/gateway "handler" handler options))
         bytes   (invoke-bytes java m opts)]
     (if-let [source (when options (http-source m options))]
       (client-view (reply/read-reply (.keyword ^Source source) bytes))
       (JsonReader/read bytes Keys/STRINGS)))))
