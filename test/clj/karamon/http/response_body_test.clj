(ns karamon.http.response-body-test
  "Rows S8, S11 and S12, and every kind of body of a response."
  (:require
   [clojure.java.io :as io]
   [clojure.test :refer [deftest is testing]]
   [karamon.test-events :refer [exchange json-bytes read-json reply smallest sources]])
  (:import
   (java.io ByteArrayInputStream File IOException InputStream OutputStream)
   (java.net JarURLConnection URL URLStreamHandler)
   (java.util Base64)
   (java.util.jar JarEntry JarOutputStream)
   (karamon.http Answer BadResponse Exchange ReadOptions)))

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

(defn- jar
  "Returns the URL of a new jar with the entries of `m`, names to bytes; those that end with a slash are folders."
  [m]
  (let [f (File/createTempFile "karamon jar" ".jar")]
    (.deleteOnExit f)
    (with-open [out (JarOutputStream. (io/output-stream f))]
      (doseq [[n bs] m]
        (.putNextEntry out (JarEntry. ^String n))
        (.write out (bytes bs))))
    (str (.toURL (.toURI f)))))

(defn- url-in-jar [bs]
  (URL. (str "jar:" (jar {"a b.html" bs}) "!/a%20b.html")))

(deftest s8-bytes-and-streams-are-base64-unless-they-are-text
  (doseq [make [identity #(ByteArrayInputStream. %) file #(.toPath (file %)) #(io/as-url (file %)) url-in-jar]]
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

(deftest a-resource-is-sent-as-its-content
  (let [core (io/resource "clojure/core.clj")]
    (is (= "jar" (.getProtocol core)))
    (is (= [(slurp core) "text/plain" :text] (sent (typed "text/plain" core)))))
  (testing "of a file whose name has other characters than URLs"
    (let [f (doto (File/createTempFile "größe 100% a" "+.html") .deleteOnExit)]
      (spit f "größe")
      (doseq [url [(io/as-url f) (URL. (str "file:" f))]]
        (is (= ["größe" "text/html" :text] (sent (typed "text/html" url)))))))
  (testing "one that doesn't exist, and a folder, is an error"
    (let [jar (str "jar:" (jar {"page.html" (.getBytes "x"), "public/" (byte-array 0), "public/page.html" (.getBytes "x")}) "!/")]
      (is (= ["x" "text/html" :text] (sent (typed "text/html" (URL. (str jar "public/page.html"))))))
      (doseq [url [(URL. "file:/none/such") (URL. "jar:file:/none/such.jar!/page.html") (URL. (str jar "none-such"))
                   (io/as-url (io/file ".")) (URL. (str jar "public/")) (URL. (str jar "public")) (URL. jar)]]
        (testing (str url)
          (is (thrown-with-msg? BadResponse #"^The body can't be read: " (reply :http {:body url})))))))
  (testing "any other URL is an error, and isn't fetched"
    (doseq [url ["http://localhost:1/x" "https://localhost:1/x" "ftp://localhost:1/x" "file://localhost/x" "jar:http://localhost:1/x.jar!/y"
                 "jar:file://127.0.0.1/x.jar!/y" "jrt:/java.base/java/lang/Object.class"]]
      (is (thrown-with-msg? BadResponse #"A body that is a URL must name a file or an entry of a jar" (reply :http {:body (URL. url)}))))))

(deftest json-never-has-the-name-of-a-file-of-this-machine
  (doseq [place [(io/resource "clojure/core.clj") (io/as-url (io/file "pom.xml")) (.toURI (io/file "pom.xml"))
                 (.toAbsolutePath (.toPath (io/file "pom.xml"))) (io/file "pom.xml")]
          body  [[place] {:a {:b place}} (list 1 place)]]
    (testing (pr-str body)
      (is (thrown-with-msg? BadResponse #"JSON has no form for a " (reply :http {:body body})))))
  (is (= "[\"https://x.org/\",\"urn:x\",\"a/b\"]"
         (first (sent {:body [(URL. "https://x.org/") (java.net.URI. "urn:x") (.toPath (io/file "a" "b"))]})))))

(deftest a-map-with-two-keys-of-one-name-is-an-error
  (doseq [data [{:a 1 "a" 2} {'a 1 "a" 2} {:a/b 1 "a/b" 2} {:a/b 1 (keyword nil "a/b") 2} {(keyword "a" "b/c") 1 (keyword "a/b" "c") 2}
                {1 :a "1" :b} {1.5 1 1.5M 2} {true 1 "true" 2} {\a 1 :a 2} {#uuid "00000000-0000-0000-0000-000000000001" 1
                                                                            "00000000-0000-0000-0000-000000000001" 2}]
          body [data [data] {:x {"y" (list data)}}]]
    (testing (pr-str body)
      (is (thrown-with-msg? BadResponse #"JSON has the same name for the keys " (reply :http {:body body})))))
  (is (thrown-with-msg? BadResponse #"the same name for the keys :a and \"a\" \(at \[:x 0\]\)$" (reply :http {:body {:x [(array-map :a 1 "a" 2)]}})))
  (testing "others stay as they are"
    (doseq [[data json] [[(array-map :a 1 "b" 2 'c 3 4 5) "{\"a\":1,\"b\":2,\"c\":3,\"4\":5}"]
                         [(array-map :a/b 1 :b 2) "{\"a/b\":1,\"b\":2}"]
                         [(array-map 1 2 3 4) "{\"1\":2,\"3\":4}"]]]
      (is (= json (first (sent {:body data})))))))

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
    (is (= 3 @closed))
    (testing "also of an invalid response"
      (doseq [response [{:status 101} {:headers {:x "\n"}} {:cookies 1} {:header {}}]]
        (is (thrown? BadResponse (reply :http (assoc response :body (stream (ByteArrayInputStream. (byte-array 3))))))))
      (is (= 7 @closed))))
  (is (thrown-with-msg? BadResponse #"can't be read: .*none-such" (reply :http {:body (io/file "none-such")}))))

(deftest the-stream-of-a-url-is-always-closed
  (let [opened (atom 0)
        closed (atom 0)
        url    (fn [] (URL. nil "jar:file:/x.jar!/y"
                            (proxy [URLStreamHandler] []
                              (openConnection [url]
                                (proxy [JarURLConnection] [url]
                                  (connect [])
                                  (getJarFile [])
                                  (getJarEntry [] (JarEntry. "y"))
                                  (getInputStream []
                                    (swap! opened inc)
                                    (proxy [java.io.FilterInputStream] [(ByteArrayInputStream. (.getBytes "y"))]
                                      (close [] (swap! closed inc)))))))))
        head   (assoc (smallest :rest) "httpMethod" "HEAD")
        answer #(.answer (Exchange/of (json-bytes %1) ReadOptions/NONE true) %2)]
    (reply :rest {:body (url)})
    (reply :rest {:status 204, :body (url)})
    (reply head {:body (url)})
    (.writeTo (.rest ^Answer (answer (smallest :rest) {:body (url)})) (java.io.ByteArrayOutputStream.))
    (.close (.rest ^Answer (answer (smallest :rest) {:body (url)})))
    (answer (smallest :rest) {:status 304, :body (url)})
    (answer head {:body (url)})
    (is (= [7 7] [@opened @closed]))))

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
