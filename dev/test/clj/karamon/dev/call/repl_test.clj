(ns karamon.dev.call.repl-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.call.repl :as repl]
   [karamon.test.sockets :as sockets])
  (:import
   (java.io StringWriter)
   (java.net ServerSocket)))

(set! *warn-on-reflection* true)

(def evaluated (atom []))

(def ^:private form "(swap! karamon.dev.call.repl-test/evaluated conj 1)\n")

(defn- call-with-repl
  "Calls `f` with the port of a socket REPL. Returns its result and what was printed to stderr."
  [f]
  (binding [*ns* (create-ns 'user)]
    (refer-clojure)) ; as clojure.main does, in which the command runs
  (let [err (StringWriter.)]
    (with-open [^ServerSocket server (binding [*err* err, *out* (StringWriter.)] (repl/start-socket 0))]
      [(f (.getLocalPort server)) (str err)])))

(deftest a-web-page-runs-no-code
  (reset! evaluated [])
  (let [[answers warnings]
        (call-with-repl
          (fn [port]
            (vec (for [request [(str "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n\r\n" form)
                                (str "GET /?" (str/trim (str/replace form " " "%20")) " HTTP/1.1\r\nUpgrade: websocket\r\n\r\n" form)
                                (str "patCh http://127.0.0.1/ HTTP/1.0\r\n\r\n" form)
                                (str "OPTIONS * HTTP/1.1\r\n\r\n" form)
                                (str "GET /" (apply str (repeat 100000 \a)) " HTTP/1.1\r\n\r\n" form)
                                (str "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" form)
                                (str "\u0016\u0003\u0001\u0002\u0000\u0001\n" form)
                                (str "\u0000\u0003\n" form)]]
                   (sockets/exchange port request)))))]
    (is (= #{"user=> "} (set answers)))
    (is (= [] @evaluated))
    (is (= 1 (count (str/split-lines warnings))))
    (is (str/includes? warnings "hung up on an HTTP or TLS client"))))

(defn- talk
  "Sends each text to a socket REPL once what precedes it has arrived: its first prompt, then what the next argument says."
  [port & texts-and-answers]
  (with-open [socket (sockets/connect port)]
    (is (= "user=> " (sockets/receive socket "user=> ")))
    (doseq [[text answer] (partition 2 texts-and-answers)]
      (sockets/send! socket text)
      (is (= answer (sockets/receive socket "user=> "))))
    (sockets/send! socket ":repl/quit\n")
    (is (= "" (sockets/receive socket)))))

(deftest a-client-that-sends-clojure-is-served-as-it-sends
  (let [[_ warnings]
        (call-with-repl
          (fn [port]
            (testing "after the prompt"
              (talk port "(+ 3 4)\n" "7\nuser=> "))
            (testing "blank lines, a symbol, a quote, text that resembles a request in a later form"
              (talk port "\n" "user=> ", "nil\n" "nil\nuser=> ", "'GET\n" "GET\nuser=> "
                "[\"GET / HTTP/1.1\"]\n" "[\"GET / HTTP/1.1\"]\nuser=> "))
            (testing "what could have become a request"
              (talk port "nil 1 HTT\n" "nil\n1\nSyntax error compiling at (REPL:0:0).\nUnable to resolve symbol: HTT in this context\nuser=> "))
            (testing "character by character"
              (with-open [socket (sockets/connect port)]
                (doseq [c "(+ 3 4)\n"]
                  (sockets/send! socket (str c)))
                (is (= "user=> 7\n" (sockets/receive socket "7\n")))))
            (testing "an end without a line"
              (with-open [socket (sockets/connect port)]
                (sockets/send! socket "nil")
                (.shutdownOutput socket)
                (is (= "user=> nil\n" (sockets/receive socket "nil\n")))))))]
    (is (= "" warnings))))
