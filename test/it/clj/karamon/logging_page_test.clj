(ns karamon.logging-page-test
  "Runs the examples of docs/logging.md and compares their output and results with those on the page."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.local :as local])
  (:import
   (com.amazonaws.services.lambda.runtime.logging LogLevel)
   (karamon.json JsonReader Keys)
   (karamon.log Log Running)))

(set! *warn-on-reflection* true)

(defn- blocks [language]
  (map second (re-seq (re-pattern (str "(?s)```" language "\n(.*?)```")) (slurp "docs/logging.md"))))

(defn- without-times [text]
  (str/replace text #"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|(?<=\"Timestamp\":)\d+" "TIME"))

(defn- pasted
  "Evaluates a chunk of the page. Returns the expected and the actual result, each a map of `:printed` and, if the page shows a
  value, `:value`."
  [chunk]
  (let [{code false, comments true} (group-by #(str/starts-with? % ";; ") (str/split-lines chunk))
        {values true, printed false} (group-by #(str/starts-with? % ";; => ") comments)
        err   (java.io.StringWriter.)
        value (binding [*err* err]
                (load-string (str/join "\n" code)))]
    [(cond-> {:printed (mapv #(without-times (subs % 3)) printed)}
       values (assoc :value (read-string (subs (first values) 6))))
     (cond-> {:printed (vec (remove str/blank? (str/split-lines (without-times (str err)))))}
       values (assoc :value value))]))

(deftest the-pages-examples-give-the-results-it-shows
  (let [chunks (mapcat #(remove str/blank? (str/split % #"\n\n(?=\()")) (blocks "clojure"))
        user   (create-ns 'user)]
    (is (< 8 (count chunks)))
    (binding [*ns* user]
      (refer-clojure)
      (doseq [chunk chunks]
        (testing chunk
          (let [[expected actual] (pasted chunk)]
            (is (= expected actual))))))))

(deftest the-pages-event-is-what-karamon-logs
  (let [shown (JsonReader/read ^String (first (blocks "json")) Keys/STRINGS)
        out   (StringBuilder.)]
    (Running/begin (local/context {:function-name "shop", :request-id (shown "AWSRequestId"), :log #(.append out ^String %)
                                   :trace-id (str "Root=" (shown "traceId") ";Sampled=1")})
                   true)
    (try
      (.write (Log. {"AWS_LAMBDA_LOG_FORMAT" "JSON"}) LogLevel/INFO "shop.core" "paid" (array-map :amount 3, :order {:id "o-7"}) nil)
      (finally (Running/end)))
    (is (= (dissoc shown "timestamp") (dissoc (JsonReader/read (str out) Keys/STRINGS) "timestamp")))))
