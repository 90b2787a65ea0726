(ns karamon.dev.gateway.websocket-test
  "WebSocket routes of the local gateway, over real sockets."
  (:require
   [clojure.java.shell :as shell]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway.websocket :as websocket]
   [karamon.dev.gateway.websocket.harness :refer [call-with-gateway close! connect everything id json ok refused routes send! taken]]
   [karamon.test.sockets :as sockets])
  (:import
   (java.io DataInputStream IOException)
   (java.net.http WebSocket)
   (java.nio ByteBuffer)
   (java.util.concurrent CountDownLatch LinkedBlockingQueue TimeUnit)
   (org.opentest4j TestAbortedException)))

(set! *warn-on-reflection* true)

(defn- handshake
  "Sends the handshake of a client that can compress. Returns the answer's head."
  [socket]
  (sockets/send! socket (str "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                             "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"))
  (sockets/receive socket "\r\n\r\n"))

(deftest a-connection-has-events-for-its-beginning-its-messages-and-its-end
  (call-with-gateway everything ok
    (fn [port events]
      (let [client     (connect port "/dev?token=a%20b" {"X-Who" "me", "User-Agent" "test"})
            connected  (taken events)
            _          (send! client "{\"action\": \"move\", \"to\": 7}")
            moved      (taken events)
            _          (send! client "hello")
            other      (taken events)
            _          (close! client 4001 "done")
            left       (taken events)
            context    #(get % "requestContext")]
        (is (= {"token" "a b"} (connected "queryStringParameters")))
        (is (= "me" (get-in connected ["headers" "X-Who"])))
        (is (= [["CONNECT" "$connect"] ["MESSAGE" "move"] ["MESSAGE" "$default"] ["DISCONNECT" "$disconnect"]]
               (map (comp (juxt #(% "eventType") #(% "routeKey")) context) [connected moved other left])))
        (is (= [nil "{\"action\": \"move\", \"to\": 7}" "hello" nil] (map #(% "body") [connected moved other left])))
        (is (= 1 (count (set (map id [connected moved other left])))))
        (is (re-matches #"[\w\-]{15}=" (id connected)))
        (is (= #{(str "localhost:" port)} (set (map #((context %) "domainName") [connected moved other left]))))
        (is (= ["dev" {"sourceIp" "127.0.0.1", "userAgent" "test"}] ((juxt #(% "stage") #(% "identity")) (context moved))))
        (is (= [4001 "done"] ((juxt #(% "disconnectStatusCode") #(% "disconnectReason")) (context left))))))))

(deftest an-end-without-a-status-has-the-services-reason
  (call-with-gateway (routes "$disconnect") ok
    (fn [port events]
      (let [end #(map (get (taken events) "requestContext") ["disconnectStatusCode" "disconnectReason"])]
        (.abort ^WebSocket (:socket (connect port)))
        (is (= [1006 "Connection Closed Abnormally"] (end)))
        (with-open [socket (sockets/connect port)]
          (handshake socket)
          (.write (.getOutputStream socket) (byte-array [0x88 0x80 0 0 0 0]))
          (is (= [1005 "Client-side close frame status not set"] (end))))))))

(deftest the-function-of-connect-decides-who-connects
  (call-with-gateway everything (fn [event] {"statusCode" (parse-long (get-in event ["queryStringParameters" "s"]))})
    (fn [port _]
      (are [status answer] (= answer (refused port (str "/?s=" status) {}))
        200 nil
        204 nil
        401 401
        500 500
        302 302
        42  502)))
  (call-with-gateway everything (fn [_] (throw (IllegalStateException. "no"))) (fn [port _] (is (= 502 (refused port)))))
  (testing "without one, everybody does"
    (call-with-gateway (routes "move") ok (fn [port _] (is (nil? (refused port))))))
  (testing "a service without WebSocket routes has no sockets"
    (call-with-gateway (routes) ok (fn [port _] (is (= 404 (refused port)))))))

(deftest a-subprotocol-is-that-of-the-function
  (call-with-gateway everything (constantly {"statusCode" 200, "headers" {"Sec-WebSocket-Protocol" "chat"}})
    (fn [port _]
      (is (= "chat" (.getSubprotocol ^WebSocket (:socket (connect port "/" {:protocol "chat"})))))))
  (call-with-gateway everything ok
    (fn [port _]
      (is (= "" (.getSubprotocol ^WebSocket (:socket (connect port "/" {:protocol "chat"}))))))))

(deftest sockets-are-for-programs-and-for-pages-of-this-machine
  (call-with-gateway {:origins ["https://shop.example"]} everything ok
    (fn [port _]
      (are [status headers] (= status (refused port "/" headers))
        nil {"Origin" "http://localhost:5173"}
        nil {"Origin" "https://127.0.0.1"}
        nil {"Origin" "http://[::1]:80"}
        nil {"Origin" "https://shop.example"}
        403 {"Origin" "https://evil.example"}
        403 {"Origin" "https://localhost.evil.example"}
        403 {"Origin" "https://localhost@evil.example"}
        403 {"Origin" "https://shop.example.evil.example"}
        403 {"Origin" "null"}
        421 {"Host" "evil.example"})
      (is (= 403 (refused port "/other" {})))
      (is (= 403 (refused port "/dev/other" {}))))))

(deftest messages-without-a-route-are-forbidden
  (call-with-gateway (routes "$connect" "move") ok
    (fn [port events]
      (let [client (connect port)
            id     (id (taken events))]
        (doseq [text ["hello" "{}" "[1]" "{\"action\": \"$connect\"}" "{\"action\": {}}"]]
          (send! client text)
          (is (= ["Forbidden" id] (map (json (taken (:received client))) ["message" "connectionId"])) text))
        (is (nil? (.peek ^LinkedBlockingQueue events)))))))

(deftest only-route-responses-and-failures-reach-the-client
  (call-with-gateway (routes {:route "ask", :response true} "$default")
    (fn [event]
      (if (= "throw" (event "body"))
        (throw (IllegalStateException. "no"))
        {"statusCode" 200, "body" (event "body")}))
    (fn [port events]
      (let [client (connect port)]
        (send! client "unanswered")
        (taken events)
        (send! client "{\"action\": \"ask\"}")
        (is (= "{\"action\": \"ask\"}" (taken (:received client))))
        (taken events)
        (send! client "throw")
        (is (= {"message"      "Internal server error"
                "connectionId" (id (taken events))}
               (dissoc (json (taken (:received client))) "requestId")))))))

(deftest messages-of-one-connection-run-at-once
  (let [both (CountDownLatch. 2)]
    (call-with-gateway (routes {:route "$default", :response true})
      (fn [_]
        (.countDown both)
        {"statusCode" 200, "body" (str (.await both 30 TimeUnit/SECONDS))})
      (fn [port _]
        (let [client (connect port)]
          (send! client "1")
          (send! client "2")
          (is (= ["true" "true"] [(taken (:received client)) (taken (:received client))])))))))

(defn- frame
  "Returns a text frame of `size` bytes, as a client sends it (RFC 6455, section 5.2)."
  ^bytes [size]
  (byte-array (concat [0x81 0xfe (bit-shift-right size 8) (bit-and size 0xff) 0 0 0 0] (repeat size (int \a)))))

(defn- status-of-close
  "Returns the status with which the gateway answers bytes."
  [port ^bytes sent]
  (with-open [socket (sockets/connect port)]
    (handshake socket)
    (let [in (DataInputStream. (.getInputStream socket))]
      (.write (.getOutputStream socket) sent)
      (is (= 0x88 (.readUnsignedByte in)) "a close")
      (.readUnsignedByte in)
      (.readUnsignedShort in))))

(deftest handshakes-are-answered-as-by-the-service
  (call-with-gateway (routes "move") ok
    (fn [port _]
      (with-open [socket (sockets/connect port)]
        (let [head (handshake socket)]
          (is (str/starts-with? head "HTTP/1.1 101 "))
          (is (not (re-find #"(?i)extensions" head)) "nothing is compressed")))
      (testing "a broken one is a bad request"
        (are [headers] (str/starts-with? (sockets/exchange port (str "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\n"
                                                                     "Upgrade: websocket\r\n" headers "\r\n"))
                                         "HTTP/1.1 400 ")
          ""
          "Sec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")))))

(deftest messages-are-limited-as-by-the-service
  (call-with-gateway everything ok
    (fn [port events]
      (let [client (connect port)
            socket ^WebSocket (:socket client)
            part   (apply str (repeat 32768 \a))]
        (taken events)
        (dotimes [i 4]
          (.join (.sendText socket part (= 3 i))))
        (is (= 131072 (count ((taken events) "body"))))
        (dotimes [_ 4]
          (.join (.sendText socket part false)))
        (.join (.sendText socket "b" true))
        (is (= 1009 (first (taken (:received client)))))
        (is (= 1009 (get-in (taken events) ["requestContext" "disconnectStatusCode"]))))
      (testing "so are frames"
        (is (= 1009 (status-of-close port (frame 32769))))
        (is (= [nil 1009] [((taken events) "body") (get-in (taken events) ["requestContext" "disconnectStatusCode"])])))
      (testing "binary is refused"
        (let [client (connect port)]
          (.join (.sendBinary ^WebSocket (:socket client) (ByteBuffer/wrap (byte-array 3)) true))
          (is (= 1003 (first (taken (:received client))))))))))

(deftest connections-end-when-they-are-idle-or-old
  (doseq [options [{:socket-idle-ms 50} {:socket-life-ms 50}]]
    (call-with-gateway options everything ok
      (fn [port events]
        (let [client (connect port)]
          (taken events)
          (is (= [1001 "Going away"] (taken (:received client))))
          (is (= 1001 (get-in (taken events) ["requestContext" "disconnectStatusCode"]))))))))

(deftest the-authorizer-of-connect-decides-before-its-function
  (let [guard (fn [event]
                (case (get-in event ["headers" "Auth"])
                  "throw" (throw (Exception. "Unauthorized"))
                  "fail"  (throw (IllegalStateException. "no"))
                  {"principalId"    "ann"
                   "policyDocument" {"Statement" [{"Effect"   (if (= "yes" (get-in event ["headers" "Auth"])) "Allow" "Deny")
                                                   "Action"   "execute-api:Invoke"
                                                   "Resource" (event "methodArn")}]}
                   "context"        {"tier" "gold"}}))
        guarded (-> (routes {:route "$connect", :authorizer "guard"} "$default")
                    (update :functions conj {:name "guard", :handler "karamon.dev.gateway.websocket.harness/replying", :timeout-ms 60000
                                             :memory-mb 128}))]
    (call-with-gateway guarded (fn [event] (if (= "REQUEST" (event "type")) (guard event) (ok event)))
      (fn [port events]
        (are [status auth] (= status (refused port "/" {"Auth" auth}))
          403 "no"
          401 "throw"
          500 "fail")
        (is (= 401 (refused port)))
        (is (= #{"REQUEST"} (set (map #(% "type") events))) "the function of $connect isn't called")
        (.clear ^LinkedBlockingQueue events)
        (let [client (connect port "/" {"Auth" "yes"})
              asked  (taken events)
              user   #(select-keys (get-in (taken events) ["requestContext" "authorizer"]) ["principalId" "tier"])]
          (is (str/ends-with? (asked "methodArn") ":local/dev/$connect"))
          (is (= {"principalId" "ann", "tier" "gold"} (user)))
          (send! client "hello")
          (is (= {"principalId" "ann", "tier" "gold"} (user)) "for each message"))))))

(deftest what-is-not-imitated-is-a-warning
  (let [warnings #(:warnings (websocket/api % {}))]
    (is (= ["serverless.yml:9: the authorizer of move is ignored: only $connect can have one"]
           (warnings (routes {:route "move", :authorizer "auth", :file "serverless.yml", :line 9} "$connect"))))
    (is (= ["The authorizer auth isn't a function of this service written in Clojure, so it can't run here: its routes accept every request."]
           (warnings (routes {:route "$connect", :authorizer "auth"}))))
    (is (= [(str "websocketsApiRouteSelectionExpression is \"$context.x\", expected one such as $request.body.action: all messages go "
                 "to $default")]
           (warnings (assoc (routes "move") :websocket {"websocketsApiRouteSelectionExpression" "$context.x"}))))
    (is (= [] (warnings (routes "move"))))))

(def ^:private node-client
  "const client = new WebSocket(process.argv[1])
   client.onopen = () => client.send('hello')
   client.onmessage = ({data}) => { console.log(data); client.close(4000, 'bye') }
   client.onclose = ({code, reason}) => console.log(code, reason)
   client.onerror = ({message}) => console.log(message)")

(defn- node
  "Runs JavaScript with Node's own WebSockets, which Node 20 has behind an option. Skips the test without Node."
  [script & arguments]
  (try
    (apply shell/sh "node" "--experimental-websocket" "--no-warnings" "-e" script arguments)
    (catch IOException e
      (throw (TestAbortedException. "needs node" e)))))

(deftest the-client-of-node-connects
  (call-with-gateway (routes {:route "$default", :response true}) (fn [event] {"statusCode" 200, "body" (str "got " (event "body"))})
    (fn [port _]
      (is (= "got hello\n4000 bye\n" (:out (node node-client (str "ws://127.0.0.1:" port "/dev"))))))))
