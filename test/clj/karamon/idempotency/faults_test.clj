(ns karamon.idempotency.faults-test
  "Stores that throw, hang, lose answers or take no large text, and calls that end at a bad moment: the work is never done twice
  without a word."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :refer [for-all]]
   [karamon.idempotency :as idempotency :refer [idempotent]]
   [karamon.local :as local]
   [karamon.test.calls :refer [all-at-once counted]])
  (:import
   (clojure.lang ExceptionInfo)
   (java.util.concurrent CountDownLatch)
   (karamon.log Running)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(defn- faulty
  "Returns a store whose operations fail as `fault` says, a function of `:fetch`, `:lock` (a write without a tag) or `:write!`,
  and its number, from 1:

  * `:before`, `:after` -- it throws, without or with the effect
  * `:lost` -- it returns nil after the effect; `:none` -- it returns nil without the effect
  * a function -- it calls that, and then has its effect"
  [store fault]
  (let [counts (atom {})
        call   (fn [operation effect]
                 (let [kind (fault operation (get (swap! counts update operation (fnil inc 0)) operation))
                       fail #(throw (ex-info "The store fails" {:type ::fault}))]
                   (case kind
                     :before (fail)
                     :after  (do (effect) (fail))
                     :lost   (do (effect) nil)
                     :none   nil
                     nil     (effect)
                     (do (kind) (effect)))))]
    (reify idempotency/Store
      (fetch [_ key] (call :fetch #(idempotency/fetch store key)))
      (write! [_ key text tag] (call (if tag :write! :lock) #(idempotency/write! store key text tag))))))

(defn- outcome [f]
  (try
    (f)
    (catch ExceptionInfo e (:type (ex-data e)))
    (catch Throwable e (class e))))

(defn- logged
  "Returns the result of `f`, and the level and the first words of each log event of its thread."
  [f]
  (let [lines (atom [])]
    (Running/begin (local/context {:log #(swap! lines conj %)}) false)
    (try
      (let [result (f)]
        [result (mapv #(re-find #"^\w+ [^:,]*" %) @lines)])
      (finally (Running/end)))))

(defn- in-ms [ms] {:deadline-ms (+ (System/currentTimeMillis) (long ms))})

(deftest an-answer-is-kept-once-the-store-works-again
  (doseq [faults [[:before] [:after] [:lost] [:none] [:before :before :before :before] [:none :none] [:after :after]
                  [:before :after] [:lost :after :none] (repeat 9 :before)]]
    (testing (vec faults)
      (let [runs    (atom 0)
            faults  (zipmap (iterate inc 1) faults)
            store   (faulty (idempotency/memory) #(when (= :write! %1) (faults %2)))
            handler (idempotent {:store store, :key :id} (counted runs))]
        (is (= [(repeat 2 {:status 200, :body {:calls 1}}) []] (logged #(doall (repeatedly 2 (fn [] (handler {:id 1} nil)))))))
        (is (= 1 @runs))))))

(deftest an-answer-that-cant-be-stored-before-the-deadline-is-returned-and-an-error-logged
  (let [runs    (atom 0)
        writes  (atom 0)
        broken? (atom true)
        handler (idempotent {:store (faulty (idempotency/memory)
                                      (fn [operation _] (when (and @broken? (= :write! operation)) (swap! writes inc) :before)))
                             :key   :id}
                  (counted runs))]
    (is (= [{:status 200, :body {:calls 1}} ["ERROR The function ran"]] (logged #(handler {:id 1} (in-ms 1500)))))
    (is (< 2 @writes) "it was tried again")
    (reset! broken? false)
    (testing "a later call waits for the deadline, and warns that it does the work again"
      (is (= [{:status 200, :body {:calls 2}} ["WARN An earlier call had no answer by its deadline"]]
             (logged #(handler {:id 1} (in-ms 3600000))))))))

(deftest an-answer-too-large-for-the-store-is-returned-and-not-run-again
  (let [runs    (atom 0)
        memory  (idempotency/memory)
        store   (reify idempotency/Store
                  (fetch [_ key] (idempotency/fetch memory key))
                  (write! [_ key text tag]
                    (when (< 1000 (count text))
                      (throw (ex-info "Item size has exceeded the maximum" {})))
                    (idempotency/write! memory key text tag)))
        answer  (str/join (repeat 1000 "x"))
        handler (idempotent {:store store, :key :id} (fn [_ _] (swap! runs inc) answer))]
    (is (= [answer ["ERROR The function ran"]] (logged #(handler {:id 1} nil))))
    (is (= [:karamon.idempotency/unkept []] (logged #(outcome (fn [] (handler {:id 1} nil))))))
    (is (= 1 @runs))))

(deftest a-store-that-hangs-holds-no-call-beyond-its-deadline
  (let [released (promise)
        hang     #(deref released)
        call     (fn [operation ms]
                   (let [runs    (atom 0)
                         store   (faulty (idempotency/memory) (fn [found _] (when (= operation found) hang)))
                         handler (idempotent {:store store, :key :id} (counted runs))]
                     (conj (logged #(outcome (fn [] (handler {:id 1} (in-ms ms))))) @runs)))]
    (try
      (testing "before the work"
        (is (= [:karamon.idempotency/store-late [] 0] (call :fetch 0)))
        (is (= [:karamon.idempotency/store-late [] 0] (call :lock 1500))))
      (testing "after it"
        (is (= [{:status 200, :body {:calls 1}} ["ERROR The function ran"] 1] (call :write! 1500)))
        (is (= [{:status 200, :body {:calls 1}} ["ERROR The function ran"] 1] (call :write! 0))))
      (finally (deliver released true)))))

(deftest a-store-that-fails-before-the-work-lets-nothing-run
  (doseq [faults [{[:fetch 1] :before} {[:lock 1] :before} {[:lock 1] :after}]]
    (let [runs    (atom 0)
          handler (idempotent {:store (faulty (idempotency/memory) #(faults [%1 %2])), :key :id} (counted runs))]
      (is (= ::fault (outcome #(handler {:id 1} nil))))
      (is (zero? @runs)))))

(deftest a-record-deleted-during-the-work-is-written-again
  (let [runs    (atom 0)
        memory  (idempotency/memory)
        handler (idempotent {:store memory, :key :id} (fn [_ _] (reset! (:texts memory) {}) (swap! runs inc)))]
    (is (= [[1 1] []] (logged #(vector (handler {:id 1} nil) (handler {:id 1} nil)))))))

(deftest a-call-that-outlives-its-deadline-doesnt-replace-the-next-calls-answer
  (let [runs    (atom 0)
        memory  (idempotency/memory)
        handler (idempotent {:store memory, :key :id}
                  (fn [event ctx]
                    (let [run (swap! runs inc)]
                      (when-let [during (:during event)] (during))
                      {:run run})))
        second  (promise)]
    (is (= [{:run 1} ["WARN An earlier call had no answer by its deadline" "ERROR The function ran"]]
           (logged #(handler {:id 1, :during (fn [] (deliver second (handler {:id 1} nil)))} (in-ms -1)))))
    (is (= [{:run 2} {:run 2}] [@second (handler {:id 1} nil)]))))

(deftest a-record-of-another-form-is-an-error-and-nothing-runs
  (doseq [text ["{:state :done, :expires 9999999999999, :answer 1}" "karamon 1 {:\"state\"" "karamon 2 n" "" "\u0000"
                "karamon 1 i5;" "karamon 1 n" "karamon 1 (i5;)" "karamon 1 {}" "karamon 1 {:\"state\":\"done\"}"
                "karamon 1 {:\"state\":\"done\":\"owner\"\"o\":\"deadline\"i1;:\"expires\"n}"
                "karamon 1 {:\"state\":\"begun\":\"owner\"\"o\":\"deadline\"i1;}"]]
    (let [runs    (atom 0)
          store   (reify idempotency/Store
                    (fetch [_ _] {:text text, :tag 1})
                    (write! [_ _ _ _] 2))
          handler (idempotent {:store store, :key :id} (counted runs))]
      (is (= :karamon.idempotency/bad-record (outcome #(handler {:id 1} nil))))
      (is (zero? @runs)))))

(deftest a-functions-exception-is-thrown-whatever-the-store-does
  (doseq [e [(ex-info "Bad" {:type ::bad}) (StackOverflowError.)]]
    (let [broken (faulty (idempotency/memory) #(when (= [:write! 1] [%1 %2]) (fn [] (throw e))))
          thrown (try ((idempotent {:store broken, :key :id} (fn [_ _] (throw e))) {:id 1} nil) (catch Throwable e e))]
      (is (identical? e thrown)))
    (let [broken (faulty (idempotency/memory) #(when (= [:write! 1] [%1 %2]) :before))
          throws #(try ((idempotent {:store broken, :key :id} (fn [_ _] (throw e))) {:id 1} nil) (catch Throwable e e))
          [thrown lines] (logged throws)]
      (is (identical? e thrown))
      (is (= ["WARN The function threw"] lines))
      (is (empty? (.getSuppressed ^Throwable thrown)) "an exception in a var would grow with each request"))))

(deftest an-interrupt-that-the-function-leaves-doesnt-lose-its-answer
  (let [runs    (atom 0)
        store   (faulty (idempotency/memory) #(when (= [:write! 1] [%1 %2]) :before))
        handler (idempotent {:store store, :key :id}
                  (fn [{:keys [fails]} _]
                    (let [run (swap! runs inc)]
                      (.interrupt (Thread/currentThread))
                      (if (= fails run) (throw (ex-info "Fails" {:type ::fails})) {:run run}))))
        call    (fn [event] [(outcome #(handler event (in-ms 5000))) (Thread/interrupted)])]
    (is (= [[{:run 1} true] [{:run 1} false]] [(call {:id 1}) (call {:id 1})]))
    (testing "nor keeps the key locked after an exception"
      (reset! runs 0)
      (is (= [[::fails true] [{:run 2} true]] [(call {:id 2, :fails 1}) (call {:id 2})])))))

(deftest times-that-overflow-are-refused-before-anything-runs
  (doseq [option [:expires-after :timeout], seconds [1e300 ##Inf ##NaN 1e11 0 -1]]
    (is (= :karamon.idempotency/bad-option
           (outcome #(idempotent {:store (idempotency/memory), :key :id, option seconds} (fn [_ _] 1))))))
  (is (= 1 ((idempotent {:store (idempotency/memory), :key :id, :expires-after 1e10, :timeout 1e10} (fn [_ _] 1)) {:id 1} nil))))

(deftest an-interrupted-call-stops-waiting
  (let [started  (CountDownLatch. 1)
        finish   (promise)
        handler  (idempotent {:store (idempotency/memory), :key :id} (fn [_ _] (.countDown started) @finish))
        first    (future (handler {:id 1} nil))
        waiting  (promise)
        waiter   (Thread. #(deliver waiting (outcome (fn [] (handler {:id 1} nil)))))]
    (try
      (.await started)
      (.start waiter)
      (.interrupt waiter)
      (is (= InterruptedException (deref waiting 60000 :still-waiting)))
      (finally (deliver finish 1)))
    (is (= 1 @first))))

(deftest an-expired-answer-is-replaced-once
  (let [store   (idempotency/memory)
        expired (idempotent {:store store, :key :id, :expires-after 0.001} (constantly :old))
        runs    (atom 0)
        handler (idempotent {:store store, :key :id} (counted runs))]
    (dotimes [id 20]
      (reset! runs 0)
      (expired {:id id} nil)
      (let [end (+ (System/currentTimeMillis) 2)]
        (while (<= (System/currentTimeMillis) end)))
      (is (= (repeat 20 {:status 200, :body {:calls 1}}) (all-at-once (repeat 20 #(handler {:id id} nil)))))
      (is (= 1 @runs)))))

(deftest a-thousand-duplicates-at-once-run-once
  (let [runs    (atom 0)
        handler (idempotent {:store (idempotency/memory), :key :id} (counted runs))]
    (is (= {{:status 200, :body {:calls 1}} 1000} (frequencies (all-at-once (repeat 1000 #(handler {:id 1} nil))))))
    (is (= 1 @runs))))

(def ^:private any-faults
  "Maps of an operation and its number to a fault."
  (let [faults (fn [operation & kinds]
                 (gen/map (gen/tuple (gen/return operation) (gen/choose 1 6)) (gen/elements kinds) {:max-elements 3}))]
    (gen/fmap #(into {} (take 5) (apply merge %))
              (gen/tuple (faults :fetch :before) (faults :lock :before :none) (faults :write! :before :after :lost :none)))))

(defspec the-work-is-done-once-with-any-faults (Depth/times 100 1000)
  (for-all [faults  any-faults
            at-once (gen/choose 1 4)]
    (let [runs    (atom 0)
          handler (idempotent {:store (faulty (idempotency/memory) #(faults [%1 %2])), :key :id} (counted runs))
          call    #(outcome (fn [] (handler {:id 1} nil)))
          answer  {:status 200, :body {:calls 1}}
          results (into (all-at-once (repeat at-once call)) (repeatedly 8 call))]
      (and (= 1 @runs)
           (= answer (last results))
           (every? #{answer ::fault :karamon.idempotency/unkept} results)))))
