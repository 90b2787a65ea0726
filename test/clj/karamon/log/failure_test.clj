(ns karamon.log.failure-test
  "Failures as log events, and exceptions that are hard to print."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)
   (com.amazonaws.services.lambda.runtime.logging LogLevel)
   (java.util HashMap)
   (java.util.logging Level Logger)
   (karamon.json JsonReader Keys)
   (karamon.log JulBridge Log Printable Printable$Copy Running Slf4jProvider)))

(set! *warn-on-reflection* true)

(def ^:private max-bytes (- 262144 26))

(def ^:private json-log {"AWS_LAMBDA_LOG_FORMAT" "JSON"})

(def ^:private nasty
  "Exceptions that are hard to print."
  {"deep data"              #(ex-info "nasty" (nth (iterate (fn [m] {:in m}) {}) 990))
   "an endless sequence"    #(ex-info "nasty" {:all (range)})
   "an endless key"         #(ex-info "nasty" (array-map (range) 1))
   "an endless lazy key"    #(ex-info "nasty" (array-map [(map inc (range))] 1))
   "data that throws"       #(ex-info "nasty" {:all (map (fn [_] (throw (IllegalStateException. "in data"))) [1])})
   "a cycle in the data"    #(let [m (HashMap.)] (.put m "self" m) (ex-info "nasty" {:m m}))
   "a cycle of causes"      #(let [a (RuntimeException. "nasty"), b (RuntimeException. "b" a)] (.initCause a b) a)
   "many causes"            #(reduce (fn [e _] (RuntimeException. "nasty" e)) nil (range 5000))
   "endless causes"         (fn make [] (proxy [RuntimeException] ["nasty"] (getCause [] (make))))
   "more data than memory"  #(ex-info "nasty" (nth (iterate (fn [x] {:all (vec (repeat 1000 x))}) {}) 9))
   "an endless atom"        #(ex-info "nasty" {:all (atom (range))})
   "a message that throws"  #(proxy [RuntimeException] ["nasty"] (getMessage [] (throw (StackOverflowError.))))
   "a trace that is nil"    #(proxy [RuntimeException] ["nasty"] (getStackTrace [] nil))
   "a long message"         #(RuntimeException. ^String (apply str "nasty" (repeat 1000000 "x")))
   "an endless one and its cause" #(ex-info "nasty" {:all (range)} (ex-info "cause" {:all (range)} (RuntimeException. "root")))
   "a nasty cause"          #(RuntimeException. "nasty" (ex-info "cause" {:all (range)}))
   "a suppressed one"       #(doto (RuntimeException. "nasty") (.addSuppressed (ex-info "other" {:all (range)})))})

(defn- reported
  "Returns the output for a failure of the log configured by `env`."
  ^String [env thrown]
  (let [out (StringBuilder.)]
    (Running/begin (local/context {:request-id "r-1", :log #(.append out ^String %)}) false)
    (try
      (.report (Log. env) LogLevel/ERROR "ours/pay failed" nil thrown)
      (finally (Running/end)))
    (str out)))

(defn- parsed
  "Parses `text`, which must be a single line."
  [^String text]
  (is (re-matches #"[^\n\r]+\n" text))
  (JsonReader/read text Keys/STRINGS))

(deftest any-failure-is-one-event
  (let [line (parsed (reported (assoc json-log "AWS_LAMBDA_LOG_LEVEL" "FATAL") (ex-info "nasty" {:order 7} (RuntimeException. "why"))))]
    (is (= ["ERROR" "ours/pay failed" "karamon" "r-1" "clojure.lang.ExceptionInfo" "nasty" {"order" 7} "why"]
           (conj (mapv line ["level" "message" "logger" "AWSRequestId" "errorType" "errorMessage" "errorData"])
                 (get-in line ["cause" "errorMessage"]))))
    (is (some #(re-find #"^karamon\.log\.failure_test" %) (line "stackTrace"))))
  (is (re-find #"^ERROR ours/pay failed \(request r-1\)\nclojure\.lang\.ExceptionInfo: nasty \{:order 7\}\n\tat "
               (reported {} (ex-info "nasty" {:order 7}))))
  (doseq [[kind make] nasty]
    (testing kind
      (let [e    (make)
            line (parsed (reported json-log e))
            text (reported {} e)]
        (is (= [(.getName (class e)) "r-1"] (map line ["errorType" "AWSRequestId"])))
        (is (str/starts-with? text (str "ERROR ours/pay failed (request r-1)\n" (.getName (class e)))))
        (is (< (count (.getBytes text "UTF-8")) max-bytes))))))

(defn- trace [^Throwable e]
  (let [out (java.io.StringWriter.)]
    (.printStackTrace e (java.io.PrintWriter. out))
    (str out)))

(deftest an-exception-that-cant-be-printed-is-replaced-by-a-printable-copy
  (doseq [[kind make] (dissoc nasty "a long message")]
    (testing kind
      (let [^Throwable e    (make)
            ^Throwable copy (Printable/of e)]
        (is (not (identical? e copy)))
        (is (= (if (instance? ExceptionInfo e) ExceptionInfo Printable$Copy) (class copy)))
        (is (< (count (trace copy)) 1000000)))))
  (let [e (RuntimeException. "plain" (ex-info "cause" {:a [1 {:b "c"}]}))]
    (is (identical? e (Printable/of e))))
  (testing "with message, data, causes and trace"
    (let [e    (RuntimeException. "nasty" (ex-info "cause" {:all (range)}))
          copy (Printable/of e)]
      (is (= ["java.lang.RuntimeException: nasty" "cause"] (map ex-message [copy (ex-cause copy)])))
      (is (= [0 1] (take 2 (get-in (ex-data (ex-cause copy)) ["cut" "all"]))))
      (is (= (seq (.getStackTrace e)) (seq (.getStackTrace ^Throwable copy)))))))

(deftest arguments-of-other-loggers-are-printed-within-bounds
  (let [logged (atom [])
        jul    (Logger/getLogger "ours.jul")
        root   (Logger/getLogger "")
        before (.getHandlers root)]
    (Running/begin (local/context {:log #(swap! logged conj %)}) false)
    (try
      (.info (.getLogger (Slf4jProvider.) "ours.slf4j") "found {} and {}" (object-array [(range) 1.5]))
      (JulBridge/install (Log. {}))
      (.log jul Level/INFO "found {0} and {1,number,#.##}" (object-array [(range) 1.525]))
      (finally
        (Running/end)
        (run! #(.removeHandler root %) (.getHandlers root))
        (run! #(.addHandler root %) before)))
    (is (= [["ours.slf4j" "1.5"] ["ours.jul" "1.52"]]
           (map #(rest (re-find #" INFO (\S+) found \(0 1 2 [^)]*…\) and (\S+)" %)) @logged)))))
