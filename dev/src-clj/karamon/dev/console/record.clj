(ns karamon.dev.console.record
  "Keeps the last invocations of the local gateway in memory, for its console. A request must not cost noticeably more for it: this
  keeps references and times, and `karamon.dev.console.view` prints them when somebody looks."
  (:import
   (clojure.lang APersistentMap PersistentQueue)
   (com.amazonaws.services.lambda.runtime Context)
   (java.util Arrays Set)
   (java.util.concurrent ConcurrentHashMap)
   (java.util.concurrent.atomic AtomicBoolean AtomicLong)
   (karamon.json JsonReader JsonWriter Keys)
   (karamon.runtime Observer)))

(set! *warn-on-reflection* true)

(def max-records
  "How many invocations are kept."
  200)

(def max-body
  "How many characters or bytes of a body are kept."
  65536)

(def ^:private max-event
  "The largest event that is kept whole, in bytes. Its body may be in base64."
  (* 2 (long max-body)))

(def ^:private max-log
  "How many characters of an invocation's log are kept."
  262144)

(def ^:dynamic *current*
  "The record of the request that this thread answers; nil for none. The gateway binds it."
  nil)

(defn store
  "Returns a new, empty store of records."
  []
  {:records   (atom PersistentQueue/EMPTY)
   :listeners (atom #{})
   :numbers   (AtomicLong.)
   :warm      (ConcurrentHashMap/newKeySet)})

(defn- keep! [^ConcurrentHashMap state k v]
  (.put state k (if (nil? v) ::nil v)))

(defn known
  "Returns what is known of an invocation, a map."
  [{:keys [^ConcurrentHashMap state log]}]
  (persistent!
    (reduce (fn [m entry]
              (let [v (val entry)]
                (assoc! m (key entry) (when-not (identical? ::nil v) v))))
      (transient {:log (:texts @log)})
      state)))

(defn records
  "Returns what is known of each invocation, the latest first."
  [{:keys [records]}]
  (map known (reverse @records)))

(defn find-record
  "Returns what is known of the invocation with the number `id`; nil if it isn't kept any more."
  [store id]
  (first (filter #(= id (:id %)) (records store))))

(defn clear!
  "Forgets all invocations."
  [{:keys [records]}]
  (reset! records PersistentQueue/EMPTY))

(defn listen!
  "Calls `f` with what is known of an invocation whenever one begins or ends. Returns a function that stops this."
  [{:keys [listeners]} f]
  (swap! listeners conj f)
  #(swap! listeners disj f))

(defn- publish [{{:keys [listeners]} :store :as record}]
  (when-let [listeners (seq @listeners)]
    (let [now (known record)]
      (doseq [f listeners]
        (f now)))))

(defn- cut-text [x]
  (if (and (string? x) (> (count x) (long max-body)))
    (str (subs x 0 max-body) "… (" (count x) " characters)")
    x))

(defn- cut-bytes ^bytes [^bytes bs]
  (if (and bs (> (alength bs) (long max-body))) (Arrays/copyOf bs (int max-body)) bs))

(defn- with-cut-body [{:keys [body] :as message}]
  (let [cut (cut-bytes body)]
    (if (identical? cut body) message (assoc message :body cut))))

(def ^:private not-kept "… (too large to be kept)")

(defn- plain-map?
  "Returns true for Clojure's own maps. Code of the user's could be behind any other."
  [x]
  (instance? APersistentMap x))

(defn- cut-data
  "Returns a request map, a response map or other data with a cut body; if its JSON is large, without the rest that is large."
  [x large?]
  (let [body (when (plain-map? x) (:body x))]
    (cond
      (and large? body)                             (-> x (assoc :body (if (string? body) (cut-text body) not-kept)) (dissoc :raw))
      large?                                        not-kept
      (> (if (string? body) (count body) 0) (long max-body)) (assoc x :body (cut-text body))
      :else                                         x)))

(defn- cut-event
  "Returns the event's bytes; those of a large event with cut strings."
  ^bytes [^bytes payload]
  (if (<= (alength payload) (long max-event))
    payload
    (let [event (JsonReader/read payload Keys/STRINGS)
          cut   (JsonWriter/bytes ^Object (if (map? event) (update-vals event cut-text) not-kept))]
      (if (<= (alength cut) (* 2 (long max-event)))
        cut
        (JsonWriter/bytes ^Object not-kept)))))

(defn begin
  "Returns the record of a request, which `karamon.dev.gateway.answer` is about to answer; nil if `store` is. The record isn't in
  the store before the function is called, or `finish` is."
  [store request]
  (when store
    (let [state (ConcurrentHashMap.)]
      (keep! state :time (System/currentTimeMillis))
      (keep! state :began (System/nanoTime))
      (keep! state :request (with-cut-body request))
      (keep! state :body (count (:body request)))
      {:store store, :state state, :added (AtomicBoolean.), :log (atom {:texts [], :size 0})})))

(defn- add [{{:keys [records ^AtomicLong numbers]} :store, :keys [^AtomicBoolean added state] :as record}]
  (when (.compareAndSet added false true)
    (keep! state :id (.incrementAndGet numbers))
    (swap! records #(conj (if (< (count %) (long max-records)) % (pop %)) record)))
  (publish record))

(defn note
  "Keeps `k` and `v` in the record, if there is one."
  [record k v]
  (when record
    (keep! (:state record) k v)))

(defn- add-text [{:keys [texts size] :as log} text]
  (if (< (long size) (long max-log))
    {:texts (conj texts (cut-text text)), :size (+ (long size) (count text))}
    log))

(defn logger
  "Returns a function that logs a text with `log`, and keeps it in the record, if there is one."
  [record log]
  (if record
    (fn [text]
      (swap! (:log record) add-text text)
      (log text))
    log))

(def ^:private of-a-call
  [:read :request-map :returned :response-map :thrown :reply :reply-size :ended])

(defn called
  "Keeps which function is called with which event, the bytes `payload`. An earlier call for the same request is forgotten, such as
  that of an authorizer."
  [record function ^bytes payload]
  (when-let [{{:keys [^Set warm]} :store, :keys [^ConcurrentHashMap state]} record]
    (let [event (cut-event payload)]
      (when (.containsKey state :event)
        (run! #(.remove state %) of-a-call))
      (keep! state :function function)
      (keep! state :event event)
      (keep! state :size (alength payload))
      (keep! state :whole (identical? event payload))
      (keep! state :cold (.add warm (:handler function)))
      (add record))))

(defn- observe [^ConcurrentHashMap state k time-k value large?]
  (.putIfAbsent state time-k (System/nanoTime))
  (keep! state k (cut-data value large?)))

(defn observed
  "Returns a context like `context` that keeps what happens within the invocation in the record, if there is one."
  ^Context [record ^Context context]
  (if-let [{:keys [state]} record]
    (reify
      Context
      (getAwsRequestId [_] (.getAwsRequestId context))
      (getLogGroupName [_] (.getLogGroupName context))
      (getLogStreamName [_] (.getLogStreamName context))
      (getFunctionName [_] (.getFunctionName context))
      (getFunctionVersion [_] (.getFunctionVersion context))
      (getInvokedFunctionArn [_] (.getInvokedFunctionArn context))
      (getIdentity [_] (.getIdentity context))
      (getClientContext [_] (.getClientContext context))
      (getRemainingTimeInMillis [_] (.getRemainingTimeInMillis context))
      (getMemoryLimitInMB [_] (.getMemoryLimitInMB context))
      (getLogger [_] (.getLogger context))
      (getTenantId [_] (.getTenantId context))
      (getXrayTraceId [_] (.getXrayTraceId context))
      Observer
      (request [_ request] (observe state :request-map :read request (not (.get ^ConcurrentHashMap state :whole))))
      (response [_ response] (observe state :response-map :returned response false))
      (failure [_ thrown]
        (.putIfAbsent ^ConcurrentHashMap state :returned (System/nanoTime))
        (keep! state :thrown thrown)))
    context))

(defn- keep-reply [^ConcurrentHashMap state ^bytes reply]
  (keep! state :reply (cut-bytes reply))
  (keep! state :reply-size (alength reply))
  (when (> (alength reply) (long max-body))
    (some->> (.get state :response-map) (#(cut-data % true)) (keep! state :response-map))))

(defn handle
  "Calls `f`, which returns the bytes of a function's reply or what its handler threw. Returns the same, and keeps it in the
  record, if there is one."
  [record f]
  (if-let [{:keys [state]} record]
    (let [_      (keep! state :started (System/nanoTime))
          result (f)]
      (keep! state :ended (System/nanoTime))
      (if (instance? Throwable result) (keep! state :thrown result) (keep-reply state result))
      result)
    (f)))

(defn finish
  "Keeps the gateway's response in the record, if there is one, and returns the response. A response with `:own` is one of the
  gateway's pages: its request isn't kept."
  [record response]
  (when (and record (not (:own response)))
    (let [{:keys [^ConcurrentHashMap state]} record]
      (keep! state :ms (/ (- (System/nanoTime) (long (.get state :began))) 1e6))
      (keep! state :answer (with-cut-body response))
      (add record)))
  (dissoc response :own))
