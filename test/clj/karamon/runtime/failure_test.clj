(ns karamon.runtime.failure-test
  "Handlers that throw: the client's response, and the log."
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.gateway :as gateway :refer [defgateway]]
   [karamon.local :as local]
   [karamon.ring :as ring]
   [karamon.test-events :refer [read-json smallest sources]])
  (:import
   (java.util.concurrent ExecutionException)
   (karamon.http NotHttpEvent)
   (karamon.json MalformedJson)
   (karamon.runtime Handlers)))

(set! *warn-on-reflection* true)

(defn- failing
  "Returns the status, the body and the logs of a handler that throws `thrown`."
  ([thrown] (failing thrown {}))
  ([^Throwable thrown options] (failing thrown options :rest))
  ([^Throwable thrown options source]
   (let [logged  (atom [])
         handler (Handlers/gateway "my/handler" (fn [_ _] (throw thrown)) (gateway/options options))
         reply   (read-json (local/invoke-bytes handler (smallest source) {:request-id "r-1", :log #(swap! logged conj %)}))]
     [(get reply "statusCode") (get reply "body") @logged])))

(def ^:private generic-body "{\"message\":\"Internal server error\",\"requestId\":\"r-1\"}")

(deftest a-handlers-exception-is-a-500-without-details-and-logged-in-full
  (doseq [source sources
          thrown [(IllegalStateException. "secret" (RuntimeException. "root"))
                  (ex-info "secret" {:password "x"} (RuntimeException. "root"))
                  (Error. "secret" (RuntimeException. "root"))
                  (AssertionError. "secret" (RuntimeException. "root"))
                  (doto (StackOverflowError. "secret") (.initCause (RuntimeException. "root")))
                  (doto (NoClassDefFoundError. "secret") (.initCause (RuntimeException. "root")))]]
    (testing [source (class thrown)]
      (let [[status body [text :as logged]] (failing thrown {} source)]
        (is (= [500 generic-body] [status body]))
        (is (= 1 (count logged)))
        (is (re-find #"^ERROR my/handler failed \(request r-1\)\R" text))
        (is (re-find #"secret" text))
        (is (re-find #"Caused by: java.lang.RuntimeException: root" text))
        (is (re-find #"failure_test" text))))))

(deftest out-of-memory-reaches-lambda
  (is (thrown? OutOfMemoryError (failing (OutOfMemoryError. "x")))))

(deftest an-exception-that-cant-be-printed-is-a-500-too
  (doseq [e [(ex-info "nasty" (nth (iterate (fn [m] {:in m}) {}) 990))
             (ex-info "nasty" {:all (range)})
             (let [a (RuntimeException. "nasty"), b (RuntimeException. "b" a)] (.initCause a b) a)
             (proxy [RuntimeException] ["nasty"] (getMessage [] (throw (IllegalStateException. "nasty"))))]]
    (let [[status body [text :as logged]] (failing e)]
      (is (= [500 generic-body 1] [status body (count logged)]))
      (is (re-find #"^ERROR my/handler failed \(request r-1\)\R" text)))))

(deftest an-exception-may-hold-the-response
  (let [chosen (ex-info "gone" {:karamon/response {:status 410, :body "gone"}})]
    (is (= [410 "gone" []] (failing chosen)))
    (testing "also when wrapped"
      (is (= [410 "gone" []]
             (failing (RuntimeException. ^Throwable chosen))
             (failing (ExecutionException. ^Throwable (ex-info "outer" {:a 1} chosen))))))
    (testing "the outermost wins"
      (is (= [404 nil []] (failing (ex-info "outer" {:karamon/response {:status 404}} chosen)))))
    (testing "an invalid one is a 500, and both errors are logged"
      (let [[status body [text]] (failing (ex-info "mine" {:karamon/response {:status 1000}}))]
        (is (= [500 generic-body] [status body]))
        (is (re-find #"mine" text))
        (is (re-find #"Suppressed: .*found 1000" text))))))

(deftest on-error-makes-the-response-for-an-exception
  (is (= [503 "no, GET / r-1" []]
         (failing (IllegalStateException. "no")
                  {:on-error (fn [e event ctx]
                               {:status 503, :body (str (ex-message e) ", GET " (:path event) " " (:aws-request-id ctx))})})))
  (testing "later"
    (is (= 503 (first (failing (Exception. "x") {:on-error (fn [_ _ _] (future {:status 503}))})))))
  (testing "nil means the usual response"
    (let [[status body logged] (failing (Exception. "x") {:on-error (fn [_ _ _])})]
      (is (= [500 generic-body 1] [status body (count logged)]))))
  (testing "a response in the exception takes precedence"
    (is (= 404 (first (failing (ex-info "x" {:karamon/response {:status 404}}) {:on-error (fn [_ _ _] {:status 503})})))))
  (testing "it may be any function, such as a var"
    (is (= 500 (first (failing (Exception. "x") {:on-error {}}))))))

(deftest a-failing-on-error-is-a-500-and-both-errors-are-logged
  (doseq [[kind on-error text] [["throws" (fn [_ _ _] (throw (Exception. "second"))) #"second"]
                                ["throws an error" (fn [_ _ _] (throw (Error. "second"))) #"second"]
                                ["throws the same again" (fn [e _ _] (throw e)) #"first"]
                                ["throws it wrapped" (fn [e _ _] (throw (ex-info "second" {} e))) #"second"]
                                ["overflows the stack" (fn f [e _ _] (inc (f e nil nil))) #"StackOverflowError"]
                                ["has the wrong arity" (fn [_]) #"ArityException: Wrong number of args \(3\) passed to: "]
                                ["returns no response" (fn [_ _ _] "x") #"must return a map"]
                                ["returns a bad one" (fn [_ _ _] {:status 0}) #"found 0"]]]
    (testing kind
      (let [[status body [logged]] (failing (IllegalStateException. "first") {:on-error on-error})]
        (is (= [500 generic-body] [status body]))
        (is (re-find #"IllegalStateException: first" logged))
        (is (re-find text logged))))))

(deftest an-exception-in-a-var-doesnt-grow-with-each-failing-on-error
  (let [e       (IllegalStateException. "first")
        options {:karamon/gateway (gateway/options {:on-error (fn [_ _ _] (throw (Exception. "second")))})}]
    (dotimes [_ 100]
      (failing e {:on-error (fn [_ _ _] (throw (Exception. "second")))})
      (try ((ring/app (with-meta (fn [_ _] (throw e)) options)) {:request-method :get, :uri "/"}) (catch IllegalStateException _)))
    (is (= 10 (count (.getSuppressed e))))))

(deftest an-invalid-response-is-a-500-and-the-reason-is-logged
  (doseq [[response text] [[nil #"must return a map"]
                           [{:status 0} #"found 0"]
                           [{:body (apply str (repeat 7000000 "x"))} #"too large: 70\d+ bytes, where at most 6291556"]
                           [{:body {:a (Object.)}} #"no form for a java.lang.Object"]
                           [{:headers {:x "a\nb"}} #"must contain only visible characters"]]]
    (let [logged (atom [])]
      (is (= 500 (:status (local/invoke (fn [_ _] response) {} {:log #(swap! logged conj %)}))))
      (is (= 1 (count @logged)))
      (is (re-find text (first @logged))))))

(deftest a-cookie-that-a-load-balancer-drops-is-logged
  (let [logged (atom [])]
    (local/invoke (fn [_ _] {:cookies (map #(str "c" % "=1") (range 513))}) {:source :alb} {:log #(swap! logged conj %)})
    (is (= 1 (count @logged)))
    (is (re-find #"^WARN handler: The reply can carry 512 cookies, so the first 1 are lost: set lambda\.multi_value" (first @logged)))))

(deftest an-event-that-isnt-http-fails-the-invocation
  (let [handler (Handlers/gateway "h" (fn [_ _] {}) nil)]
    (is (thrown? NotHttpEvent (local/invoke-bytes handler {"Records" []} {})))
    (is (thrown? MalformedJson (.handle handler (.getBytes "{") (local/context {}))))))

(defn records "A plain function." [event ctx] {:count (count (get event "Records")), :id (:aws-request-id ctx), :at [:a 'b]})
(defn later [_ _] (future [1]))
(defn nothing [_ _])
(defn broken [_ _] (throw (IllegalStateException. "retry me")))

(deftest s12-non-http-returns-are-bare-json
  (let [bytes-of (fn [v] (String. (local/invoke-bytes (Handlers/of v) {"Records" [1 2]} {:request-id "r-1"}) "UTF-8"))]
    (is (= "{\"count\":2,\"id\":\"r-1\",\"at\":[\"a\",\"b\"]}" (bytes-of #'records)))
    (is (= "[1]" (bytes-of #'later)))
    (is (= "null" (bytes-of #'nothing))))
  (is (= {"count" 1, "id" "r-2", "at" ["a" "b"]} (local/invoke #'records {"Records" [1]} {:request-id "r-2"})))
  (testing "an exception reaches Lambda, so the service retries"
    (is (thrown-with-msg? IllegalStateException #"retry me" (local/invoke #'broken {"Records" []})))))
