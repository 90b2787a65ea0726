(ns karamon.idempotency
  "Handlers that run once for each request, however often it is sent: Lambda's retries, SQS's redeliveries, and clients that
  heard no answer all send again.

      (def pay
        (idempotent {:store (s3-idempotency/store client \"s3://shop-state/payments/\")
                     :key   (fn [event] (get-in event [:headers \"idempotency-key\"]))}
          (fn [event ctx] …)))

  The first call of a key runs the function and keeps its answer in the store; all later ones get that answer, until it
  expires. A call that comes while the first one runs waits for its answer. When the function throws, nothing is kept, and the
  next call runs it again. When its answer didn't come in time, or its invocation ended without a word, the next call runs it
  again once that invocation's deadline has passed.

  A store is anything that satisfies `Store`: `memory`, here, for tests, and karamon.s3.idempotency's."
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
  "Texts by key, each with a tag that is another one after each write."
  (fetch [store key]
    "Returns `{:text … :tag …}`, or nil when there is none.")
  (write! [store key text tag]
    "Writes a text where what is there has this tag; where there is none, for nil. Returns the new tag, or nil when it isn't so,
    and nothing is written."))

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
  "Tells whether what is written of an answer will be read as that."
  [answer]
  (try
    (= (encoded answer) (read-text (print-data (encoded answer)) #(tagged-literal 'karamon/bytes %)))
    (catch RuntimeException _
      false)))

(defn- in-order
  "Returns data whose maps and sets print in one order, as equal ones may not."
  [x]
  (walk/postwalk (fn [x]
                   (cond
                     (map? x) [:map (sort-by print-data (seq x))]
                     (set? x) [:set (sort-by print-data x)]
                     :else    x))
                 x))

(defn- digest
  "Returns what tells data apart as `=` does, bytes by what they are. Throws ex-info of `:type`
  `:karamon.idempotency/no-data` for what is none."
  [what x]
  (when-not (keepable? x)
    (throw (ex-info (str "The " what " of a request must be data that EDN has, or bytes, found " (pr-str x))
                    {:type ::no-data, :option what})))
  (.formatHex (HexFormat/of)
              (.digest (MessageDigest/getInstance "SHA-256") (.getBytes ^String (print-data (in-order (encoded x))) "UTF-8"))))

(defn- read-record [found]
  (some-> found :text (read-text #(.decode (Base64/getDecoder) ^String %)) (assoc :tag (:tag found))))

(defn- ready
  "Returns the answer of a record that is done."
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
  "Runs the function, whose lock has this tag, and keeps what it answers. An answer that doesn't come in time may come yet: the
  lock stays."
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
  "Waits a little, longer with each turn, and never in step with others."
  [turn]
  (LockSupport/parkNanos (* 1000000 (.nextLong (ThreadLocalRandom/current) 5 (min 1000 (bit-shift-left 20 (min turn 6)))))))

(defn- stale?
  "Tells whether another call may take the place of that of `record`."
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
          ;; It was written, though the store's answer was lost.
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
  "Returns a function of an event and a context that calls `f`, such a function too, once for each key.

  * `:store` -- where answers are kept
  * `:key` -- a function of the event that returns what tells requests apart, data or bytes; nil throws
  * `:payload` -- a function of the event that returns what must be equal in all requests with one key, data or bytes (default:
    none)
  * `:expires-after` -- seconds for which an answer is kept (default 3600)
  * `:timeout` -- seconds that a call may take where its context has no deadline, as at the REPL (default 900)

  An answer may come later, as a handler's may: in a future, a promise, a CompletableFuture, a delay or a core.async channel. It is
  waited for until 100 milliseconds before the deadline. After that nobody knows whether the function goes on, so this throws
  `karamon.runtime.Later$Late` (a gateway handler answers 504), and no other call runs the function before the deadline. An
  exception that comes later counts as thrown.

  An answer is kept as EDN, so it must be data, or bytes in data: else this throws ex-info
  of `:type` `:karamon.idempotency/unkept` after the function ran, and for later calls.

  Throws ex-info of `:type` `:karamon.idempotency/no-key`, `/other-payload`, or `/in-progress` when another call still runs
  shortly before this one's deadline; from a gateway handler they become 400, 422 and 409. `/no-data` for a key or payload that
  is none, `/bad-option` for wrong options."
  [options f]
  (check options)
  (let [options (merge {:expires-after 3600, :timeout 900} options)]
    (fn [event ctx]
      (let [key ((:key options) event)]
        (when (nil? key)
          (throw (refusal ::no-key 400 "The request has no idempotency key")))
        (call f options (digest :key [(:function-name ctx) key]) event ctx)))))
