(ns karamon.s3.idempotency-test
  "Handlers that run once for each request, with their answers stored on S3."
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.idempotency :refer [idempotent]]
   [karamon.s3.embedded :as embedded]
   [karamon.s3.idempotency :as s3-idempotency]
   [karamon.test.calls :refer [all-at-once counted]])
  (:import
   (clojure.lang ExceptionInfo)))

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
