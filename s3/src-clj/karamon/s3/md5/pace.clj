(ns karamon.s3.md5.pace
  "How many objects are worked at once: half as many, and after a pause, each time S3 says to slow down; slowly more again while
  it doesn't."
  (:require
   [karamon.s3.client.retry :as retry]))

(set! *warn-on-reflection* true)

(defn pace
  "Returns a pace of up to `most` at once. `pause` is the seconds waited after the first slow-down, doubled with each that
  follows before anything succeeds, a minute at most."
  [most pause]
  (atom {:most most, :limit (double most), :running 0, :pause pause, :slow 0, :until 0}))

(defn acquire!
  "Waits until another may be worked on."
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
  "Says that one was worked on."
  [pace]
  (locking pace
    (swap! pace (fn [{:keys [limit most] :as now}]
                  (-> now
                      (update :running dec)
                      (assoc :slow 0, :limit (min (double most) (+ limit (/ 1.0 limit)))))))
    (.notifyAll ^Object pace)))

(defn slow!
  "Says that S3 said to slow down."
  [pace]
  (locking pace
    (swap! pace (fn [{:keys [limit slow pause until] :as now}]
                  (let [ms (retry/delay-ms pause (inc slow) (retry/random))]
                    (assoc now
                           :limit (max 1.0 (/ limit 2))
                           :slow  (inc slow)
                           :until (max until (+ (System/nanoTime) (* 1000000 ms)))))))))
