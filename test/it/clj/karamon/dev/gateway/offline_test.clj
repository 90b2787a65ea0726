(ns karamon.dev.gateway.offline-test
  "The server behind serverless-offline's Java runner. The tests write requests as that runner does."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.gateway.offline :as offline]
   [karamon.dev.gateway.reload :as reload]
   [karamon.lambda.authorizer :as authorizer]
   [karamon.local :as local]
   [karamon.test.client :as client]
   [karamon.test.temp :as temp])
  (:import
   (com.sun.net.httpserver HttpServer)
   (java.io BufferedReader)
   (java.util.concurrent TimeUnit)
   (karamon.json JsonReader JsonWriter Keys)))

(set! *warn-on-reflection* true)

(defn plain [event ctx]
  [(event "source") (:function-name ctx) (:aws-request-id ctx) (:memory-mb ctx)])

(defn boom [_ _]
  (throw (IllegalStateException. "boom")))

(defn refuse [_ _]
  (authorizer/unauthorized))

(defn- function [handler]
  {:handler handler, :name (str "shop-dev-" (name (symbol handler))), :timeout-ms 5000, :memory-mb 512})

(def ^:private functions
  (into {} (map (juxt :name identity) (map function ["example.core/hello" "karamon.dev.gateway.offline-test/plain"
                                                     "karamon.dev.gateway.offline-test/boom" "karamon.dev.gateway.offline-test/refuse"
                                                     "example.core/helo"]))))

(defn- posted [name event]
  {"function" name
   "data"     (JsonWriter/string {"event" event, "context" {"awsRequestId" "r-1", "functionName" name}})})

(defn- reply
  "Returns the reply and the logged texts."
  [options name event]
  (let [logged (atom [])]
    [(JsonReader/read ^bytes (offline/reply (merge {:functions functions, :watcher (reload/watch [])} options {:log #(swap! logged conj %)})
                                            (posted name event))
                      Keys/STRINGS)
     @logged]))

(def ^:private hello-event (local/event {:path "/hello", :query {:name "太郎"}}))

(deftest a-function-is-found-by-its-deployed-name
  (is (= "{\"hello\":\"太郎\"}" (get (first (reply {} "shop-dev-hello" hello-event)) "body")))
  (is (= [["aws.events" "shop-dev-plain" "r-1" 512] []] (reply {} "shop-dev-plain" {"source" "aws.events"}))))

(deftest failures-are-logged-and-answered-as-the-service-would
  (testing "an HTTP event"
    (let [[{:strs [statusCode body]} [logged]] (reply {} "shop-dev-boom" hello-event)]
      (is (= 502 statusCode))
      (is (str/includes? body "boom"))
      (is (str/starts-with? logged "karamon.dev.gateway.offline-test/boom threw (request r-1)\njava.lang.IllegalStateException: boom\n  at "))))
  (testing "another event"
    (is (= {"errorMessage" "boom", "errorType" "java.lang.IllegalStateException"}
           (first (reply {} "shop-dev-boom" {"source" "aws.events"})))))
  (testing "an authorizer's Unauthorized, of which a REST API makes a 401"
    (is (= "Unauthorized" (first (reply {} "shop-dev-refuse" {"type" "TOKEN", "methodArn" "arn"}))))
    (testing "but an HTTP API a 500"
      (is (map? (first (reply {} "shop-dev-refuse" {"type" "REQUEST", "version" "2.0", "routeArn" "arn"}))))
      (is (map? (first (reply {} "shop-dev-refuse" {"type" "REQUEST", "version" "1.0", "methodArn" "arn"}))))))
  (testing "a missing handler"
    (let [[{:strs [statusCode]} [logged]] (reply {} "shop-dev-helo" hello-event)]
      (is (= 502 statusCode))
      (is (str/includes? logged "Did you mean hello?"))))
  (testing "a missing function"
    (is (str/includes? (get (first (reply {} "shop-dev-x" hello-event)) "body") "No function shop-dev-x: there is shop-dev-boom, "))))

(deftest saved-code-is-live-and-broken-code-is-reported
  (temp/call-with-folder
    (fn [folder]
      (let [path    "offline_app/core.clj"
            save    #(temp/save folder path (str "(ns offline-app.core (:require [karamon.gateway :refer [defgateway]]))\n"
                                                 "(defgateway hi [_ _] {:body \"" % "\"})"))
            _       (save "one")
            options {:functions {"hi" (assoc (function "offline-app.core/hi") :name "hi")}, :watcher (reload/watch [folder])}
            body    #(get (first (reply options "hi" hello-event)) "body")]
        (is (= "one" (body)))
        (save "two")
        (is (= "two" (body)))
        (temp/save folder path "(ns offline-app.core)\n(defn hi [")
        (let [[{:strs [statusCode body]} [logged]] (reply options "hi" hello-event)]
          (is (= 500 statusCode))
          (is (str/includes? body "offline-app.core doesn't load"))
          (is (str/includes? logged "The code loaded before stays in use")))
        (save "three")
        (is (= "three" (body)))))))

(deftest the-server-answers-with-a-line-that-the-runner-accepts
  (let [server ^HttpServer (offline/start {:functions functions, :watcher (reload/watch []), :log str})]
    (try
      (let [port     (.getPort (.getAddress server))
            response (client/request {:port port, :method "POST", :path "/invoke"
                                      :body (JsonWriter/string (posted "shop-dev-hello" hello-event))})
            payload  (get (JsonReader/read ^String (str/trim-newline (:body response)) Keys/STRINGS) "__offline_payload__")]
        (is (= 1 (count (str/split-lines (:body response)))))
        (is (= [200 "{\"hello\":\"太郎\"}"] [(payload "statusCode") (payload "body")])))
      (finally (.stop server 0)))))

(defn- start-process ^Process [& arguments]
  (.start (doto (ProcessBuilder. ^java.util.List (into [(str (System/getProperty "java.home") "/bin/java") "-XX:TieredStopAtLevel=1"
                                                        "-cp" (System/getProperty "java.class.path")]
                                                       arguments))
            (.redirectErrorStream true))))

(deftest the-process-ends-when-its-standard-input-does
  (let [process (start-process "clojure.main" "-m" "karamon.dev.main" "offline")]
    (try
      (let [in  (.outputWriter process)
            out ^BufferedReader (.inputReader process)]
        (.write in (str (JsonWriter/string {"functions" {"hello" {"handler" "example.core/hello", "timeout" 29, "memory" 512}}, "sources" []}) "\n"))
        (.flush in)
        (is (re-matches #"karamon-offline: port \d+" (.readLine out)))
        (is (.isAlive process))
        (.close in)
        (is (.waitFor process 20 TimeUnit/SECONDS))
        (is (zero? (.exitValue process))))
      (finally (.destroyForcibly process)))))
