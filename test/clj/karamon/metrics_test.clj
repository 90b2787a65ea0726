(ns karamon.metrics-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.local :as local]
   [karamon.metrics :as metrics])
  (:import
   (karamon.json JsonReader Keys)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(def ^:private units
  #{"Seconds" "Microseconds" "Milliseconds" "Bytes" "Kilobytes" "Megabytes" "Gigabytes" "Terabytes" "Bits" "Kilobits" "Megabits"
    "Gigabits" "Terabits" "Percent" "Count" "Bytes/Second" "Kilobytes/Second" "Megabytes/Second" "Gigabytes/Second"
    "Terabytes/Second" "Bits/Second" "Kilobits/Second" "Megabits/Second" "Gigabits/Second" "Terabits/Second" "Count/Second" "None"})

(defn- text? [max-length x] (and (string? x) (<= 1 (count x) max-length)))

(defn- problems
  "Returns the rules of the format's specification that the document breaks:
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html"
  [document]
  (let [{:strs [Timestamp CloudWatchMetrics] :as aws} (document "_aws")
        {:strs [Namespace Dimensions Metrics] :as directive} (first CloudWatchMetrics)
        value-of (fn [metric] (document (metric "Name")))]
    (for [[rule kept?] {"metadata has no other members"      (= #{"Timestamp" "CloudWatchMetrics"} (set (keys aws)))
                        "the time is milliseconds"           (and (int? Timestamp) (< 1000000000000 Timestamp 9999999999999))
                        "a directive"                        (= 1 (count CloudWatchMetrics))
                        "directives have no other members"   (= #{"Namespace" "Dimensions" "Metrics"} (set (keys directive)))
                        "a namespace"                        (text? 1024 Namespace)
                        "at least one set of dimensions"      (seq Dimensions)
                        "at most 30 dimensions"              (every? #(<= (count %) 30) Dimensions)
                        "dimensions are texts"               (every? #(and (text? 250 %) (text? 1024 (document %))) (apply concat Dimensions))
                        "at most 100 metrics"                (<= 1 (count Metrics) 100)
                        "each occurs once"                   (apply distinct? (map #(% "Name") Metrics))
                        "metrics have no other members"      (every? #(every? #{"Name" "Unit" "StorageResolution"} (keys %)) Metrics)
                        "their names"                        (every? #(text? 1024 (% "Name")) Metrics)
                        "their units"                        (every? #(units (get % "Unit" "None")) Metrics)
                        "their resolutions"                  (every? #(#{1 60} (get % "StorageResolution" 60)) Metrics)
                        "values are numbers, or at most 100" (every? #(let [v (value-of %)]
                                                                        (or (number? v) (and (vector? v) (<= 1 (count v) 100) (every? number? v))))
                                                                     Metrics)}
          :when (not kept?)]
      rule)))

(defn- documents [metrics options]
  (for [^bytes line (metrics/embedded metrics options)]
    (do (is (<= (alength line) 262144))
        (is (= [(dec (alength line))] (keep-indexed #(when (= 10 %2) %1) line)))
        (JsonReader/read line Keys/STRINGS))))

(deftest metrics-are-a-line-in-the-embedded-format
  (let [[document & more] (documents {:orders 1, "latency" {:value [12.5 3], :unit :milliseconds, :resolution 1}}
                                     {:namespace "Shop", :dimensions {:stage :prod, "till" 7}, :properties {:order {:id 7}, :odd ##NaN}})]
    (is (nil? more))
    (is (= [] (problems document)))
    (is (= {"_aws"    {"CloudWatchMetrics" [{"Namespace"  "Shop"
                                             "Dimensions" [["stage" "till"]]
                                             "Metrics"    [{"Name" "orders"}
                                                           {"Name" "latency", "Unit" "Milliseconds", "StorageResolution" 1}]}]}
            "stage"   "prod"
            "till"    "7"
            "orders"  1
            "latency" [12.5 3]
            "order"   {"id" 7}
            "odd"     "NaN"}
           (update document "_aws" dissoc "Timestamp")))))

(deftest metrics-are-counted-by-each-set-of-dimensions
  (let [[document] (documents {:orders 1} {:namespace "Shop", :dimensions [{} {:stage "prod"} {:stage "prod", :till "7"}]})]
    (is (= [] (problems document)))
    (is (= [[] ["stage"] ["stage" "till"]] (get-in document ["_aws" "CloudWatchMetrics" 0 "Dimensions"]))))
  (is (= [[]] (get-in (first (documents {:orders 1} {:namespace "Shop"})) ["_aws" "CloudWatchMetrics" 0 "Dimensions"]))))

(deftest every-unit-of-cloudwatch-has-a-keyword
  (let [keywords (map #(keyword (str/lower-case %)) units)
        named    (for [k keywords]
                   (get-in (first (documents {:m {:value 1, :unit k}} {:namespace "Shop"})) ["_aws" "CloudWatchMetrics" 0 "Metrics" 0 "Unit"]))]
    (is (= 27 (count units)))
    (is (= units (set named)))))

(deftest a-line-has-its-invocations-ids
  (let [lines (atom [])]
    (local/invoke (fn [_ _] (metrics/add! {:orders 1} {:namespace "Shop"}) {})
                  {} {:request-id "r-1", :trace-id "Root=1-2;Sampled=1", :log #(swap! lines conj %)})
    (is (= 1 (count @lines)))
    (is (= ["r-1" "1-2"] (map (JsonReader/read ^String (first @lines) Keys/STRINGS) ["AWSRequestId" "traceId"])))))

(deftest metrics-that-cloudwatch-would-refuse-are-errors
  (doseq [[type message metrics options]
          [[:bad-namespace #"Metrics need a namespace .* found nil" {:a 1} {}]
           [:bad-namespace #"found \":a\"" {:a 1} {:namespace ":a"}]
           [:bad-option #"No option :dimension for metrics: .* Did you mean :dimensions\?" {:a 1} {:namespace "S", :dimension {}}]
           [:bad-option #"No option :units for the metric a" {:a {:value 1, :units :count}} {:namespace "S"}]
           [:bad-unit #"No unit :millisecond for the metric a: .* Did you mean :milliseconds\?" {:a {:value 1, :unit :millisecond}} {:namespace "S"}]
           [:bad-value #"A value of the metric a must be a finite number within 2\^360, found ##NaN" {:a ##NaN} {:namespace "S"}]
           [:bad-value #"found nil" {:a nil} {:namespace "S"}]
           [:bad-value #"found \"1\"" {:a "1"} {:namespace "S"}]
           [:bad-value #"found 1.0E200" {:a 1e200} {:namespace "S"}]
           [:bad-value #"has no values" {:a []} {:namespace "S"}]
           [:bad-value #"resolution of the metric a must be 1 or 60" {:a {:value 1, :resolution 5}} {:namespace "S"}]
           [:bad-name #"found \"_aws\"" {"_aws" 1} {:namespace "S"}]
           [:bad-name #"found \"\"" {"" 1} {:namespace "S"}]
           [:bad-name #"1 to 1024 characters" {(apply str (repeat 1025 "a")) 1} {:namespace "S"}]
           [:bad-name #"The name a is used twice" {:a 1} {:namespace "S", :dimensions {:a "x"}}]
           [:bad-name #"The name a is used twice" {:a 1, "a" 2} {:namespace "S"}]
           [:bad-name #"The name b is used twice" {:a 1} {:namespace "S", :dimensions [{:b 1} {:b 2}]}]
           [:bad-value #"The dimension b must have 1 to 1024 printable ASCII characters, found \"\"" {:a 1} {:namespace "S", :dimensions {:b ""}}]
           [:bad-value #"found \"é\"" {:a 1} {:namespace "S", :dimensions {:b "é"}}]
           [:too-many-dimensions #"at most 30 dimensions, found 31" {:a 1} {:namespace "S", :dimensions (zipmap (map str (range 31)) (range))}]
           [:too-large #"don't fit" {:a 1} {:namespace "S", :properties {:p (apply str (repeat 300000 "x"))}}]]]
    (let [thrown (try (doall (metrics/embedded metrics options)) (catch clojure.lang.ExceptionInfo e e))]
      (testing [metrics options]
        (is (instance? clojure.lang.ExceptionInfo thrown))
        (is (= (keyword "karamon.metrics" (name type)) (:type (ex-data thrown))))
        (is (re-find message (str (ex-message thrown))))))))

(deftest an-invalid-metric-writes-nothing
  (let [lines (atom [])]
    (local/invoke (fn [_ _]
                    (is (thrown? clojure.lang.ExceptionInfo
                                 (metrics/add! (into {} (for [i (range 300)] [(str i) (if (= 299 i) "x" i)])) {:namespace "Shop"})))
                    {})
                  {} {:log #(swap! lines conj %)})
    (is (= [] @lines))))

(defn- totals
  "Returns the values of each metric, in order, over all documents."
  [documents]
  (apply merge-with into
         (for [document documents
               metric   (get-in document ["_aws" "CloudWatchMetrics" 0 "Metrics"])
               :let     [value (document (metric "Name"))]]
           {(metric "Name") (if (vector? value) value [value])})))

(deftest metrics-that-exceed-a-line-become-several-lines
  (let [values    (fn [n] (vec (range n)))
        given     (into {} (for [i (range 250)] [(str "m" i) (values (inc (mod (* 37 i) 350)))]))
        documents (documents given {:namespace "Shop", :dimensions {:stage "prod"}, :properties {:p "x"}})]
    (is (= [] (mapcat problems documents)))
    (is (= given (totals documents)))
    (is (every? #(= ["prod" "x"] (map % ["stage" "p"])) documents)))
  (testing "names so long that 100 of them don't fit"
    (let [given     (into {} (for [i (range 100)] [(str i (apply str (repeat 1000 "ü"))) [i (+ 0.5 i)]]))
          documents (documents given {:namespace "Shop"})]
      (is (= 2 (count documents)))
      (is (= given (totals documents))))))

(defspec any-metrics-follow-the-specification (Depth/times 60 1000)
  (prop/for-all [given      (gen/map (gen/fmap #(str "m" %) gen/nat)
                                     (gen/one-of [gen/large-integer
                                                  (gen/double* {:infinite? false, :NaN? false, :min -1e100, :max 1e100})
                                                  (gen/vector gen/small-integer 1 250)])
                                     {:min-elements 1, :max-elements 130})
                 dimensions (gen/map (gen/fmap #(str "d" %) gen/nat) (gen/fmap #(str "v" %) gen/string-alphanumeric) {:max-elements 30})]
    (let [documents (documents given {:namespace "Shop", :dimensions dimensions})]
      (and (empty? (mapcat problems documents))
           (= (update-vals given #(if (vector? %) % [%])) (totals documents))))))
