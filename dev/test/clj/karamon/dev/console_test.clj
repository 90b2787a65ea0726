(ns karamon.dev.console-test
  "The console's paths at a running gateway."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing use-fixtures]]
   [karamon.dev.gateway.server :as server]
   [karamon.gateway :refer [defgateway]]
   [karamon.test.client :as client])
  (:import
   (java.io BufferedReader InputStreamReader)
   (java.net Socket)
   (karamon.json JsonReader JsonWriter Keys)))

(set! *warn-on-reflection* true)

(defgateway hello [_ _]
  {:status 200, :body {:endless (take 3 (iterate inc 0))}})

(defgateway endless [_ _]
  {:status 200, :body {:numbers (iterate inc 0)}})

(def ^:private service
  {:service   "shown"
   :functions [{:name "hello", :handler "karamon.dev.console-test/hello", :timeout-ms 5000, :memory-mb 128, :url true
                :routes [{:source :rest, :method :get, :path "/hello"}]}
               {:name "endless", :handler "karamon.dev.console-test/endless", :timeout-ms 5000, :memory-mb 128
                :routes [{:source :alb, :method :get, :path "/endless"}]}]})

(def ^:private ^:dynamic *port* nil)

(use-fixtures :each
  (fn [f]
    (with-open [gateway (server/start {:service service, :folders [], :port 0, :log (fn [_])})]
      (binding [*port* (:port gateway)]
        (f)))))

(defn- request [options]
  (client/request (assoc options :port *port*)))

(defn- json [path]
  (JsonReader/read ^String (:body (request {:path path})) Keys/STRINGS))

(defn- token []
  (second (re-find #"name=\"karamon-token\" content=\"([\w-]+)\"" (:body (request {:path "/_karamon/"})))))

(defn- post [action data]
  (let [{:keys [status body]} (request {:method  "POST", :path (str "/_karamon/" action), :body (JsonWriter/string data)
                                        :headers {"content-type" "application/json", "x-karamon-token" (token)}})]
    [status (JsonReader/read ^String body Keys/STRINGS)]))

(deftest requests-are-listed-and-described
  (request {:path "/hello?a=1"})
  (request {:path "/nowhere"})
  (is (= [["/nowhere" 404 nil nil] ["/hello" 200 "rest" true]]
         (map (juxt #(get % "path") #(get % "status") #(get % "source") #(get % "cold")) (get (json "/_karamon/requests") "requests"))))
  (let [shown (json "/_karamon/requests/1")]
    (is (= "{:status 200, :body {:endless (0 1 2)}}" (get-in shown ["response" "edn"])))
    (is (= "{\"endless\" [0 1 2]}" (get-in shown ["replyBody" "edn"])))
    (is (= ["gateway" "read" "handler" "write" "answer"] (map #(get % "name") (get shown "spans"))))
    (is (every? #(<= 0 (get % "ms")) (get shown "spans"))))
  (testing "one that reached no function has only an answer"
    (is (= [nil nil false] (map (json "/_karamon/requests/2") ["event" "request" "replayable"])))
    (is (str/starts-with? (get (json "/_karamon/requests/2") "curl") "curl -i ")))
  (are [path] (= 404 (:status (request {:path path})))
    "/_karamon/requests/99"
    "/_karamon/requests/x"
    "/_karamon/requests/"
    "/_karamon/samples/sqz"
    "/_karamon/other"))

(deftest an-endless-response-is-shown-within-bounds
  (request {:path "/endless"})
  (let [shown (json "/_karamon/requests/1")]
    (is (= 500 (get shown "status")))
    (is (= "karamon.http.TooLarge" (get-in shown ["exceptions" 0 "class"])))))

(deftest functions-and-samples-are-listed
  (let [{:strs [service functions samples]} (json "/_karamon/functions")]
    (is (= "shown" service))
    (is (= [{"method" "GET", "path" "/hello", "source" "rest", "host" nil}
            {"method" "ANY", "path" "/", "source" "function-url", "host" "hello.lambda-url.localhost"}]
           (get-in functions [0 "routes"])))
    (is (some #{"sqs"} samples)))
  (is (= "aws:sqs" (get-in (json "/_karamon/samples/sqs") ["Records" 0 "eventSource"]))))

(deftest actions-report-what-is-wrong
  (request {:path "/nowhere"})
  (are [action data status message] (let [[found body] (post action data)]
                                      (and (= status found) (str/includes? (str (body "message")) message)))
    "replay" {:id 7}                         404 "No request 7"
    "replay" {:id "x"}                       404 "No request \"x\""
    "replay" [1]                             404 "No request nil"
    "replay" {:id 1}                         409 "reached no function"
    "send"   {:function "hallo" :event {}}   404 "Did you mean hello?"
    "send"   {:event {}}                     404 "No function nil")
  (is (= 400 (:status (request {:method  "POST", :path "/_karamon/send", :body "{"
                                :headers {"content-type" "application/json", "x-karamon-token" (token)}}))))
  (is (= 403 (:status (request {:method "POST", :path "/_karamon/clear", :body "{}", :headers {"content-type" "application/json"}})))))

(deftest a-replay-and-a-sent-event-are-requests-of-their-own
  (request {:path "/hello?a=1"})
  (is (= [200 {"id" 2, "status" 200}] (post "replay" {:id 1})))
  (is (= [1 "GET" "/hello" "rest"] (map (json "/_karamon/requests/2") ["replayOf" "method" "path" "source"])))
  (let [event (json "/_karamon/samples/http")]
    (is (= [200 {"id" 3, "status" 200}] (post "send" {:function "hello", :event event})))
    (is (= ["GET" "/hello" "http"] (map (json "/_karamon/requests/3") ["method" "path" "source"]))))
  (testing "an event that the handler can't read is an error of the function"
    (is (= [200 {"id" 4, "status" 502}] (post "send" {:function "hello", :event {:a 1}})))
    (is (= "karamon.http.NotHttpEvent" (get-in (json "/_karamon/requests/4") ["exceptions" 0 "class"])))))

(defn- opened
  "Returns a socket on which a client follows the events, and its reader, past the head of the response."
  []
  (let [socket (Socket. "127.0.0.1" (int *port*))
        reader (BufferedReader. (InputStreamReader. (.getInputStream socket) "UTF-8"))]
    (.setSoTimeout socket 30000)
    (.write (.getOutputStream socket) (.getBytes (str "GET /_karamon/events HTTP/1.1\r\nHost: localhost:" *port* "\r\n\r\n")))
    (while (not (str/starts-with? (.readLine reader) ":")))
    [socket reader]))

(defn- next-event [^BufferedReader reader]
  (let [line (.readLine reader)]
    (if (str/starts-with? line "data: ")
      (JsonReader/read (subs line 6) Keys/STRINGS)
      (recur reader))))

(defn- gateway-threads []
  (count (filter #(re-find #"^(?:invocations|gateway)-" (.getName ^Thread %)) (keys (Thread/getAllStackTraces)))))

(deftest events-are-streamed-without-a-thread-for-each-client
  (request {:path "/hello"})
  (let [before  (gateway-threads)
        clients (doall (repeatedly 60 opened))]
    (is (< (- (gateway-threads) before) 20))
    (request {:path "/hello"})
    (doseq [[_ reader] clients]
      (is (= [[2 true] [2 false]] (repeatedly 2 #((juxt (fn [e] (get e "id")) (fn [e] (get e "pending"))) (next-event reader))))))
    (run! #(.close ^Socket (first %)) clients)
    (is (= 200 (:status (request {:path "/hello"}))))))

(deftest the-page-has-a-strict-policy-and-a-new-nonce-each-time
  (let [pages  (repeatedly 2 #(request {:path "/_karamon/"}))
        nonces (map #(second (re-find #"script-src 'nonce-([\w-]{22})'" (get-in % [:headers "content-security-policy"]))) pages)]
    (is (apply distinct? nonces))
    (doseq [[{:keys [body]} nonce] (map vector pages nonces)]
      (is (= [nonce nonce] (map second (re-seq #"<(?:script|style) nonce=\"([^\"]+)\">" body))))
      (is (not (re-find #"\{\{|\son\w+=|\sstyle=|https?://" (str/replace body #"(?s)<script.*</script>" "")))))))

(deftest a-browser-that-asks-for-the-root-sees-a-page
  (are [path accept type] (= type (get-in (request {:path path, :headers {"accept" accept}}) [:headers "content-type"]))
    "/"        "text/html,*/*;q=0.8" "text/html; charset=utf-8"
    "/"        "application/json"    "application/json"
    "/nowhere" "text/html"           "application/json")
  (is (= 404 (:status (request {:path "/", :headers {"accept" "text/html"}}))))
  (is (= [302 "/_karamon/"] ((juxt :status #(get-in % [:headers "location"])) (request {:path "/_karamon"}))))
  (testing "but not on the hosts of services, which answer as AWS"
    (is (= 403 (:status (request {:host "rest.localhost", :path "/", :headers {"accept" "text/html"}}))))
    (is (str/includes? (:body (request {:host "rest.localhost", :path "/", :headers {"accept" "text/html"}})) "Missing Authentication"))))
