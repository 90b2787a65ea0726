(ns karamon.ring-test
  "Ring apps as gateway handlers. The opposite direction: `karamon.ring-app-test`."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.gateway :as gateway]
   [karamon.local :as local]
   [karamon.ring :as ring]
   [karamon.test-events :refer [event request sources]])
  (:import
   (clojure.lang ExceptionInfo Keyword)
   (java.io ByteArrayInputStream File InputStream)
   (java.security.cert X509Certificate)
   (java.util Base64)
   (karamon.http Exchange ReadOptions RequestBody)
   (karamon.json JsonWriter)
   (karamon.runtime Handlers)))

(set! *warn-on-reflection* true)

(defn- ring-request
  "Returns the Ring request that an app gets for a request map."
  [m]
  (let [seen (promise)]
    ((ring/handler (fn [r] (deliver seen r) {:status 200, :headers {}})) m nil)
    @seen))

(defn- of-event [e] (ring-request (request e)))

(def echo
  "Answers with its request, including the body."
  (ring/handler (fn [{:keys [uri query-string body request-method]}]
                  {:status  200
                   :headers {"Content-Type" "text/plain"}
                   :body    (str request-method " " uri " " query-string " " (slurp body))})))

(def with-options (ring/handler (fn [r] {:status 200, :headers {}, :body (:uri r)}) {:base-path "/api", :source :alb}))

(deftest a-ring-request-has-the-keys-of-the-spec
  (let [e (request (event :http {"rawPath"        "/a b/c"
                                 "rawQueryString" "x=%20&y"
                                 "headers"        {"Host" "api.example:8443", "Content-Type" "text/plain; charset=UTF-8", "Content-Length" "3", "x-two" "1,2"}
                                 "cookies"        ["a=1" "b=2"]
                                 "requestContext" {"http" {"method" "POST", "sourceIp" "192.0.2.1", "protocol" "HTTP/2.0"}}
                                 "body"           "abc"}))
        r (ring-request e)]
    (is (= {:server-port        8443
            :server-name        "api.example"
            :remote-addr        "192.0.2.1"
            :uri                "/a%20b/c"
            :query-string       "x=%20&y"
            :scheme             :https
            :request-method     :post
            :protocol           "HTTP/2.0"
            :content-type       "text/plain; charset=UTF-8"
            :content-length     3
            :character-encoding "UTF-8"
            :headers            {"host" "api.example:8443", "content-type" "text/plain; charset=UTF-8", "content-length" "3"
                                 "x-two" "1,2", "cookie" "a=1; b=2"}
            :karamon/request    e
            :karamon/context    nil}
           (dissoc r :body)))
    (is (= "abc" (slurp (:body r))))
    (is (instance? Integer (:server-port r)))))

(deftest every-source-provides-the-keys-that-ring-requires
  (doseq [source sources]
    (testing source
      (let [{:keys [server-port server-name remote-addr uri scheme request-method protocol headers body query-string]}
            (of-event (event source {}))]
        (is (every? string? [server-name remote-addr uri protocol]))
        (is (= [Integer Keyword Keyword] (map class [server-port scheme request-method])))
        (is (= [{} nil ""] [headers query-string (slurp body)]))))))

(deftest the-port-is-the-hosts-or-the-forwarded-one-or-the-schemes
  (doseq [[host headers server port] [["a.example:3000" {"x-forwarded-port" "443"} "a.example" 3000]
                                      ["a.example" {"x-forwarded-port" "8443"} "a.example" 8443]
                                      ["a.example" {"x-forwarded-proto" "http"} "a.example" 80]
                                      ["a.example" {} "a.example" 443]
                                      ["[::1]:3000" {} "[::1]" 3000]
                                      ["[::1]" {} "[::1]" 443]
                                      ["a:b:c" {} "a:b:c" 443]
                                      ["a.example:999999" {"x-forwarded-port" "x"} "a.example:999999" 443]
                                      [":80" {} ":80" 80]
                                      ["" {} "localhost" 443]]]
    (testing [host headers]
      (is (= [server port] ((juxt :server-name :server-port) (of-event (event :rest {"headers" (assoc headers "host" host)}))))))))

(deftest repeated-headers-are-joined-as-in-ring
  (is (= {"a" "1,2", "cookie" "a=1; b=2"}
         (:headers (of-event (event :rest {"multiValueHeaders" {"A" ["1"], "a" ["2"], "Cookie" ["a=1" "b=2"]}}))))))

(deftest the-body-is-a-stream-that-decodes-only-when-read
  (let [lazily (fn [fields] (:body (.request (Exchange/of (JsonWriter/bytes ^Object (event :rest fields)) (ReadOptions. nil nil false true false)))))]
    (testing "bytes, from base64"
      (let [^InputStream in (lazily {"body" (.encodeToString (Base64/getEncoder) (byte-array [0 -1 7])), "isBase64Encoded" true})]
        (is (instance? RequestBody in))
        (is (= [0 -1 7] (vec (.readAllBytes in))))
        (is (= -1 (.read in)))
        (is (= [0 -1 7] (vec (.value ^RequestBody in))) "its value is available even then")))
    (testing "invalid base64 throws when it is read, and becomes a 400"
      (is (instance? RequestBody (lazily {"body" "***", "isBase64Encoded" true})))
      (let [sent (event :rest {"body" "***", "isBase64Encoded" true, "httpMethod" "POST"})]
        (is (= 200 (:status (local/invoke (ring/handler (fn [_] {:status 200, :headers {}})) sent))))
        (is (re-find #"The body isn't base64" (:body (local/invoke #'echo sent))))
        (is (= 400 (:status (local/invoke #'echo sent))))))
    (testing "none"
      (is (= "" (slurp (lazily {"body" nil, "isBase64Encoded" true})) (slurp (lazily {"body" ""}))))
      (is (nil? (.value ^RequestBody (lazily {"body" nil, "isBase64Encoded" true}))))))
  (testing "text in its declared charset, if that has all its characters"
    (doseq [[type text charset] [["text/plain" "größe" "UTF-8"]
                                 ["text/plain; charset=iso-8859-1" "größe" "ISO-8859-1"]
                                 ["text/plain; charset=iso-8859-1" "太郎" "UTF-8"]
                                 ["text/plain; charset=none-such" "größe" "UTF-8"]]]
      (testing type
        (is (= text (slurp (:body (of-event (event :rest {"body" text, "headers" {"content-type" type}}))) :encoding charset)))))))

(deftest a-clients-certificate-is-parsed-lazily
  (let [pem  (slurp (io/resource "client-certificate.pem"))
        cert (fn [e] (:ssl-client-cert (of-event e)))
        v1   {"requestContext" {"identity" {"clientCert" {"clientCertPem" pem}}}}
        v2   {"requestContext" {"authentication" {"clientCert" {"clientCertPem" pem}}}}]
    (doseq [^X509Certificate c [(cert (event :rest v1)) (cert (event :http v2))]]
      (is (instance? X509Certificate c))
      (is (= "O=Example,CN=client.example" (.getName (.getSubjectX500Principal c)) (.getName (.getIssuerX500Principal c))))
      (is (nil? (.checkValidity c)))
      (is (nil? (.verify c (.getPublicKey c))))
      (is (= 3 (.getVersion c)))
      (is (= c (cert (event :rest v1)))))
    (is (not (contains? (of-event (event :rest {})) :ssl-client-cert)))
    (testing "so an invalid one only fails its reader"
      (let [^X509Certificate broken (cert (event :http (assoc-in v2 ["requestContext" "authentication" "clientCert" "clientCertPem"] "x")))]
        (is (thrown-with-msg? IllegalStateException #"clientCertPem isn't a certificate" (.getVersion broken)))))))

(defn- answered
  "Returns the response that a client gets for an app's Ring response."
  ([response] (answered response {}))
  ([response opts] (local/invoke (ring/handler (fn [_] response) opts) {} {:log identity})))

(deftest every-kind-of-body-is-sent
  (let [file (File/createTempFile "karamon" ".txt")
        text {"content-type" "text/plain"}]
    (try
      (spit file "größe")
      (doseq [[body seen] [[nil nil]
                           ["größe" "größe"]
                           [(.getBytes "größe" "UTF-8") "größe"]
                           [(list "grö" \ß :e 1 nil) "größ:e1"]
                           [(map identity ["grö" "ße"]) "größe"]
                           [() ""]
                           [(list (.getBytes "grö" "UTF-8") (.getBytes "ße" "UTF-8")) "größe"]
                           [(ByteArrayInputStream. (.getBytes "größe" "UTF-8")) "größe"]
                           [file "größe"]]]
        (testing (class body)
          (is (= [200 seen] ((juxt :status :body) (answered {:status 200, :headers text, :body body}))))))
      (finally (.delete file)))))

(deftest headers-may-be-vectors-and-of-any-case
  (let [r (answered {:status 201, :headers {"X-A" ["1" "2"], "Set-Cookie" ["a=1" "b=2"], "CONTENT-TYPE" "text/html", "x-nil" nil}, :body "x"})]
    (is (= {:status 201, :headers {:x-a "1,2", :content-type "text/html"}, :cookies ["a=1" "b=2"], :body "x"} r))))

(deftest keys-of-middleware-are-removed
  (is (= {:status 200, :headers {}, :cookies [], :body nil} (answered {:status 200, :headers {}, :session {:a 1}, :cookies {"a" {:value 1}}}))))

(deftest an-invalid-response-is-an-error-with-the-reason
  (doseq [[response text] [[nil #"The Ring app returned nil for GET /x: end it with a catch-all route"]
                           ["x" #"must return a response map, found a java.lang.String. An asynchronous app needs the option :async"]
                           [{:status 200, :headers {}, :body {:a 1}} #"body must be .* found a clojure.lang.PersistentArrayMap"]
                           [{:ring.websocket/listener {}} #"can't answer with a WebSocket"]]]
    (testing response
      (let [e (is (thrown-with-msg? ExceptionInfo text ((ring/handler (fn [_] response)) {:method :get, :path "/x"} nil)))]
        (is (= ::ring/bad-response (:type (ex-data e)))))
      (let [logged (atom [])
            r      (local/invoke (ring/handler (fn [_] response)) {:path "/x"} {:log #(swap! logged conj %)})]
        (is (= 500 (:status r)))
        (is (re-find text (first @logged)))))))

(deftest an-apps-exception-is-answered-like-a-gateway-handlers
  (let [invoke (fn [app opts] (local/invoke (ring/handler app opts) {} {:log identity, :request-id "r"}))
        teapot (ex-info "x" {:karamon/response {:status 418, :body {:tea true}}})
        plain  (IllegalStateException. "secret")
        saved  {:on-error (fn [e _ _] {:status 503, :body (ex-message e)})}]
    (doseq [[way app opts] [[:thrown (fn [e] (fn [_] (throw e))) {}]
                            [:raised (fn [e] (fn [_ _ raise] (raise e))) {:async true}]
                            [:thrown-by-async (fn [e] (fn [_ _ _] (throw e))) {:async true}]
                            [:raised-elsewhere (fn [e] (fn [_ _ raise] (future (raise e)))) {:async true}]]]
      (testing way
        (is (= [418 "{\"tea\":true}"] ((juxt :status :body) (invoke (app teapot) opts))))
        (is (= [500 "{\"message\":\"Internal server error\",\"requestId\":\"r\"}"] ((juxt :status :body) (invoke (app plain) opts))))
        (is (= [503 "secret"] ((juxt :status :body) (invoke (app plain) (merge opts saved)))))))))

(deftest an-asynchronous-app-answers-once
  (let [invoke (fn [app] (local/invoke (ring/handler app {:async true}) {} {:log identity, :timeout-ms 30000}))
        ok     (fn [body] {:status 200, :headers {}, :body body})]
    (is (= "a" (:body (invoke (fn [_ respond _] (respond (ok "a")))))))
    (is (= "a" (:body (invoke (fn [_ respond _] (future (respond (ok "a"))))))))
    (testing "the first call counts"
      (is (= "a" (:body (invoke (fn [_ respond raise] (respond (ok "a")) (respond (ok "b")) (raise (Exception. "c")))))))
      (is (= 500 (:status (invoke (fn [_ respond raise] (raise (Exception. "c")) (respond (ok "a"))))))))
    (testing "nil isn't a response"
      (is (= 500 (:status (invoke (fn [_ respond _] (respond nil)))))))
    (testing "callbacks return nothing"
      (let [returned (promise)]
        (invoke (fn [_ respond raise] (deliver returned [(respond (ok "a")) (respond (ok "b")) (raise (Exception. "c"))])))
        (is (= [nil nil nil] @returned)))))
  (testing "no call at all is a 504"
    (is (= 504 (:status (local/invoke (ring/handler (fn [_ _ _] nil) {:async true}) {} {:log identity, :timeout-ms 150})))))
  (testing "only one arity is called if the app has both"
    (let [both (fn ([_] {:status 200, :headers {}, :body "sync"}) ([_ respond _] (respond {:status 200, :headers {}, :body "async"})))]
      (is (= ["sync" "sync" "async"]
             (map #(:body (local/invoke (ring/handler both %) {})) [{} {:async false} {:async true}]))))))

(deftest options-are-checked
  (doseq [[opts text] [[{:async? true} #"No option :async\? .*there are :async, :base-path, .*Did you mean :async\?"]
                       [{:async 1} #"The option :async must be true or false, found 1"]
                       [{:base-path "api"} #"The option :base-path must be"]]]
    (testing opts
      (is (= ::gateway/bad-option
             (:type (ex-data (is (thrown-with-msg? ExceptionInfo text (ring/handler identity opts))))))))))

(deftest a-var-of-a-handler-is-a-gateway-handler
  (is (= "/x" (:body (local/invoke #'with-options {"httpMethod" "GET", "path" "/api/x"}))))
  (is (= 200 (:status (local/invoke with-options {"httpMethod" "GET", "path" "/api/x"}))))
  (is (= ":post /a%20b x=1 größe" (:body (local/invoke #'echo {:method :post, :path "/a b", :query {:x 1}, :body "größe"}))))
  (is (= {:base-path "/api", :source :alb} (select-keys (Handlers/options #'with-options) [:base-path :source])))
  (is (nil? (Handlers/options #'of-event)))
  (testing "by its name"
    (is (= ":get / n"
           (str/trim (str (:body (local/invoke (ring/handler (fn [_] {:status 200, :headers {}, :body ":get / n"})) {}))))))
    (is (str/includes? (String. (local/invoke-bytes (Handlers/load "karamon.ring-test/echo") (event :rest {}) {:log identity}) "UTF-8")
                       "\":get /"))))

(deftest a-handler-is-an-ordinary-function
  (is (= {:status 200, :headers {"Content-Type" "text/plain"}, :body ":get /x  "} (echo {:method :get, :path "/x"} nil)))
  (is (= {:status 200, :headers {"Content-Type" "text/plain"}, :body ":get /  hé"} (echo {:body "hé"} nil))))
