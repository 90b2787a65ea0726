(ns karamon.local-test
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.local :as local]
   [karamon.test-events :refer [read-json request sample-bytes sources]]
   [shop.core :as handlers])
  (:import
   (clojure.lang ExceptionInfo)
   (karamon.http NotHttpEvent)))

(set! *warn-on-reflection* true)

(deftest the-examples-answer-from-every-source
  (doseq [source (remove #{:websocket} sources)]
    (testing source
      (is (= {:status 200, :headers {:content-type "application/json"}, :cookies [], :body "{\"hello\":\"hoge\"}"}
             (local/invoke #'handlers/hello {:path "/hello", :query {:name "hoge"}, :source source})
             (local/invoke #'handlers/hello {:query-string "name=hoge", :source source})))
      (is (= {:status 200, :headers {:content-type "text/plain"}, :cookies [], :body "größe"}
             (local/invoke #'handlers/echo {:method :post, :body "größe", :headers {:content-type "text/plain"}, :source source})))
      (testing "bytes in, the same bytes out"
        (is (= [0 1 -1] (vec (:body (local/invoke #'handlers/echo {:body (byte-array [0 1 -1]), :source source
                                                                   :headers {:content-type "image/png"}}))))))))
  (doseq [source [:rest :http]]
    (is (= "{\"hello\":\"a b\"}" (:body (local/invoke #'handlers/greet {:path "/hello/a%20b", :resource "/hello/{name}", :source source}))))))

(deftest an-aws-event-may-be-passed-unchanged
  (is (= "{\"hello\":\"world\"}" (:body (local/invoke #'handlers/hello (read-json (sample-bytes "alb"))))))
  (is (thrown? NotHttpEvent (local/invoke #'handlers/hello (read-json (sample-bytes "sqs"))))))

(deftest a-function-counts-as-a-gateway-handler
  (is (= {:status 200, :headers {:x "1,2"}, :cookies ["a=1" "b=2"], :body nil}
         (local/invoke (fn [_ _] {:headers {:x [1 2]}, :cookies ["a=1" "b=2"]}) {}))))

(deftest the-request-map-has-the-requested-values
  (doseq [source (remove #{:websocket} sources)
          :let   [r (request (local/event {:source source, :method :put, :path "/a b", :query {:x ["1" "2 3"], "y" :k}, :client-ip "192.0.2.1"
                                           :host "h.example", :cookies {:c "1"}, :headers {:x-a "b"}, :body {:a 1}, :multi-value true
                                           :stage-variables {:v 1}, :context {"custom" {"x" 1}}}))]]
    (testing source
      (is (= {:method :put, :path "/a%20b", :query {:x "2 3", :y "k"}, :query-all {:x ["1" "2 3"], :y ["k"]}, :client-ip "192.0.2.1"
              :cookies {"c" "1"}, :body "{\"a\":1}", :source source, :scheme :https, :host "h.example"}
             (select-keys r [:method :path :query :query-all :client-ip :cookies :body :source :scheme :host])))
      (is (= ["b" "application/json"] [(get-in r [:headers :x-a]) (get-in r [:headers :content-type])]))
      (is (= {:x 1} (get-in r [:context :custom])))
      (is (= (if (#{:alb :lattice} source) {} {:v "1"}) (:stage-variables r)))))
  (testing "by default"
    (is (= {:method :get, :path "/", :query {}, :body nil, :source :rest, :client-ip "127.0.0.1", :host "localhost"}
           (select-keys (request (local/event {})) [:method :path :query :body :source :client-ip :host])))
    (is (= :function-url (:source (request (local/event {:source :function-url})))))))

(deftest websockets-have-routes
  (is (= [:websocket "$connect" {:a "1"}]
         ((juxt :source :resource :query) (request (local/event {:source :websocket, :resource "$connect", :query {:a 1}})))))
  (is (= [:websocket "send" "x"] ((juxt :source :resource :body)
                                  (request (local/event {:source :websocket, :resource "send", :body "x"
                                                         :headers {:content-type "text/plain"}}))))))

(deftest path-parameters-are-derived-from-the-route
  (doseq [[source path] [[:rest "/users/a%20b/x/y"] [:http "/users/a%20b/x/y"]]]
    (is (= [{:id "a b", :rest "x/y"} "/users/{id}/{rest+}"]
           ((juxt :path-parameters :resource) (request (local/event {:source source, :path path, :resource "/users/{id}/{rest+}"}))))))
  (is (= {:id "1"} (:path-parameters (request (local/event {:path-parameters {:id 1}})))))
  (is (thrown-with-msg? ExceptionInfo #"The path /other doesn't match the route /users/\{id\}"
                        (local/event {:path "/other", :resource "/users/{id}"}))))

(deftest a-string-body-arrives-as-a-string
  (doseq [source [:rest :http :function-url :alb :websocket]]
    (is (= "{}" (:body (request (local/event {:source source, :method :post, :body "{}"})))) source))
  (testing "and bytes as bytes"
    (is (bytes? (:body (request (local/event {:method :post, :body (byte-array [255])})))))))

(deftest the-user-agent-is-in-the-identity-in-any-letter-case
  (doseq [headers [{:user-agent "x"} {"User-Agent" "x"}]]
    (is (= "x" (get-in (request (local/event {:headers headers})) [:context :identity :user-agent])))))

(deftest bad-keys-are-errors-with-the-nearest-name
  (doseq [[call text key] [[#(local/event {:pth "/"}) #"No option :pth for a request: .*Did you mean :path\?" :pth]
                           [#(local/event {:querys {}}) #"Did you mean :query\?" :querys]
                           [#(local/invoke #'handlers/hello {:header {}}) #"Did you mean :headers\?" :header]
                           [#(local/context {:timeout 1}) #"No option :timeout for a context: .*Did you mean :timeout-ms\?" :timeout]
                           [#(local/invoke #'handlers/hello {} {:qqqqqq 1}) #"No option :qqqqqq for a context: .*:trace-id\.$" :qqqqqq]]]
    (let [e (is (thrown-with-msg? ExceptionInfo text (call)))]
      (is (= {:type ::local/bad-key, :key key} (ex-data e)))))
  (let [e (is (thrown-with-msg? ExceptionInfo #"No source :api: there are :alb, :function-url, :http, :http-1.0, :lattice, :rest, :server, :websocket\."
                                (local/event {:source :api})))]
    (is (= {:type ::local/bad-source, :source :api} (ex-data e)))))

(deftest logs-go-to-err-by-default
  (let [err (java.io.StringWriter.)]
    (binding [*err* err]
      (local/invoke (fn [_ _] (throw (Exception. "failed"))) {}))
    (is (re-find #"failed" (str err)))))
