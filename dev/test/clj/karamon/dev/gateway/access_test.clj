(ns karamon.dev.gateway.access-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway.access :as access]
   [karamon.dev.gateway.offline :as offline]
   [karamon.dev.gateway.reload :as reload]
   [karamon.dev.gateway.serve :as serve]
   [karamon.dev.gateway.server :as server]
   [karamon.dev.image.runtime-api :as runtime-api]
   [karamon.test.client :as client])
  (:import
   (com.sun.net.httpserver HttpServer)))

(set! *warn-on-reflection* true)

(defn- status
  "Returns the status of the refusal of a request with these headers; nil if there is none."
  ([headers] (status headers {}))
  ([headers options]
   (:status (access/refusal {:method :get, :headers (update-vals headers vector)} options))))

(deftest only-names-of-this-machine-are-answered
  (are [host] (nil? (status {"Host" host}))
    "localhost" "localhost:3000" "LOCALHOST:3000" "localhost." "localhost.:3000" "rest.localhost:3000" "a.lambda-url.localhost"
    "127.0.0.1:3000" "127.1.2.3"
    "[::1]:3000" "[::1]" "[::ffff:127.0.0.1]:1" "[0:0:0:0:0:0:0:1]")
  (are [host] (= 421 (status {"Host" host}))
    "evil.example" "evil.example:3000" "localhost.evil.example" "evillocalhost" "evillocalhost." "localhost.."
    "127.0.0.1.evil.example" "0.0.0.0:3000"
    "192.168.1.5:3000" "[::2]" "[::]" "127.0.0.256" "1.127.0.0.1" "2130706433" "0x7f.1" "" "localhost@evil.example" "user@localhost:80@evil")
  (is (= 421 (status {})))
  (is (= 421 (:status (access/refusal {:method :get, :headers {"host" ["localhost" "evil.example"]}} {})))))

(deftest the-host-to-listen-on-is-answered-too
  (are [listening host] (nil? (status {"host" host} {:listening listening}))
    "192.168.1.5" "192.168.1.5:3000"
    "192.168.1.5" "localhost:3000"
    "My-Box.local" "my-box.local:3000"
    "::2"         "[0:0::2]:3000"
    "0.0.0.0"     "192.168.1.5:3000"
    "0.0.0.0"     "[::2]:3000"
    "::"          "192.168.1.5")
  (are [listening host] (= 421 (status {"host" host} {:listening listening}))
    "192.168.1.5" "192.168.1.6"
    "my-box"      "evil.example"
    "0.0.0.0"     "evil.example"
    "::"          "evil.example:3000"))

(deftest listening-for-other-machines-is-warned-of
  (are [host] (nil? (serve/warning host))
    "127.0.0.1" "localhost" "::1" "a.localhost" "127.1")
  (are [host] (re-find (re-pattern (str "^Listening on \\Q" host "\\E: [^\n]*$")) (serve/warning host))
    "0.0.0.0" "::" "192.168.1.5" "my-box"))

(deftest only-this-servers-pages-are-answered
  (let [status #(status (merge {"Host" "localhost:3000"} %))]
    (are [headers] (nil? (status headers))
      {"origin" "http://localhost:3000"}
      {"Origin" "HTTP://LOCALHOST:3000"}
      {"Origin" "http://localhost:3000", "Sec-Fetch-Site" "same-origin"}
      {"Sec-Fetch-Site" "none"})
    (are [headers] (= 403 (status headers))
      {"origin" "https://evil.example"}
      {"Origin" "null"}
      {"Origin" ""}
      {"Origin" "http://localhost:5173"}
      {"Origin" "https://localhost:3000"}
      {"Origin" "http://127.0.0.1:3000"}
      {"Sec-Fetch-Site" "cross-site"}
      {"Sec-Fetch-Site" "same-site"}
      {"Origin" "http://localhost:3000", "Sec-Fetch-Site" "cross-site"})))

(deftest only-json-is-accepted
  (are [type expected] (= expected (:status (access/refusal {:method :post, :headers {"host" ["localhost"], "content-type" type}} {})))
    ["application/json"]                nil
    ["Application/JSON; charset=utf-8"] nil
    ["text/plain"]                      415
    ["text/plain; application/json"]    415
    ["application/json, text/plain"]    415
    ["application/json" "text/plain"]   415
    ["application/jsonx"]               415
    ["application/x-www-form-urlencoded"] 415
    []                                  415)
  (is (nil? (access/refusal {:method :post, :headers {"host" ["localhost"]}} {:any-type true}))))

(def ^:private calls (atom 0))

(defn counted [_ _]
  (swap! calls inc)
  {"statusCode" 200, "body" "secret"})

(def ^:private service
  {:functions [{:name "f" :handler "karamon.dev.gateway.access-test/counted" :timeout-ms 60000 :memory-mb 128
                :routes [{:source :rest :method :any :path "/f"}]}]})

(defn- refused
  "Returns the status and the message of the answer to a POST, and how often the function was called."
  [port path host headers]
  (reset! calls 0)
  (let [{:keys [status body]} (client/request {:port port, :host host, :path path, :method "POST", :body "{}", :headers headers})]
    [status body @calls]))

(deftest a-web-page-calls-no-function-by-its-name
  (with-open [gateway (server/start {:service service, :folders [], :port 0})]
    (let [json     {"content-type" "application/json"}
          port     (:port gateway)
          post     (fn [host headers] (refused port "/_karamon/invoke/f" host headers))]
      (is (= 1 (last (post "localhost" json))))
      (is (= 1 (last (post "localhost" (assoc json "origin" (str "http://localhost:" port), "sec-fetch-site" "same-origin")))))
      (testing "DNS rebinding"
        (let [[status body called] (post "evil.example" (assoc json "origin" (str "http://evil.example:" port)))]
          (is (= [421 0] [status called]))
          (is (str/includes? body (str "The Host header is evil.example:" port ", expected localhost")))))
      (testing "a page of another site"
        (is (= [403 0] ((juxt first last) (post "localhost" (assoc json "origin" "https://evil.example")))))
        (is (= [403 0] ((juxt first last) (post "localhost" (assoc json "sec-fetch-site" "cross-site"))))))
      (testing "a form or a request without preflight"
        (is (= [415 0] ((juxt first last) (post "localhost" {"content-type" "text/plain"}))))
        (is (= [415 0] ((juxt first last) (post "localhost" {})))))
      (testing "whatever is below /_karamon/"
        (is (= 421 (first (refused port "/_karamon/console" "evil.example" json))))
        (is (= 404 (first (refused port "/_karamon/console" "localhost" json)))))
      (testing "a preflight is never agreed to"
        (let [{:keys [headers]} (client/request {:port port, :method "OPTIONS", :path "/_karamon/invoke/f"
                                                 :headers {"origin" "https://evil.example", "access-control-request-method" "POST"}})]
          (is (not-any? #(str/starts-with? % "access-control-") (keys headers))))))))

(deftest a-services-own-routes-are-for-pages-of-any-origin-but-for-no-other-host
  (with-open [gateway (server/start {:service service, :folders [], :port 0})]
    (let [port (:port gateway)]
      (is (= [200 "secret" 1] (refused port "/f" "localhost" {"origin" "http://localhost:5173", "content-type" "text/plain"})))
      (is (= [421 0] ((juxt first last) (refused port "/f" "evil.example" {}))))))
  (testing "nor if --host is another name of this machine's own address"
    (with-open [gateway (server/start {:service service, :folders [], :port 0, :host "127.1"})]
      (is (= 200 (first (refused (:port gateway) "/f" "127.1" {}))))
      (is (= [421 0] ((juxt first last) (refused (:port gateway) "/f" "evil.example" {})))))))

(deftest the-server-behind-serverless-offline-refuses-pages
  (let [server ^HttpServer (offline/start {:functions {"f" (first (:functions service))}, :watcher (reload/watch []), :log str})
        port   (.getPort (.getAddress server))
        post   (fn [host headers]
                 (reset! calls 0)
                 (let [{:keys [status]} (client/request {:port port, :host host, :method "POST", :path "/invoke", :headers headers
                                                         :body "{\"function\":\"f\",\"data\":\"{\\\"event\\\":{}}\"}"})]
                   [status @calls]))]
    (try
      (is (= [200 1] (post "localhost" {"content-type" "text/plain;charset=UTF-8", "sec-fetch-mode" "cors"}))
        "as the JavaRunner of serverless-offline posts")
      (is (= [421 0] (post "evil.example" {})))
      (is (= [403 0] (post "localhost" {"origin" "https://evil.example", "content-type" "text/plain"})))
      (finally (.stop server 0)))))

(deftest the-runtime-api-of-a-training-run-refuses-pages
  (let [{:keys [^String address close]} (runtime-api/start [(.getBytes "{}")] 1)
        port (parse-long (subs address (inc (.indexOf address ":"))))]
    (try
      (is (= 421 (:status (client/request {:port port, :host "evil.example", :path "/2018-06-01/runtime/invocation/next"}))))
      (is (= 403 (:status (client/request {:port port, :method "POST", :path "/2018-06-01/runtime/invocation/priming/response"
                                           :headers {"origin" "https://evil.example"}}))))
      (is (= "{}" (:body (client/request {:port port, :path "/2018-06-01/runtime/invocation/next"}))))
      (finally (close)))))
