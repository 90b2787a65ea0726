(ns karamon.lambda.logs-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.lambda :as lambda]
   [karamon.lambda.logs :as logs]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io ByteArrayOutputStream)
   (java.time Instant)
   (java.util.zip GZIPOutputStream)
   (karamon.json JsonWriter)))

(set! *warn-on-reflection* true)

(deftest logs-are-unzipped
  (is (= {:type    "DATA_MESSAGE", :log-group "/aws/lambda/shop", :log-stream "2026/01/01/[1]0", :owner "111122223333"
          :filters ["errors"]
          :events  [{:id "1", :time (Instant/parse "2026-01-01T12:00:00Z"), :message "ERROR no order 7", :fields nil}]}
         (logs/batch (local/sample :logs)))))

(deftest another-event-is-an-error
  (let [e (is (thrown-with-msg? ExceptionInfo #"^Expected a CloudWatch Logs event with :awslogs$" (logs/batch {"orderId" 7})))]
    (is (= ::lambda/other-event (:type (ex-data e))))))

(defn- gzip
  "Returns the pieces, strings, zipped together."
  ^bytes [pieces]
  (let [out (ByteArrayOutputStream.)]
    (with-open [zip (GZIPOutputStream. out)]
      (doseq [^String piece pieces] (.write zip (.getBytes piece))))
    (.toByteArray out)))

(deftest the-largest-call-of-PutLogEvents-is-unzipped
  (let [message (.repeat "\u0001" 78)
        one     {"id" (.repeat "7" 56), "timestamp" 1767268800000, "message" message, "extractedFields" {"all" message}}
        {:keys [events]} (logs/unzip (gzip [(JsonWriter/string {"logEvents" (repeat 10000 one)})]))]
    (is (= 10000 (count events)))
    (is (= message (:message (peek events)) (get-in (peek events) [:fields :all])))))

(deftest bytes-that-hold-no-batch-are-declared-errors
  (let [bad #(ex-message (is (thrown? ExceptionInfo (logs/unzip %))))]
    (testing "bytes that inflate almost without end, up to the bound only"
      (let [bomb (gzip (cons "{\"logEvents\":[" (repeat 900 (.repeat " " 1000000))))]
        (is (< (alength bomb) 1000000))
        (is (str/starts-with? (bad bomb) "Expected the zipped JSON of a batch of CloudWatch Logs, found 8"))))
    (is (str/ends-with? (bad (byte-array 3)) "found Not in GZIP format"))
    (is (str/starts-with? (bad (byte-array 0)) "Expected the zipped JSON"))
    (testing "cut off"
      (is (str/starts-with? (bad (java.util.Arrays/copyOf (gzip [(.repeat "{}" 1000)]) 20)) "Expected the zipped JSON")))
    (is (str/starts-with? (bad (gzip ["{"])) "Expected the zipped JSON"))))
