(ns karamon.idempotency-test
  (:require
   [clojure.core.async :as async]
   [clojure.test :refer [deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :refer [for-all]]
   [karamon.idempotency :as idempotency :refer [idempotent]]
   [karamon.test.calls :refer [all-at-once counted]])
  (:import
   (java.util Arrays)
   (java.util.concurrent CompletableFuture)
   (karamon.runtime Later Later$Late)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(defn- thrown [f]
  (try
    (f)
    nil
    (catch Exception e
      (assoc (ex-data e) :message (ex-message e)))))

(deftest a-key-runs-once
  (let [calls   (atom 0)
        handler (idempotent {:store (idempotency/memory), :key :id} (counted calls))]
    (is (= [1 1 2 1] (mapv #(get-in (handler {:id %} nil) [:body :calls]) ["a" "a" "b" "a"])))))

(deftest a-call-that-threw-runs-again
  (let [calls   (atom 0)
        handler (idempotent {:store (idempotency/memory), :key :id}
                  (fn [_ _] (if (= 1 (swap! calls inc)) (throw (ex-info "First" {})) @calls)))]
    (is (= "First" (:message (thrown #(handler {:id 1} nil)))))
    (is (= [2 2] [(handler {:id 1} nil) (handler {:id 1} nil)]))))

(deftest answers-expire
  (let [calls    (atom 0)
        handler  (idempotent {:store (idempotency/memory), :key :id, :expires-after 0.05} (counted calls))
        deadline (+ (System/nanoTime) 300000000000)]
    (handler {:id 1} nil)
    (while (and (= 1 @calls) (< (System/nanoTime) deadline))
      (handler {:id 1} nil))
    (is (= 2 @calls))))

(deftest later-results-and-bytes-are-stored
  (let [store (idempotency/memory)
        call  (fn [answer] ((idempotent {:store store, :key :id} (fn [_ _] answer)) {:id (str answer)} nil))]
    (doseq [answer [(CompletableFuture/completedFuture {:a 1}) (future {:a 1}) (delay (future {:a 1}))]]
      (is (= [{:a 1} {:a 1}] [(call answer) (call answer)])))
    (doseq [answer [nil false {:status 200, :headers {"X-A" "b"}, :cookies #{1}} #inst "2026-11-24"]]
      (is (= [answer answer] [(call answer) (call answer)])))
    (let [answer {:body (.getBytes "hello")}]
      (dotimes [_ 2]
        (is (Arrays/equals ^bytes (:body answer) ^bytes (:body (call answer))))))))

(deftest a-channels-value-is-stored
  (let [calls   (atom 0)
        handler (idempotent {:store (idempotency/memory), :key :id} (fn [_ _] (swap! calls inc) (async/go {:a 1})))]
    (is (= [{:a 1} {:a 1}] [(handler {:id 1} nil) (handler {:id 1} nil)]))
    (is (= 1 @calls))))

(deftest a-later-exception-is-thrown-and-not-stored
  (let [e (ex-info "First" {})]
    (doseq [[kind result] {"promise"                 #(doto (promise) (deliver e))
                           "channel"                 #(async/go e)
                           "future"                  #(future (throw e))
                           "stage"                   #(CompletableFuture/failedFuture e)
                           "a promise in a future"   #(future (doto (promise) (deliver e)))}]
      (testing kind
        (let [calls   (atom 0)
              handler (idempotent {:store (idempotency/memory), :key :id}
                        (fn [_ _] (if (= 1 (swap! calls inc)) (result) {:calls @calls})))]
          (is (= "First" (:message (thrown #(handler {:id 1} nil)))))
          (is (= {:calls 2} (handler {:id 1} nil))))))))

(def ^:private late
  "What waiting throws when the deadline comes first."
  (try (Later/await (promise) 0) (catch Later$Late e e)))

(deftest a-late-answer-leaves-the-key-locked-until-the-deadline
  (let [calls   (atom 0)
        handler (idempotent {:store (idempotency/memory), :key :id}
                  (fn [_ _] (if (= 1 (swap! calls inc)) (doto (promise) (deliver late)) {:calls @calls})))
        now     (System/currentTimeMillis)]
    (testing "before the deadline no other call runs the function"
      (is (thrown? Later$Late (handler {:id 1} {:deadline-ms (+ now 3600000)})))
      (is (= :karamon.idempotency/in-progress (:type (thrown #(handler {:id 1} {:deadline-ms now})))))
      (is (= 1 @calls)))
    (testing "after it one does"
      (reset! calls 0)
      (is (thrown? Later$Late (handler {:id 2} {:deadline-ms (dec now)})))
      (is (= {:calls 2} (handler {:id 2} {:deadline-ms (+ now 3600000)}))))))

(deftest an-answer-that-isnt-data-is-an-error-and-not-run-again
  (let [calls   (atom 0)
        handler (idempotent {:store (idempotency/memory), :key :id} (fn [_ _] (swap! calls inc) {:status 200, :body (Object.)}))]
    (dotimes [_ 2]
      (is (= {:type    :karamon.idempotency/unkept
              :message (str "The answer can't be kept for later calls: it must be data: nil, booleans, numbers, characters, "
                         "strings, keywords, symbols, bytes, UUIDs, Dates, Instants, and sequences, maps and sets of these; "
                         "found java.lang.Object (at [:answer :body])")}
             (thrown #(handler {:id 1} nil)))))
    (is (= 1 @calls))))

(deftest requests-are-distinguished-by-key-payload-and-function
  (let [handler (idempotent {:store (idempotency/memory), :key :id, :payload :amount} (fn [event _] (:amount event)))]
    (is (= 3 (handler {:id 1, :amount 3} nil)))
    (testing "one key with another payload"
      (is (= {:type :karamon.idempotency/other-payload, :status 422}
             (assoc (select-keys (thrown #(handler {:id 1, :amount 4} nil)) [:type])
                    :status (get-in (thrown #(handler {:id 1, :amount 4} nil)) [:karamon/response :status])))))
    (testing "data and bytes of other types that are equal"
      (let [one   (into {} (map #(vector (keyword (str %)) %)) (range 20))
            other (into {} (map #(vector (keyword (str %)) %)) (reverse (range 20)))
            calls (atom 0)
            call  (idempotent {:store (idempotency/memory), :key :id, :payload :body} (counted calls))]
        (call {:id #{one :k}, :body (.getBytes "hello")} nil)
        (call {:id #{:k (into (array-map) (reverse other))}, :body (.getBytes "hello")} nil)
        (call {:id {:b 2, :a 1}, :body nil} nil)
        (call {:id (array-map :a 1 :b 2), :body nil} nil)
        (is (= 2 @calls))
        (is (= :karamon.idempotency/other-payload (:type (thrown #(call {:id {:a 1, :b 2}, :body (.getBytes "x")} nil)))))
        (is (= :karamon.idempotency/no-data (:type (thrown #(call {:id (Object.)} nil)))))))
    (testing "no key"
      (is (= [:karamon.idempotency/no-key 400]
             ((juxt :type (comp :status :karamon/response)) (thrown #(handler {} nil))))))
    (testing "another function"
      (is (= 5 (handler {:id 1, :amount 5} {:function-name "other"}))))))

(defn- gone-after-the-lock
  "Returns a store that its caller can no longer reach once it has the lock, as when its machine has crashed."
  [store]
  (reify idempotency/Store
    (fetch [_ key] (idempotency/fetch store key))
    (write! [_ key text tag]
      (if tag
        (throw (ex-info "Gone" {}))
        (idempotency/write! store key text tag)))))

(deftest a-crashed-call-is-replaced-after-its-deadline
  (let [store    (idempotency/memory)
        calls    (atom 0)
        dies     (idempotent {:store (gone-after-the-lock store), :key :id} (fn [_ _] (throw (ex-info "Dies" {}))))
        handler  (idempotent {:store store, :key :id} (counted calls))
        from-now #(hash-map :deadline-ms (+ (System/currentTimeMillis) %))]
    (testing "a call with an earlier deadline throws in-progress"
      (is (= "Dies" (:message (thrown #(dies {:id 1} (from-now 3600000))))))
      (is (= [:karamon.idempotency/in-progress 409]
             ((juxt :type (comp :status :karamon/response)) (thrown #(handler {:id 1} (from-now 0)))))))
    (testing "a call with a later deadline waits, then runs"
      (is (= "Dies" (:message (thrown #(dies {:id 2} (from-now 200))))))
      (is (= {:calls 1} (:body (handler {:id 2} (from-now 3600000))))))))

(deftest wrong-options-are-errors
  (is (= "No option :kye for an idempotent handler: there are :expires-after, :key, :payload, :store, :timeout. Did you mean :key?"
         (:message (thrown #(idempotent {:kye :id} identity)))))
  (is (= "The option :store is missing: it must be a store, such as (memory)" (:message (thrown #(idempotent {:key :id} identity)))))
  (is (= "The option :expires-after must be a number of seconds above 0, at most 1e10, found 0"
         (:message (thrown #(idempotent {:store (idempotency/memory), :key :id, :expires-after 0} identity))))))

(defn- losing-answers
  "Returns a store whose answer to a write is lost if `lost?` returns true; its caller retries, as the SDK does."
  [store lost?]
  (reify idempotency/Store
    (fetch [_ key] (idempotency/fetch store key))
    (write! [_ key text tag]
      (let [written (idempotency/write! store key text tag)]
        (when-not (lost?)
          written)))))

(defspec duplicates-at-once-run-once-and-get-the-same-answer (Depth/times 200 1000)
  (for-all [keys (gen/vector (gen/choose 0 2) 1 8)
            lost (gen/vector gen/boolean 20)]
    (let [calls   (atom {})
          losses  (atom lost)
          store   (losing-answers (idempotency/memory) #(first (first (swap-vals! losses rest))))
          handler (idempotent {:store store, :key :id}
                    (fn [{:keys [id]} _] {:id id, :calls (get (swap! calls update id (fnil inc 0)) id)}))
          answers (all-at-once (for [id keys] #(handler {:id id} nil)))]
      (and (= (for [id keys] {:id id, :calls 1}) answers)
           (= (into {} (map #(vector % 1)) keys) @calls)))))
