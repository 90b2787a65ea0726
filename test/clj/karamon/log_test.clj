(ns karamon.log-test
  (:require
   [clojure.core.async :as async]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.local :as local]
   [karamon.log :as log])
  (:import
   (com.amazonaws.services.lambda.runtime Context)
   (com.amazonaws.services.lambda.runtime.logging LogLevel)
   (java.util HashMap)
   (java.util.concurrent Callable ConcurrentLinkedQueue CountDownLatch Executors Future)
   (karamon.http NotHttpEvent)
   (karamon.json JsonReader Keys)
   (karamon.log Log Running)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(def ^:private max-bytes (- 262144 26))

(defn- in-invocation
  "Calls `f` in an invocation. Returns its logs."
  [opts f]
  (let [out (StringBuilder.)]
    (Running/begin (local/context (assoc opts :log #(locking out (.append out ^String %)))) (:cold-start opts false))
    (try
      (f)
      (finally (Running/end)))
    (str out)))

(defn- context-options [opts] (dissoc opts :cold-start))

(defn- write
  "Returns the output for an event of the log configured by `env`."
  (^String [env message data] (write env message data nil {:request-id "r-1"}))
  (^String [env message data thrown opts]
   (let [out (StringBuilder.)]
     (Running/begin (local/context (assoc (context-options opts) :log #(.append out ^String %))) (:cold-start opts false))
     (try
       (.write (Log. env) LogLevel/INFO "shop.core" message data thrown)
       (finally (Running/end)))
     (str out))))

(def ^:private json-log {"AWS_LAMBDA_LOG_FORMAT" "JSON"})

(defn- parsed
  "Parses `text`, which must be a single line."
  [^String text]
  (is (str/ends-with? text "\n"))
  (is (= 1 (count (re-seq #"\n|\r|\u2028|\u2029" text))) "a line")
  (JsonReader/read text Keys/STRINGS))

(deftest an-event-is-a-line-of-json-with-lambdas-and-the-callers-members
  (let [line (parsed (write json-log "paid" {:amount 3, :order/id "o-7", "Till" [1 nil true]} nil
                            {:request-id "r-1", :trace-id "Root=1-5759e988-bd86;Parent=53995c3f;Sampled=1", :tenant-id "n-1"
                             :function-name "shop", :cold-start true}))]
    (is (re-matches #"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z" (line "timestamp")))
    (is (= {"level"           "INFO"
            "message"         "paid"
            "logger"          "shop.core"
            "AWSRequestId"    "r-1"
            "tenantId"        "n-1"
            "traceId"         "1-5759e988-bd86"
            "coldStart"       true
            "functionName"    "shop"
            "functionVersion" "$LATEST"
            "amount"          3
            "order/id"        "o-7"
            "Till"            [1 nil true]}
           (dissoc line "timestamp")))))

(deftest a-name-that-exists-already-gets-an-underscore
  (is (= {"level" "INFO", "level_" 9, "message" "m", "message_" "mine", "a" 1, "a_" 2}
         (select-keys (parsed (write json-log "m" (array-map :level 9, :message "mine", :a 1, "a" 2)))
                      ["level" "level_" "message" "message_" "a" "a_"]))))

(deftest exceptions-are-logged-with-their-causes-and-data
  (let [cause  (doto (IllegalStateException. "disk\nfull") (.addSuppressed (RuntimeException. "close")))
        thrown (ex-info "not paid" {:order 7, :left ##Inf} cause)
        line   (parsed (write json-log nil nil thrown {}))]
    (is (= ["not paid" "clojure.lang.ExceptionInfo" "not paid" {"order" 7, "left" "Infinity"}]
           (map line ["message" "errorType" "errorMessage" "errorData"])))
    (is (some #(re-find #"^karamon\.log_test" %) (line "stackTrace")))
    (is (= ["java.lang.IllegalStateException" "disk\nfull" "java.lang.RuntimeException"]
           ((juxt #(% "errorType") #(% "errorMessage") #(get-in % ["suppressed" 0 "errorType"])) (line "cause"))))
    (testing "common frames are logged once"
      (is (re-find #"^\.\.\. \d+ more$" (last (get-in line ["cause" "stackTrace"])))))
    (testing "as text, with a line for each frame"
      (let [text (write {} "oops" nil thrown {:request-id "r-1"})]
        (is (re-find #"^\S+Z r-1 INFO shop\.core oops\nclojure\.lang\.ExceptionInfo: not paid \{\"order\":7,\"left\":\"Infinity\"\}\n\tat " text))
        (is (re-find #"\nCaused by: java\.lang\.IllegalStateException: disk\\nfull\n" text))
        (is (re-find #"\nSuppressed: java\.lang\.RuntimeException: close\n" text))))
    (testing "an exception that is its own cause"
      (let [a (RuntimeException. "a")
            b (RuntimeException. "b" a)]
        (.initCause a b)
        (is (= "b" (get-in (parsed (write json-log nil nil a {})) ["cause" "errorMessage"])))))))

(deftest odd-values-are-printed
  (let [itself (HashMap.)]
    (.put itself "self" itself)
    (doseq [[value expected] [[##NaN "NaN"]
                              [1/3 (/ 1.0 3)]
                              [inc #"^clojure\.core\$inc"]
                              [(reify Object (toString [_] (throw (IllegalStateException.)))) "(printing it threw java.lang.IllegalStateException)"]
                              [(reify Object (toString [_] nil)) "null"]
                              [(map #(/ 6 %) [3 0]) ["(printing it threw java.lang.ArithmeticException)"]]
                              [(java.util.Date. 0) "1970-01-01T00:00:00Z"]
                              [(byte-array [1 2]) "AQI="]
                              [(int-array [1 2]) [1 2]]
                              [#{:a/b} ["a/b"]]
                              ["a\ud800b" "a\ufffdb"]
                              ["😀" "😀"]
                              ["a\nb\u2028" "a\nb\u2028"]
                              [(.pow 10M 5000) #"^a number of \d+ bits$"]
                              [(java.util.concurrent.atomic.AtomicLong. 7) "7"]
                              [{nil 1, [1] 2} {"null" 1, "[1]" 2}]
                              [(delay (throw (Exception.))) #"^clojure\.lang\.Delay@"]
                              [(RuntimeException. "x") #(= "x" (% "errorMessage"))]
                              [itself #(= #{"self"} (set (keys %)))]
                              [(range) #(= [0 "…"] [(first %) (last %)])]
                              [(iterate vector []) #(= "…" (last %))]]
            :let [text (write json-log "odd" {:odd value})
                  odd  (get (JsonReader/read text Keys/STRINGS) "odd" ::none)]]
      (is (= 1 (count (filter #{\newline} text))))
      (is (< (count (.getBytes text "UTF-8")) max-bytes))
      (is (cond
            (instance? java.util.regex.Pattern expected) (re-find expected odd)
            (fn? expected)                               (expected odd)
            :else                                        (= expected odd))
          (str (class value) " " (subs text 0 (min 300 (count text))))))))

(deftest text-larger-than-a-log-event-is-cut-off
  (doseq [value [(apply str (repeat 400000 "é"))
                 (apply str (repeat 400000 "\u0001"))
                 (apply str (repeat 200000 "😀"))
                 (vec (repeat 1000 (vec (repeat 1000 "\"\""))))
                 (zipmap (range 1000) (repeat (apply str (repeat 1000 "x"))))
                 (byte-array 1000000)]
          env   [json-log {}]
          :let  [text (write env "big" {:big value, :after 1})]]
    (is (<= (* 1/2 max-bytes) (count (.getBytes text "UTF-8")) max-bytes))
    (is (re-find #"\"truncated\":true\}\n$|…\n$" text)))
  (testing "smaller text isn't marked as cut off"
    (is (not (re-find #"truncated" (write json-log "small" {:small 1}))))))

(deftest a-message-cant-imitate-another-event
  (is (= 1 (count (str/split-lines (write {} "a\r\n2026 ERROR forged\u0085\u2028" {:x "b\nc"})))))
  (is (re-find #" INFO shop\.core a\\r\\n2026 ERROR" (write {} "a\r\n2026 ERROR forged" {}))))

(deftest the-environment-sets-level-and-format
  (doseq [[level enabled] {nil "IWEF", "TRACE" "TDIWEF", "DEBUG" "DIWEF", "INFO" "IWEF", "warn" "WEF", "ERROR" "EF", "FATAL" "F"
                           "LOUD" "IWEF", "UNDEFINED" "IWEF"}
          :let            [log (Log. (if level {"AWS_LAMBDA_LOG_LEVEL" level} {}))]]
    (is (= enabled (apply str (for [l (rest (LogLevel/values)) :when (.isEnabled log l)] (first (str l)))))
        level))
  (doseq [[env json?] {{}                                                                 false
                       {"AWS_LAMBDA_LOG_FORMAT" "JSON"}                                   true
                       {"AWS_LAMBDA_LOG_FORMAT" "Text"}                                   false
                       {"AWS_LAMBDA_FUNCTION_NAME" "f"}                                   true
                       {"AWS_LAMBDA_FUNCTION_NAME" "f", "AWS_LAMBDA_LOG_FORMAT" "Text"}   false}]
    (is (= json? (str/starts-with? (write env "m" nil) "{")) env))
  (testing "a level that isn't enabled writes nothing"
    (is (= "" (write {"AWS_LAMBDA_LOG_LEVEL" "ERROR"} "m" nil)))))

(deftest the-macros-take-messages-data-and-exceptions
  (let [e    (RuntimeException. "why")
        text (fn [f] (str/replace (in-invocation {:request-id "r-1"} f) #"(?m)^\S+Z |^\tat .*\n" ""))]
    (is (= "r-1 INFO karamon.log-test paid\n" (text #(log/info "paid"))))
    (is (= "r-1 WARN karamon.log-test paid {\"amount\":3}\n" (text #(log/warn "paid" {:amount 3}))))
    (is (= "r-1 ERROR karamon.log-test why\njava.lang.RuntimeException: why\n" (text #(log/error e))))
    (is (= "r-1 FATAL karamon.log-test not paid\njava.lang.RuntimeException: why\n" (text #(log/fatal e "not paid"))))
    (is (= "r-1 ERROR karamon.log-test not paid {\"order\":7}\njava.lang.RuntimeException: why\n" (text #(log/error e "not paid" {:order 7}))))
    (testing "arguments in another order aren't lost"
      (is (= "r-1 ERROR karamon.log-test not paid {\"order\":7}\njava.lang.RuntimeException: why\n" (text #(log/error "not paid" {:order 7} e))))
      (is (= "r-1 INFO karamon.log-test a {\"data\":3}\n" (text #(log/info "a" 3)))))
    (testing "any value is a message"
      (is (= "r-1 INFO karamon.log-test {\"a\":1}\n" (text #(log/info {:a 1}))))
      (is (= "r-1 INFO karamon.log-test null\n" (text #(log/info nil)))))
    (testing "arguments of disabled levels aren't evaluated"
      (is (= "" (text #(do (log/debug (throw e)) (log/trace (throw e)))))))
    (is (thrown-with-msg? clojure.lang.ExceptionInfo #"No level :warning: .* Did you mean :warn\?" (log/enabled? :warning)))))

(deftest outside-of-invocations-events-are-printed-to-err
  (let [err (java.io.StringWriter.)]
    (binding [*err* err]
      (log/info "loaded" {:a 1}))
    (is (re-matches #"\S+Z INFO karamon\.log-test loaded \{\"a\":1\}\n" (str err)))))

(deftest a-logger-that-throws-doesnt-affect-the-caller
  (let [err (System/err)]
    (try
      (let [bytes (java.io.ByteArrayOutputStream.)]
        (System/setErr (java.io.PrintStream. bytes))
        (Running/begin (local/context {:log (fn [_] (throw (IllegalStateException. "full")))}) false)
        (try
          (is (nil? (log/info "x")))
          (finally (Running/end)))
        (is (re-find #"karamon: can't log an event: .*full" (str bytes))))
      (finally (System/setErr err)))))

(def ^:private threads 16)
(def ^:private invocations 100)

(defn- hop
  "Logs the request id in `ctx` on this thread and on the threads of Clojure's own constructs."
  [ctx]
  (let [id (:aws-request-id ctx)]
    (log/info "here" {:expected id})
    (let [done (promise)]
      @(future (log/info "future" {:expected id}) @(future (log/info "nested" {:expected id})))
      (dorun (pmap #(log/info "pmap" {:expected id, :n %}) [1 2]))
      (async/<!! (async/go (log/info "go" {:expected id})))
      (let [^Runnable task (bound-fn [] (log/info "bound-fn" {:expected id}) (deliver done true))]
        (.start (Thread. task)))
      @done)))

(deftest each-event-has-the-request-id-of-its-invocation-with-many-threads-at-once
  (let [lines   (ConcurrentLinkedQueue.)
        handler (fn [_ ctx] (hop ctx) (future (log/info "later" {:expected (:aws-request-id ctx)}) {:body "x"}))
        start   (CountDownLatch. 1)
        pool    (Executors/newFixedThreadPool threads)]
    (try
      (let [work (vec (for [t (range threads)]
                        (.submit pool ^Callable (fn []
                                                  (.await start)
                                                  (dotimes [i invocations]
                                                    (local/invoke handler {} {:request-id (str t "-" i), :log #(.add lines %)}))
                                                  (log/enabled? :info)))))]
        (.countDown start)
        (is (every? #(.get ^Future %) work)))
      (finally (.shutdownNow pool)))
    (is (= (* 8 threads invocations) (count lines)))
    (is (= [] (remove #(let [[_ id expected] (re-find #"^\S+Z (\S+) INFO \S+ \S+ \{\"expected\":\"([^\"]+)\"" %)]
                         (and id (= id expected)))
                      lines)))))

(deftest after-an-invocation-the-thread-has-no-request-id
  (local/invoke (fn [_ _] {}) {} {})
  (is (nil? (Running/current)))
  (is (thrown? NotHttpEvent (local/invoke (fn [_ _] {}) {"no" "event"} {})))
  (is (nil? (Running/current))))

(deftest an-older-interface-of-the-runtime-works-too
  (let [old (reify Context
              (getAwsRequestId [_] "r-1") (getFunctionName [_] "f") (getFunctionVersion [_] "1") (getLogger [_] nil)
              (getXrayTraceId [_] (throw (AbstractMethodError.)))
              (getTenantId [_] (throw (AbstractMethodError.))))
        err (java.io.StringWriter.)]
    (Running/begin old true)
    (try
      (binding [*err* err]
        (.write (Log. json-log) LogLevel/INFO nil "m" nil nil))
      (finally (Running/end)))
    (is (= "r-1" ((parsed (str err)) "AWSRequestId")))))

(defn- small [generator] (gen/scale #(min 20 %) generator))

(defspec any-value-is-one-line-of-json (Depth/times 100 1000)
  (prop/for-all [message (small gen/any)
                 data    (small (gen/map gen/any gen/any))]
    (let [text (write json-log message data)]
      (and (= 1 (count (filter #{\newline} text)))
           (<= (count (.getBytes text "UTF-8")) max-bytes)
           (= "INFO" (get (JsonReader/read text Keys/STRINGS) "level"))))))

(def ^:private json-data
  (gen/recursive-gen #(gen/one-of [(gen/vector %) (gen/map gen/string-alphanumeric %)])
                     (gen/one-of [gen/large-integer gen/boolean gen/string (gen/return nil)
                                  (gen/double* {:infinite? false, :NaN? false})])))

(defspec data-is-logged-unchanged (Depth/times 200 1000)
  (prop/for-all [data (small (gen/map (gen/fmap #(str "my-" %) gen/string-alphanumeric) json-data))]
    (= data (select-keys (JsonReader/read (write json-log "m" data) Keys/STRINGS) (keys data)))))

(defspec text-is-one-line-too (Depth/times 100 1000)
  (prop/for-all [message (small gen/any)
                 data    (small (gen/map gen/any gen/any))]
    (= 1 (count (re-seq #"\R" (write {} message data))))))
