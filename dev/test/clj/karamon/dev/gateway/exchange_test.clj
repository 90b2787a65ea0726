(ns karamon.dev.gateway.exchange-test
  "What the local gateway does with clients and functions that break HTTP's rules, over real sockets."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway.server :as server]
   [karamon.test.client :as client]
   [karamon.test.sockets :as sockets])
  (:import
   (java.net Socket)
   (java.util.concurrent CountDownLatch TimeUnit)))

(set! *warn-on-reflection* true)

(def ^:private reply (atom nil))

(defn replying [event _]
  (@reply event))

(defn- call-with-gateway
  "Calls `f` with the port of a gateway. Its function, at any path, replies what `reply-to` returns for the event."
  [options reply-to f]
  (reset! reply reply-to)
  (with-open [gateway (server/start (merge {:service {:functions [{:name "f" :handler "karamon.dev.gateway.exchange-test/replying"
                                                                   :timeout-ms 60000 :memory-mb 128
                                                                   :routes [{:source :rest :method :any :path "/{proxy+}"}]}]}
                                            :folders [], :port 0, :log (fn [_])}
                                           options))]
    (f (:port gateway))))

(defn- hello [_]
  {"statusCode" 200, "body" "hello"})

(def ^:private head "Host: localhost\r\nConnection: close\r\n")

(deftest every-error-of-the-server-is-json
  (call-with-gateway {} hello
    (fn [port]
      (are [status request] (let [answer (sockets/exchange port request)]
                              (and (str/starts-with? answer (str "HTTP/1.1 " status " "))
                                   (re-find #"(?i)\r\ncontent-type: application/json\r\n" answer)
                                   (re-find #"(?s)\r\n\r\n\{\"message\":\"[^<]*\"\}$" answer)))
        414 (str "GET /" (apply str (repeat 100000 \a)) " HTTP/1.1\r\n" head "\r\n")
        431 (str "GET /x HTTP/1.1\r\n" head "A: " (apply str (repeat 100000 \a)) "\r\n\r\n")
        400 "GET /x HTTP/1.1\r\n\r\n"
        400 "GET /x HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"
        400 (str "GET /%zz HTTP/1.1\r\n" head "\r\n")
        400 (str "GET /a b HTTP/1.1\r\n" head "\r\n")
        400 (str "G{T /x HTTP/1.1\r\n" head "\r\n")
        400 (str "GET /x HTTP/1.1\r\n" head "A: \u0000\r\n\r\n")
        400 (str "POST /x HTTP/1.1\r\n" head "Content-Length: -1\r\n\r\n")
        400 (str "POST /x HTTP/1.1\r\n" head "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        400 (str "POST /x HTTP/1.1\r\n" head "Transfer-Encoding: chunked\r\n\r\nzz\r\n")
        417 (str "POST /x HTTP/1.1\r\n" head "Content-Length: 3\r\nExpect: nothing\r\n\r\nabc")
        426 "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        505 (str "GET /x HTTP/3.7\r\n" head "\r\n")
        400 "\u0016\u0003\u0001\u0002\u0000\r\n\r\n"))))

(defn- answer-to
  "Returns the answer to a request for which the function replies `result`."
  [method result]
  (call-with-gateway {} (constantly result)
    #(sockets/exchange % (str method " /x HTTP/1.1\r\n" head "\r\n"))))

(deftest headers-of-the-connection-are-the-gateways
  (doseq [length ["5" "1" "x" "" "-1" "99999999999999999999"]]
    (is (re-find #"(?s)^HTTP/1.1 200 OK\r\n.*\r\nContent-Length: 2\r\n.*\r\n\r\nhi$"
                 (answer-to "GET" {"statusCode" 200, "headers" {"Content-Length" length}, "body" "hi"}))
      length))
  (is (re-find #"\r\nContent-Length: 0\r\n" (answer-to "GET" {"statusCode" 200, "headers" {"content-length" "5"}})))
  (testing "HEAD has the function's length, if it is one"
    (are [length reply] (= length (second (re-find #"\r\nContent-Length: (.*)\r\n" (answer-to "HEAD" (assoc reply "statusCode" 200)))))
      "5" {"headers" {"content-length" "5"}}
      "5" {"headers" {"content-length" "5"}, "body" "hi"}
      "2" {"headers" {"content-length" "x"}, "body" "hi"}
      "2" {"body" "hi"}))
  (is (re-find #"(?s)\r\nkept: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi$"
               (answer-to "GET" {"statusCode" 200, "body" "hi"
                                 "headers"    {"transfer-encoding" "chunked", "connection" "upgrade", "upgrade" "x", "keep-alive" "x"
                                               "trailer" "x", "te" "x", "kept" "1"}}))))

(deftest an-interim-status-of-a-function-is-an-error
  (doseq [status [100 101 102 103 199]]
    (is (re-find #"(?s)^HTTP/1.1 502 .*\"Internal server error\"" (answer-to "GET" {"statusCode" status, "body" "hi"})) status)))

(deftest headers-that-are-too-large-are-a-json-error
  (let [answer (answer-to "GET" {"statusCode" 200, "headers" {"large" (apply str (repeat 1000000 \a))}, "body" "hi"})]
    (is (re-find #"(?s)^HTTP/1.1 500 .*\r\n\r\n\{\"message\":\"Response Header Fields Too Large\"\}$" answer))))

(deftest a-client-that-sends-too-much-gets-its-answer-after-all-of-it
  (call-with-gateway {} hello
    (fn [port]
      (is (= 413 (:status (client/request {:port port, :method "POST", :path "/x", :body (byte-array 50000000)})))))))

(deftest clients-that-send-slowly-keep-no-other-waiting
  (call-with-gateway {} #(hash-map "statusCode" 200, "body" (% "body"))
    (fn [port]
      (let [slow (vec (repeatedly 250 #(sockets/connect port)))]
        (try
          (doseq [socket slow]
            (sockets/send! socket (str "POST /x HTTP/1.1\r\n" head "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\na")))
          (is (= 200 (:status (client/request {:port port, :path "/x"}))))
          (doseq [socket slow]
            (sockets/send! socket "b"))
          (is (= {true 250} (frequencies (map #(str/ends-with? (sockets/receive %) "\r\n\r\nab") slow))))
          (finally (run! #(.close ^Socket %) slow)))))))

(deftest a-body-that-stops-arriving-is-given-up
  (call-with-gateway {:idle-ms 2000} hello
    (fn [port]
      (is (re-find #"(?s)^HTTP/1.1 408 .*\r\n\r\n\{\"message\":\"The body didn't arrive in time\"\}$"
                   (sockets/exchange port (str "POST /x HTTP/1.1\r\n" head "Content-Length: 2\r\n\r\na")))))))

(deftest a-function-may-take-longer-than-a-connection-may-be-idle
  (let [idle (CountDownLatch. 1)]
    (call-with-gateway {:idle-ms 2000}
      (fn [event]
        (when (= "/slow" (event "path"))
          (.await idle 60 TimeUnit/SECONDS))
        (hello event))
      (fn [port]
        (with-open [slow (sockets/connect port)
                    kept (sockets/connect port)]
          (sockets/send! slow (str "GET /slow HTTP/1.1\r\n" head "\r\n"))
          (sockets/send! kept "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
          (is (str/ends-with? (sockets/receive kept) "hello") "until it was idle for the time that ends a connection")
          (.countDown idle)
          (is (str/ends-with? (sockets/receive slow) "hello")))))))

(deftest clients-that-leave-break-nothing
  (let [logged  (atom [])
        begun   (CountDownLatch. 20)
        left    (CountDownLatch. 1)
        done    (CountDownLatch. 20)]
    (call-with-gateway {:log #(swap! logged conj %)}
      (fn [event]
        (when (= "/slow" (event "path"))
          (.countDown begun)
          (.await left 60 TimeUnit/SECONDS)
          (.countDown done))
        (hello event))
      (fn [port]
        (dotimes [_ 20]
          (with-open [socket (sockets/connect port)]
            (sockets/send! socket "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\na"))
          (with-open [socket (sockets/connect port)]
            (sockets/send! socket "GET /x HT")))
        (let [sockets (vec (repeatedly 20 #(sockets/connect port)))]
          (doseq [socket sockets]
            (sockets/send! socket "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n"))
          (is (.await begun 60 TimeUnit/SECONDS))
          (run! #(.close ^Socket %) sockets)
          (.countDown left))
        (is (.await done 60 TimeUnit/SECONDS) "the functions end as on Lambda")
        (is (= 200 (:status (client/request {:port port, :path "/x"}))))
        (is (= [] @logged))))))
