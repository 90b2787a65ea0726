(ns karamon.http.streamed-test
  "Streamed replies: their format for each source, and every kind of body."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.gateway :as gateway]
   [karamon.local :as local]
   [karamon.test-events :refer [event json-bytes read-json reply smallest]])
  (:import
   (java.io ByteArrayInputStream ByteArrayOutputStream File FilterInputStream OutputStream)
   (java.util Arrays)
   (karamon.http Answer BadResponse Exchange ReadOptions)
   (karamon.runtime Handlers)))

(set! *warn-on-reflection* true)

(defn- answer ^Answer [e response]
  (.answer (Exchange/of (json-bytes e) ReadOptions/NONE true) response))

(defn- beginning
  "Returns the JSON before a body, parsed; nil if the eight NULs don't follow it."
  [^Answer a]
  (let [^bytes bs (.bytes a)
        end       (- (alength bs) 8)]
    (when (Arrays/equals (byte-array 8) (Arrays/copyOfRange bs end (alength bs)))
      (read-json (Arrays/copyOf bs end)))))

(defn- pieces
  "Returns the bytes of a body as UTF-8 strings, one for each flush, and the exception, if any."
  [^Answer a]
  (let [flushed (atom [])
        buffer  (ByteArrayOutputStream.)
        out     (proxy [OutputStream] []
                  (write
                    ([b] (if (bytes? b) (.writeBytes buffer b) (.write buffer (int b))))
                    ([b off len] (.write buffer ^bytes b (int off) (int len))))
                  (flush []
                    (when (pos? (.size buffer))
                      (swap! flushed conj (str buffer))
                      (.reset buffer))))]
    (try
      (.writeTo (.rest a) out)
      (.flush ^OutputStream out)
      @flushed
      (catch Throwable e
        (conj @flushed (class e))))))

(defn- streamed [response] (pieces (answer (smallest :rest) response)))

(defn- typed [type body] {:headers {:content-type type}, :body body})

(deftest each-source-has-its-own-prelude
  (let [response {:status 201, :headers {:x "1", :y ["2" "3"]}, :cookies ["a=1" "b=2"], :body '("hello")}]
    (is (= {"statusCode" 201, "multiValueHeaders" {"x" ["1"], "y" ["2" "3"], "set-cookie" ["a=1" "b=2"]}}
           (beginning (answer (smallest :rest) response))))
    (is (= {"statusCode" 201, "headers" {"x" "1", "y" "2,3"}, "cookies" ["a=1" "b=2"]}
           (beginning (answer (smallest :function-url) response)))))
  (is (= {"statusCode" 200, "headers" {}} (beginning (answer (smallest :rest) {}))))
  (is (= {"statusCode" 200, "headers" {"content-type" "application/json"}} (beginning (answer (smallest :rest) {:body {:a 1}})))))

(deftest sources-that-cant-stream-get-a-buffered-reply
  (doseq [e [(smallest :http) (smallest :alb) (smallest :websocket) (event :rest {"version" "1.0"})]]
    (let [a (answer e {:body (fn [^OutputStream out] (.write out (.getBytes "hello")))})]
      (is (nil? (.rest a)))
      (is (= "aGVsbG8=" (get (read-json (.bytes a)) "body"))))))

(deftest without-the-option-a-reply-is-buffered
  (is (nil? (.rest (.answer (Exchange/of (json-bytes (smallest :rest)) ReadOptions/NONE) {:body "x"})))))

(deftest a-stream-or-a-sequence-is-flushed-piece-by-piece
  (is (= ["a" "größe" "😀"] (streamed {:body '("a" "größe" "😀")})))
  (is (= ["0" "1" "2"] (streamed {:body (map str (range 3))})))
  (is (= ["ab" "c"] (streamed {:body (list (.getBytes "ab") (.getBytes "c"))})))
  (is (= [(apply str (repeat 16384 "x")) "x"] (streamed {:body (ByteArrayInputStream. (.getBytes ^String (apply str (repeat 16385 "x"))))})))
  (is (= [] (streamed (typed "text/plain" ()))))
  (testing "a character may begin in one string and end in the next"
    (is (= "😀" (str/join (streamed {:body (list "\ud83d" "\ude00")})))))
  (testing "a file"
    (let [f (doto (File/createTempFile "karamon" ".body") .deleteOnExit)]
      (spit f "from a file")
      (is (= ["from a file"] (streamed {:body f}) (streamed {:body (.toPath f)}) (streamed {:body (io/as-url f)}))))))

(deftest a-function-writes-and-flushes-at-will
  (is (= ["ab" "c"] (streamed {:body (fn [^OutputStream out]
                                       (.write out (.getBytes "a"))
                                       (.write out (.getBytes "b"))
                                       (.flush out)
                                       (.write out (.getBytes "c")))}))))

(deftest a-body-that-is-whole-is-sent-too
  (is (= ["text"] (streamed {:body "text"})))
  (is (= ["bytes"] (streamed {:body (.getBytes "bytes")})))
  (is (= ["{\"a\":1}"] (streamed {:body {:a 1}})))
  (is (= ["[]"] (streamed {:body ()})))
  (is (= [] (streamed {}) (streamed {:body ""})))
  (testing "an invalid body fails before anything is sent"
    (is (thrown-with-msg? BadResponse #"JSON has no form for" (answer (smallest :rest) {:body {:a (Object.)}})))
    (is (thrown-with-msg? BadResponse #"JSON has the same name for" (answer (smallest :rest) {:body {:a 1, "a" 2}})))
    (doseq [missing [(io/file "none-such") (.toPath (io/file "none-such")) (io/as-url (io/file "none-such"))]]
      (is (thrown-with-msg? BadResponse #"can't be read: .*none-such" (answer (smallest :rest) {:body missing}))))
    (is (thrown-with-msg? BadResponse #"The :status must be" (answer (smallest :rest) {:status 101})))
    (is (thrown-with-msg? BadResponse #"must contain only visible" (answer (smallest :function-url) {:headers {:x "\u0085"}})))
    (is (thrown-with-msg? BadResponse #"too large" (answer (smallest :rest) {:body (range)})))
    (is (thrown-with-msg? BadResponse #"can't encode" (answer (smallest :rest) (typed "text/plain; charset=iso-8859-1" "€"))))))

(deftest text-is-sent-in-the-charset-of-its-type
  (doseq [body ["ö" '("ö")]]
    (let [out (ByteArrayOutputStream.)]
      (.writeTo (.rest (answer (smallest :rest) (typed "text/plain; charset=iso-8859-1" body))) out)
      (is (= [-10] (vec (.toByteArray out))))))
  (is (= ["ö"] (streamed (typed "text/plain; charset=none-such" '("ö"))) (streamed (typed "text/plain; charset=us-ascii" '("ö"))))))

(deftest an-error-in-the-middle-is-thrown
  (is (= ["a" BadResponse] (streamed {:body '("a" 1)})))
  (is (= ["a" BadResponse] (streamed {:body (list (.getBytes "a") "b")})))
  (is (= ["a" ArithmeticException] (streamed {:body (fn [^OutputStream out] (.write out 97) (.flush out) (/ 1 0))})))
  (is (= java.nio.charset.UnmappableCharacterException (last (streamed (typed "text/plain; charset=iso-8859-1" '("a" "€")))))))

(deftest streams-are-closed-whether-they-are-read-or-not
  (let [closed (atom 0)
        stream (fn [] (proxy [FilterInputStream] [(ByteArrayInputStream. (byte-array 3))] (close [] (swap! closed inc))))]
    (streamed {:body (stream)})
    (is (= 1 @closed))
    (is (= [] (streamed {:status 204, :body (stream)})))
    (is (= 2 @closed))
    (is (= [] (pieces (answer (event :rest {"httpMethod" "HEAD"}) {:body (stream)}))))
    (is (= 3 @closed))
    (.close (.rest (answer (smallest :rest) {:body (stream)})))
    (is (= 4 @closed))))

(deftest a-streaming-handler-is-buffered-on-other-runtimes
  (doseq [[expected body] [["abc" (fn [^OutputStream out] (.write out (.getBytes "abc")) (.flush out) (.close out))]
                           ["abc" (list (.getBytes "a") (.getBytes "bc"))]
                           ["größe" (fn [^OutputStream out] (with-open [w (io/writer out)] (.write w "größe")))]]]
    (is (= expected (:body (local/invoke (fn [_ _] (typed "text/plain" body)) {})))))
  (is (thrown-with-msg? BadResponse #"must contain only byte arrays, found \"b\"" (reply :rest {:body (list (.getBytes "a") "b")})))
  (testing "with the limit of a buffered reply, and the reason in the log"
    (let [logged  (atom [])
          body    (fn [^OutputStream out] (dotimes [_ 700] (.write out (byte-array 10000))))
          handler (Handlers/gateway "my/handler" (fn [_ _] {:body body}) (gateway/options {:stream true}))]
      (is (= 500 (get (read-json (local/invoke-bytes handler (smallest :rest) {:log #(swap! logged conj %)})) "statusCode")))
      (is (re-find #"too large: more than the 6291556 bytes" (first @logged)))
      (is (re-find #"It is set to stream, but this runtime or the event's source can't" (first @logged))))))

(deftest the-option-decides-whether-a-reply-is-streamed
  (doseq [[streams? options] [[true {:stream true}] [false {:stream false}] [false {}]]]
    (let [handler (Handlers/gateway "my/handler" (fn [_ _] {:body "x"}) (gateway/options options))]
      (is (= streams? (some? (.rest (.answer handler (json-bytes (smallest :rest)) (local/context {})))))))))

(deftest a-failure-before-the-body-is-streamed-as-a-500
  (let [handler (Handlers/gateway "my/handler" (fn [_ _] (throw (ex-info "x" {}))) (gateway/options {:stream true}))
        a       (.answer handler (json-bytes (smallest :function-url)) (local/context {:request-id "r-1", :log (fn [_])}))]
    (is (= 500 (get (beginning a) "statusCode")))
    (is (= ["{\"message\":\"Internal server error\",\"requestId\":\"r-1\"}"] (pieces a)))))
