(ns karamon.dev.gateway.websocket.connections-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway.websocket.harness :refer [call-with-gateway connect everything id json ok routes send! taken]]
   [karamon.test.client :as client])
  (:import
   (java.util.concurrent LinkedBlockingQueue)))

(set! *warn-on-reflection* true)

(deftest the-gateway-has-the-management-api-of-connections
  (call-with-gateway everything ok
    (fn [port events]
      (let [client (connect port "/" {"User-Agent" "test"})
            id     (id (taken events))
            call   (fn [method path & {:as more}] (client/request (merge {:port port, :method method, :path path} more)))
            path   (str "/dev/@connections/" id)
            long   (apply str (repeat 16384 "\uD83D\uDE00äbc"))]
        (is (= [200 ""] ((juxt :status :body) (call "POST" path :body "one"))))
        (is (= "one" (taken (:received client))))
        (is (= 200 (:status (call "POST" (str "/%40connections/" (str/replace id "=" "%3D")) :body long))))
        (is (= long (taken (:received client))) "in frames")
        (is (= 413 (:status (call "POST" path :body (str long "x")))))
        (let [{:strs [connectedAt lastActiveAt identity]} (json (:body (call "GET" path)))]
          (is (= {"sourceIp" "127.0.0.1", "userAgent" "test"} identity))
          (is (every? #(re-matches #"\d{4}-\d\d-\d\dT[\d:.]+Z" %) [connectedAt lastActiveAt])))
        (is (= 405 (:status (call "PUT" path :body "x"))))
        (is (= 400 (:status (call "GET" "/dev/@connections/x"))))
        (is (= 404 (:status (call "GET" (str "/prod/@connections/" id)))) "of no stage")
        (testing "not for web pages"
          (are [status headers] (= status (:status (call "POST" path :body "evil" :headers headers)))
            403 {"Origin" "https://evil.example"}
            403 {"Origin" "http://localhost:5173"}
            403 {"Sec-Fetch-Site" "cross-site"})
          (is (= 421 (:status (call "POST" path :host "evil.example" :body "evil")))))
        (is (= [204 ""] ((juxt :status :body) (call "DELETE" path))))
        (is (= [1000 "Connection Closed Normally"] (taken (:received client))))
        (taken events)
        (doseq [method ["GET" "POST" "DELETE"]
                :let [{:keys [status headers]} (call method path)]]
          (is (= [410 "GoneException"] [status (headers "x-amzn-errortype")]) method))))))

(deftest a-function-can-push-to-the-domain-of-its-event
  (let [pushed (LinkedBlockingQueue.)]
    (call-with-gateway (routes "$connect" "$default")
      (fn [event]
        (let [{:strs [domainName stage connectionId]} (event "requestContext")
              port (parse-long (second (str/split domainName #":")))
              push #(:status (client/request {:port port, :host "localhost", :method "POST", :body %
                                              :path (str "/" stage "/@connections/" connectionId)}))]
          (.put pushed (push (str "to " (event "body"))))
          {"statusCode" 200}))
      (fn [port events]
        (let [client (connect port)]
          (taken events)
          (send! client "you")
          (is (= "to you" (taken (:received client))))
          (is (= [410 200] [(taken pushed) (taken pushed)]) "a connection isn't open before the function of $connect has returned"))))))
