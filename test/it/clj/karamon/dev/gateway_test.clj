(ns karamon.dev.gateway-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway :as gateway]
   [karamon.dev.gateway.serve :as serve]
   [karamon.test.client :as client]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io Closeable StringWriter)
   (java.net ConnectException)))

(set! *warn-on-reflection* true)

(defn- answer [port]
  (:body (client/request {:port port, :path "/hello"})))

(defn- eventually
  "Calls `f` until it returns true: the gateway looks for saved files only every 50 ms. Returns false after a minute."
  [f]
  (let [end (+ (System/nanoTime) 60000000000)]
    (loop []
      (cond
        (f)                          true
        (< end (System/nanoTime)) false
        :else                        (recur)))))

(defn- quietly
  "Starts a gateway that prints to two writers."
  ([options] (quietly options (StringWriter.) (StringWriter.)))
  ([options out err]
   (binding [*out* out, *err* err]
     (gateway/start options))))

(deftest a-gateway-runs-in-the-process-of-a-repl
  (let [before (set (keys (Thread/getAllStackTraces)))
        out    (StringWriter.)
        logged (promise)
        err    (proxy [StringWriter] [] (flush [] (deliver logged (str this))))
        {:keys [port stop]} (quietly {:port 0} out err)]
    (try
      (is (= "{\"hello\":\"world\"}" (answer port)))
      (is (str/includes? (str out) (str "http://127.0.0.1:" port "/hello ")))
      (testing "requests are printed where the REPL's errors go"
        (is (re-find #"^\d\d:\d\d:\d\d GET +127.0.0.1:\d+/hello  200  \d+ ms  hello  [-0-9a-f]{36}" (deref logged 60000 "nothing"))))
      (testing "no thread of it keeps the process from ending"
        (is (= [] (for [^Thread thread (keys (Thread/getAllStackTraces))
                        :when (not (or (before thread) (.isDaemon thread) (str/starts-with? (.getName thread) "clojure-agent")))]
                    (.getName thread)))))
      (finally (stop)))
    (is (thrown? ConnectException (answer port)))))

(deftest evaluating-a-handler-changes-the-next-request
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "serverless.yml" "service: s\nfunctions: {hello: {clj: evaluated.app/hello, events: [{http: GET /hello}]}}\n")
      (temp/save folder "evaluated/app.clj"
                 "(ns evaluated.app (:require [karamon.gateway :refer [defgateway]]))\n(defgateway hello [_ _] {:body \"saved\"})\n")
      (let [{:keys [port stop]} (quietly {:port 0, :config (str folder "/serverless.yml"), :sources [(str folder)]})]
        (try
          (is (= "saved" (answer port)))
          (binding [*ns* (the-ns 'evaluated.app)]
            (eval '(defgateway hello [_ _] {:body "evaluated"})))
          (is (= "evaluated" (answer port)))
          (testing "which a save of another file doesn't undo"
            (temp/save folder "evaluated/other.clj" "(ns evaluated.other)\n")
            (is (= "evaluated" (answer port))))
          (testing "nor a save that doesn't load"
            (temp/save folder "evaluated/app.clj" "(ns evaluated.app (:require [karamon.gateway :refer [defgateway]]))\n(nowhere)\n")
            (is (eventually #(str/includes? (answer port) "evaluated.app doesn't load")))
            (is (= {:body "evaluated"} ((resolve 'evaluated.app/hello) {} nil))))
          (temp/save folder "evaluated/app.clj"
                     "(ns evaluated.app (:require [karamon.gateway :refer [defgateway]]))\n(defgateway hello [_ _] {:body \"saved again\"})\n")
          (is (eventually #(= "saved again" (answer port))))
          (finally (stop)))))))

(deftest the-stage-and-the-parameters-choose-values
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "serverless.yml" (str "service: s\nparams: {default: {p: default}}\n"
                                              "functions: {hello: {clj: example.core/hello, events: [{http: 'GET /${param:p}/${sls:stage}'}]}}\n"))
      (let [urls (fn [options]
                   (let [out (StringWriter.)
                         {:keys [stop]} (quietly (merge {:port 0, :config (str folder "/serverless.yml"), :sources []} options) out (StringWriter.))]
                     (stop)
                     (re-seq #"(?<=:\d{1,5})/(?!_karamon)\S+" (str out))))]
        (are [options path] (= [path] (urls options))
          {}                             "/default/dev"
          {:stage "prod"}                "/prod/default/prod"
          {:stage "prod", :params {"p" "x"}} "/prod/x/prod")
        (testing "without the stage in the path"
          (let [out (StringWriter.)]
            (with-open [^Closeable _ (binding [*out* out]
                                       (serve/start {:port 0, :host "127.0.0.1", :config (str folder "/serverless.yml"), :stage "prod"
                                                     :no-stage-path true, :log (fn [_])}))])
            (is (re-find #":\d+/default/prod " (str out)))))))))

(deftest a-second-start-replaces-the-first-gateway
  (let [{first-port :port, first-stop :stop} (quietly {:port 0})
        {:keys [port]} (quietly {:port 0})]
    (try
      (is (thrown? ConnectException (answer first-port)))
      (testing "which can't stop the second"
        (first-stop)
        (is (= "{\"hello\":\"world\"}" (answer port))))
      (testing "a wrong option leaves the running one alone"
        (is (thrown? ExceptionInfo (gateway/start {:prot 1})))
        (is (= "{\"hello\":\"world\"}" (answer port))))
      (finally (is (nil? (gateway/stop)))))
    (is (thrown? ConnectException (answer port)))
    (is (nil? (gateway/stop)))))

(deftest each-mistake-is-one-clear-error
  (are [options type message] (let [e (try (quietly options) nil (catch ExceptionInfo e e))]
                                (and (= type (:type (ex-data e))) (str/includes? (ex-message e) message)))
    {:prot 1}               :karamon.dev.gateway/bad-option        "No option :prot for the local gateway"
    {:port "3000"}          :karamon.dev.gateway/bad-option        "The option :port must be a number from 0 to 65535, found \"3000\""
    {:host ""}              :karamon.dev.gateway/bad-option        "The option :host must be"
    {:stage "a/b"}          :karamon.dev.gateway/bad-option        "The option :stage must be one name"
    {:source :soap}         :karamon.dev.gateway/bad-option        "The option :source must be one of :rest"
    {:sources "src"}        :karamon.dev.gateway/bad-option        "The option :sources must be a sequence of folders"
    {:config "nowhere.yml"} :karamon.dev.gateway.service/no-file   "No nowhere.yml here"))
