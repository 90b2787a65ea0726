(ns karamon.gateway
  "Handlers for API Gateway, function URLs and load balancers: functions from a request map to a response map.

      (defgateway hello [event ctx]
        {:status 200
         :body   {:hello (get-in event [:query :name] \"world\")}})

  The request map is the same for every service: `:method :path :query :path-parameters :headers :body :cookies` and more,
  described in docs/handlers.md. The response map has `:status` (default 200), `:headers`, `:cookies` and `:body`: text,
  bytes, a stream, a file, a function that writes it, or data, which becomes JSON. A handler may return the response map in
  a future, a promise, a CompletableFuture, a delay or a core.async channel.

  A handler is an ordinary function, so at the REPL `(hello {:query {:name \"hoge\"}} nil)` just works.
  `karamon.response` has helpers that make responses."
  (:import
   (karamon.http Source)
   (karamon.json JsonReader Keys MalformedJson)))

(set! *warn-on-reflection* true)

(def ^:private option-checks
  {:decimals  [":double or :exact"
               #{:double :exact}]
   :base-path ["a path that begins with / and doesn't end with one, such as \"/api\""
               #(and (string? %) (re-matches #"(/[^/?#]+)+" %))]
   :on-error  ["a function of the exception, the request map and the context that returns a response map or nil"
               ifn?]
   :other     ["a function of an event that isn't HTTP and the context"
               ifn?]
   :prime     ["a vector of events as AWS sends them: maps with strings for keys, or paths of JSON files on the class path"
               #(and (vector? %)
                     (every? (fn [event] (or (string? event) (and (map? event) (every? string? (keys event))))) %))]
   :raw       ["true or false"
               boolean?]
   :source    [":rest, :http, :http-1.0, :function-url, :alb, :lattice, :websocket or :server"
               #(some? (Source/of %))]
   :stream    ["true or false"
               boolean?]})

(def ^:private ordinary-metadata
  "Keys of an attr-map that are Clojure's usual metadata, not options of Karamon."
  #{:added :arglists :author :deprecated :doc :no-doc :private :see-also :since :static :tag})

(defn options
  "Checks and returns the options of a gateway handler. `defgateway` puts them into the var's metadata under
  `:karamon/gateway`.

  * `:base-path` -- a path removed from the front of `:path`, such as \"/api\" under a custom domain (default none)
  * `:decimals` -- what numbers that aren't whole become in `:context` and in `json`: `:double`, or `:exact` for BigDecimal
    (default `:double`)
  * `:on-error` -- `(fn [exception event ctx] response)`: makes the response when the handler throws; nil means the usual
    500 (default none)
  * `:other` -- `(fn [event ctx] result)`: called for an event that isn't HTTP, such as a schedule's or a warm-up ping, with the
    event as `karamon.lambda/deflambda` passes it; its result is written as JSON (default none: such an event is an error)
  * `:prime` -- a vector of events to call the handler with before a SnapStart snapshot: events as AWS sends them, as maps
    with strings for keys or as paths of JSON files on the class path (default none)
  * `:raw` -- whether the request map has the whole event under `:raw`, with string keys as sent (default false)
  * `:source` -- the service that sends every event: `:rest`, `:http`, `:http-1.0`, `:function-url`, `:alb`, `:lattice`,
    `:websocket` or `:server` (default: detected from the event)
  * `:stream` -- whether replies to `:rest`, `:function-url` and `:server` are streamed on Karamon's own runtime; elsewhere they are
    buffered (default false)

  `more` has the checks of the caller's own options: a map of option to a description of valid values and a predicate.

  Throws ex-info of `:type` `:karamon.gateway/bad-option` for an unknown key or a value of the wrong kind."
  ([m] (options m {}))
  ([m more]
   (when-not (or (nil? m) (and (map? m) (empty? m)))
     (karamon.text.Options/check m (merge option-checks more) "a gateway handler" ::bad-option))
   (or m {})))

(defn- split-attributes
  "Returns the options in the attr-map, and the rest of it, which is metadata. Keys with a namespace are metadata."
  [attributes]
  (let [option? (fn [[k _]] (and (simple-keyword? k) (not (ordinary-metadata k))))]
    [(into {} (filter option?) attributes) (into {} (remove option?) attributes)]))

(defmacro defgateway
  "Defines `name` as a gateway handler: a function of two arguments, the request map and the context map, that returns a
  response map, now or later. Takes a docstring and an attr-map as `defn` does; the attr-map may have the options that
  `karamon.gateway/options` lists as well as ordinary metadata.

      (defgateway greet
        \"Greets the person named in the path.\"
        {:base-path \"/api\"}
        [{:keys [path-parameters]} ctx]
        {:body {:hello (:name path-parameters)}})

  The same by hand: `(defn ^{:karamon/gateway (options {…})} greet [event ctx] …)`."
  {:arglists '([name docstring? attr-map? [event ctx] & body])}
  [name & more]
  (let [[docstring more]   (if (string? (first more)) [[(first more)] (rest more)] [nil more])
        [attributes more]  (if (map? (first more)) [(first more) (rest more)] [nil more])
        [arguments & body] more
        [opts metadata]    (split-attributes attributes)]
    (when-not (and (simple-symbol? name) (vector? arguments) (= 2 (count arguments)))
      (throw (IllegalArgumentException.
               (str "defgateway needs a name and two arguments, (defgateway " name " [event ctx] …), found "
                    (karamon.text.Shown/of (if (simple-symbol? name) arguments name))))))
    `(defn ~(vary-meta name merge metadata {:karamon/gateway `(options ~opts)})
       ~@docstring
       ~arguments
       ~@body)))

(defn json
  "Returns the request's JSON body as data, with keywords for keys. Throws ex-info of `:type` `:karamon.gateway/bad-json`
  if there is no body or it isn't JSON; uncaught, the exception becomes a 400 that says what is wrong and where. A body that
  is data already, as at the REPL, is returned unchanged.

  * `:decimals` -- what numbers that aren't whole become: `:double`, or `:exact` for BigDecimal, which keeps every digit (default:
    the handler's option)"
  ([event] (json event nil))
  ([event opts]
   (when opts
     (karamon.text.Options/check opts (select-keys option-checks [:decimals]) "json" ::bad-option))
   (let [exact (= :exact (:decimals opts (:karamon/decimals (meta event))))
         bad   (fn [message data cause]
                 (ex-info message
                          (merge {:type ::bad-json, :karamon/response {:status 400, :body {:message message}}} data)
                          cause))
         body  (:body event)]
     (when (nil? body)
       (throw (bad "Expected a JSON body, found none" nil nil)))
     (try
       (cond
         (bytes? body)  (JsonReader/read ^bytes body Keys/KEYWORDS exact)
         (string? body) (JsonReader/read ^String body Keys/KEYWORDS exact)
         :else          body)
       (catch MalformedJson e
         (throw (bad (str "The body isn't JSON: " (ex-message e)) {:line (.line e), :column (.column e)} e)))))))
