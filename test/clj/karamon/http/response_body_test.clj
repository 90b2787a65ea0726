(ns karamon.http.response-body-test
  "Rows S8, S11 and S12, and every kind of body of a response."
  (:require
   [clojure.java.io :as io]
   [clojure.test :refer [deftest is testing]]
   [karamon.test-events :refer [exchange read-json reply smallest sources]])
  (:import
   (java.io ByteArrayInputStream File IOException InputStream OutputStream)
   (java.nio.file Files)
   (java.util Base64)
   (karamon.http BadResponse)))

(set! *warn-on-reflection* true)

(defn- sent
  "Returns the body, its content type, and :text or :base64."
  [response]
  (let [{:strs [body headers isBase64Encoded]} (reply :http response)]
    [(if isBase64Encoded (vec (.decode (Base64/getDecoder) ^String body)) body)
     (get headers "content-type")
     (if isBase64Encoded :base64 :text)]))

(defn- typed [type body] {:headers {:content-type type}, :body body})

(defn- file ^File [bs]
  (let [f (File/createTempFile "karamon" ".body")]
    (.deleteOnExit f)
    (io/copy (bytes bs) f)
    f))

(deftest a-body-may-be-text
  (is (= ["größe 😀" nil :text] (sent {:body "größe 😀"})))
  (is (= ["" nil :text] (sent {:body ""})))
  (is (= ["x" "image/png" :text] (sent (typed "image/png" "x")))))

(deftest without-a-body-there-is-no-key
  (is (= {"statusCode" 200, "headers" {}, "isBase64Encoded" false} (reply :http {}) (reply :http {:body nil}))))

(deftest a-body-that-is-data-is-json
  (doseq [[data json] [[{:a 1} "{\"a\":1}"] [[1 2] "[1,2]"] [#{1} "[1]"] [1 "1"] [1/2 "0.5"] [true "true"] [false "false"]
                       [:k "\"k\""] ['s "\"s\""] [{} "{}"] [[] "[]"] ['(1 2) "[1,2]"] ['() "[]"] [(map inc [1]) "[2]"]
                       [(java.util.HashMap. {"a" 1}) "{\"a\":1}"] [["a" "b"] "[\"a\",\"b\"]"] [1.5M "1.5"]
                       [#uuid "00000000-0000-0000-0000-000000000001" "\"00000000-0000-0000-0000-000000000001\""]
                       [#inst "2020-01-02T03:04:05.006Z" "\"2020-01-02T03:04:05.006Z\""]]]
    (testing (pr-str data)
      (is (= [json "application/json" :text] (sent {:body data})))
      (is (= [json "application/hal+json" :text] (sent (typed "application/hal+json" data))))))
  (testing "data that JSON doesn't have is an error with its position"
    (doseq [[data text] [[{:a [1 (Object.)]} #"The body can't be written as JSON: JSON has no form for a java.lang.Object \(at \[:a 1\]\)"]
                         [{:a ##NaN} #"no form for the number NaN \(at \[:a\]\)"]
                         [[##Inf] #"no form for the number Infinity"]
                         [{[1] 2} #"no form for the key \[1\]"]
                         [{nil 2} #"no form for the key nil"]
                         [{:a inc} #"no form for a clojure.core"]]]
      (is (thrown-with-msg? BadResponse text (reply :http {:body data}))))))

(deftest s8-bytes-and-streams-are-base64-unless-they-are-text
  (doseq [make [identity #(ByteArrayInputStream. %) file #(.toPath (file %))]]
    (testing "binary, or no type"
      (is (= [[0 1 -1] "image/png" :base64] (sent (typed "image/png" (make (byte-array [0 1 -1]))))))
      (is (= [[65] nil :base64] (sent {:body (make (byte-array [65]))}))))
    (testing "text types"
      (doseq [type ["text/html" "application/json" "application/xml" "application/javascript" "application/yaml"
                    "application/x-www-form-urlencoded" "application/vnd.api+json" "image/svg+xml" "a/b+yaml" "Text/Plain; charset=UTF-8"]]
        (is (= ["größe" type :text] (sent (typed type (make (.getBytes "größe" "UTF-8"))))))))
    (testing "text types in other charsets than UTF-8 are sent as bytes"
      (is (= [[-1] "text/plain" :base64] (sent (typed "text/plain" (make (byte-array [-1]))))))
      (is (= [[-10] "text/plain; charset=iso-8859-1" :base64]
             (sent (typed "text/plain; charset=iso-8859-1" (make (byte-array [-10])))))))
    (testing "an encoding"
      (is (= [[65] "text/plain" :base64]
             (sent {:headers {:content-type "text/plain", :content-encoding "gzip"}, :body (make (byte-array [65]))})))
      (is (= ["A" "text/plain" :text]
             (sent {:headers {:content-type "text/plain", :content-encoding "identity"}, :body (make (byte-array [65]))}))))))

(deftest text-is-sent-as-bytes-if-its-charset-or-encoding-requires-it
  (is (= [[-10] "text/plain; charset=iso-8859-1" :base64] (sent (typed "text/plain; charset=iso-8859-1" "ö"))))
  (is (= [[65] "text/plain" :base64] (sent {:headers {:content-type "text/plain", :content-encoding "br"}, :body "A"})))
  (is (thrown-with-msg? BadResponse #"can't encode" (reply :http (typed "text/plain; charset=iso-8859-1" "€"))))
  (testing "an unknown charset, which may come from a client"
    (is (= ["x" "text/plain; charset=none-such" :text] (sent (typed "text/plain; charset=none-such" "x"))))
    (is (= [[120] "text/plain; charset=none-such" :base64] (sent (typed "text/plain; charset=none-such" (.getBytes "x"))))))
  (is (= ["é" "text/plain; charset='utf-8'" :text] (sent (typed "text/plain; charset='utf-8'" (.getBytes "é" "UTF-8")))))
  (testing "a charset that can be read only"
    (is (thrown-with-msg? BadResponse #"its charset ISO-2022-CN can't encode" (reply :http (typed "text/plain; charset=ISO-2022-CN" "x"))))))

(deftest a-sequence-of-strings-is-text
  (is (= ["abc" "text/plain" :text] (sent (typed "text/plain" '("a" "b" "c")))))
  (is (= ["größe" nil :text] (sent {:body (map str "größe")})))
  (is (= ["😀" "text/plain" :text] (sent (typed "text/plain" (list "\ud83d" "\ude00")))))
  (is (= [[-10 65] "text/plain; charset=iso-8859-1" :base64] (sent (typed "text/plain; charset=iso-8859-1" '("ö" "A")))))
  (testing "an empty one, when the type says text"
    (is (= ["" "text/plain" :text] (sent (typed "text/plain" ())))))
  (testing "a sequence with something else after a string"
    (is (thrown-with-msg? BadResponse #"must contain only strings, found 1" (reply :http {:body '("a" 1)})))))

(deftest streams-are-always-closed
  (let [closed (atom 0)
        stream (fn [^InputStream in] (proxy [java.io.FilterInputStream] [in] (close [] (swap! closed inc))))
        broken (proxy [InputStream] []
                 (read ([] (throw (IOException. "gone"))) ([_] (throw (IOException. "gone"))) ([_ _ _] (throw (IOException. "gone"))))
                 (close [] (swap! closed inc)))]
    (reply :http {:body (stream (ByteArrayInputStream. (byte-array 3)))})
    (is (= 1 @closed))
    (reply :http {:status 204, :body (stream (ByteArrayInputStream. (byte-array 3)))})
    (is (= 2 @closed))
    (is (thrown-with-msg? BadResponse #"can't be read: gone" (reply :http {:body broken})))
    (is (= 3 @closed)))
  (is (thrown-with-msg? BadResponse #"can't be read: .*none-such" (reply :http {:body (io/file "none-such")}))))

(defn- text [n] (String. (char-array n \x)))

(deftest s11-a-body-that-is-too-large-is-an-error-with-the-limit
  (doseq [source sources
          :let   [limit (if (= :alb source) 1048576 6291556)]]
    (testing source
      (let [overhead (alength (.reply (exchange (smallest source)) {:body ""}))]
        (is (= limit (alength (.reply (exchange (smallest source)) {:body (text (- limit overhead))}))))
        (is (thrown-with-msg? BadResponse (re-pattern (str "too large: " (inc limit) " bytes, where at most " limit))
                              (.reply (exchange (smallest source)) {:body (text (- (inc limit) overhead))}))))
      (testing "bytes and streams, which grow in base64"
        (is (thrown-with-msg? BadResponse (re-pattern (str "at most " limit)) (reply source {:body (byte-array limit)})))
        (is (thrown-with-msg? BadResponse (re-pattern (str "too large: more than the " limit " bytes"))
                              (reply source {:body (ByteArrayInputStream. (byte-array (* 2 limit)))}))))
      (testing "a sequence"
        (is (thrown-with-msg? BadResponse (re-pattern (str "too large: more than the " limit " bytes"))
                              (reply source {:body (list (text limit) (text limit))}))))))
  (testing "an endless body is read up to the limit"
    (doseq [body [(fn [n!] (proxy [InputStream] []
                             (read
                               ([] (n! 1) 120)
                               ([buffer] (n! (alength ^bytes buffer)) (alength ^bytes buffer))
                               ([_ _ length] (n! length) length))))
                  (fn [n!] (fn [^OutputStream out] (while true (n! 1000) (.write out (byte-array 1000)))))
                  (fn [n!] (fn [^OutputStream out]
                             (try
                               (while true (n! 1000) (.write out (byte-array 1000)))
                               (catch IOException e (throw (IllegalStateException. "Wrapped" e))))))
                  (fn [n!] (map (fn [_] (n! 1000) (byte-array 1000)) (range)))
                  (fn [n!] (map (fn [_] (n! 1000) (text 1000)) (range)))
                  (fn [n!] {:data (map (fn [_] (n! 1000) (text 1000)) (range))})]]
      (let [read (atom 0)]
        (is (thrown-with-msg? BadResponse #"too large: more than the 1048576 bytes"
                              (reply :alb {:body (body #(swap! read + %))})))
        ;; A chunk of a sequence is realized at once.
        (is (<= @read (+ 1048576 65536)))))
    (is (thrown-with-msg? BadResponse #"too large: more than" (reply :alb {:body (repeat (text 100000))})))
    (is (thrown-with-msg? BadResponse #"too large: more than" (reply :alb {:body (range)})))))

(deftest a-handler-must-return-a-map
  (doseq [[value text] [[nil "found nil"] ["x" "found a java.lang.String"]
                        [[] "found a clojure.lang.PersistentVector"] [200 "found a java.lang.Long"]]]
    (is (thrown-with-msg? BadResponse (re-pattern text) (.reply (exchange (smallest :rest)) value)))))

(deftest halves-of-surrogate-pairs-survive
  (doseq [source sources]
    (is (= "a\ud800b" (get (read-json (.reply (exchange (smallest source)) {:body "a\ud800b"})) "body")))
    (is (= "{\"\ud800\":\"\udc00\"}" (get (reply source {:body {"\ud800" "\udc00"}}) "body")))))
