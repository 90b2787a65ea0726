(ns karamon.s3.client.retry
  "Tries again what may go well later. The SDK has tried three times by then, within seconds."
  (:import
   (clojure.lang ExceptionInfo)
   (java.util.concurrent ThreadLocalRandom TimeUnit)
   (java.util.concurrent.locks LockSupport)))

(set! *warn-on-reflection* true)

(defn passing?
  "Tells whether an exception may be gone when its call is made again."
  [e]
  (let [{:keys [type status]} (ex-data e)]
    (or (contains? #{:karamon.s3/slow-down :karamon.s3/unreachable :karamon.s3/conflict} type)
        (and (= :karamon.s3/failed type) (some? status) (<= 500 status)))))

(defn- sleep! [seconds]
  (let [until (+ (System/nanoTime) (long (* 1e9 seconds)))]
    (loop []
      (let [left (- until (System/nanoTime))]
        (when (and (pos? left) (not (Thread/interrupted)))
          (LockSupport/parkNanos (min left (.toNanos TimeUnit/SECONDS 1)))
          (recur))))))

(defn pause!
  "Waits before the next try, the `n`th from 1: at random up to `pause` seconds, doubled with each, a minute at most."
  [pause n]
  (sleep! (* (.nextDouble (ThreadLocalRandom/current)) (min 60.0 (* pause (Math/pow 2 (dec n)))))))

(defn persist
  "Calls `f`, up to `:attempts` times (default 3), until it throws nothing that may pass; `:pause!` is called in between with the
  exception and the count of tries so far (default: waits a second at first)."
  [{:keys [attempts pause!] :or {attempts 3, pause! (fn [_ n] (pause! 1 n))}} f]
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
