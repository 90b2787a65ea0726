(ns karamon.s3.md5.pace
  "Limits the number of objects in progress: pauses and halves it each time S3 says to slow down, and slowly increases it
  again."
  (:require
   [karamon.s3.client.retry :as retry]))

(set! *warn-on-reflection* true)

(defn pace
  "Returns a pace of up to `max-running` at once. `pause` is the seconds to wait after the first slow-down, doubled after each
  further one until something succeeds, at most a minute."
  [max-running pause]
  (atom {:max-running max-running, :limit (double max-running), :running 0, :pause pause, :slow 0, :until 0}))

(defn acquire!
  "Waits until another object may start."
  [pace]
  (locking pace
    (loop []
      (let [{:keys [limit running until]} @pace
            left                          (- until (System/nanoTime))]
        (cond
          (and (pos? until) (pos? left)) (do (.wait ^Object pace (inc (quot left 1000000))) (recur))
          (<= (long limit) running)      (do (.wait ^Object pace) (recur))
          :else                          (swap! pace update :running inc))))))

(defn release!
  "Records that an object is finished."
  [pace]
  (locking pace
    (swap! pace (fn [{:keys [limit max-running] :as now}]
                  (-> now
                      (update :running dec)
                      (assoc :slow 0, :limit (min (double max-running) (+ limit (/ 1.0 limit)))))))
    (.notifyAll ^Object pace)))

(defn slow!
  "Records that S3 said to slow down."
  [pace]
  (locking pace
    (swap! pace (fn [{:keys [limit slow pause until] :as now}]
                  (let [ms (retry/delay-ms pause (inc slow) (retry/random))]
                    (assoc now
                           :limit (max 1.0 (/ limit 2))
                           :slow  (inc slow)
                           :until (max until (+ (System/nanoTime) (* 1000000 ms)))))))))
