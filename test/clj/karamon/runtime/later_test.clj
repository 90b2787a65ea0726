(ns karamon.runtime.later-test
  "Later results, with the invocation's deadline as the limit."
  (:require
   [clojure.core.async :as async]
   [clojure.test :refer [deftest is testing]]
   [karamon.gateway :as gateway]
   [karamon.local :as local]
   [karamon.test-events :refer [read-json]])
  (:import
   (java.util.concurrent Callable CompletableFuture FutureTask)
   (karamon.runtime Handlers)))

(set! *warn-on-reflection* true)

(defn- invoke
  "Invokes a handler that returns `result`; returns the status, the body and the first line of each log."
  ([result] (invoke result {}))
  ([result opts]
   (let [logged  (atom [])
         handler (Handlers/gateway "handler" (fn [_ _] result) (gateway/options {}))
         reply   (read-json (local/invoke-bytes handler (local/event {}) (assoc opts :request-id "r-1" :log #(swap! logged conj %))))]
     [(get reply "statusCode") (get reply "body") @logged])))

(def ^:private response {:status 201, :body "x"})

(deftest results-may-come-later
  (doseq [[kind result] {"CompletableFuture"          (CompletableFuture/completedFuture response)
                         "one that another completes" (CompletableFuture/supplyAsync (fn [] response))
                         "promise"                    (doto (promise) (deliver response))
                         "future"                     (future response)
                         "delay"                      (delay response)
                         "FutureTask"                 (doto (FutureTask. ^Callable (fn [] response)) .run)
                         "channel"                    (async/go response)
                         "channel with a buffer"      (doto (async/chan 1) (async/put! response))
                         "one in another"             (delay (future (CompletableFuture/completedFuture response)))
                         "a channel in a future"      (future (async/go response))
                         "none"                       response}]
    (testing kind
      (is (= [201 "x" []] (invoke result))))))

(defn plain "A plain function." [_ _] (async/go {:a 1}))

(deftest a-plain-functions-result-may-be-a-channel
  (is (= {"a" 1} (local/invoke #'plain {"Records" []}))))

(deftest a-result-that-comes-too-late-is-a-504-and-logged
  (doseq [[kind result] {"CompletableFuture" (CompletableFuture.)
                         "promise"           (promise)
                         "future"            (FutureTask. ^Callable (fn []))
                         "channel"           (async/chan)
                         "one in another"    (delay (promise))}]
    (testing kind
      (let [[status body [text :as logged]] (invoke result {:timeout-ms 200})]
        (is (= [504 "{\"message\":\"Gateway timeout\",\"requestId\":\"r-1\"}"] [status body]))
        (is (= 1 (count logged)))
        (is (re-find #"ERROR handler failed \(request r-1\)" text))
        (is (re-find #"didn't come within the \d+ ms" text))))))

(deftest no-time-left-doesnt-hang
  (is (= 504 (first (invoke (promise) {:timeout-ms 0}))))
  (is (= 201 (first (invoke (doto (promise) (deliver response)) {:timeout-ms 0})))))

(deftest a-later-failure-is-handled-like-a-thrown-one
  (let [teapot (ex-info "no" {:karamon/response {:status 418}})]
    (doseq [[kind result] {"CompletableFuture"  (CompletableFuture/failedFuture teapot)
                           "one run elsewhere"  (CompletableFuture/supplyAsync (fn [] (throw teapot)))
                           "future"             (future (throw teapot))
                           "delay"              (delay (throw teapot))
                           "promise of one"     (doto (promise) (deliver teapot))
                           "channel of one"     (async/go teapot)}]
      (testing kind
        (is (= [418 nil []] (invoke result))))))
  (testing "the log has the cause itself"
    (let [[status _ [text]] (invoke (future (throw (IllegalStateException. "broken"))))]
      (is (= 500 status))
      (is (re-find #"\njava.lang.IllegalStateException: broken" text))))
  (testing "cancelled"
    (is (= 500 (first (invoke (doto (CompletableFuture.) (.cancel true))))))))

(deftest a-later-result-that-isnt-a-response-is-a-500
  (doseq [result [nil "x" (delay nil) (future "x") (doto (async/chan) async/close!)]]
    (let [[status _ [text]] (invoke result)]
      (is (= 500 status))
      (is (re-find #"A gateway handler must return a map" text)))))
