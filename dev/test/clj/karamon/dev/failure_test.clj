(ns karamon.dev.failure-test
  "Failures at the local gateway, whatever the exceptions of handlers hold."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing use-fixtures]]
   [karamon.dev.failure :as failure]
   [karamon.dev.gateway.answer :as answer]
   [karamon.dev.gateway.offline :as offline]
   [karamon.dev.gateway.reload :as reload]
   [karamon.gateway :refer [defgateway]]
   [karamon.lambda :refer [deflambda]]
   [karamon.test.hostile :as hostile :refer [done-in-time]])
  (:import
   (karamon.json JsonReader JsonWriter Keys)))

(set! *warn-on-reflection* true)

(use-fixtures :each hostile/release)

(def ^:private all-exceptions (merge hostile/exceptions hostile/slow-exceptions))

(def ^:private thrown (atom nil))

(defgateway respond [event ctx] (throw (@thrown)))
(deflambda tally [event ctx] (throw (@thrown)))

(defn- function [handler]
  {:name (name handler), :handler (str "karamon.dev.failure-test/" (name handler)), :timeout-ms 29000, :memory-mb 1024})

(defn- options [logged]
  {:host      "127.0.0.1"
   :service   {:functions [(function :respond) (function :tally)]}
   :functions {"respond" (function :respond), "tally" (function :tally)}
   :table     [{:method :get, :path "/tally", :source :rest, :function (function :tally)}
               {:method :get, :path "/respond", :source :rest, :function (function :respond)}]
   :watcher   (reload/watch [])
   :log       #(swap! logged conj %)})

(defn- request [method path]
  {:method    method
   :host      "127.0.0.1"
   :path      path
   :headers   {"host" ["127.0.0.1"], "content-type" ["application/json"]}
   :client-ip "127.0.0.1"})

(deftest a-summary-is-one-line
  (is (= "java.lang.RuntimeException: a\\nb" (failure/summary (RuntimeException. "a\nb"))))
  (is (= "java.lang.RuntimeException" (failure/summary (RuntimeException.)))))

(deftest a-handlers-exception-is-an-answer-and-a-log-entry
  (doseq [[kind make] (concat (hostile/sampled 4 hostile/exceptions) (hostile/sampled 5 hostile/slow-exceptions))]
    (testing kind
      (reset! thrown make)
      (let [logged (atom [])
            status (fn [method path] (:status (done-in-time #(answer/answer (options logged) (request method path)))))]
        (is (= 500 (status :get "/respond")))
        (is (= 502 (status :get "/tally")))
        (is (= 502 (status :post "/_karamon/invoke/tally")))
        (is (= 3 (count @logged)))
        (is (every? #(< (count %) 300000) @logged)))))
  (testing "in the gateway of the Serverless plugin too"
    (doseq [kind ["data with an endless sequence" "a cause that waits" "a cycle of causes" "data with deep data"]]
      (reset! thrown (all-exceptions kind))
      (let [logged (atom [])
            data   (JsonWriter/string {"event" {}, "context" {}})
            reply  (done-in-time #(offline/reply (options logged) {"function" "tally", "data" data}))]
        (is (contains? (JsonReader/read ^bytes reply Keys/STRINGS) "errorType"))
        (is (str/starts-with? (first @logged) "karamon.dev.failure-test/tally threw "))))))

(deftest a-namespace-that-doesnt-load-is-described
  (doseq [[kind make] all-exceptions]
    (testing kind
      (let [text (done-in-time #(failure/load-text {:namespace 'a.b, :exception (make)}))]
        (is (str/starts-with? text "a.b doesn't load: "))
        (is (< (count text) 300000))))))
