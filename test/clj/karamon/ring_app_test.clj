(ns karamon.ring-app-test
  "Gateway handlers as Ring apps, and round trips: a wrapped handler gets the same requests and gives the same answers as an
  unwrapped one."
  (:require
   [clojure.core.async :as async]
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.gateway :as gateway :refer [defgateway]]
   [karamon.local :as local]
   [karamon.ring :as ring]
   [karamon.test-events :refer [event]])
  (:import
   (java.io ByteArrayInputStream InputStream OutputStream)
   (java.util Base64)
   (java.util.concurrent CompletableFuture CountDownLatch)
   (karamon.http BadResponse)
   (karamon.runtime Handlers)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(def ^:private request
  "A request as a server makes it."
  {:server-port 8080, :server-name "api.example", :remote-addr "192.0.2.1", :uri "/a%20b", :query-string "x=1&x=%20", :scheme :http
   :request-method :post, :protocol "HTTP/1.1", :headers {"content-type" "text/plain", "cookie" "a=1; b=2", "x" "1,2"}})

(defn- body ^InputStream [^String s] (ByteArrayInputStream. (.getBytes s "UTF-8")))

(defn- called
  "Returns the request map that a handler gets for a Ring request."
  [ring-request]
  (let [seen (promise)]
    ((ring/app (fn [event _] (deliver seen event) {})) ring-request)
    @seen))

(defn- both
  "Returns the Ring response of a handler, which must be the same by both arities; or the exception, the same by both."
  [handler ring-request]
  (let [result (promise)
        app    (ring/app handler)
        now    (try (app ring-request) (catch Throwable e e))]
    (app ring-request #(deliver result %) #(deliver result %))
    (is (apply = (map #(if (instance? Throwable %) (ex-message %) %) [now (deref result 10000 :never)])))
    now))

(deftest a-request-map-has-the-data-of-the-ring-request
  (is (= {:method :post, :path "/a%20b", :resource nil, :path-parameters {}
          :query {:x " "}, :query-all {:x ["1" " "]}, :query-string "x=1&x=%20"
          :headers {:content-type "text/plain", :cookie "a=1; b=2", :x "1,2"}
          :headers-all {:content-type ["text/plain"], :cookie ["a=1; b=2"], :x ["1,2"]}
          :cookies {"a" "1", "b" "2"}, :body "größe", :base64? false, :context {}, :stage-variables {}
          :client-ip "192.0.2.1", :scheme :http, :host "api.example:8080", :source :ring}
         (called (assoc request :body (body "größe")))))
  (testing "bytes stay bytes, nothing is nil"
    (is (= [0 -1] (vec (:body (called (assoc request :headers {} :body (ByteArrayInputStream. (byte-array [0 -1]))))))))
    (is (nil? (:body (called (assoc request :body (body ""))))))
    (is (nil? (:body (called request)))))
  (testing "the host is the header's, or else the server's"
    (is (= "b.example" (:host (called (assoc-in request [:headers "host"] "b.example")))))
    (is (= "api.example" (:host (called (assoc request :server-port 80)))))
    (is (= "api.example" (:host (called (assoc request :scheme :https :server-port 443)))))))

(deftest changes-by-middleware-are-kept
  (let [seen   (promise)
        inner  (ring/app (fn [event _] (deliver seen event) {}))
        change (fn [r] (-> r (assoc :uri "/y" :query-string "b=2") (assoc-in [:headers "x"] "2") (dissoc :body)))]
    ((ring/handler (comp inner change)) {:method :get, :path "/x", :resource "/{proxy+}", :query {:a "1"}, :query-string "a=1"
                                         :headers {:x "1"}, :body "text", :source :rest} nil)
    (is (= {:method :get, :path "/y", :resource "/{proxy+}", :query {:b "2"}, :query-all {:b ["2"]}, :query-string "b=2"
            :headers {:x "2"}, :headers-all {:x ["2"]}, :cookies {}, :body nil, :source :rest}
           @seen))))

(defgateway saved {:on-error (fn [e _ _] {:status 503, :body {:why (ex-message e)}})} [event _]
  (case (:path event)
    "/late" (future (throw (ex-info "late" {})))
    (throw (ex-info "now" {}))))

(deftest a-response-becomes-a-ring-response
  (let [answer #(both (fn [_ _] %) request)]
    (is (= {:status 200, :headers {}, :body nil} (answer {})))
    (is (= {:status 201, :headers {"content-type" "application/json"}, :body "{\"a\":1}"} (answer {:status 201, :body {:a 1}})))
    (is (= {:status 200, :headers {"X-A" ["1" "2"], "x-b" "3", "set-cookie" ["s=1; HttpOnly" "t=2"]}, :body "x"}
           (answer {:headers {"X-A" [1 :2], :x-b 3, :x-c nil, :connection "close"}
                    :cookies [{:name "s", :value "1", :http-only true} "t=2"]
                    :body    "x"})))
    (testing "bodies"
      (is (= '("a" "b") (:body (answer {:body (list "a" "b")}))))
      (is (= "[]" (:body (answer {:body ()}))))
      (let [file (io/file "pom.xml")]
        (is (= file (:body (answer {:body file})) (:body (answer {:body (.toPath file)}))))
        (is (= (slurp file) (slurp (:body ((ring/app (fn [_ _] {:body (io/as-url file)})) request))))))
      (is (thrown-with-msg? BadResponse #"can't be read" ((ring/app (fn [_ _] {:body (java.net.URL. "file:/none/such")})) request)))
      (let [in (body "x")]
        (is (identical? in (:body (answer {:body in})))))
      (doseq [b [(fn [^OutputStream out] (.write out (.getBytes "ab"))) (map #(byte-array [(int %)]) "ab")]]
        (is (= "ab" (String. ^bytes (:body ((ring/app (fn [_ _] {:body b})) request)))))))
    (testing "an invalid one"
      (let [closed (promise)
            body   (proxy [InputStream] [] (close [] (deliver closed true)))]
        (is (thrown? BadResponse ((ring/app (fn [_ _] {:status 101, :body body})) request)))
        (is (realized? closed)))
      (is (thrown-with-msg? BadResponse #"must return a map" ((ring/app (fn [_ _] "x")) request)))
      (is (thrown-with-msg? BadResponse #"Did you mean :headers" ((ring/app (fn [_ _] {:header {}})) request))))))

(deftest an-app-waits-for-later-results
  (doseq [result [#(future {:body "x"}) #(delay {:body "x"}) #(doto (promise) (deliver {:body "x"})) #(async/go {:body "x"})
                  #(CompletableFuture/completedFuture {:body "x"}) #(CompletableFuture/completedFuture (delay {:body "x"}))
                  #(future (async/go {:body "x"}))]]
    (is (= "x" (:body (both (fn [_ _] (result)) request)))))
  (testing "without blocking the thread, if possible"
    (let [go (CountDownLatch. 1), result (promise)]
      ((ring/app (fn [_ _] (CompletableFuture/supplyAsync (reify java.util.function.Supplier (get [_] (.await go) {:body "x"})))))
       request #(deliver result %) #(deliver result %))
      (is (not (realized? result)))
      (.countDown go)
      (is (= "x" (:body (deref result 10000 :never)))))))

(deftest a-handlers-exception-is-thrown-unless-it-has-a-response
  (let [e (ex-info "x" {:a 1})]
    (doseq [result [#(throw e) #(future (throw e)) #(async/go e) #(CompletableFuture/failedFuture e)
                    #(CompletableFuture/completedFuture e) #(doto (promise) (deliver e))]]
      (is (identical? e (both (fn [_ _] (result)) request)))))
  (testing "a response in it"
    (let [e (RuntimeException. ^Throwable (ex-info "x" {:karamon/response {:status 404}}))]
      (is (= 404 (:status (both (fn [_ _] (throw e)) request)) (:status (both (fn [_ _] (future (throw e))) request))))))
  (testing "the option :on-error"
    (is (= {:status 503, :headers {"content-type" "application/json"}, :body "{\"why\":\"now\"}"} (both #'saved request)))
    (is (= "{\"why\":\"late\"}" (:body (both #'saved (assoc request :uri "/late")))))
    (is (= "x" (ex-message ((fn [handler] (try ((ring/app handler) request) (catch Exception e e))) (with-meta (fn [_ _] (throw (ex-info "x" {:a 1}))) {:karamon/gateway {:on-error (fn [_ _ _])}}))))))
  (testing "a body that can't be read"
    (let [broken (proxy [InputStream] [] (read ([] (throw (java.io.IOException. "gone"))) ([_] 0) ([_ _ _] (throw (java.io.IOException. "gone")))))]
      (is (= "gone" (ex-message (both (fn [_ _] {}) (assoc request :body broken))))))))

(deftest only-fatal-errors-get-no-response
  (let [answering (fn [e] (with-meta (fn [_ _] (throw e)) {:karamon/gateway (gateway/options {:on-error (fn [_ _ _] {:status 503})})}))]
    (is (= 503 (:status (both (answering (StackOverflowError.)) request))))
    (is (= 503 (:status (both (answering (NoClassDefFoundError.)) request))))
    (is (instance? OutOfMemoryError (both (answering (OutOfMemoryError.)) request)))
    (testing "also if :on-error itself recurs endlessly"
      (let [e (ex-info "first" {})]
        (is (identical? e (both (with-meta (fn [_ _] (throw e))
                                           {:karamon/gateway (gateway/options {:on-error (fn f [x y z] (inc (f x y z)))})})
                                request)))))
    (testing "an invalid response of :on-error doesn't hide the exception"
      (let [e (ex-info "first" {})]
        (is (identical? e (both (with-meta (fn [_ _] (throw e)) {:karamon/gateway (gateway/options {:on-error (fn [_ _ _] {:status 0})})})
                                request)))))))

;; Round trips.

(def ^:private token (gen/not-empty gen/string-alphanumeric))

(def ^:private any-text
  (gen/fmap #(apply str %)
            (gen/vector (gen/one-of [gen/char-alphanumeric (gen/elements ["%" "+" "&" "=" "," ";" " " "/" "?" "%2B" "%zz" "é" "😀" "\u0001"])]) 0 10)))

(def ^:private header-name
  (gen/such-that #(not (#{"cookie" "host" "content-type" "content-encoding" "content-length"} %)) (gen/fmap str/lower-case token)))

(def ^:private charsets ["text/plain" "text/plain; charset=utf-16" "text/plain; charset=iso-8859-1" "application/json" "image/png" nil])

(defn- multi [m] {"headers" (update-vals m peek), "multiValueHeaders" m})

(def ^:private events
  "Events of every source, with odd values."
  (gen/let [source  (gen/elements [:rest :http :function-url :alb :websocket])
            method  (gen/elements ["GET" "POST" "PUT" "HEAD" "PROPFIND"])
            path    (gen/fmap #(str "/" %) any-text)
            headers (gen/map header-name (gen/vector any-text 1 3) {:max-elements 4})
            type    (gen/elements charsets)
            coding  (gen/elements [nil nil "gzip" "identity"])
            cookies (gen/vector (gen/fmap #(str/join "=" %) (gen/tuple token token)) 0 3)
            query   (gen/map any-text (gen/vector any-text 1 3) {:max-elements 3})
            raw     any-text
            body    (gen/one-of [(gen/return {}) (gen/fmap #(array-map "body" %) any-text)
                                 (gen/fmap #(array-map "isBase64Encoded" true, "body" (.encodeToString (Base64/getEncoder) ^bytes %)) gen/bytes)])]
    (let [headers (cond-> headers type (assoc "content-type" [type]) coding (assoc "content-encoding" [coding]))
          joined  (update-vals headers #(str/join "," %))]
      (event source
             (merge body
                    (case source
                      (:rest :websocket)    (merge {"httpMethod" method, "path" path, "multiValueQueryStringParameters" query
                                                    "pathParameters" {"proxy" path}, "stageVariables" {"a" path}}
                                                   (multi (cond-> headers (seq cookies) (assoc "Cookie" cookies))))
                      (:http :function-url) {"rawPath" path, "rawQueryString" raw, "headers" joined, "cookies" cookies
                                             "requestContext" {"http" {"method" method, "sourceIp" "192.0.2.1"}}}
                      :alb                  {"httpMethod" method, "path" path, "multiValueHeaders" headers
                                             "multiValueQueryStringParameters" query}))))))

(def ^:private responses
  "Functions that make a response, since its stream can be read only once."
  (gen/let [status  (gen/choose 100 599)
            headers (gen/map header-name (gen/one-of [any-text (gen/vector any-text 0 3) gen/small-integer (gen/return nil)]) {:max-elements 4})
            cookies (gen/vector (gen/fmap #(str/join "=" %) (gen/tuple token token)) 0 3)
            type    (gen/elements charsets)
            length  (gen/elements [nil 7])
            body    (gen/one-of [(gen/return (fn []))
                                 (gen/fmap constantly any-text)
                                 (gen/fmap constantly gen/bytes)
                                 (gen/fmap (fn [bs] #(ByteArrayInputStream. bs)) gen/bytes)
                                 (gen/fmap (fn [ss] #(map identity ss)) (gen/vector any-text 0 3))
                                 (gen/fmap (fn [bs] #(map identity bs)) (gen/vector gen/bytes 1 3))
                                 (gen/fmap (fn [^bytes bs] (fn [] (fn [^OutputStream out] (.write out bs)))) gen/bytes)
                                 (gen/fmap constantly (gen/map token gen/small-integer))
                                 (gen/fmap constantly (gen/vector gen/small-integer 0 3))])
            result  (gen/elements [identity #(delay %) #(CompletableFuture/completedFuture %)])]
    (fn []
      (result {:status  status
               :headers (cond-> headers type (assoc :content-type type) length (assoc :content-length length))
               :cookies cookies
               :body    (body)}))))

(defn- comparable [m] (update m :body #(if (bytes? %) (vec %) %)))

(defn- went
  "Returns the request map that `respond`'s handler got, the reply, and the logs, through `wrap`."
  [wrap options sent respond]
  (let [seen    (atom nil)
        logged  (atom [])
        handler (wrap (fn [event ctx] (reset! seen [(comparable event) (:aws-request-id ctx)]) (respond)))
        options (or (:karamon/gateway (meta handler)) (gateway/options options))
        reply   (local/invoke-bytes (Handlers/gateway "h" handler options) sent {:log #(swap! logged conj (first (str/split-lines %))), :request-id "r"})]
    [@seen (String. reply "UTF-8") @logged]))

(defspec a-round-trip-changes-nothing {:num-tests (Depth/times 200 1000), :max-size 40, :seed 41}
  (prop/for-all [sent    events
                 respond responses
                 options (gen/elements [{} {:raw true} {:base-path "/a"}])
                 async   gen/boolean]
    (= (went identity options sent respond)
       (went #(ring/handler (ring/app %) (assoc options :async async)) options sent respond))))
