(ns karamon.dev.console.view
  "What the console shows of an invocation, as data for JSON. docs/console.md describes it."
  (:require
   [clojure.string :as str]
   [karamon.dev.console.copy :as copy]
   [karamon.dev.console.frames :as frames]
   [karamon.dev.console.record :as record]
   [karamon.dev.console.show :as show]
   [karamon.dev.failure :as failure])
  (:import
   (clojure.lang APersistentMap)
   (java.time Instant)
   (karamon.http Exchange ReadOptions)
   (karamon.json JsonReader Keys)
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(defn http-source
  "Returns the source of an HTTP event, a keyword; nil for any other event. Those of authorizers only look like HTTP's."
  [^bytes event]
  (try
    (let [data (JsonReader/read event Keys/STRINGS)]
      (when-not (or (get data "methodArn") (get data "routeArn"))
        (.keyword (.source (Exchange/of event (ReadOptions. nil nil false))))))
    (catch Exception _ nil)))

(defn- service
  "Returns which service sends events like this one; \"event\" if that is unknown."
  [event]
  (let [{[{:strs [eventSource EventSource]}] "Records", :as event} (if (map? event) event {})]
    (cond
      (or eventSource EventSource)                      (str/replace (str (or eventSource EventSource)) "aws:" "")
      (= "Scheduled Event" (event "detail-type"))       "schedule"
      (event "detail-type")                             "eventbridge"
      (event "awslogs")                                 "logs"
      :else                                             "event")))

(defn- source
  "Returns the source of a record's event, a keyword for HTTP's and a string for the others; nil without an event."
  [{:keys [asked event request-map] known :service}]
  (or (:source asked)
      known
      (when (and (instance? APersistentMap request-map) (keyword? (:source request-map))) (:source request-map))
      (when event
        (or (http-source event) (service (JsonReader/read ^bytes event Keys/STRINGS))))))

(defn- websocket-context
  "Returns the requestContext of an event of a WebSocket API; nil for any other."
  [^bytes event]
  (let [{:strs [requestContext]} (when event (JsonReader/read event Keys/STRINGS))]
    (when (and (map? requestContext) (string? (requestContext "eventType")) (requestContext "connectionId"))
      requestContext)))

(defn- request-line
  "Returns the `:method`, `:path` and `:query` of the request that the function got, or else of the one that the gateway got. Those
  of WebSockets have the kind and the route."
  [{:keys [asked function request request-map event]}]
  (cond
    (or asked (not function))
    {:method (str/upper-case (name (:method request))), :path (:path request), :query (:query-string request)}
    (and (instance? APersistentMap request-map) (keyword? (:method request-map)) (string? (:path request-map)))
    {:method (str/upper-case (name (:method request-map))), :path (:path request-map), :query (:query-string request-map)}
    (websocket-context event)
    (let [{:strs [eventType routeKey]} (websocket-context event)]
      {:method eventType, :path (str routeKey), :query nil})
    :else {:method "EVENT", :path (:name function), :query nil}))

(defn summary
  "Returns a record for the list."
  [{:keys [id time function answer ms cold thrown replay-of began] :as record}]
  (merge
    {:id       id
     :time     (str (Instant/ofEpochMilli time))
     :status   (:status answer)
     :source   (some-> (source record) name)
     :function (:name function)
     :handler  (:handler function)
     :ms       (or ms (/ (- (System/nanoTime) (long began)) 1e6))
     :pending  (nil? answer)
     :cold     cold
     :thrown   (some-> thrown failure/summary (Shown/cut 300))
     :replayOf replay-of}
    (request-line record)))

(defn- spans
  "Returns when each step began and how long it took, in milliseconds, of those that ended."
  [{:keys [began started read returned ended ms]}]
  (let [at    #(/ (- (long %) (long began)) 1e6)
        steps [["gateway" began started] ["read" started read] ["handler" (or read started) (or returned ended)]
               ["write" returned ended]]]
    (cond-> (vec (for [[step from to] steps :when (and from to)]
                   {:name step, :start (at from), :ms (/ (- (long to) (long from)) 1e6)}))
      (and ended ms) (conj {:name "answer", :start (at ended), :ms (max 0.0 (- ms (at ended)))}))))

(defn- value [record k reveal?]
  (when (contains? record k)
    (show/data (cond-> (get record k) (not reveal?) show/masked))))

(defn- answer-text [{:keys [headers ^bytes body]}]
  (when body
    (if (some #(str/starts-with? % "application/json") (get headers "content-type"))
      (show/json body false)
      {:edn (Shown/cut (String. body "UTF-8") record/max-body), :json nil})))

(defn- reply-body
  "Returns the body in a reply if that is JSON, which is hard to read as a string within JSON; nil otherwise."
  [^bytes reply reveal?]
  (try
    (let [{:strs [body isBase64Encoded] :as found} (JsonReader/read reply Keys/STRINGS)]
      (when (and (map? found) (string? body) (not isBase64Encoded) (re-find #"^\s*[\[{]" body))
        (JsonReader/read ^String body Keys/STRINGS)
        (show/json (.getBytes ^String body "UTF-8") reveal?)))
    (catch Exception _ nil)))

(defn- headers-shown [headers reveal?]
  (into (sorted-map) (for [[k vs] headers] [k (if (and (not reveal?) (show/secret? k)) [show/mask] vs)])))

(defn detail
  "Returns all that the console shows of a record.

  * `:files` -- a map of the project's namespaces to their files
  * `:reveal?` -- whether to show secrets"
  [{:keys [event size whole reply reply-size answer log thrown] :as record} {:keys [files reveal?]}]
  (let [kind (source record)]
    (merge
      (summary record)
      {:event    (when event (assoc (show/json event reveal?) :bytes size, :cut (not whole)))
       :request  (value record :request-map reveal?)
       :response (value record :response-map reveal?)
       :reply    (when reply (assoc (show/json reply reveal?) :bytes reply-size, :cut (not= reply-size (count reply))))
       :replyBody (when reply (reply-body reply reveal?))
       :answer   (when answer
                   {:status (:status answer), :headers (headers-shown (:headers answer) reveal?), :body (answer-text answer)})
       :spans    (spans record)
       :log      log
       :exceptions (when thrown (frames/thrown files thrown reveal?))
       :revealed (boolean reveal?)
       :replayable (boolean (and event whole))
       :curl     (copy/curl record reveal?)
       :test     (copy/as-test record (when (keyword? kind) kind) reveal?)})))
