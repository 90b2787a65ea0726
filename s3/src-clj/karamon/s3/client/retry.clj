(ns karamon.s3.client.retry
  "Retries calls after errors that may pass. By then the SDK has tried three times, within seconds."
  (:import
   (clojure.lang ExceptionInfo)
   (java.util.concurrent ThreadLocalRandom TimeUnit)
   (java.util.concurrent.locks LockSupport)))

(set! *warn-on-reflection* true)

(defn passing?
  "Returns whether a call that threw `e` may succeed if it is made again."
  [e]
  (let [{:keys [type status]} (ex-data e)]
    (or (contains? #{:karamon.s3/slow-down :karamon.s3/unreachable :karamon.s3/conflict} type)
        (and (= :karamon.s3/failed type) (some? status) (<= 500 status)))))

(defn delay-ms
  "Returns the milliseconds to wait before the next attempt: `pause` seconds, doubled with each `attempt` after the first, at most
  a minute, times `random`, a number from 0 to 1."
  ^long [pause attempt random]
  (long (* 1000 random (min 60.0 (* pause (Math/pow 2 (dec attempt)))))))

(defn random
  "Returns a random number for `delay-ms`."
  []
  (.nextDouble (ThreadLocalRandom/current)))

(defn- sleep! [ms]
  (let [until (+ (System/nanoTime) (* 1000000 (long ms)))]
    (loop []
      (let [left (- until (System/nanoTime))]
        (when (and (pos? left) (not (Thread/interrupted)))
          (LockSupport/parkNanos (min left (.toNanos TimeUnit/SECONDS 1)))
          (recur))))))

(defn pause!
  "Waits after the `n`th attempt, counted from 1, as long as `delay-ms` says for `pause` seconds."
  [pause n]
  (sleep! (delay-ms pause n (random))))

(defn policy
  "Returns the policy of `persist` for the options `:attempts` (default 3) and `:pause` (seconds, default 1)."
  [{:keys [attempts pause] :or {attempts 3, pause 1}}]
  {:attempts attempts, :pause! (fn [_ n] (pause! pause n))})

(defn persist
  "Calls `f` up to `:attempts` times, again while it throws an error that may pass. Calls `:pause!` in between with the exception
  and the number of attempts so far. Returns the result of `f`."
  [{:keys [attempts pause!]} f]
  (loop [n 1]
    (let [[value e] (try
                      [(f)]
                      (catch ExceptionInfo e
                        (if (and (passing? e) (< n attempts))
                          [nil e]
                          (throw e))))]
      (if e
        (do
          (pause! e n)
          (recur (inc n)))
        value))))
