(ns karamon.dev.console.copy-test
  "What the console copies, pasted and run."
  (:require
   [clojure.java.shell :as shell]
   [clojure.string :as str]
   [clojure.test :as test :refer [deftest is testing]]
   [karamon.dev.gateway.server :as server]
   [karamon.gateway :refer [defgateway]]
   [karamon.lambda :refer [deflambda]]
   [karamon.local :as local]
   [karamon.test.client :as client])
  (:import
   (java.io StringWriter)
   (karamon.json JsonReader JsonWriter Keys)))

(set! *warn-on-reflection* true)

(defgateway greet [{:keys [path-parameters query body headers]} _]
  {:status 201, :body {:hello (:name path-parameters), :query query, :body body, :test (:x-test headers), :key (:authorization headers)}})

(defgateway context-id [{:keys [context]} _]
  {:status 200, :body {:id (:request-id context)}})

(defgateway broken [_ _]
  (throw (IllegalStateException. "broken")))

(deflambda settle [{:keys [records]} _]
  {:settled (count records)})

(deflambda refuse [_ _]
  (throw (IllegalStateException. "refused")))

(def ^:private service
  {:service   "copied"
   :functions (for [[name path] {"greet" "/greet/{name}", "context-id" "/id", "broken" "/broken", "settle" nil, "refuse" nil}]
                {:name name, :handler (str "karamon.dev.console.copy-test/" name), :timeout-ms 5000, :memory-mb 128
                 :routes (when path [{:source (if (= "/id" path) :http :rest), :method :any, :path path}])})})

(def ^:private ^:dynamic *port* nil)

(defn- request [options]
  (client/request (assoc options :port *port*)))

(defn- read-json [response]
  (JsonReader/read ^String (:body response) Keys/STRINGS))

(defn- with-gateway [options f]
  (with-open [gateway (server/start (merge {:service service, :folders ["dev/test/clj" "test/clj"], :port 0, :log (fn [_])} options))]
    (binding [*port* (:port gateway)]
      (f))))

(defn- token []
  (second (re-find #"name=\"karamon-token\" content=\"([\w-]+)\"" (:body (request {:path "/_karamon/"})))))

(defn- latest
  "Returns the detail of the latest request, with its secrets."
  []
  (let [id (get-in (read-json (request {:path "/_karamon/requests"})) ["requests" 0 "id"])]
    (read-json (request {:path (str "/_karamon/requests/" id "?secrets=true"), :headers {"x-karamon-token" (token)}}))))

(defn- pasted
  "Returns the results of a copied test in a namespace of tests."
  [text]
  (let [n (create-ns (gensym "karamon.pasted"))]
    (try
      (binding [*ns* n]
        (refer-clojure)
        (require '[clojure.test :refer [deftest is]] 'karamon.local)
        (load-string text))
      ;; Whoever runs these tests may collect reports in another way.
      (binding [test/report (.getRawRoot #'test/report), test/*test-out* (StringWriter.), *err* (StringWriter.)]
        (select-keys (test/test-ns n) [:pass :fail :error]))
      (finally (remove-ns (ns-name n))))))

(def ^:private passed {:pass 1, :fail 0, :error 0})

(deftest copied-tests-pass
  (with-gateway {}
    (fn []
      (doseq [options [{:path "/greet/a%20b?x=1&x=2&y=%22", :headers {"x-test" "a\\\"b", "authorization" "Bearer t"}}
                       {:path "/greet/a", :method "POST", :body "line\n\"quoted\" \u2028 é", :headers {"content-type" "text/plain"}}
                       {:path "/greet/a", :method "PUT", :body (byte-array [0 -1 -2]), :headers {"content-type" "application/octet-stream"}}
                       {:path "/id"}
                       {:path "/broken"}
                       {:path "/_karamon/invoke/settle", :method "POST", :headers {"content-type" "application/json"}
                        :body (JsonWriter/string (local/sample :sqs))}
                       {:path "/_karamon/invoke/refuse", :method "POST", :headers {"content-type" "application/json"}, :body "{\"a\": 1}"}]]
        (testing (:path options)
          (request options)
          (let [text (get (latest) "test")]
            (is (= passed (pasted text)) text)))))))

(deftest a-copied-test-fails-when-the-answer-changes
  (with-gateway {}
    (fn []
      (request {:path "/greet/a"})
      (is (= {:pass 0, :fail 1, :error 0} (pasted (str/replace (get (latest) "test") "\\\"hello\\\":\\\"a\\\"" "\\\"hello\\\":\\\"b\\\"")))))))

(deftest copies-mask-secrets-unless-they-are-shown
  (with-gateway {}
    (fn []
      (request {:path "/greet/a", :headers {"authorization" "Bearer t0ps3cret"}})
      (let [id     (get (latest) "id")
            masked (:body (request {:path (str "/_karamon/requests/" id)}))]
        (is (not (str/includes? (str (get (read-json {:body masked}) "curl") (get (read-json {:body masked}) "event")) "t0ps3cret")))
        (is (str/includes? (get (latest) "curl") "t0ps3cret"))
        (is (str/includes? (get (read-json {:body masked}) "test") ";; Secrets are masked"))
        (testing "as everything else does"
          (request {:path "/id", :headers {"authorization" "Bearer t0ps3cret", "cookie" "t0ps3cret=1"}})
          (is (not (str/includes? (:body (request {:path (str "/_karamon/requests/" (inc id))})) "t0ps3cret"))))
        (testing "which needs the page's token"
          (is (= 403 (:status (request {:path (str "/_karamon/requests/" id "?secrets=true")})))))))))

(deftest a-copied-curl-command-makes-the-same-request
  (with-gateway {}
    (fn []
      (doseq [options [{:path "/greet/it's?x=$(id)&y=[1-3]", :headers {"x-test" "a'b`c"}}
                       {:path "/greet/a/../b", :method "POST", :body "@file 'x' \\ $y", :headers {"content-type" "text/plain"}}]]
        (let [body (:body (request options))
              {:keys [exit out err]} (shell/sh "bash" "-c" (get (latest) "curl"))]
          (is (zero? exit) err)
          (is (= body (last (str/split out #"\r\n\r\n" 2)))))))))

(deftest the-console-can-be-turned-off
  (with-gateway {:no-console true}
    (fn []
      (is (= 404 (:status (request {:path "/_karamon/"}))))
      (is (= 404 (:status (request {:path "/_karamon/requests"}))))
      (is (= "application/json" (get-in (request {:path "/", :headers {"accept" "text/html"}}) [:headers "content-type"]))))))
