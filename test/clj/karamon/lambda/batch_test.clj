(ns karamon.lambda.batch-test
  (:require
   [clojure.core.async :as async]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.lambda :as lambda :refer [defbatch]]
   [karamon.lambda.batches :refer [dynamodb-event fifo-event kafka-event kinesis-event sqs-event]]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo IHashEq)
   (java.util.concurrent CompletableFuture CountDownLatch TimeUnit)
   (java.util.concurrent.atomic AtomicLong)))

(set! *warn-on-reflection* true)

(defn- work
  "Returns the identifiers that the batch response reports, the started records, and the failed ones, in order. `bad?` returns
  whether a record fails."
  [event bad? & [opts ctx]]
  (let [begun   (atom [])
        failed  (atom [])
        handler (lambda/batch "work"
                              (lambda/batch-options (merge {:throw-when-all-fail false, :on-failure (fn [_ r _] (swap! failed conj r))} opts))
                              (fn [record _]
                                (swap! begun conj record)
                                (when (bad? record) (throw (Exception. "bad")))))]
    {:reported (map #(get % "itemIdentifier") (get (handler event ctx) "batchItemFailures"))
     :begun    @begun
     :failed   @failed}))

(defn- bad-body [& bodies] (comp (set bodies) :body))

(deftest each-failed-message-of-a-queue-is-reported
  (let [{:keys [reported begun failed]} (work (sqs-event ["a" "b" "c" "d"]) (bad-body "b" "d"))]
    (is (= ["id-b" "id-d"] reported))
    (is (= ["a" "b" "c" "d"] (map :body begun)))
    (is (= ["b" "d"] (map :body failed))))
  (is (= [] (:reported (work (sqs-event ["a" "b"]) (bad-body)))))
  (is (= [] (:reported (work {"Records" []} (bad-body)))))
  (testing "groups of a standard queue's messages have no effect"
    (is (= ["id-a"] (:reported (work (assoc-in (sqs-event ["a" "b"]) ["Records" 0 "attributes"] {"MessageGroupId" "g"})
                                     (bad-body "a")))))))

(deftest the-rest-of-a-failed-fifo-group-is-reported-and-not-started
  (let [{:keys [reported begun]} (work (fifo-event [["g" "a"] ["h" "b"] ["g" "c"] ["h" "d"] ["g" "e"]]) (bad-body "c"))]
    (is (= ["id-c" "id-e"] reported))
    (is (= ["a" "b" "c" "d"] (map :body begun)))))

(deftest the-first-failed-record-of-a-stream-is-reported-and-the-rest-not-started
  (are [event id] (let [{:keys [reported begun]} (work event (comp #{(id 2) (id 4)} :sequence-number))]
                    (and (= [(id 2)] reported)
                         (= [(id 0) (id 1) (id 2)] (map :sequence-number begun))))
    (kinesis-event ["k" "l" "k" "l" "k"])  #(str "seq-" %)
    (dynamodb-event ["k" "l" "k" "l" "k"]) #(str "seq-" %)))

(deftest the-first-failed-record-of-each-kafka-partition-is-reported
  (doseq [source ["aws:kafka" "SelfManagedKafka"]]
    (let [{:keys [reported begun]} (work (assoc (kafka-event {"t-0" 3, "t-1" 2, "u-0" 2}) "eventSource" source)
                                         #(#{["t" 0 1] ["t" 0 2] ["u" 0 0]} ((juxt :topic :partition :offset) %)))]
      (is (= #{{"partition" "t-0", "offset" 1} {"partition" "u-0", "offset" 0}} (set reported)))
      (is (= #{["t" 0 0] ["t" 0 1] ["t" 1 0] ["t" 1 1] ["u" 0 0]} (set (map (juxt :topic :partition :offset) begun)))))))

(deftest a-batch-in-which-all-fail-throws
  (let [handler (lambda/batch "all" (lambda/batch-options {:on-failure (fn [& _])})
                              (fn [{:keys [body]} _] (throw (IllegalStateException. (str "no " body)))))
        e       (is (thrown-with-msg? ExceptionInfo #"None of the batch's 2 records succeeded, the first failed with java.lang.IllegalStateException: no a"
                                      (handler (sqs-event ["a" "b"]) nil)))]
    (is (= {:type ::lambda/all-failed, :records 2} (ex-data e)))
    (is (= ["no a" "no b"] (map ex-message (cons (ex-cause e) (.getSuppressed ^Throwable e))))))
  (testing "unless an option says to report it"
    (is (= ["id-a" "id-b"] (:reported (work (sqs-event ["a" "b"]) any?)))))
  (testing "for a stream, the first failure is enough"
    (is (= {:type ::lambda/all-failed, :records 2}
           (ex-data (is (thrown? ExceptionInfo (work (kinesis-event ["k" "k"]) any? {:throw-when-all-fail true})))))))
  (testing "an empty batch hasn't failed"
    (is (= [] (:reported (work {"Records" []} any? {:throw-when-all-fail true}))))))

(deftest a-record-may-have-a-later-result
  (let [later   {"future"   #(future (deref %)), "delay" #(delay (deref %)), "stage" #(CompletableFuture/supplyAsync (reify java.util.function.Supplier (get [_] (deref %))))
                 "promise"  #(doto (promise) (deliver (try @% (catch Exception e e)))), "channel" #(async/thread (try @% (catch Exception e e)))}
        handler (lambda/batch "later" (lambda/batch-options {:on-failure (fn [& _])})
                              (fn [{:keys [body]} _]
                                (let [[kind n] (str/split body #" ")]
                                  ((later kind) (delay (if (= "1" n) (throw (Exception. "late")) :done))))))]
    (doseq [kind (keys later)]
      (is (= {"batchItemFailures" [{"itemIdentifier" (str "id-" kind " 1")}]}
             (handler (sqs-event [(str kind " 0") (str kind " 1") (str kind " 2")]) nil))
          kind))))

(deftest records-not-started-in-time-are-reported
  (let [past {:deadline-ms (- (System/currentTimeMillis) 1)}
        err  (java.io.StringWriter.)]
    (binding [*err* err]
      (is (= {:reported ["id-a" "id-b"], :begun [], :failed []} (work (sqs-event ["a" "b"]) any? {} past)))
      (is (= {:reported ["seq-0"], :begun [], :failed []} (work (kinesis-event ["k" "k"]) any? {} past))))
    (is (= (str/join (repeat 2 "WARN work: of 2 records 2 weren't started because the time was nearly up\n")) (str err)))
    (is (thrown-with-msg? ExceptionInfo #"None of the batch's 2 records succeeded, 2 weren't started because the time"
                          (work (sqs-event ["a" "b"]) any? {:throw-when-all-fail true} past))))
  (testing "so are later results that come too late"
    (let [handler (lambda/batch "never" (lambda/batch-options {:on-failure (fn [& _])}) (fn [{:keys [body]} _] (if (= "b" body) (promise) 1)))]
      (is (= {"batchItemFailures" [{"itemIdentifier" "id-b"}]}
             (handler (sqs-event ["a" "b"]) {:deadline-ms (+ 2000 (System/currentTimeMillis))}))))))

(deftest only-the-record-that-cant-be-read-fails
  (let [event (assoc-in (kinesis-event ["k" "k"]) ["Records" 1 "kinesis" "data"] "no base64!")
        seen  (work event (constantly false))]
    (is (= ["seq-1"] (:reported seen)))
    (is (= "no base64!" (get-in (:failed seen) [0 :kinesis :data])) "it is reported as sent")))

(deftest each-record-keeps-its-form-as-sent
  (let [event (kafka-event {"t-0" 1, "t-1" 2})]
    (is (= (mapcat val (event "records")) (map lambda/raw (:begun (work event (constantly false)))))))
  (let [event (sqs-event ["a" "b"])]
    (is (= (event "Records") (map lambda/raw (:begun (work event (constantly false))))))))

(deftest threads-run-concurrently-and-keep-dynamic-bindings
  (let [together (CountDownLatch. 3)
        out      (java.io.StringWriter.)
        handler  (lambda/batch "at-once" (lambda/batch-options {:threads 3})
                               (fn [{:keys [body]} _]
                                 (.countDown together)
                                 (print body)
                                 (when-not (.await together 20 TimeUnit/SECONDS) (throw (Exception. "alone")))))]
    (is (= {"batchItemFailures" []} (binding [*out* out] (handler (sqs-event ["a" "b" "c"]) nil))))
    (is (= #{\a \b \c} (set (str out))))))

(deftest an-event-that-isnt-a-batch-is-an-error
  (are [event text] (thrown-with-msg? ExceptionInfo text (work event any?))
    {"Records" [{"eventSource" "aws:s3"}]} #"A batch handler takes the records of SQS, Kinesis, DynamoDB streams and Kafka, found those of aws:s3"
    {"a" 1}                                #"found an event with the keys \[:a\]"
    "1"                                    #"found 1"))

(defn- refusal
  "Returns the type of the exception that a batch handler throws for an event, and the number of records that it began."
  [event threads]
  (let [begun (atom 0)]
    [(try
       (:karamon/returned ((lambda/batch "refusing" (lambda/batch-options {:threads threads}) (fn [_ _] (swap! begun inc))) event nil) :answered)
       (catch ExceptionInfo e (:type (ex-data e))))
     @begun]))

(deftest a-batch-that-cant-be-read-in-full-is-refused-before-any-record-begins
  (doseq [event   (concat
                    (for [source ["aws:sqs" "aws:kinesis" "aws:dynamodb" "aws:kafka" "SelfManagedKafka"]] {"eventSource" source})
                    (for [source ["aws:sqs" "aws:kinesis" "aws:dynamodb"], records [nil true 5 "x" {} {"a" {"messageId" "m"}}]]
                      {"eventSource" source, "Records" records})
                    (for [records [nil true 5 "x" [] [1] {"t-0" nil} {"t-0" 5} {"t-0" "x"} {"t-0" {}} {"t-0" [nil]} {"t-0" [5]}]]
                      {"eventSource" "aws:kafka", "records" records})
                    (for [event  [(sqs-event ["a" "b"]) (fifo-event [["g" "a"] ["h" "b"]]) (kinesis-event ["k" "l"]) (dynamodb-event ["k" "l"])]
                          record [nil true 5 "x" [] {} {"eventSource" "aws:s3", "messageId" "m"}]]
                      (assoc-in event ["Records" 1] record))
                    (for [[event path] [[(sqs-event ["a" "b"]) ["messageId"]]
                                        [(kinesis-event ["k" "l"]) ["kinesis" "sequenceNumber"]]
                                        [(kinesis-event ["k" "l"]) ["kinesis"]]
                                        [(dynamodb-event ["k" "l"]) ["dynamodb" "SequenceNumber"]]]
                          id           [nil "" 5 true {} []]]
                      (assoc-in event (into ["Records" 1] path) id))
                    (for [offset [nil "0" -1 1.5 true {}]]
                      (assoc-in (kafka-event {"t-0" 2, "u-0" 1}) ["records" "t-0" 1 "offset"] offset)))
          threads [1 4]]
    (testing [event threads]
      (is (= [::lambda/other-event 0] (refusal event threads)))))
  (testing "an empty one has been read in full"
    (doseq [event [{"Records" []} {"eventSource" "aws:sqs", "Records" []} {"eventSource" "aws:kafka", "records" {}}]]
      (is (= [:answered 0] (refusal event 1)))))
  (testing "the error says what was found, and where"
    (are [event text] (thrown-with-msg? ExceptionInfo text (work event any?))
      {"eventSource" "aws:sqs"}                              #"^The records of aws:sqs must be an array of objects with a messageId, found nil$"
      (update (sqs-event ["a"]) "Records" conj 5)            #"found 5 at Records.1$"
      (update (sqs-event ["a"]) "Records" conj {"body" "b"}) #"found the keys \[:body\] at Records.1$"
      (update (sqs-event ["a"]) "Records" conj {"eventSource" "aws:s3"}) #"found the keys \[:event-source\] of aws:s3 at Records.1$"
      (update-in (kafka-event {"t-0" 1}) ["records" "t-0"] conj {"offset" "x"}) #"must be objects with an offset, in an array for each partition, found the keys \[:offset\] at records.t-0.1$")))

(deftest messages-of-a-fifo-queue-without-a-group-stay-in-order
  (is (= ["id-b" "id-c"] (:reported (work (update (fifo-event [["g" "a"] ["g" "b"] ["g" "c"]]) "Records" (partial mapv #(dissoc % "attributes")))
                                          (bad-body "b") {:threads 3})))))

(defbatch ^:private logged "Says no." {:threads 2} [{:keys [body]} _ctx] (when (= "b" body) (throw (Exception. "no b"))))

(deftest a-failure-is-logged-and-so-is-a-failing-report
  (let [log (atom "")]
    (is (= {"batchItemFailures" [{"itemIdentifier" "id-b"}]}
           (local/invoke #'logged (sqs-event ["a" "b" "c"]) {:log #(swap! log str %), :request-id "r-1"})))
    (is (re-find #"(?s)ERROR karamon.lambda.batch-test/logged: the record id-b failed \(request r-1\)\njava.lang.Exception: no b.*\tat " @log)))
  (let [err (java.io.StringWriter.)]
    (binding [*err* err]
      (is (= ["id-a"] (:reported (work (sqs-event ["a" "b"]) (bad-body "a") {:on-failure (fn [& _] (throw (Exception. "worse")))})))))
    (is (str/includes? (str err) "ERROR work: reporting the failed record id-a failed\njava.lang.Exception: worse"))))

(deftest fatal-errors-are-rethrown
  (doseq [threads [1 4]]
    (is (thrown? OutOfMemoryError
                 ((lambda/batch "fatal" (lambda/batch-options {:threads threads}) (fn [_ _] (throw (OutOfMemoryError. "full"))))
                  (sqs-event ["a" "b"]) nil)))))

;; As deep as JSON may be; in a thread with little stack it overflows whatever reads it recursively.
(def ^:private deep (nth (iterate (fn [x] {"a" x}) "x") 900))

(defn- in-little-stack [f]
  (let [result (promise)]
    (.start (Thread. nil #(deliver result (try (f) (catch Throwable e e))) "little" (* 256 1024)))
    @result))

(deftest a-batch-is-read-in-constant-stack
  (doseq [[event reported] [[(kinesis-event [deep "k"]) ["seq-0"]]
                            [(dynamodb-event [deep "k"]) ["seq-0"]]
                            [(assoc-in (sqs-event ["a" "b"]) ["Records" 0 "eventSourceARN"] deep) ["id-a"]]
                            [(fifo-event [[deep "a"] [deep "b"] ["g" "c"]]) ["id-a" "id-b"]]]
          threads          [1 4]
          :let             [event (lambda/event event)]]
    (is (= reported
           (:reported (in-little-stack (fn []
                                         (work event
                                               (fn [record] (or (= "a" (:body record)) (= "seq-0" (:sequence-number record))))
                                               {:threads threads})))))
        (str (first reported) ", threads: " threads))))

(deftest a-record-fails-whatever-its-body-throws
  (letfn [(overflow [n] (inc (overflow n)))]
    (doseq [thrown  [#(overflow 1) #(throw (AssertionError. "no")) #(throw (NoClassDefFoundError. "x")) #(throw (ThreadDeath.))
                     #(throw (Throwable. "any")) #(future (overflow 1)) #(delay (overflow 1)) #(map overflow [1])]
            threads [1 4]]
      (is (= {"batchItemFailures" [{"itemIdentifier" "id-b"}]}
             ((lambda/batch "any" (lambda/batch-options {:threads threads, :on-failure (fn [& _])})
                            (fn [{:keys [body]} _] (when (= "b" body) (thrown))))
              (sqs-event ["a" "b" "c"]) nil)))))
  (testing "an overflow outside a record fails the invocation with a declared error"
    (let [key (reify IHashEq (hasheq [_] (throw (StackOverflowError.))))]
      (is (= {:type ::lambda/overflow}
             (ex-data (is (thrown? ExceptionInfo (work {:records [{:event-source "aws:kinesis", :kinesis {:partition-key key, :sequence-number "s"}}]}
                                                       any?)))))))))

(defn- reported-for
  "Returns what the batch response reports if the body returns `(result)` for the record b of three."
  [result]
  (map #(get % "itemIdentifier")
    (get ((lambda/batch "results" (lambda/batch-options {:on-failure (fn [& _])}) (fn [{:keys [body]} _] (when (= "b" body) (result))))
          (sqs-event ["a" "b" "c"]) nil)
         "batchItemFailures")))

(deftest the-work-of-a-lazy-result-is-done-before-its-record-is
  (let [done (atom 0)
        work #(do (swap! done inc) %)]
    (is (= [] (reported-for #(for [x (range 100)] (work x)))))
    (is (= 100 @done))
    (is (= [] (reported-for #(for [x (range 10)] (for [y (range 10)] (work [x y]))))))
    (is (= 200 @done))
    (is (= [] (reported-for #(eduction (map work) (range 100)))))
    (is (= 300 @done))
    (is (= [] (reported-for #(mapv (fn [x] (future (Thread/yield) (work x))) (range 100)))))
    (is (= 400 @done)))
  (testing "and a failure in it fails the record"
    (are [result] (= ["id-b"] (reported-for (fn [] result)))
      (map #(/ 1 %) [1 0])
      (list (map #(/ 1 %) [1 0]))
      [(future (/ 1 0))]
      (Exception. "returned")
      [:refused (Exception. "returned")]
      (future (map #(/ 1 %) [1 0]))
      (range))))

(deftype ^:private Colliding [^AtomicLong comparisons]
  IHashEq
  (hasheq [_] 1)
  Object
  (hashCode [_] 1)
  (equals [this other] (.incrementAndGet comparisons) (identical? this other)))

(deftest partition-keys-made-to-have-one-hash-arent-compared-with-each-other
  (let [comparisons (AtomicLong.)
        records     (mapv #(hash-map :event-source "aws:kinesis"
                                     :kinesis {:partition-key (Colliding. comparisons), :sequence-number (str "seq-" %), :data ""})
                          (range 1000))]
    (is (= 1000 (count (:begun (work {:records records} (constantly false) {:threads 4})))))
    (is (< (.get comparisons) 5000))))
