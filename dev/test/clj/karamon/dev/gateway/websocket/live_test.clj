(ns karamon.dev.gateway.websocket.live-test
  "WebSocket routes when serverless.yml is saved, and in the console."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is]]
   [karamon.dev.gateway.websocket.harness :refer [call-with-gateway close! connect json ok refused routes send! taken]]
   [karamon.test.client :as client]
   [karamon.test.temp :as temp])
  (:import
   (java.util.concurrent LinkedBlockingQueue)))

(set! *warn-on-reflection* true)

(deftest a-saved-service-is-live-for-open-connections-too
  (temp/call-with-folder
    (fn [folder]
      (let [config (io/file folder "serverless.yml")
            read   (atom (assoc (routes "$default") :files [(str config)]))]
        (call-with-gateway {:read-service #(deref read)} (assoc (routes) :files [(str config)]) ok
          (fn [port events]
            (is (= 404 (refused port)))
            (temp/save folder "serverless.yml" "1")
            (let [client (connect port)]
              (send! client "{\"action\": \"move\"}")
              (is (= "$default" (get-in (taken events) ["requestContext" "routeKey"])))
              (reset! read (assoc (routes "move") :files [(str config)]))
              (temp/save folder "serverless.yml" "22")
              (send! client "{\"action\": \"move\"}")
              (is (= "move" (get-in (taken events) ["requestContext" "routeKey"])))
              (reset! read (assoc (routes) :files [(str config)]))
              (temp/save folder "serverless.yml" "333")
              (send! client "{\"action\": \"move\"}")
              (is (= "Forbidden" (get (json (taken (:received client))) "message"))))))))))

(deftest connections-and-messages-are-in-the-console
  (let [lines (LinkedBlockingQueue.)
        logged (fn [start] (first (filter #(str/starts-with? % start) (repeatedly #(taken lines)))))]
    (call-with-gateway {:log #(.put lines %), :log-requests true}
      (routes "$connect" "$disconnect" {:route "move", :response true})
      (fn [event] {"statusCode" (if (= "no" (get-in event ["headers" "X-Who"])) 403 200), "body" (str "got " (event "body"))})
      (fn [port _]
        (let [client (connect port)
              shown  #(json (:body (client/request {:port port, :path %})))]
          (send! client "{\"action\": \"move\"}")
          (logged "MESSAGE move")
          (send! client "other")
          (logged "MESSAGE no route")
          (refused port "/" {"X-Who" "no"})
          (close! client 4001 "done")
          (logged "CLOSE")
          (is (= [["DISCONNECT" "$disconnect" 200 "websocket" "f"]
                  ["CONNECT" "$connect" 403 "websocket" "f"]
                  ["MESSAGE" "no route" 403 nil nil]
                  ["MESSAGE" "move" 200 "websocket" "f"]
                  ["CONNECT" "$connect" 101 "websocket" "f"]]
                 (map (juxt #(% "method") #(% "path") #(% "status") #(% "source") #(% "function"))
                      ((shown "/_karamon/requests") "requests"))))
          (let [{:strs [event answer curl]} (shown "/_karamon/requests/2")]
            (is (str/includes? (event "edn") "\"connectionId\""))
            (is (= "got {\"action\": \"move\"}" (get-in answer ["body" "edn"])))
            (is (str/includes? curl (str "http://localhost:" port "/_karamon/invoke/f")))))))))
