(ns karamon.threads-test
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.gateway :as gateway]
   [karamon.local :as local]
   [karamon.test-events :refer [event json-bytes read-json sources]]
   [karamon.test.temp :as temp])
  (:import
   (java.lang Thread$State)
   (java.util.concurrent Callable CountDownLatch Executors Future)
   (karamon.runtime Handler Handlers)))

(set! *warn-on-reflection* true)

(def ^:private threads 16)
(def ^:private requests 300)

(defn- answers
  "Returns the wrong answers to a thread's requests. Each request has its own names and values, together more names than a
  table of keys can hold."
  [^Handler handler source thread]
  (let [context (local/context {:request-id (str "r-" thread)})]
    (vec
      (for [i    (range requests)
            :let [id    (str thread "-" i)
                  reply (read-json (.handle handler
                                            (json-bytes (event source {"body" id, "headers" {(str "X-" id) id, "x-same" id}
                                                                       "requestContext" {(str "some" i) id}}))
                                            context))
                  body  (str id "|" id "|" id "|" id "|r-" thread)]
            :when (not= [200 body id] [(reply "statusCode") (reply "body") (get-in reply ["headers" "x-id"])])]
        [id reply]))))

(deftest one-handler-gives-each-thread-its-own-answers
  (let [handler (Handlers/gateway "threads"
                                  (fn [{:keys [body headers context]} ctx]
                                    (let [[_ i] (re-find #"-(\d+)" body)]
                                      {:headers {:x-id body, :content-type "text/plain"}
                                       :body    (str body "|" (:x-same headers) "|" (headers (keyword (str "x-" body))) "|"
                                                     (context (keyword (str "some-" i)) (context (keyword (str "some" i)))) "|"
                                                     (:aws-request-id ctx))}))
                                  (gateway/options {}))
        start   (CountDownLatch. 1)
        pool    (Executors/newFixedThreadPool threads)]
    (try
      (let [work (vec (for [t (range threads)]
                        (.submit pool ^Callable (fn []
                                                  (.await start)
                                                  (answers handler (nth sources (mod t (count sources))) t)))))]
        (.countDown start)
        (is (= (repeat threads []) (map #(.get ^Future %) work))))
      (finally (.shutdownNow pool)))))

(def ^:private started (CountDownLatch. 1))
(def ^:private go (CountDownLatch. 1))

(defn wait-while-loading
  "Called by a namespace while it is being loaded."
  []
  (.countDown ^CountDownLatch started)
  (.await ^CountDownLatch go))

(deftest a-thread-waits-for-a-namespace-that-another-thread-is-loading
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "ours/slow.clj" "(ns ours.slow)\n(karamon.threads-test/wait-while-loading)\n(defn late [event ctx] event)\n")
      (let [loaded (atom [])
            load!  (bound-fn [] (swap! loaded conj (try (class (Handlers/load "ours.slow/late")) (catch Throwable e e))))
            thread #(doto (Thread. (reify Runnable (run [_] (load!)))) (.start))
            first  ^Thread (thread)]
        (.await ^CountDownLatch started)
        (let [second ^Thread (thread)]
          (while (not (#{Thread$State/BLOCKED Thread$State/TERMINATED} (.getState second)))
            (Thread/onSpinWait))
          (.countDown ^CountDownLatch go)
          (.join first)
          (.join second)
          (is (= ["karamon.runtime.PlainFunction" "karamon.runtime.PlainFunction"]
                 (map #(if (class? %) (.getName ^Class %) %) @loaded))))))))
