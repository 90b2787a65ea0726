(ns karamon.dev.console.view-test
  "Handlers that return and throw hostile values: they are shown within bounds, and never change the answer."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing use-fixtures]]
   [karamon.dev.console.record :as record]
   [karamon.dev.console.view :as view]
   [karamon.local :as local]
   [karamon.test.hostile :as hostile])
  (:import
   (java.util Arrays)
   (karamon.json JsonWriter)
   (karamon.runtime Handlers)))

(set! *warn-on-reflection* true)

(use-fixtures :each hostile/release)

(def ^:private payload
  (JsonWriter/bytes ^Object (local/event {:path "/a", :headers {"authorization" "t0ps3cret"}})))

(defn- reply
  "Returns the bytes of the reply of the gateway handler `f`, or what it throws; kept in `record`, if there is one."
  [record f]
  (let [context (record/observed record (local/context {:request-id "r", :log (fn [_])}))]
    (record/handle record #(try (local/handle (Handlers/gateway "shop/f" f nil) payload context) (catch Throwable e e)))))

(defn- shown
  "Returns the detail of an invocation of `f`, as JSON."
  [record f]
  (record/called record {:name "f", :handler "shop/f"} payload)
  (let [answer (reply record f)]
    (record/finish record {:status 200, :headers {}})
    [answer (JsonWriter/bytes ^Object (view/detail (record/known record) {:files {}}))]))

(defn- small? [[_ ^bytes json]]
  (< (alength json) 3000000))

(defn- record []
  (record/begin (record/store) {:method :get, :path "/a", :headers {}}))

(deftest hostile-responses-are-shown-within-bounds
  (doseq [[what make] (hostile/sampled 3 hostile/values)
          ;; A pending result is a later one, which the gateway waits for.
          response    (cond->> [#(hash-map :status 200, :body (make)) #(hash-map :status 200, :headers (make))]
                        (not (str/includes? what "pending")) (cons make))]
    (testing what
      (is (small? (hostile/done-in-time #(shown (record) (fn [_ _] (response)))))))))

(deftest hostile-exceptions-are-shown-within-bounds
  (doseq [[what make] hostile/exceptions]
    (testing what
      (is (small? (hostile/done-in-time #(shown (record) (fn [_ _] (throw (make))))))))))

(deftest a-recorded-invocation-has-the-same-reply
  (doseq [f [(fn [request _] {:status 200, :body (:path request)})
             (fn [_ _] nil)
             (fn [_ _] (throw (ex-info "no" {:karamon/response {:status 403}})))
             (fn [_ _] (future {:status 202}))]]
    (is (Arrays/equals ^bytes (reply nil f) ^bytes (first (shown (record) f))))))
