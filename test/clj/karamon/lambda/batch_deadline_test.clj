(ns karamon.lambda.batch-deadline-test
  "Records that block never hold the answer: it comes before the deadline, and reports what isn't finished."
  (:require
   [clojure.core.async :as async]
   [clojure.test :refer [deftest is testing use-fixtures]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.lambda :as lambda]
   [karamon.lambda.batches :refer [dynamodb-event fifo-event kafka-event kinesis-event sqs-event]])
  (:import
   (clojure.lang ExceptionInfo)
   (java.lang Thread$UncaughtExceptionHandler)
   (java.util.concurrent CompletableFuture CountDownLatch TimeUnit)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(use-fixtures :each (fn [run] (binding [*err* (java.io.StringWriter.)] (run))))

(def ^:private max-s
  "Seconds after which a record that should be unfinished returns, so that a test of a missed deadline fails, and ends."
  20)

(defn- await! [^CountDownLatch latch]
  (.await latch max-s TimeUnit/SECONDS))

(defn- await-uninterruptibly! [latch]
  (when-not (try (await! latch) true (catch InterruptedException _ false))
    (recur latch)))

(defn- soon
  "Returns the context of an invocation with `ms` left."
  [ms]
  {:deadline-ms (+ (System/currentTimeMillis) (long ms))})

(defn- handler [opts f]
  (lambda/batch "work" (lambda/batch-options (merge {:throw-when-all-fail false, :on-failure (fn [& _])} opts)) f))

(defn- id [{:keys [sequence-number topic partition offset] :as record}]
  (cond
    topic           {"partition" (str topic "-" partition), "offset" offset}
    (:body record)  (:id record)
    :else           sequence-number))

(defn- reported [response]
  (mapv #(get % "itemIdentifier") (get response "batchItemFailures")))

(defn- run-batch
  "Returns the reported ids and those of the begun records, of a batch in which the record `blocking` never ends."
  [event threads blocking block]
  (let [begun    (atom #{})
        released (CountDownLatch. 1)]
    (try
      {:reported (reported ((handler {:threads threads}
                                     (fn [record _]
                                       (swap! begun conj (id record))
                                       (when (= blocking (id record))
                                         (block released))))
                            event (soon 2000)))
       :begun    @begun}
      (finally (.countDown released)))))

(defn- with-outcomes
  "Returns the rows, each with the outcome of calling `f` with it added; calls `f` with all of them at once."
  [f rows]
  (mapv #(conj %1 @%2) rows (mapv #(future (f %)) rows)))

(deftest each-source-reports-the-unfinished-records-in-its-way
  (let [fifo  (fifo-event [["g" "a"] ["g" "b"] ["h" "c"] ["g" "d"]])
        kafka (kafka-event (array-map "t-0" 3 "t-1" 2))
        place (fn [partition offset] {"partition" partition, "offset" offset})]
    (doseq [[event blocking threads expected running]
            (with-outcomes (fn [[event blocking threads]] (run-batch event threads blocking await-uninterruptibly!))
              [[(sqs-event ["a" "b" "c"]) "id-b" 3 {:reported ["id-b"], :begun #{"id-a" "id-b" "id-c"}}]
               [(sqs-event ["a" "b" "c"]) "id-b" 1 {:reported ["id-b" "id-c"], :begun #{"id-a" "id-b"}}]
               [fifo "id-b" 2 {:reported ["id-b" "id-d"], :begun #{"id-a" "id-b" "id-c"}}]
               [fifo "id-b" 1 {:reported ["id-b" "id-c" "id-d"], :begun #{"id-a" "id-b"}}]
               [(kinesis-event ["k" "l" "k" "l"]) "seq-1" 2 {:reported ["seq-1"], :begun #{"seq-0" "seq-1" "seq-2"}}]
               [(kinesis-event ["k" "l" "k" "l"]) "seq-1" 1 {:reported ["seq-1"], :begun #{"seq-0" "seq-1"}}]
               [(dynamodb-event ["k" "l" "k" "l"]) "seq-1" 2 {:reported ["seq-1"], :begun #{"seq-0" "seq-1" "seq-2"}}]
               [(dynamodb-event ["k" "l" "k" "l"]) "seq-1" 1 {:reported ["seq-1"], :begun #{"seq-0" "seq-1"}}]
               [kafka (place "t-0" 1) 2 {:reported [(place "t-0" 1)]
                                         :begun    #{(place "t-0" 0) (place "t-0" 1) (place "t-1" 0) (place "t-1" 1)}}]
               [kafka (place "t-0" 1) 1 {:reported [(place "t-0" 1) (place "t-1" 0)], :begun #{(place "t-0" 0) (place "t-0" 1)}}]])]
      (testing [(keys event) blocking threads]
        (is (= expected running))))))

(deftest whatever-a-record-waits-for-it-isnt-awaited-beyond-the-deadline
  (let [ways {:blocking            await-uninterruptibly!
              :interruptible       await!
              :ended-by-interrupts #(try (await! %) (catch InterruptedException _ :done))
              :promise             (fn [_] (promise))
              :stage               (fn [_] (CompletableFuture.))
              :nested              (fn [_] (CompletableFuture/completedFuture (promise)))
              :channel             (fn [_] (async/chan))
              :future              #(future (await-uninterruptibly! %))
              :delay               #(delay (await-uninterruptibly! %))}]
    (doseq [[way threads expected found]
            (with-outcomes (fn [[way threads]] (:reported (run-batch (sqs-event ["a" "b" "c"]) threads "id-b" (ways way))))
              (mapcat (fn [way] [[way 1 ["id-b" "id-c"]] [way 3 ["id-b"]]]) (keys ways)))]
      (testing [way threads]
        (is (= expected found))))))

(deftest an-unfinished-record-is-a-failure-with-the-stack-trace-of-its-thread
  (let [failures (promise)
        released (CountDownLatch. 1)
        response ((handler {:on-failure (fn [e record _] (deliver failures [e (:id record)]))}
                           (fn [{:keys [body]} _] (when (= "b" body) (await-uninterruptibly! released))))
                  (sqs-event ["a" "b"]) (soon 2000))
        [e id]   (deref failures (* 1000 max-s) nil)]
    (.countDown released)
    (is (= ["id-b"] (reported response)))
    (is (= ["id-b" {:type ::lambda/unfinished} "The record id-b wasn't finished 100 ms before the deadline"]
           [id (ex-data e) (ex-message e)]))
    (is (some #(re-find #"await_uninterruptibly" (str %)) (.getStackTrace ^Throwable e))))
  (testing "and the cause if no record succeeds"
    (let [released (CountDownLatch. 1)
          e        (is (thrown-with-msg? ExceptionInfo #"None of the batch's 2 records succeeded, the first failed with clojure.lang.ExceptionInfo: The record id-a wasn't finished .*, 1 weren't started"
                                         ((handler {:throw-when-all-fail true} (fn [_ _] (await-uninterruptibly! released)))
                                          (sqs-event ["a" "b"]) (soon 500))))]
      (.countDown released)
      (is (= ::lambda/unfinished (:type (ex-data (ex-cause e)))))))
  (testing "whose report doesn't hold the answer either"
    (let [released (CountDownLatch. 1)
          ended    (promise)
          response ((handler {:on-failure (fn [& _] (await-uninterruptibly! released) (deliver ended true))}
                             (fn [{:keys [body]} _] (when (= "b" body) (promise))))
                    (sqs-event ["a" "b"]) (soon 2000))]
      (is (not (realized? ended)))
      (.countDown released)
      (is (= ["id-b"] (reported response)))
      (is (deref ended (* 1000 max-s) false)))))

(deftest unfinished-work-has-no-effect-on-later-invocations
  (let [released (CountDownLatch. 1)
        begun    (atom [])
        failures (atom [])
        worker   (promise)
        both     (CountDownLatch. 1)
        work     (handler {:on-failure (fn [e record _] (swap! failures conj [(:type (ex-data e)) (:id record)]) (.countDown both))}
                          (fn [{:keys [body]} _]
                            (swap! begun conj body)
                            (when (= "slow" body)
                              (deliver worker (Thread/currentThread))
                              (await-uninterruptibly! released)
                              (throw (Exception. "too late")))))]
    (is (= ["id-slow" "id-next"] (reported (work (fifo-event [["g" "first"] ["g" "slow"] ["g" "next"]]) (soon 2000)))))
    (testing "while it still runs"
      (is (= [] (reported (work (sqs-event ["other"]) nil)))))
    (await! both)
    (.countDown released)
    (.join ^Thread @worker (* 1000 (long max-s)))
    (is (not (.isAlive ^Thread @worker)))
    (is (= ["first" "slow" "other"] @begun) "its thread starts no other record")
    (is (= [[::lambda/unfinished "id-slow"]] @failures) "its exception isn't reported any more")))

(deftest a-fatal-error-after-the-answer-is-the-threads-own
  (let [released (CountDownLatch. 1)
        fatal    (OutOfMemoryError. "late")
        uncaught (promise)]
    (is (= ["id-a"] (reported ((handler {} (fn [_ _]
                                             (.setUncaughtExceptionHandler (Thread/currentThread)
                                                                           (reify Thread$UncaughtExceptionHandler
                                                                             (uncaughtException [_ _ e] (deliver uncaught e))))
                                             (await-uninterruptibly! released)
                                             (throw fatal)))
                               (sqs-event ["a"]) (soon 1000)))))
    (.countDown released)
    (is (identical? fatal (deref uncaught (* 1000 max-s) nil)))))

(deftest threads-that-still-run-are-interrupted
  (let [interrupted (promise)
        response    ((handler {} (fn [_ _]
                                   (try (await! (CountDownLatch. 1)) (catch InterruptedException e (deliver interrupted (Thread/currentThread)) (throw e)))))
                     (sqs-event ["a"]) (soon 500))
        thread      (deref interrupted (* 1000 max-s) nil)]
    (is (= ["id-a"] (reported response)))
    (is (some? thread))
    (.join ^Thread thread (* 1000 (long max-s)))
    (is (not (.isAlive ^Thread thread))))
  (testing "also when the invocation's own thread is"
    (let [begun  (CountDownLatch. 1)
          ended  (promise)
          thrown (promise)
          thread (doto (Thread. ^Runnable (fn []
                                            (deliver thrown
                                                     (try
                                                       ((handler {} (fn [_ _]
                                                                      (.countDown begun)
                                                                      (deliver ended (try (await! (CountDownLatch. 1)) (catch InterruptedException e e)))))
                                                        (sqs-event ["a"]) nil)
                                                       (catch Throwable e e)))))
                   (.start))]
      (await! begun)
      (.interrupt thread)
      (is (instance? InterruptedException (deref thrown (* 1000 max-s) nil)))
      (is (instance? InterruptedException (deref ended (* 1000 max-s) nil)))))
  (testing "an interrupt by a record doesn't reach the next one"
    (is (= ["id-a"] (reported ((handler {} (fn [{:keys [body]} _]
                                             (if (= "a" body)
                                               (do (.interrupt (Thread/currentThread)) (Thread/sleep 1))
                                               (.await (CountDownLatch. 0)))))
                               (sqs-event ["a" "b"]) nil))))
    (is (= [] (reported ((handler {} (fn [{:keys [body]} _]
                                       (if (= "a" body)
                                         (.interrupt (Thread/currentThread))
                                         (.await (CountDownLatch. 0)))))
                         (sqs-event ["a" "b"]) nil))))
    (is (not (Thread/interrupted)))))

(def ^:private cases
  (gen/let [places   (gen/vector (gen/elements ["k" "l" "m"]) 1 12)
            source   (gen/elements [:sqs :fifo :kinesis :dynamodb :kafka])
            blocking (gen/vector (gen/frequency [[1 (gen/return true)] [3 (gen/return false)]]) 12)
            threads  (gen/elements [1 2 16])]
    (let [n       (count places)
          counts  (into (sorted-map) (update-keys (frequencies places) #(str % "-0")))
          ids     (case source
                    (:sqs :fifo)         (mapv #(str "id-" %) (range n))
                    (:kinesis :dynamodb) (mapv #(str "seq-" %) (range n))
                    :kafka               (vec (for [[place n] counts, offset (range n)] {"partition" place, "offset" offset})))]
      {:source  source
       :event   (case source
                  :sqs      (sqs-event (range n))
                  :fifo     (fifo-event (map vector places (range n)))
                  :kinesis  (kinesis-event places)
                  :dynamodb (dynamodb-event places)
                  :kafka    (kafka-event counts))
       :ids     ids
       :block   (set (keep-indexed (fn [i id] (when (blocking i) id)) ids))
       :threads threads})))

(defn- sent-again
  "Returns the ids of the records that AWS sends again because of the reported ones, as a set."
  [{:keys [source ids]} reported]
  (let [from-reported (fn [ids] (drop-while (complement (set reported)) ids))]
    (set (case source
           (:sqs :fifo)         reported
           (:kinesis :dynamodb) (from-reported ids)
           :kafka               (mapcat from-reported (vals (group-by #(get % "partition") ids)))))))

(defspec no-unfinished-record-is-lost {:num-tests (Depth/times 20 200), :seed 74}
  (prop/for-all [{:keys [event block threads ids] :as batch} cases]
    (let [released (CountDownLatch. 1)
          done     (atom #{})
          response ((handler {:threads threads} (fn [record _]
                                                  (if (block (id record))
                                                    (await-uninterruptibly! released)
                                                    (swap! done conj (id record)))))
                    event (soon 150))
          again    (sent-again batch (reported response))
          finished @done]
      (.countDown released)
      (and (every? #(or (again %) (finished %)) ids)
           (every? again block)))))
