(ns karamon.idempotency
  "Handlers that run once for each request, however often it is sent: Lambda retries, SQS redelivers, and clients without an
  answer send again.

      (def pay
        (idempotent {:store (s3-idempotency/store client \"s3://shop-state/payments/\")
                     :key   (fn [event] (get-in event [:headers \"idempotency-key\"]))}
          (fn [event ctx] …)))

  The first call with a key runs the function and stores its answer. Later calls get that answer until it expires. A call
  during the first one waits for its answer. If the function throws, nothing is stored, and the next call runs it again. If
  its answer doesn't come in time, or its invocation ends without an answer, the next call runs it again after that
  invocation's deadline.

  A store is anything that satisfies `Store`: `memory` in this namespace, for tests, or karamon.s3.idempotency's."
  (:require
   [clojure.edn :as edn]
   [clojure.string :as str]
   [clojure.walk :as walk])
  (:import
   (java.security MessageDigest)
   (java.util Base64 HexFormat)
   (java.util.concurrent ThreadLocalRandom)
   (java.util.concurrent.locks LockSupport)
   (karamon.runtime Later Later$Late)
   (karamon.text Options)))

(set! *warn-on-reflection* true)

(defprotocol Store
  "A map of key to text. Each text has a tag, which changes with each write."
  (fetch [store key]
    "Returns `{:text … :tag …}`, or nil if there is none.")
  (write! [store key text tag]
    "Writes a text if the stored one has this tag; with a nil tag, if there is none. Returns the new tag, or nil if it wrote
    nothing."))

(defrecord ^:private Memory [texts]
  Store
  (fetch [_ key] (@texts key))
  (write! [_ key text tag]
    (let [new-tag (Object.)
          written (swap! texts (fn [all] (if (identical? tag (:tag (all key))) (assoc all key {:text text, :tag new-tag}) all)))]
      (when (identical? new-tag (:tag (written key)))
        new-tag))))

(defn memory
  "Returns a store in this process's memory, for tests."
  []
  (->Memory (atom {})))

(def ^:private option-checks
  {:expires-after ["a number of seconds above 0" #(and (number? %) (pos? %))]
   :key           ["a function of the event" ifn?]
   :payload       ["a function of the event" ifn?]
   :store         ["a store, such as (memory)" #(satisfies? Store %)]
   :timeout       ["a number of seconds above 0" #(and (number? %) (pos? %))]})

(defn- check [options]
  (Options/check options option-checks "an idempotent handler" ::bad-option)
  (Options/need options option-checks [:key :store] ::bad-option))

(defn- refusal [type status message]
  (ex-info message {:type type, :karamon/response {:status status, :body {:message message}}}))

(defn- print-data [x]
  (binding [*print-length* nil, *print-level* nil, *print-meta* false, *print-namespace-maps* false, *print-readably* true]
    (pr-str x)))

(defn- encoded [answer]
  (walk/postwalk #(if (bytes? %) (tagged-literal 'karamon/bytes (.encodeToString (Base64/getEncoder) %)) %) answer))

(defn- read-text [text bytes-reader]
  (edn/read-string {:readers {'karamon/bytes bytes-reader}} text))

(defn- keepable?
  "Returns whether reading a written answer gives an equal answer."
  [answer]
  (try
    (= (encoded answer) (read-text (print-data (encoded answer)) #(tagged-literal 'karamon/bytes %)))
    (catch RuntimeException _
      false)))

(defn- in-order
  "Returns data whose maps and sets print in a fixed order: equal ones may print differently."
  [x]
  (walk/postwalk (fn [x]
                   (cond
                     (map? x) [:map (sort-by print-data (seq x))]
                     (set? x) [:set (sort-by print-data x)]
                     :else    x))
                 x))

(defn- digest
  "Returns a hash of data: the same for equal data, where bytes are compared by content. Throws ex-info of `:type`
  `:karamon.idempotency/no-data` for anything but data."
  [what x]
  (when-not (keepable? x)
    (throw (ex-info (str "The " what " of a request must be data that EDN has, or bytes, found " (pr-str x))
                    {:type ::no-data, :option what})))
  (.formatHex (HexFormat/of)
              (.digest (MessageDigest/getInstance "SHA-256") (.getBytes ^String (print-data (in-order (encoded x))) "UTF-8"))))

(defn- read-record [found]
  (some-> found :text (read-text #(.decode (Base64/getDecoder) ^String %)) (assoc :tag (:tag found))))

(defn- ready
  "Returns the answer of a finished record."
  [{:keys [answer unkept]}]
  (if unkept
    (throw (ex-info unkept {:type ::unkept}))
    answer))

(defn- unkept-message [answer]
  (str "The answer can't be kept for later calls: expected data that EDN has, or bytes, found "
       (if (map? answer)
         (str "a map with " (str/join ", " (for [[k v] answer :when (not (keepable? v))] (str k " of " (class v)))))
         (class answer))))

(defn- run-once
  "Runs the function, whose lock has this tag, and stores its answer. If the answer doesn't come in time, keeps the lock, since
  it may still come."
  [f {:keys [store expires-after]} key {:keys [deadline] :as record} tag event ctx]
  (let [write  #(write! store key (print-data %) tag)
        answer (try
                 (Later/await (f event ctx) (long deadline))
                 (catch Later$Late e (throw e))
                 (catch Throwable e
                   (try
                     (write (assoc record :state :failed))
                     (catch Exception of-the-store
                       (.addSuppressed e of-the-store)))
                   (throw e)))
        unkept (when-not (keepable? answer) (unkept-message answer))]
    (write (cond-> (assoc record :state :done, :expires (+ (System/currentTimeMillis) (long (* 1000 expires-after))))
             unkept       (assoc :unkept unkept)
             (not unkept) (assoc :answer (encoded answer))))
    (if unkept
      (throw (ex-info unkept {:type ::unkept}))
      answer)))

(defn- pause
  "Sleeps a random time that grows with each turn, so that callers don't retry in step."
  [turn]
  (LockSupport/parkNanos (* 1000000 (.nextLong (ThreadLocalRandom/current) 5 (min 1000 (bit-shift-left 20 (min turn 6)))))))

(defn- stale?
  "Returns whether another call may replace the call of `record`."
  [{:keys [state deadline expires]} now]
  (case state
    :running (< deadline now)
    :done    (< expires now)
    :failed  true))

(defn- call [f {:keys [store timeout payload] :as options} key event ctx]
  (let [deadline (or (:deadline-ms ctx) (+ (System/currentTimeMillis) (long (* 1000 timeout))))
        record   {:state :running, :owner (str (random-uuid)), :deadline deadline, :payload (when payload (digest :payload (payload event)))}]
    (loop [turn 0]
      (let [time  (System/currentTimeMillis)
            found (read-record (fetch store key))
            free  (or (nil? found) (stale? found time))]
        (cond
          ;; The write succeeded, but the store's answer was lost.
          (= (:owner record) (:owner found))
          (run-once f options key record (:tag found) event ctx)

          (and (not free) (not= (:payload record) (:payload found)))
          (throw (refusal ::other-payload 422 "This idempotency key was used with another payload"))

          free
          (if-let [tag (write! store key (print-data record) (:tag found))]
            (run-once f options key record tag event ctx)
            (recur 0))

          (= :done (:state found))
          (ready found)

          (< deadline (+ time 200))
          (throw (refusal ::in-progress 409 "The same request is still in progress: try again later"))

          :else
          (do
            (pause turn)
            (recur (inc turn))))))))

(defn idempotent
  "Returns a function of an event and a context that calls `f`, another such function, once for each key.

  * `:store` -- the store of the answers
  * `:key` -- a function of the event that returns the request's key, data or bytes; a nil key is an error
  * `:payload` -- a function of the event that returns data or bytes, which must be equal in all requests with one key
    (default: none)
  * `:expires-after` -- seconds for which an answer is kept (default 3600)
  * `:timeout` -- seconds that a call may take if its context has no deadline, as at the REPL (default 900)

  `f` may return its answer in a future, a promise, a CompletableFuture, a delay or a core.async channel, as a handler may. This
  waits for it until 100 milliseconds before the deadline. After that the function may still be running, so this throws
  `karamon.runtime.Later$Late` (a gateway handler answers 504), and no other call runs the function before the deadline. An
  exception in a later answer counts as thrown.

  An answer is stored as EDN, so it must be data, which may include bytes. Otherwise this throws ex-info of `:type`
  `:karamon.idempotency/unkept`, after the function ran and in later calls.

  Throws ex-info of `:type` `:karamon.idempotency/no-key`, `/other-payload`, or `/in-progress` if another call is still running
  shortly before this one's deadline; from a gateway handler they become 400, 422 and 409. Throws `/no-data` if the key or
  payload isn't data, `/bad-option` for wrong options."
  [options f]
  (check options)
  (let [options (merge {:expires-after 3600, :timeout 900} options)]
    (fn [event ctx]
      (let [key ((:key options) event)]
        (when (nil? key)
          (throw (refusal ::no-key 400 "The request has no idempotency key")))
        (call f options (digest :key [(:function-name ctx) key]) event ctx)))))
