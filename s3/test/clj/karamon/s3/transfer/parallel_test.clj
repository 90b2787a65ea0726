(ns karamon.s3.transfer.parallel-test
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.s3.transfer.parallel :as parallel])
  (:import
   (clojure.lang ExceptionInfo)
   (java.util.concurrent CancellationException CountDownLatch)))

(set! *warn-on-reflection* true)

(defn- realizing
  "Returns a lazy sequence of the numbers from 1 to `n` that counts the realized ones in `realized`."
  [n realized]
  ((fn after [i]
     (lazy-seq
       (when (<= i n)
         (swap! realized inc)
         (cons i (after (inc i))))))
   1))

(deftest each-item-is-processed-once
  (doseq [threads [1 3 20]
          n       [0 1 10 1000]]
    (let [done (atom [])]
      (is (nil? (parallel/each! {:threads threads} (fn [x _] (swap! done conj x)) (realizing n (atom 0)))))
      (is (= (range 1 (inc n)) (sort @done))))))

(deftest no-more-items-are-realized-than-are-in-progress
  (let [realized (atom 0)
        done     (atom 0)
        ahead    (atom 0)]
    (parallel/each! {:threads 3}
                    (fn [_ _]
                      (swap! ahead max (- @realized @done))
                      (swap! done inc))
                    (realizing 500 realized))
    (is (= 500 @done))
    ;; A thread may have counted its item as done, and another not yet.
    (is (<= 1 @ahead 3))))

(deftest the-first-failure-ends-all-threads
  (let [both (CountDownLatch. 2)
        done (atom #{})]
    (is (= "first"
           (try
             (parallel/each! {:threads 2}
                             (fn [x check]
                               (swap! done conj x)
                               (.countDown both)
                               (.await both)
                               (if (= 1 x)
                                 (throw (ex-info "first" {}))
                                 (while true
                                   (check))))
                             (range 1 1000))
             (catch ExceptionInfo e
               (ex-message e)))))
    (is (= #{1 2} @done)))
  (testing "and so does a failure of the sequence"
    (is (thrown-with-msg? ExceptionInfo #"unreadable"
          (parallel/each! {:threads 2} (fn [_ _]) (lazy-seq (throw (ex-info "unreadable" {}))))))))

(deftest each-can-be-cancelled
  (let [done (atom 0)]
    (is (thrown? CancellationException
                 (parallel/each! {:threads 1, :cancelled? #(= 3 @done)} (fn [_ _] (swap! done inc)) (range 10))))
    (is (= 3 @done)))
  (testing "by an interrupt"
    (let [begun  (CountDownLatch. 1)
          result (promise)
          caller (doto (Thread. #(deliver result (try
                                                   (parallel/each! {:threads 2} (fn [_ check] (.countDown begun) (while true (check))) (range 10))
                                                   (catch InterruptedException e
                                                     e))))
                   (.start))]
      (.await begun)
      (.interrupt caller)
      (is (instance? InterruptedException (deref result 10000 :still-running))))))
