(ns karamon.s3.verify.stored-test
  "A server that cuts the connection during a download."
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.etag :as etag]
   [karamon.s3 :as s3]
   [karamon.s3.verify.stored :as stored])
  (:import
   (clojure.lang ExceptionInfo)
   (com.sun.net.httpserver HttpExchange HttpHandler HttpServer)
   (java.net InetAddress InetSocketAddress)
   (java.util Random)))

(set! *warn-on-reflection* true)

(def ^:private size (+ (* 8 1024 1024) 5))

(def ^:private body
  (delay (doto (byte-array size) (#(.nextBytes (Random. 1) %)))))

(defn- answer!
  "Sends a range of the body, only the first half of it if it is `cut`."
  [^HttpExchange exchange cut]
  (let [[from to] (map parse-long (rest (re-find #"bytes=(\d+)-(\d+)" (.getFirst (.getRequestHeaders exchange) "Range"))))
        length    (- (inc to) from)]
    (.sendResponseHeaders exchange 206 length)
    (doto (.getResponseBody exchange)
      (.write ^bytes @body (int from) (int (if cut (quot length 2) length)))
      (.flush))
    (.close exchange)))

(defn- with-server
  "Calls `f` with a client of a server that cuts the requests for whose number, from 1, `cut?` is true, and an atom that counts
  them."
  [cut? f]
  (let [requests (atom 0)
        server   (HttpServer/create (InetSocketAddress. (InetAddress/getLoopbackAddress) 0) 0)]
    (.createContext server "/" (reify HttpHandler
                                 (handle [_ exchange]
                                   (answer! exchange (cut? (swap! requests inc))))))
    (.start server)
    (try
      (with-open [s3 (s3/client {:endpoint    (str "http://127.0.0.1:" (.getPort (.getAddress server)))
                                 :credentials :anonymous, :max-attempts 1})]
        (f s3 requests))
      (finally
        (.stop server 0)))))

(deftest a-range-that-is-cut-off-is-requested-again
  (let [head {:bucket "photos", :key "cat", :size size, :etag "x"}]
    (with-server #{1 2 4}
      (fn [s3 requests]
        (is (= (:sha256 (:checksums (etag/etags @body {:checksums [:sha256]}))) (stored/sha256 s3 head {})))
        (is (= 5 @requests))))
    (testing "three times"
      (with-server #{2 3 4}
        (fn [s3 requests]
          (is (= :karamon.s3/unreachable (try
                                           (stored/sha256 s3 head {})
                                           (catch ExceptionInfo e
                                             (:type (ex-data e))))))
          (is (= 4 @requests)))))))
