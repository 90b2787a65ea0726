(ns karamon.hostile-failures-test
  "Exceptions and wrong values that are hard to print, at each place that reports them: all end, in one answer and one log
  event."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing use-fixtures]]
   [karamon.etag :as etag]
   [karamon.gateway :as gateway]
   [karamon.idempotency :as idempotency]
   [karamon.lambda :as lambda]
   [karamon.lambda.authorizer :as authorizer]
   [karamon.lambda.cloudformation :as cloudformation]
   [karamon.lambda.firehose :as firehose]
   [karamon.local :as local]
   [karamon.log :as log]
   [karamon.metrics :as metrics]
   [karamon.ring :as ring]
   [karamon.test.hostile :as hostile :refer [done-in-time sampled]])
  (:import
   (clojure.lang ExceptionInfo)
   (java.util.concurrent CompletableFuture)
   (karamon.log Printable)
   (karamon.runtime ErrorReport)))

(set! *warn-on-reflection* true)

(use-fixtures :each hostile/release)

;; Slow ones last: while several of their threads wait, nothing else is printed.
(def ^:private all-values (concat hostile/values (sampled 3 hostile/slow-values)))

(defn- sampled-exceptions
  "Returns every `nth` of the exceptions, and a slow one; all at full depth."
  [nth]
  (concat (sampled nth hostile/exceptions) (sampled 5 hostile/slow-exceptions)))

(defn- invoke
  "Returns the status of the handler's answer and the number of its log events."
  [handler]
  (done-in-time #(let [logged (atom [])]
                   [(:status (local/invoke handler {} {:log (partial swap! logged conj)})) (count @logged)])))

(deftest a-gateway-handlers-exception-is-a-500-and-one-log-event
  (doseq [[kind make] (sampled-exceptions 2)]
    (testing kind
      (is (= [500 1] (invoke (fn [_ _] (throw (make))))))))
  (testing "also later, and from on-error"
    (is (= [500 1]
           (invoke (fn [_ _] (CompletableFuture/failedFuture (ex-info "nasty" {:all (range)}))))
           (invoke (with-meta (fn [_ _] (throw (Exception. "first")))
                     {:karamon/gateway (gateway/options {:on-error (fn [_ _ _] (throw (ex-info "nasty" {:all (range)})))})}))))))

(deftest a-wrong-response-is-a-500-and-one-log-event
  (doseq [[[kind make] [place respond]]
          (sampled 7
            (for [value all-values
                  place {"status" #(array-map :status %), "headers" #(array-map :headers [%]), "name" #(array-map :headers (array-map % 1))
                         "value"  #(array-map :headers (array-map :x [%])), "cookies" #(array-map :cookies [[%]])
                         "key"    #(array-map % 1), "cookie" #(array-map :cookies [{:name "a", :value %, :path "/"}])
                         "path"   #(array-map :cookies [{:name "a", :value "b", :same-site %}])}]
              [value place]))
          :when           (not (and (= "value" place) (#{"a sequence that waits" "a Java list that waits"} kind)))]
    (testing [kind place]
      (let [[status logged :as answer] (invoke (fn [_ _] (respond (make))))]
        (is (or (= [500 1] answer) (= [200 0] answer)) (pr-str status logged)))))
  (testing "too many headers and cookies"
    (is (= [500 1]
           (invoke (fn [_ _] {:headers {:x (repeat "")}}))
           (invoke (fn [_ _] {:headers {:set-cookie (repeat "a=1")}}))
           (invoke (fn [_ _] {:cookies (repeat "a=1")}))))))

(lambda/deflambda orders [event ctx]
  ((::result event) ctx))

(defn- result-of [f]
  (done-in-time #(let [handler (fn [_ ctx] (f ctx))]
                   (with-redefs [orders handler] (local/invoke #'orders {} {:log (fn [_])})))))

(deftest a-lambda-handlers-exception-reaches-lambda-printable-and-reported
  (doseq [[kind make] (sampled-exceptions 4)]
    (testing kind
      (let [thrown (result-of (fn [_] (throw (make))))]
        (is (instance? Throwable thrown))
        (is (< (alength (.json (ErrorReport/of thrown))) 2000000))
        (let [^Throwable copy (Printable/of thrown)
              out             (java.io.StringWriter.)]
          (.printStackTrace copy (java.io.PrintWriter. out))
          (is (< (count (str out)) 2000000))
          (is (not (instance? StackOverflowError copy)) "after which AWS's client ends the process"))))))

(deftest an-endless-result-is-an-error
  (is (instance? IllegalArgumentException (result-of (fn [_] (range)))))
  (is (re-find #"The JSON is too large: more than the 6291556 bytes that can be sent"
               (ex-message (result-of (fn [_] {:all (repeat "x")})))))
  (is (instance? IllegalArgumentException (result-of (fn [_] (hostile/nested 100000)))))
  (is (instance? IllegalArgumentException (result-of (fn [_] (hostile/->Order 1 (range)))))))

(deftest a-later-result-that-never-becomes-a-value-is-an-error-of-its-invocation
  (doseq [[kind make] {"a promise of itself"            #(let [p (promise)] (deliver p p) p)
                       "two promises of each other"     #(let [p (promise), q (promise)] (deliver p q) (deliver q p) p)
                       "a CompletableFuture of itself"  #(let [f (CompletableFuture.)] (.complete f f) f)
                       "endless delays"                 (fn later [] (delay (later)))
                       "endless futures of the handler" (fn later [] (doto (promise) (deliver (delay (later)))))}]
    (testing kind
      (is (= [500 1] (invoke (fn [_ _] (make)))))
      (is (re-find #"later result whose value is a later result" (ex-message (result-of (fn [_] (make))))))
      (is (re-find #"later result whose value is a later result"
                   (ex-message (done-in-time #((idempotency/idempotent {:store (idempotency/memory), :key (constantly 1)} (fn [_ _] (make))) {} {})))))
      (is (re-find #"later result whose value is a later result" (ex-message (done-in-time #((ring/app (fn [_ _] (make))) {:uri "/"}))))))))

(defn- batch-of [n]
  {"Records" (vec (for [i (range n)] {"eventSource" "aws:sqs", "messageId" (str "m-" i), "body" "x"}))})

(deftest a-batchs-failures-are-reported-each-in-one-log-event
  (doseq [[kind make] (sampled-exceptions 4)]
    (testing kind
      (let [logged  (atom [])
            fail    (fn [{:keys [id]} _] (when (= "m-0" id) (throw (make))))
            handler (lambda/batch "ours/settle" {} fail)]
        (is (= {"batchItemFailures" [{"itemIdentifier" "m-0"}]}
               (done-in-time #(with-redefs [orders handler] (local/invoke #'orders (batch-of 2) {:log (partial swap! logged conj)})))))
        (is (= 1 (count @logged))))
      (let [handler (lambda/batch "ours/settle" {} (fn [_ _] (throw (make))))
            thrown  (done-in-time #(handler (lambda/event (batch-of 2)) {}))]
        (is (= :karamon.lambda/all-failed (:type (ex-data thrown))))
        (is (< (count (ex-message thrown)) 300000))))))

(deftest a-ring-apps-failure-is-a-500
  (doseq [[kind make] (into (select-keys hostile/exceptions ["data with an endless sequence" "a cycle of causes" "a message that throws"])
                            (select-keys hostile/slow-exceptions ["a cause that waits"]))]
    (testing kind
      (is (= [500 1]
             (invoke (ring/handler (fn [_] (throw (make)))))
             (invoke (ring/handler (fn [_ _ raise] (raise (make))) {:async true}))))
      (is (instance? Throwable (done-in-time #((ring/app (fn [_ _] (throw (make)))) {:uri "/"})))))))

(deftest any-field-of-a-log-event-is-one-line
  (doseq [[kind make] (sampled 3 all-values)]
    (testing kind
      (is (= [200 4]
             (invoke (fn [_ _]
                       (log/info (make))
                       (log/info "x" {:field (make)})
                       (log/info "x" (make))
                       (log/error (ex-info "x" {:data (make)}) "x")
                       {})))))))

(deftest a-failed-answer-of-an-idempotent-handler-is-an-error
  (doseq [[kind make] (sampled 3 (remove (comp #{"a sequence that waits" "a Java list that waits"} key) all-values))
          [place options f] [["answer" {:key (constantly 1)} (fn [_ _] {:body (make)})]
                             ["key" {:key (fn [_] (make))} (constantly {})]
                             ["payload" {:key (constantly 1), :payload (fn [_] (make))} (constantly {})]]]
    (testing [kind place]
      (let [result (done-in-time #((idempotency/idempotent (assoc options :store (idempotency/memory)) f) {} {}))]
        (is (or (map? result)
                (and (#{:karamon.idempotency/unkept :karamon.idempotency/no-data} (:type (ex-data result)))
                     (< (count (ex-message result)) 1500))))))))

(def ^:private calls-with-options
  "Calls that check what a caller gave them."
  {"gateway/options"    gateway/options
   ":raw"               #(gateway/options {:raw %})
   ":source"            #(gateway/options {:source %})
   ":prime"             #(gateway/options {:prime %})
   ":base-path"         #(gateway/options {:base-path %})
   "a key"              #(gateway/options (array-map % 1))
   "batch-options"      lambda/batch-options
   ":threads"           #(lambda/batch-options {:threads %})
   "lambda/options"     lambda/options
   "ring/handler"       #(ring/handler identity {:async %})
   "idempotent"         #(idempotency/idempotent % identity)
   ":store"             #(idempotency/idempotent {:store %, :key identity} identity)
   "a level"            log/enabled?
   "a metric"           #(metrics/embedded % {:namespace "A"})
   "a metric's name"    #(metrics/embedded (array-map % 1) {:namespace "A"})
   "a metric's options" #(metrics/embedded {:a 1} %)
   "a namespace"        #(metrics/embedded {:a 1} {:namespace %})
   "a unit"             #(metrics/embedded {:a {:value 1, :unit %}} {:namespace "A"})
   "a resolution"       #(metrics/embedded {:a {:value 1, :resolution %}} {:namespace "A"})
   "a dimension"        #(metrics/embedded {:a 1} {:namespace "A", :dimensions {:stage [%]}})
   "an ETag's layout"   #(etag/etag (byte-array 1) {:layout [[%]]})
   "a checksum"         #(etag/etags (byte-array 1) {:checksums [%]})
   "ETags' options"     #(etag/etags (byte-array 1) %)
   "an event's source"  #(local/event {:source %})
   "a request's key"    #(local/event (array-map % 1))
   "a context's key"    #(local/context (array-map % 1))
   "a sample"           local/sample
   "a policy"           #(authorizer/allow "me" "arn" %)
   "a policy's context" #(authorizer/allow "me" "arn" {:context {:a [%]}})
   "a stack's answer"   #(cloudformation/response {} [%])
   "a firehose result"  #(firehose/response [{:result [%]}])
   "a batch"            #((lambda/batch "b" {} identity) [%] {})})

(deftest a-wrong-option-is-an-error-whose-message-is-short
  (doseq [[[kind make] [place call]] (sampled 13 3 (for [value all-values, place calls-with-options] [value place]))
          ;; What these are given is code of the caller, which runs before it can be known to be wrong.
          :when        (not (and (#{"a metric" "a checksum"} place) (or (hostile/slow-values kind) (= "a sequence too deep" kind))))]
    (testing [kind place]
      (let [result (done-in-time #(call (make)))]
        (is (not= :hangs result))
        (when (instance? Throwable result)
          (is (not (instance? VirtualMachineError result)))
          (is (< (count (ex-message result)) 3000)))))))
