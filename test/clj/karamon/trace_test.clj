(ns karamon.trace-test
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.context :as context]
   [karamon.local :as local]
   [karamon.trace :as trace])
  (:import
   (io.opentelemetry.api GlobalOpenTelemetry)
   (io.opentelemetry.api.common AttributeKey)
   (io.opentelemetry.sdk OpenTelemetrySdk)
   (io.opentelemetry.sdk.testing.exporter InMemorySpanExporter)
   (io.opentelemetry.sdk.trace SdkTracerProvider)
   (io.opentelemetry.sdk.trace.data SpanData)
   (io.opentelemetry.sdk.trace.export SimpleSpanProcessor)
   (karamon.log Running)))

(set! *warn-on-reflection* true)

;; AWS's own example: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
(def ^:private header "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")

(defn- spans
  "Returns the spans that `f` makes, in an invocation with the trace `header`, in the order of their ends."
  [header f]
  (let [exporter (InMemorySpanExporter/create)
        provider (-> (SdkTracerProvider/builder) (.addSpanProcessor (SimpleSpanProcessor/create exporter)) .build)]
    (GlobalOpenTelemetry/resetForTest)
    (try
      (-> (OpenTelemetrySdk/builder) (.setTracerProvider provider) .buildAndRegisterGlobal)
      (Running/begin (local/context {:trace-id header}) false)
      (try (f) (finally (Running/end)))
      (vec (.getFinishedSpanItems exporter))
      (finally
        (GlobalOpenTelemetry/resetForTest)
        (.close provider)))))

(defn- value [^SpanData span ^AttributeKey k] (.get (.getAttributes span) k))

(deftest a-trace-is-also-w3cs
  (is (= "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01" (context/traceparent {:trace-id header})))
  (is (= "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-00"
         (context/traceparent {:trace-id "Sampled=0; Parent=53995c3f42cd8ad8;Lineage=a:0;Root=1-5759e988-bd862e3fe1be46a994272793"})))
  (doseq [bad [nil "" ";" "Root=1-5759e988-bd862e3fe1be46a994272793" "Root=1-5759e988-bd862e3fe1be46a994272793;Parent="
               "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8ff" "Root=;Parent=53995c3f42cd8ad8"
               "Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8"
               "Root=1-5759e988-bd862e3fe1be46a99427279g;Parent=53995c3f42cd8ad8"]]
    (is (nil? (context/traceparent {:trace-id bad})) bad)))

(deftest a-span-belongs-to-the-span-around-it-or-to-the-invocation
  (let [[inner later outer :as all]
        (spans header #(is (= 7 (trace/span "outer" {:orderId 7, "rate" 0.5, :paid? true, :shop/name :north, :none nil}
                                  (trace/span "inner" 1)
                                  @(future (trace/span "later" 7))))))]
    (is (= ["inner" "later" "outer"] (map #(.getName ^SpanData %) all)))
    (is (= #{"5759e988bd862e3fe1be46a994272793"} (into #{} (map #(.getTraceId ^SpanData %)) all)))
    (is (= "53995c3f42cd8ad8" (.getParentSpanId ^SpanData outer)))
    (is (= (repeat 2 (.getSpanId ^SpanData outer)) (map #(.getParentSpanId ^SpanData %) [inner later])))
    (is (= [7 0.5 true ":north" 4]
           [(value outer (AttributeKey/longKey "orderId")) (value outer (AttributeKey/doubleKey "rate"))
            (value outer (AttributeKey/booleanKey "paid?")) (value outer (AttributeKey/stringKey "shop/name"))
            (.size (.getAttributes ^SpanData outer))]))))

(deftest a-span-records-what-its-body-throws
  (let [[span] (spans nil #(is (thrown? ArithmeticException (trace/span "bad" (/ 1 0)))))]
    (is (= ["ERROR" "Divide by zero"] [(str (.getStatusCode (.getStatus ^SpanData span))) (.getDescription (.getStatus ^SpanData span))]))
    (is (= ["exception"] (map #(.getName ^io.opentelemetry.sdk.trace.data.EventData %) (.getEvents ^SpanData span))))))

(deftest a-map-alone-is-the-body
  (is (= {:a 1} (trace/span "map" {:a 1})))
  (is (nil? (trace/span "nothing")))
  (is (= 1 (trace/span "work" {:a 1} 2 1))))
