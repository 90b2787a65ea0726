(ns karamon.hostile-test
  "Hostile input has a clear result or one of the declared errors."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.gateway :as gateway]
   [karamon.local :as local]
   [karamon.test-events :refer [event exchange json-bytes read-json reply request sample-bytes smallest sources]])
  (:import
   (karamon.http BadRequest NotHttpEvent)
   (karamon.json MalformedJson)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(defn- outcome
  "Returns :request, or the declared error for the bytes."
  [^bytes bs]
  (try (request bs) :request
       (catch MalformedJson _ :malformed)
       (catch NotHttpEvent _ :not-http)
       (catch BadRequest _ :bad-request)))

(defn- utf8 ^bytes [^String s] (.getBytes s "UTF-8"))

(defn- times [^long n ^String s] (.repeat s n))

(deftest bytes-that-arent-an-event-are-declared-errors
  (doseq [[text expected] {""                                                        :malformed
                           " "                                                       :malformed
                           "{"                                                       :malformed
                           "{\"httpMethod\":\"GET\"} x"                              :malformed
                           "{\"httpMethod\":\"GET\"}{}"                              :malformed
                           "{\"httpMethod\":\"GET\",}"                               :malformed
                           "null"                                                    :not-http
                           "[]"                                                      :not-http
                           "\"x\""                                                   :not-http
                           "{\"httpMethod\":\"GET\",\"x\":1e400}"                    :request
                           "{\"httpMethod\":\"GET\",\"requestContext\":{\"x\":1e400}}" :request
                           "{\"httpMethod\":\"GET\",\"requestContext\":{\"x\":1e4000}}" :malformed
                           "{\"httpMethod\":\"GET\",\"requestContext\":{\"x\":1e-400,\"y\":-0}}" :request
                           "{\"httpMethod\":\"GET\",\"httpMethod\":\"PUT\"}"         :request
                           "{\"httpMethod\":\"\\ud800\",\"path\":\"/\\udc00\",\"headers\":{\"x\":\"\\ud800\"}}" :request
                           "{\"httpMethod\":\"GET\",\"\\ud800\":1}"                  :malformed}]
    (testing text
      (is (= expected (outcome (utf8 text))))))
  (testing "bytes that aren't UTF-8"
    (is (= :malformed (outcome (byte-array (map unchecked-byte [0x7b 0x22 0xff 0x22 0x3a 0x31 0x7d])))))
    (is (= :malformed (outcome (byte-array [(unchecked-byte 0xff)]))))
    (is (= :malformed (outcome (byte-array 10)))))
  (testing "truncated anywhere"
    (let [whole (sample-bytes "rest")]
      (doseq [n (range 0 (dec (alength whole)) 7)]
        (is (= :malformed (outcome (java.util.Arrays/copyOf whole (int n)))))))))

(deftest depth-and-digits-are-limited
  (doseq [n [1001 100000]]
    (is (= :malformed (outcome (utf8 (times n "[")))))
    (is (= :malformed (outcome (utf8 (times n "{\"a\":")))))
    (is (= :malformed (outcome (utf8 (str "{\"httpMethod\":\"GET\",\"requestContext\":" (times n "{\"a\":"))))))
    (is (= :malformed (outcome (utf8 (str "{\"httpMethod\":\"GET\",\"other\":" (times n "[")))))))
  (is (= :malformed (outcome (utf8 (str "{\"httpMethod\":\"GET\",\"requestContext\":{\"x\":" (times 10000 "9") "}}")))))
  (testing "in a body, it is a 400; in a response, a 500"
    (let [echo (fn [body] (local/invoke (fn [e _] {:body (gateway/json e)}) {:body body, :headers {:content-type "application/json"}}
                                        {:log (fn [_])}))]
      (doseq [body [(times 100000 "[") (times 100000 "{\"a\":") (times 10000 "9") "1e4000" "\u0000" "{\"\\ud800\":1}"]]
        (is (= 400 (:status (echo body)))))
      (is (= "[-0.0,0,0.0]" (:body (echo "[-0.0,-0,1e-400]"))))
      (is (= (times 1000 "9") (:body (echo (times 1000 "9"))))))
    (let [deep (nth (iterate vector 1) 100000)]
      (is (= 500 (:status (local/invoke (fn [_ _] {:body deep}) {} {:log (fn [_])})))))))

(deftest large-bodies-are-read
  (let [text   (times 6000000 "x")
        binary (byte-array 4500000)]
    (doseq [source sources]
      (is (= 6000000 (count (:body (request (event source {"body" text}))))))
      (is (= 4500000 (alength ^bytes (:body (request (event source {"body"            (.encodeToString (java.util.Base64/getEncoder) binary)
                                                                    "isBase64Encoded" true}))))))
      (is (= 400 (:status (local/invoke (fn [_ _]) (event source {"body" (str text "*"), "isBase64Encoded" true}) {})))))))

(deftest thousands-of-parameters-headers-and-cookies-are-read
  (let [n     (Depth/times 10000 100000)
        names (map #(str "n" %) (range n))]
    (doseq [source sources]
      (testing source
        (is (= n (count (:headers (request (event source {"headers" (zipmap names (repeat "v"))}))))))
        (is (= n (count (get-in (request (event source {"multiValueHeaders" {"x" (vec names)}})) [:headers-all :x]))))
        (when (#{:rest :alb :websocket} source)
          (is (= n (count (:query (request (event source {"multiValueQueryStringParameters" (zipmap names (repeat ["v" "w"]))}))))))
          (is (= n (count (get-in (request (event source {"multiValueQueryStringParameters" {"x" (vec names)}})) [:query-all :x])))))))
    (testing "a raw query string, with values and without"
      (doseq [raw [(str/join "&" (map #(str % "=v") names)) (str/join "&" names)]]
        (is (= n (count (:query (request (event :http {"rawQueryString" raw}))))))))
    (testing "a few characters only"
      (is (= {} (:query (request (event :http {"rawQueryString" (times 1000000 "&")})))))
      (is (= {} (:cookies (request (event :http {"headers" {"cookie" (times 1000000 ";")}})))))
      (is (= {:a ""} (:query (request (event :http {"rawQueryString" (str (times 500000 "a&") "a")})))))
      (is (= 1000000 (count (:query-string (request (event :http {"rawQueryString" (times 1000000 "%")})))))))
    (testing "cookies, with values and without"
      (is (= n (count (:cookies (request (event :http {"cookies" (mapv #(str % "=v") names)}))))))
      (is (= {} (:cookies (request (event :function-url {"headers" {"cookie" (str/join "; " names)}}))))))
    (testing "of a response"
      (is (= n (count (get (reply :rest {:headers (zipmap names (repeat "v"))}) "headers"))))
      (is (= n (count (get (reply :http {:cookies (mapv #(str % "=v") names)}) "cookies")))))))

(deftest very-long-names-are-read
  (let [long-name (times 50000 "n")]
    (is (= "v" (get-in (request (event :rest {"headers" {long-name "v"}})) [:headers (keyword long-name)])))
    (is (= :malformed (outcome (json-bytes (event :rest {"headers" {(str long-name "n") "v"}})))))
    (is (= "v" (get-in (request (event :http {"rawQueryString" (str (times 1000000 "n") "=v")})) [:query (keyword (times 1000000 "n"))])))
    (is (= 100001 (count (:path (request (event :http {"rawPath" (str "/" (times 100000 "p"))}))))))
    (testing "messages stay short"
      (doseq [bad [{"headers" (times 1000000 "x")} {"requestContext" (times 1000000 "x")} {"path" [1] "httpMethod" []}
                   {"isBase64Encoded" (times 1000000 "x")}]]
        (is (< (count (ex-message (is (thrown? NotHttpEvent (request bad))))) 1000))))))

(def ^:private fields
  ["version" "httpMethod" "path" "rawPath" "rawQueryString" "resource" "routeKey" "body" "isBase64Encoded" "headers"
   "multiValueHeaders" "queryStringParameters" "multiValueQueryStringParameters" "pathParameters" "stageVariables"
   "requestContext" "cookies"])

(def ^:private values
  [nil true false 0 -1 1.5 123456789012345678901234567890N "" "x" "ü" [] [nil] [[]] [1 "x"] {} {"x" nil} {"x" []} {"x" {}}
   {"x" [nil 1 {} []]} {"" ""}])

(deftest any-value-in-any-field-is-a-request-or-a-declared-error
  (doseq [source sources, field fields, value values
          :let [e (assoc (smallest source) field value)]]
    (testing [source field value]
      (is (#{:request :not-http :bad-request} (outcome (json-bytes e))))
      (is (#{:request :not-http :bad-request}
           (try (request e {:source source, :raw true, :base-path "/x"}) :request
                (catch NotHttpEvent _ :not-http)
                (catch BadRequest _ :bad-request)))))))

(deftest null-in-any-field-is-like-a-missing-field
  (doseq [source sources, field (remove #{"requestContext" "httpMethod" "version"} fields)]
    (testing [source field]
      (is (= (request (dissoc (smallest source) field)) (request (assoc (smallest source) field nil)))))))

(deftest any-value-in-the-request-context-is-a-request-or-a-declared-error
  (doseq [source sources, path [["elb"] ["http"] ["http" "method"] ["http" "sourceIp"] ["domainName"] ["connectionId"] ["stage"]
                                ["routeKey"] ["identity"] ["identity" "sourceIp"] ["authorizer"]]
          value  values]
    (testing [source path value]
      (is (#{:request :not-http} (outcome (json-bytes (assoc-in (smallest source) (cons "requestContext" path) value))))))))

(deftest halves-of-surrogate-pairs-survive
  (doseq [source sources]
    (let [r (request (event source {"path" "/\ud800", "rawPath" "/\udc00", "body" "\ud800", "headers" {"x" "\udc00"}
                                    "rawQueryString" "\ud800=\ud800", "queryStringParameters" {"a" "\ud800"}}))]
      (is (= ["\ud800" "\udc00"] [(:body r) (get-in r [:headers :x])]))
      (is (re-matches #"[ -~]+" (:path r))))
    (is (= "\ud800" (get (read-json (.reply (exchange (smallest source)) {:body "\ud800"})) "body")))))
