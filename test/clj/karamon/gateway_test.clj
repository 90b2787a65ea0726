(ns karamon.gateway-test
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.gateway :as gateway :refer [defgateway]]
   [karamon.local :as local]
   [shop.core :as handlers])
  (:import
   (clojure.lang ArityException ExceptionInfo)
   (karamon.http NotHttpEvent)))

(set! *warn-on-reflection* true)

(defgateway plain [event ctx] {:body {:path (:path event), :id (:aws-request-id ctx)}})

(defgateway documented
  "Says what it does."
  {:added "1.0", :my.app/role :admin, :base-path "/api", :raw true}
  [{:keys [path raw]} _]
  {:body {:path path, :raw (some? raw)}})

(defgateway only-alb {:source :alb} [event _] {:body {:source (:source event)}})

(deftest a-handler-is-an-ordinary-function
  (is (= {:status 200 :body {:hello "hoge"}} (handlers/hello {:query {:name "hoge"}} nil)))
  (is (= {:body {:path "/x", :id nil}} (plain {:path "/x"} nil))))

(deftest defgateway-defines-a-function-with-metadata
  (let [m (meta #'documented)]
    (is (= ["Says what it does." "1.0" :admin] [(:doc m) (:added m) (:my.app/role m)]))
    (is (= {:base-path "/api", :raw true} (:karamon/gateway m)))
    (is (not (contains? m :base-path))))
  (is (= {} (:karamon/gateway (meta #'plain))))
  (is (nil? (:doc (meta #'plain)))))

(deftest options-change-how-the-event-is-read
  (is (= "{\"path\":\"/users\",\"raw\":true}" (:body (local/invoke #'documented {:path "/api/users"}))))
  (is (= "{\"source\":\"alb\"}"
         (:body (local/invoke #'only-alb {"httpMethod" "GET", "path" "/"})))))

(deftest options-are-checked
  (doseq [[opts text] [[{:base-pth "/x"} #"No option :base-pth for a .*: there are :base-path, :decimals, :on-error, :other, .*\. Did you mean :base-path\?"]
                       [{:zzz 1} #"No option :zzz .*\.$"]
                       [{"raw" true} #"No option \"raw\""]
                       [{:base-path "api"} #"The option :base-path must be a path that begins with / .*found \"api\""]
                       [{:base-path "/"} #"The option :base-path must be"]
                       [{:base-path "/api/"} #"The option :base-path must be"]
                       [{:base-path "/a?b"} #"The option :base-path must be"]
                       [{:base-path 1} #"The option :base-path must be"]
                       [{:base-path nil} #"The option :base-path must be .*found nil"]
                       [{:raw 1} #"The option :raw must be true or false, found 1"]
                       [{:stream nil} #"The option :stream must be true or false, found nil"]
                       [{:source :api} #"The option :source must be :rest, :http, .*found :api"]
                       [{:prime {"path" "/"}} #"The option :prime must be a vector of events as AWS sends them"]
                       [{:prime [{:path "/"}]} #"The option :prime must be .*found \[\{:path \"/\"\}\]"]
                       [{:prime ["a.json" nil]} #"The option :prime must be"]
                       [{:on-error "x"} #"The option :on-error must be a function"]
                       [{:other "x"} #"The option :other must be a function"]
                       [{:decimals :float} #"The option :decimals must be :double or :exact, found :float"]]]
    (testing opts
      (let [e (is (thrown-with-msg? ExceptionInfo text (gateway/options opts)))]
        (is (= ::gateway/bad-option (:type (ex-data e))))
        (is (= (key (first opts)) (:option (ex-data e)))))))
  (testing "good ones"
    (doseq [opts [nil {} {:base-path "/a/b"} {:raw false} {:stream true} {:source :function-url} {:prime []}
                  {:prime ["events/hello.json" {"httpMethod" "GET", "path" "/"}]} {:on-error (fn [_ _ _])} {:other (fn [_ _])} {:decimals :exact}]]
      (is (= (or opts {}) (gateway/options opts))))))

(deftest defgateway-reports-wrong-arguments
  (doseq [[form named found] '[[(karamon.gateway/defgateway a [event] nil) a "[event]"]
                               [(karamon.gateway/defgateway a ([event ctx] nil)) a "([event ctx] nil)"]
                               [(karamon.gateway/defgateway a [event ctx more] nil) a "[event ctx more]"]
                               [(karamon.gateway/defgateway a "doc") a "nil"]
                               [(karamon.gateway/defgateway a/b [event ctx] nil) a/b "a/b"]
                               [(karamon.gateway/defgateway "a" [event ctx] nil) "a" "\"a\""]]]
    (testing form
      (is (= (str "defgateway needs a name and two arguments, (defgateway " named " [event ctx] …), found " found)
             (ex-message (ex-cause (is (thrown? Exception (macroexpand-1 form)))))))))
  (is (thrown-with-msg? ArityException #"^Wrong number of args \(0\) passed to: karamon\.gateway/defgateway$"
                        (macroexpand-1 '(karamon.gateway/defgateway)))))

(deftest an-unknown-option-fails-when-the-namespace-loads
  (let [e (is (thrown? Exception
                       (binding [*ns* (the-ns 'karamon.gateway-test)]
                         (eval '(karamon.gateway/defgateway misspelt {:rw true} [event ctx] nil)))))]
    (is (= "No option :rw for a gateway handler: there are :base-path, :decimals, :on-error, :other, :prime, :raw, :source, :stream. Did you mean :raw?"
           (ex-message (ex-cause e))))
    (is (= {:type ::gateway/bad-option, :option :rw} (ex-data (ex-cause e))))))

(defn ^{:karamon/gateway (gateway/options {:base-path "/api"})} by-hand [event _]
  {:body {:path (:path event)}})

(deftest a-handler-can-be-defined-without-the-macro
  (doseq [handler [#'by-hand (with-meta by-hand (meta #'by-hand))]]
    (is (= "{\"path\":\"/x\"}" (:body (local/invoke handler {:path "/api/x"})))))
  (testing "as by the macro"
    (is (= (dissoc (:karamon/gateway (meta #'documented)) :later :raw)
           (dissoc (:karamon/gateway (meta #'by-hand)) :later)))))

(gateway/defgateway ^:private with-other
  {:other (fn [event ctx] {:got event, :kind (:karamon/kind (meta event)), :id (:aws-request-id ctx)})}
  [event ctx]
  {:body (:method event)})

(deftest other-takes-events-that-arent-http
  (is (= {"got" {"source" "ping"}, "kind" nil, "id" "r"} (local/invoke #'with-other {"source" "ping"} {:request-id "r"})))
  (is (= ["eventbridge" "aws.events"] ((juxt #(get % "kind") #(get-in % ["got" "source"])) (local/invoke #'with-other (local/sample :schedule)))))
  (is (= "bedrock" (get (local/invoke #'with-other (local/sample :bedrock)) "kind")))
  (testing "its exceptions reach Lambda"
    (is (thrown-with-msg? IllegalStateException #"asleep"
                          (local/invoke (with-meta (fn [_ _] {}) {:karamon/gateway {:other (fn [_ _] (throw (IllegalStateException. "asleep")))}})
                                        (local/sample :schedule)))))
  (testing "HTTP goes to the handler"
    (is (= "\"get\"" (:body (local/invoke #'with-other {:path "/x"})))))
  (testing "without it, such an event is an error"
    (is (thrown? NotHttpEvent (local/invoke #'documented {"source" "ping"})))))

(gateway/defgateway ^:private exactly
  {:decimals :exact, :raw true}
  [event ctx]
  {:body (mapv str [(:price (gateway/json event)) (get-in event [:context :authorizer :limit]) (get-in (gateway/json event {:decimals :double}) [:price])])})

(deftest numbers-are-doubles-or-exact
  (let [event {:method :post, :body "{\"price\": 12345678901234567.89}", :context {"authorizer" {"limit" 0.1000000000000000055M}}}
        sent  (constantly {:body (str)})]
    (is (= "[\"12345678901234567.89\",\"0.1000000000000000055\",\"1.2345678901234568E16\"]" (:body (local/invoke #'exactly event))))
    (testing "by default doubles"
      (is (= 1.2345678901234568E16 (:price (gateway/json event)))))
    (testing "raw keeps every digit, whatever the option"
      (let [raw (atom nil)]
        (local/invoke (with-meta (fn [event _] (reset! raw event) (sent)) {:karamon/gateway {:raw true}}) event)
        (is (= 0.1000000000000000055M (get-in @raw [:raw "requestContext" "authorizer" "limit"])))
        (is (= 0.1 (get-in @raw [:context :authorizer :limit]))))))
  (testing "one number beyond a double's range fails nothing"
    (is (= {:a 1E+400M, :b 0.5} (gateway/json {:body "{\"a\": 1e400, \"b\": 0.5}"}))))
  (testing "but none takes all memory of the arithmetic with it"
    (is (thrown-with-msg? ExceptionInfo #"The number 1e1000000000 has more than 1000 digits" (gateway/json {:body "1e1000000000"})))
    (is (thrown? ExceptionInfo (gateway/json {:body "1e-1000000000"} {:decimals :exact})))
    (is (thrown? ExceptionInfo (gateway/json {:body "1e99999999999999"} {:decimals :exact}))))
  (is (thrown-with-msg? ExceptionInfo #"The option :decimals must be :double or :exact, found :big" (gateway/json {:body "1"} {:decimals :big})))
  (is (thrown-with-msg? ExceptionInfo #"No option :decimal for json: there is only :decimals" (gateway/json {:body "1"} {:decimal :exact}))))

(deftest json-reads-the-body
  (is (= {:a [1 {:userId "x"}]} (gateway/json {:body "{\"a\":[1,{\"userId\":\"x\"}]}"})))
  (is (= {:a "ü"} (gateway/json {:body (.getBytes "{\"a\":\"ü\"}" "UTF-8")})))
  (is (nil? (gateway/json {:body "null"}))))

(deftest a-body-that-isnt-json-is-a-400-with-the-position
  (doseq [[body line column text] [["{\"a\":1,\n \"b\":x}" 2 6 "The body isn't JSON: "]
                                   ["[1" 1 3 "The body isn't JSON: "]
                                   ["1 2" 1 3 "Expected the end after the JSON value"]
                                   [" " 1 2 "Expected a JSON value, found nothing"]
                                   [nil nil nil "Expected a JSON body, found none"]]]
    (testing (pr-str body)
      (let [e (is (thrown? ExceptionInfo (gateway/json {:body body})))]
        (is (= {:type ::gateway/bad-json, :line line, :column column}
               (select-keys (merge {:line nil, :column nil} (ex-data e)) [:type :line :column])))
        (is (.contains ^String (ex-message e) ^CharSequence text)))
      (let [logged (atom [])
            {:keys [status body]} (local/invoke (fn [event _] {:body (gateway/json event)})
                                                {:method :post, :body body, :headers {:content-type "application/json"}}
                                                {:log #(swap! logged conj %)})]
        (is (= 400 status))
        (is (.contains ^String body ^CharSequence text))
        (is (not (.contains ^String body "karamon")))
        (is (= [] @logged))
        (when line
          (is (.contains ^String body (str "(line " line ", column " column ")"))))))))
