(ns karamon.dev.image.runtime-api-test
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.dev.image.runtime-api :as runtime-api])
  (:import
   (java.net URI)
   (java.net.http HttpClient HttpRequest HttpRequest$BodyPublishers HttpResponse HttpResponse$BodyHandlers)
   (java.time Duration)
   (java.util.concurrent CompletableFuture TimeUnit)))

(set! *warn-on-reflection* true)

(def ^:private client (delay (HttpClient/newHttpClient)))

(defn- ask ^HttpResponse [address method path ^String body]
  (.send ^HttpClient @client
         (-> (HttpRequest/newBuilder (URI. (str "http://" address "/2018-06-01/runtime/" path)))
             (.method method (HttpRequest$BodyPublishers/ofString body))
             (.timeout (Duration/ofSeconds 20))
             .build)
         (HttpResponse$BodyHandlers/ofString)))

(defn- answers
  "Returns the events that the server sends and the failures that it keeps. `replies` gives the answer to each event: a path and a
  body."
  [events calls replies]
  (let [{:keys [address done close]} (runtime-api/start (map #(.getBytes ^String %) events) calls)]
    (try
      (let [seen (loop [seen []]
                   (if (.isDone ^CompletableFuture done)
                     seen
                     (let [event (.body (ask address "GET" "invocation/next" ""))
                           [path reply] (replies event)]
                       (is (= 202 (.statusCode (ask address "POST" (str "invocation/priming/" path) reply))))
                       (recur (conj seen event)))))]
        [seen (.get ^CompletableFuture done 10 TimeUnit/SECONDS)])
      (finally (close)))))

(deftest events-are-sent-in-turn-until-all-calls-are-answered
  (is (= [["a" "b" "a" "b" "a"] []] (answers ["a" "b"] 5 (constantly ["response" "{\"statusCode\":200}"])))))

(deftest each-event-is-sent-at-least-once
  (is (= [["a" "b" "c"] []] (answers ["a" "b" "c"] 1 (constantly ["response" "{}"])))))

(deftest replies-that-report-a-failure-are-kept
  (is (= ["{\"statusCode\":500,\"body\":\"x\"}" "{\"errorType\":\"y\"}"]
         (second (answers ["a" "b" "c"] 3 {"a" ["response" "{\"statusCode\":500,\"body\":\"x\"}"]
                                           "b" ["error" "{\"errorType\":\"y\"}"]
                                           "c" ["response" "{\"statusCode\":404}"]})))))
