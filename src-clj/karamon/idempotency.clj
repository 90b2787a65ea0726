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
  invocation's deadline, and logs a warning.

  Keys, payloads and answers are data: nil, booleans, numbers, characters, strings, keywords, symbols, byte arrays, UUIDs,
  Dates, Instants, and sequences, maps and sets of these, to any depth. Keys and payloads are the same if they are equal;
  byte arrays are compared by content.

  A store is anything that satisfies `Store`: `memory` in this namespace, for tests, or karamon.s3.idempotency's."
  (:require
   [karamon.idempotency.record :as record])
  (:import
   (java.time Instant)
   (java.util.concurrent ThreadLocalRandom)
   (java.util.concurrent.locks LockSupport)
   (karamon.runtime Later Later$Late)
   (karamon.text Known Options Shown)))

(set! *warn-on-reflection* true)

(defprotocol Store
  "A map of key to text. Each text has a tag, which changes with each write. A store may throw, also after a
  write that succeeded. Its calls run on other threads and count as failed after the caller's deadline; it should have timeouts
  of its own, so that a failed call can be repeated before that."
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

(def ^:private seconds
  "Times beyond this limit would overflow milliseconds."
  ["a number of seconds above 0, at most 1e10" #(and (number? %) (pos? %) (<= % 1e10))])

(def ^:private option-checks
  {:expires-after seconds
   :key           ["a function of the event" ifn?]
   :payload       ["a function of the event" ifn?]
   :store         ["a store, such as (memory)" #(satisfies? Store %)]
   :timeout       seconds})

(defn- check [options]
  (Options/check options option-checks "an idempotent handler" ::bad-option)
  (Options/need options option-checks [:key :store] ::bad-option))

(defn- refusal [type status message]
  (ex-info message {:type type, :karamon/response {:status status, :body {:message message}}}))

(def ^:private grace-ms
  "How long a call of the store may take in any case, even beyond the deadline: finished work should be stored."
  1000)

(defn- in-time
  "Returns a store that calls `store` on another thread, and throws if it doesn't return before the deadline."
  [store deadline]
  (let [await (fn [f]
                (let [answer (future {:value (f)})]
                  (try
                    (:value (Later/await answer (long (max deadline (+ (System/currentTimeMillis) grace-ms)))))
                    (catch Later$Late _
                      (throw (refusal ::store-late 503 "The store of answers doesn't respond: try again later"))))))]
    (reify Store
      (fetch [_ key] (await #(fetch store key)))
      (write! [_ key text tag] (await #(write! store key text tag))))))

;; Calls. A call is a map of `:f`, `:event`, `:ctx`, `:store`, `:key`, `:expires-after` and the `:record` that locks its key.

(defn- report! [{:keys [key]} level message e]
  (.report (karamon.log.Log/ofTheProcess) level message {:idempotency-record key} e))

(defn- pause
  "Sleeps a random time that grows with each turn, so that callers don't retry in step, but not beyond a time."
  [turn until]
  (let [ms (.nextLong (ThreadLocalRandom/current) 5 (min 1000 (bit-shift-left 20 (min turn 6))))]
    (LockSupport/parkNanos (* 1000000 (min ms (max 0 (- until (System/currentTimeMillis))))))))

(defn- uninterrupted
  "Calls `f` without the interrupt that the function may have left: its work is done, and should be stored. Restores it."
  [f]
  (let [interrupted (Thread/interrupted)]
    (try
      (f)
      (finally
        (when interrupted
          (.interrupt (Thread/currentThread)))))))

(defn- replace!
  "Writes a text over the call's record, even if the answers to earlier writes were lost. Throws if the store doesn't write it."
  [{:keys [store key record]} tag text]
  (when-not (write! store key text tag)
    (let [found (fetch store key)
          now   (record/read-record key found)]
      (cond
        (and now (not= (:owner record) (:owner now)))
        (throw (ex-info "Another call has taken over the key after this call's deadline" {:type ::taken-over}))

        (or (contains? now :answer) (= text (:text found)))
        nil

        (not (write! store key text (:tag found)))
        (throw (ex-info "The store wrote nothing" {:type ::not-written}))))))

(defn- keep!
  "Stores the text of a finished record. If the store fails, tries again until little time is left. In between it tries to store
  that the function ran, so that no call runs it again; if the store takes that, but not the answer, gives up earlier, since the
  answer may be too large. Logs an error in the end, and throws nothing: callers who get an error repeat work that is done."
  [{{:keys [deadline]} :record :as call} tag text without-answer]
  (let [failure  #(try
                    (replace! call tag %)
                    nil
                    (catch Throwable e
                      (if (karamon.text.Fatal/is e) (throw e) e)))
        give-up! #(report! call com.amazonaws.services.lambda.runtime.logging.LogLevel/ERROR
                    (str "The function ran, but its answer isn't stored: " %1) %2)]
    (loop [turn 0, tries-left nil]
      (when-let [e (failure text)]
        (cond
          (= ::taken-over (:type (ex-data e)))
          (give-up! "another call has the key, and runs the function again" e)

          (or (= 0 tries-left) (.isInterrupted (Thread/currentThread)) (< deadline (+ (System/currentTimeMillis) grace-ms)))
          (give-up! (if tries-left
                      "later calls throw an error"
                      (str "a call after " (Instant/ofEpochMilli deadline) " runs the function again"))
                    e)

          :else
          (let [tries-left (cond
                             tries-left                      (dec tries-left)
                             (nil? (failure without-answer)) 5)]
            (pause turn (- deadline grace-ms))
            (recur (inc turn) tries-left)))))))

(defn- answer
  "Returns the function's answer. If the function throws, releases the key. If the answer doesn't come in time, keeps the key
  locked, since it may still come."
  [{:keys [f event ctx store key record] :as call} tag]
  (try
    (Later/await (f event ctx) (long (:deadline record)))
    (catch Later$Late e
      (throw e))
    (catch Throwable e
      (try
        (uninterrupted #(write! store key (record/text (assoc record :state :failed)) tag))
        (catch Throwable of-the-store
          (report! call com.amazonaws.services.lambda.runtime.logging.LogLevel/WARN
            (str "The function threw, but its key isn't released: a call after " (Instant/ofEpochMilli (:deadline record))
                 " runs the function again")
            of-the-store)))
      (throw e))))

(defn- run-once
  "Runs the function and stores its answer. The call has the key since its record was written, with this tag, over the record
  `before`, if any."
  [{:keys [record expires-after] :as call} tag before]
  (when (= :running (:state before))
    (report! call com.amazonaws.services.lambda.runtime.logging.LogLevel/WARN
      (str "An earlier call had no answer by its deadline, " (Instant/ofEpochMilli (:deadline before))
           ": what it may have done is done again")
      nil))
  (let [answer         (answer call tag)
        done           (assoc record :state :done, :expires (+ (System/currentTimeMillis) (long (* 1000 expires-after))))
        without-answer (record/text (assoc done :unkept "The function ran, but the store didn't take its answer"))
        [text e]       (try
                         [(record/text (assoc done :answer answer))]
                         (catch Throwable e
                           [(record/text (assoc done :unkept (record/unkept-message e))) e]))]
    (uninterrupted #(keep! call tag text (if e text without-answer)))
    (cond
      (nil? e)                 answer
      (karamon.text.Fatal/is e) (throw e)
      :else                    (throw (ex-info (record/unkept-message e) {:type ::unkept} e)))))

(defn- run-or-wait
  "Returns the answer that the call's key has, or runs the function if it has none, or waits while another call does."
  [{:keys [store key record] :as call}]
  (loop [turn 0, before nil]
    (let [found (record/read-record key (fetch store key))
          free  (or (nil? found) (record/stale? found (System/currentTimeMillis)))]
      (cond
        ;; The write succeeded, but the store's answer was lost.
        (= (:owner record) (:owner found))
        (run-once call (:tag found) before)

        (and (not free) (not= (:payload record) (:payload found)))
        (throw (refusal ::other-payload 422 "This idempotency key was used with another payload"))

        (and (not free) (= :done (:state found)))
        (record/answer found)

        :else
        (if-let [tag (when free (write! store key (record/text record) (:tag found)))]
          (run-once call tag found)
          (let [until (- (:deadline record) 200)]
            (when (< until (System/currentTimeMillis))
              (throw (refusal ::in-progress 409 "The same request is still in progress: try again later")))
            (when-not (and free (zero? turn))
              (pause turn until))
            (recur (inc turn) (when free found))))))))

(defn idempotent
  "Returns a function of an event and a context that calls `f`, another such function, once for each key.

  * `:store` -- the store of the answers
  * `:key` -- a function of the event that returns the request's key, data; a nil key is an error
  * `:payload` -- a function of the event that returns data, which must be equal in all requests with one key (default: none)
  * `:expires-after` -- seconds for which an answer is kept, at most 1e10 (default 3600)
  * `:timeout` -- seconds that a call may take if its context has no deadline, as at the REPL (default 900)

  `f` may return its answer in a future, a promise, a CompletableFuture, a delay or a core.async channel, as a handler may. This
  waits for it until 100 milliseconds before the deadline. After that the function may still be running, so this throws
  `karamon.runtime.Later$Late` (a gateway handler answers 504), and no other call runs the function before the deadline. An
  exception in a later answer counts as thrown.

  An answer must be data. Otherwise this throws ex-info of `:type` `:karamon.idempotency/unkept`, and so do later calls: none
  runs the function again. If the store fails after the function ran, this tries again until a second before the deadline, then
  logs an error and returns the answer, because callers who get an error repeat what is done. docs/events.md has a table of what
  later calls get.

  Throws ex-info of `:type` `:karamon.idempotency/no-key`, `/other-payload`, `/in-progress` if another call is still running
  shortly before this one's deadline, or `/store-late` if the store didn't answer by then; from a gateway handler they become
  400, 422, 409 and 503. Throws `/no-data` if the key or payload isn't data or has a NaN, `/bad-record` if the store has
  something else under the key, `/bad-option` for wrong options, and the store's exceptions before the function runs."
  [options f]
  (check options)
  (let [{:keys [payload] :as options} (merge {:expires-after 3600, :timeout 900} options)]
    (fn [event ctx]
      (let [key ((:key options) event)]
        (when (nil? key)
          (throw (refusal ::no-key 400 "The request has no idempotency key")))
        (let [deadline (or (:deadline-ms ctx) (+ (System/currentTimeMillis) (long (* 1000 (:timeout options)))))]
          (run-or-wait {:f             f
                        :event         event
                        :ctx           ctx
                        :store         (in-time (:store options) deadline)
                        :key           (record/digest :key [(:function-name ctx) (record/digest :key key)])
                        :expires-after (:expires-after options)
                        :record        {:state    :running
                                        :owner    (str (random-uuid))
                                        :deadline deadline
                                        :payload  (when payload (record/digest :payload (payload event)))}}))))))
