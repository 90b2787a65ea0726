(ns karamon.response-property-test
  "A response map written for a source, and read as by that service, is the same response. Exceptions: payload 2.0, and a load
  balancer with single values, join repeated headers with commas; such a load balancer keeps only the last cookie."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.local :as local]
   [karamon.local.reply :as reply]
   [karamon.ring :as ring]
   [karamon.test-events :refer [event exchange json-bytes read-json]])
  (:import
   (karamon.http Answer BadResponse Exchange ReadOptions Source TooLarge)
   (karamon.runtime Handlers)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(def ^:private token
  (gen/fmap #(apply str %) (gen/not-empty (gen/vector (gen/frequency [[9 gen/char-alphanumeric] [1 (gen/elements (seq "!#$%&'*+-.^_`|~"))]])))))

(def ^:private header-name
  (gen/such-that #(not (#{"set-cookie" "content-type" "content-encoding" "content-length" "connection" "te" "trailer" "upgrade"} %))
                 (gen/fmap str/lower-case token)))

(def ^:private header-value
  (gen/one-of [gen/string-alphanumeric gen/small-integer (gen/fmap keyword token)
               (gen/fmap #(apply str (map char %)) (gen/vector (gen/one-of [(gen/choose 32 126) (gen/choose 0xa0 0xff) (gen/return 9)])))]))

(def ^:private any-string (gen/fmap #(apply str (map char %)) (gen/vector (gen/choose 0 0xd7ff))))

(def ^:private body
  "Pairs of a body and the bytes that a client must receive."
  (gen/one-of [(gen/return [nil nil])
               (gen/fmap (fn [^String s] [s (.getBytes s "UTF-8")]) any-string)
               (gen/fmap (fn [^bytes bs] [bs bs]) gen/bytes)
               (gen/fmap (fn [^bytes bs] [(java.io.ByteArrayInputStream. bs) bs]) gen/bytes)
               (gen/fmap (fn [ss] [(sequence ss) (.getBytes ^String (apply str ss) "UTF-8")]) (gen/not-empty (gen/vector any-string)))
               (gen/fmap (fn [m] [m (json-bytes m)]) (gen/map any-string gen/small-integer))]))

(def ^:private responses
  (gen/let [status  (gen/such-that #(not (#{204 304} %)) (gen/choose 200 599))
            headers (gen/map header-name (gen/vector header-value 1 3) {:max-elements 5})
            cookies (gen/vector (gen/fmap #(str/join "=" %) (gen/tuple token token)) 0 3)
            type    (gen/elements [nil "text/plain" "application/json" "image/png" "text/html; charset=utf-8"])
            body    body]
    {:response {:status status, :cookies cookies, :body (first body)
                :headers (cond-> headers type (assoc :content-type type))}
     :type     type
     :bytes    (second body)}))

(def ^:private text-of #(if (keyword? %) (subs (str %) 1) (str %)))

(defn- expected [{:keys [response type bytes]} multi?]
  (let [data?   (map? (:body response))
        type    (or type (when data? "application/json"))
        many    #(if (or multi? (= 1 (count %))) % [(str/join "," %)])
        cookies (:cookies response)]
    {:status  (:status response)
     :body    (when bytes (vec bytes))
     :headers (cond-> (update-vals (dissoc (:headers response) :content-type) #(many (mapv text-of %)))
                type          (assoc "content-type" [type])
                (seq cookies) (assoc "set-cookie" (vec cookies)))}))

(defspec a-response-is-the-same-through-every-source {:num-tests (Depth/times 100 400), :max-size 50, :seed 21}
  (prop/for-all [r    responses
                 [source fields] (gen/elements [[:rest {}] [:http {}] [:function-url {}] [:websocket {}] [:alb {}] [:http-1.0 {}] [:lattice {}]
                                                [:alb {"multiValueHeaders" {}}]])]
    (let [multi? (or (#{:rest :http-1.0 :websocket} source) (seq fields))
          bytes  (.reply (exchange (event source fields)) (:response r))]
      (= (expected r multi?)
         (update (reply/read-reply source bytes) :body #(when % (vec %)))))))

(def ^:private of-our-server (event :function-url {"requestContext" {"karamon" {}}}))

(defn- answer ^Answer [e response]
  (.answer (Exchange/of (json-bytes e) ReadOptions/NONE) response))

(defspec an-answer-of-our-server-has-the-parts-of-its-json {:num-tests (Depth/times 100 400), :max-size 50, :seed 24}
  (prop/for-all [r responses]
    (let [answer (answer of-our-server (:response r))
          many   (fn [pairs] (update-vals (group-by (comp str/lower-case first) pairs) #(mapv second %)))
          parts  {:status  (.status answer)
                  :headers (many (partition 2 (.headers answer)))
                  :body    (vec (.body answer))}]
      (and (.hasParts answer)
           (= parts
              (update (expected r false) :body vec)
              (update (reply/read-reply :function-url (.bytes answer)) :body vec))))))

(deftest an-answer-that-is-too-large-is-refused
  (let [limit (.replyBytes Source/SERVER)]
    (is (= limit (alength (.body (answer of-our-server {:body (byte-array limit)})))))
    (is (thrown-with-msg? TooLarge #"67108865 bytes, where at most 67108864"
                          (answer of-our-server {:body (byte-array (inc limit))})))))

(def ^:private unsendable
  "Responses with one part that HTTP can't transfer."
  (let [bad   (gen/one-of [(gen/choose 0 8) (gen/choose 10 31) (gen/choose 0x7f 0x9f) (gen/choose 0x100 0xffff)])
        text  (gen/let [head gen/string-ascii, c bad, tail gen/string-ascii] (str head (char c) tail))
        value (gen/one-of [text (gen/fmap vector text) (gen/fmap #(vector "ok" [%]) text) (gen/fmap keyword text)])]
    (gen/one-of [(gen/fmap (fn [status] {:status status}) (gen/one-of [(gen/choose -100 199) (gen/choose 600 9999)]))
                 (gen/fmap (fn [[k v]] {:headers {k v}}) (gen/tuple header-name value))
                 (gen/fmap (fn [[k v]] {:headers {(str k v) "x"}}) (gen/tuple header-name text))
                 (gen/fmap (fn [v] {:headers {:set-cookie v}}) value)
                 (gen/fmap (fn [v] {:cookies ["a=1" v]}) text)
                 (gen/fmap (fn [v] {:cookies [{:name "a", :domain v}]}) text)])))

(defn- outcome [f]
  (try (f) (catch BadResponse _ :refused)))

(defspec no-response-that-http-cant-transfer-is-sent {:num-tests (Depth/times 200 4000), :seed 23}
  (prop/for-all [response unsendable
                 source   (gen/elements [:rest :http :function-url :websocket :alb])]
    (let [handler (fn [_ _] response)
          json    (json-bytes (event source {}))]
      (= [:refused :refused :refused 500 500]
         [(outcome #(.reply (exchange json) response))
          (outcome #(.answer (Exchange/of json ReadOptions/NONE true) response))
          (outcome #((ring/app handler) {:request-method :get, :uri "/", :headers {}}))
          (:status (local/invoke handler (event source {}) {:log (fn [_])}))
          (:status (local/invoke (ring/handler (ring/app handler)) (event source {}) {:log (fn [_])}))]))))

(defspec any-reply-is-json-with-a-status {:num-tests (Depth/times 100 400), :max-size 50, :seed 22}
  (prop/for-all [response (gen/map (gen/elements [:status :headers :cookies :body]) gen/any-equatable {:max-elements 4})
                 source   (gen/elements [:rest :http :function-url :websocket :alb])]
    (let [handler (Handlers/gateway "h" (fn [_ _] response) nil)
          reply   (local/invoke-bytes handler (event source {}) {:log (fn [_])})]
      (and (int? (get (read-json reply) "statusCode"))
           (nil? (:fault (reply/read-reply source reply)))))))
