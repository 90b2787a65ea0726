(ns karamon.s3.idempotency-test
  "Handlers that run once for each request, with their answers stored on S3."
  (:require
   [clojure.test :refer [deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.properties :refer [for-all]]
   [karamon.idempotency :refer [idempotent]]
   [karamon.s3.embedded :as embedded]
   [karamon.s3.idempotency :as s3-idempotency]
   [karamon.s3.scripted :as scripted]
   [karamon.test.calls :refer [all-at-once counted]]
   [karamon.test.data :as data])
  (:import
   (clojure.lang ExceptionInfo)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(defn- new-store []
  (s3-idempotency/store @embedded/client {:bucket (embedded/bucket!), :key "state/"}))

(deftest a-key-runs-once
  (let [calls   (atom 0)
        handler (idempotent {:store (new-store), :key :id} (counted calls))]
    (is (= [1 1 2 1] (mapv #(get-in (handler {:id %} nil) [:body :calls]) ["a" "a" "b" "a"])))))

(deftest concurrent-duplicates-run-once
  (let [store (new-store)]
    (dotimes [round 10]
      (let [calls   (atom 0)
            handler (idempotent {:store store, :key :id} (counted calls))]
        (is (= (repeat 8 {:status 200, :body {:calls 1}}) (all-at-once (repeat 8 #(handler {:id round} nil)))))
        (is (= 1 @calls))))))

(deftest a-missing-bucket-is-an-error
  (let [handler (idempotent {:store (s3-idempotency/store @embedded/client "s3://no-such-bucket/x"), :key :id} (fn [_ _] 1))]
    (is (= :karamon.s3/no-bucket (:type (try (handler {:id 1} nil) (catch ExceptionInfo e (ex-data e))))))))

(deftest a-thousand-duplicates-at-once-run-once
  (let [runs    (atom 0)
        handler (idempotent {:store (new-store), :key :id} (counted runs))]
    (is (= {{:status 200, :body {:calls 1}} 1000} (frequencies (all-at-once (repeat 1000 #(handler {:id 1} nil))))))
    (is (= 1 @runs))))

(defspec any-data-is-kept-as-it-is {:num-tests (Depth/times 30 300), :max-size 40, :seed 1}
  (let [store (new-store)]
    (for-all [payload data/json-any-keys
              answer  data/any-with-bytes]
      (let [runs    (atom 0)
            handler (idempotent {:store store, :key (comp vector :body), :payload :body} (fn [_ _] (swap! runs inc) answer))
            event   {:body [(random-uuid) payload]}]
        (and (= (repeat 2 (data/described answer)) (map data/described (repeatedly 2 #(handler event nil))))
             (= 1 @runs))))))

(deftest deep-answers-and-odd-names-are-kept
  (let [handler (idempotent {:store (new-store), :key :id} (fn [event _] (:answer event)))]
    (doseq [answer [{(keyword "first name") 1, (keyword "@type") 2, (keyword "") 3, (keyword "a@b") 4}
                    "\ud800 \u0000"
                    (nth (iterate vector 1) 990)]]
      (is (= [answer answer] (repeatedly 2 #(handler {:id (hash answer), :answer answer} nil)))))))

(deftest an-answer-is-kept-whatever-happens-to-its-write
  (with-open [server (scripted/start)
              client (scripted/client server {:max-attempts 1})]
    (let [bucket (scripted/bucket! server)
          store  (s3-idempotency/store client {:bucket bucket, :key "state/"})
          gone!  #(swap! (:state server) assoc-in [:buckets bucket :objects] (sorted-map))]
      (doseq [[what times fault] [["S3 is slow" 3 {:answer {:status 503, :code "SlowDown"}}]
                                  ["S3 fails" 3 {:answer {:status 500, :code "InternalError"}}]
                                  ["S3 fails after the write" 2 {:reply {:status 500, :code "InternalError"}}]
                                  ["access is denied" 2 {:answer {:status 403, :code "AccessDenied"}}]
                                  ["another write conflicts" 2 {:answer {:status 409, :code "ConditionalRequestConflict"}}]
                                  ["the connection is cut before" 2 {:cut :before}]
                                  ["the connection is cut after" 2 {:cut :after}]
                                  ["the record is deleted" 1 {:before gone!}]]]
        (testing what
          (let [runs    (atom 0)
                handler (idempotent {:store store, :key :id} (counted runs))]
            (scripted/script! server (fn [{:keys [operation nth]}]
                                       (when (and (= :put-object operation) (< 1 nth (+ 2 times))) fault)))
            (is (= (repeat 2 {:status 200, :body {:calls 1}}) (repeatedly 2 #(handler {:id what} nil))))
            (is (= 1 @runs))))))))

(deftest an-answer-is-returned-when-s3-never-answers-and-a-later-call-runs-again
  (let [released (promise)]
    (with-open [server (scripted/start)
                client (scripted/client server {:max-attempts 1})]
      (try
        (let [runs    (atom 0)
              store   (s3-idempotency/store client {:bucket (scripted/bucket! server), :key "state/"})
              handler (idempotent {:store store, :key :id} (counted runs))
              call    (fn [] [(:calls (:body (handler {:id 1} {:deadline-ms (+ (System/currentTimeMillis) 1500)}))) @runs])]
          (scripted/script! server (fn [{:keys [operation nth]}]
                                     (when (= [:put-object 2] [operation nth]) {:before #(deref released), :cut :before})))
          (is (= [1 1] (call)))
          (scripted/script! server (constantly nil))
          (is (= [2 2] (call)))
          (is (= [2 2] (call))))
        (finally (deliver released true))))))
