(ns karamon.s3.md5.pace-test
  {:any-jdk true}
  (:require
   [clojure.test :refer [are deftest is testing]]
   [karamon.s3.client.retry :as retry]
   [karamon.s3.md5.pace :as pace])
  (:import
   (clojure.lang ExceptionInfo)
   (java.util.concurrent CountDownLatch TimeUnit)))

(set! *warn-on-reflection* true)

(defn- waits?
  "Returns whether another must wait, and lets it continue."
  [pace]
  (let [through (CountDownLatch. 1)
        thread  (Thread. #(do (pace/acquire! pace) (.countDown through)))]
    (.start thread)
    (loop []
      (cond
        (.await through 1 TimeUnit/MILLISECONDS)                                              false
        (#{Thread$State/WAITING Thread$State/TIMED_WAITING} (.getState thread)) (do
                                                                                  (pace/release! pace)
                                                                                  (.await through 10 TimeUnit/SECONDS))
        :else                                                                                 (recur)))))

(deftest no-more-objects-are-in-progress-than-allowed
  (let [pace (pace/pace 2 0)]
    (pace/acquire! pace)
    (is (false? (waits? pace)))
    (is (true? (waits? pace)))))

(deftest the-limit-is-halved-if-s3-says-so-and-slowly-increased-again
  (let [pace  (pace/pace 16 0)
        limit #(:limit @pace)]
    (pace/slow! pace)
    (is (= 8.0 (limit)))
    (dotimes [_ 9]
      (pace/slow! pace))
    (is (= 1.0 (limit)))
    (pace/acquire! pace)
    (is (true? (waits? pace)))
    (dotimes [_ 200]
      (pace/release! pace))
    (is (= 16.0 (limit)))))

(defn- refused [status]
  (ex-info "no" {:type (if (= 503 status) :karamon.s3/slow-down :karamon.s3/failed), :status status}))

(deftest errors-that-may-pass-are-retried
  (let [tries (atom 0)
        pause (atom [])
        ask   (fn [status good-at]
                (reset! tries 0)
                (reset! pause [])
                (retry/persist {:attempts 3, :pause! (fn [e n] (swap! pause conj [(:status (ex-data e)) n]))}
                               #(if (= good-at (swap! tries inc)) :good (throw (refused status)))))]
    (is (= :good (ask 503 3)))
    (is (= [[503 1] [503 2]] @pause))
    (is (= :good (ask 500 2)))
    (is (= 500 (:status (ex-data (is (thrown? ExceptionInfo (ask 500 4)))))))
    (is (= 3 @tries))
    (testing "and no others"
      (is (= 400 (:status (ex-data (is (thrown? ExceptionInfo (ask 400 2)))))))
      (is (= 1 @tries)))))

(deftest the-delay-doubles-with-each-attempt-up-to-a-minute
  (are [pause attempt random ms] (= ms (retry/delay-ms pause attempt random))
    1   1   1.0  1000
    1   1   0.5  500
    1   2   0.5  1000
    1   5   1.0  16000
    1   7   1.0  60000
    1   100 0.25 15000
    0.2 3   1.0  800
    0   9   1.0  0
    5   3   0.0  0))

(deftest options-make-a-policy
  (is (= [3 7] (map (comp :attempts retry/policy) [{} {:attempts 7}]))))
