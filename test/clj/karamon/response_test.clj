(ns karamon.response-test
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.local :as local]
   [karamon.response :as response])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(deftest each-helper-has-its-status
  (doseq [[response expected] [[(response/ok) {:status 200}]
                               [(response/ok "x") {:status 200, :body "x"}]
                               [(response/created "/x") {:status 201, :headers {:location "/x"}}]
                               [(response/created "/x" "b") {:status 201, :headers {:location "/x"}, :body "b"}]
                               [(response/accepted) {:status 202}]
                               [(response/accepted "b") {:status 202, :body "b"}]
                               [(response/no-content) {:status 204}]
                               [(response/redirect "/x") {:status 302, :headers {:location "/x"}}]
                               [(response/redirect "/x" 308) {:status 308, :headers {:location "/x"}}]
                               [(response/not-modified) {:status 304}]
                               [(response/bad-request) {:status 400}]
                               [(response/bad-request "b") {:status 400, :body "b"}]
                               [(response/unauthorized "Bearer") {:status 401, :headers {:www-authenticate "Bearer"}}]
                               [(response/unauthorized "Bearer" "b") {:status 401, :headers {:www-authenticate "Bearer"}, :body "b"}]
                               [(response/forbidden) {:status 403}]
                               [(response/forbidden "b") {:status 403, :body "b"}]
                               [(response/not-found) {:status 404}]
                               [(response/not-found "b") {:status 404, :body "b"}]
                               [(response/conflict) {:status 409}]
                               [(response/conflict "b") {:status 409, :body "b"}]]]
    (is (= expected response))
    (is (= (:status expected) (:status (local/invoke (fn [_ _] response) {}))))))

(deftest a-response-can-be-changed
  (is (= {:status 418, :body "x"} (response/status (response/ok "x") 418)))
  (is (= {:status 200, :headers {:a 1}} (response/header (response/ok) :a 1)))
  (testing "a header replaces those whose name differs in case only"
    (is (= {:headers {:content-type "b", :x "1"}}
           (response/header {:headers {"Content-Type" "a", :x "1"}} :content-type "b")
           (response/content-type {:headers {"CONTENT-TYPE" "a", :Content-Type "c", :x "1"}} "b")))
    (is (= {:headers {"A" 2}} (response/header {:headers {:a 1}} "A" 2))))
  (testing "cookies are added"
    (is (= {:status 200, :cookies ["a=1" {:name "b" :value "2"} "c=3"]}
           (-> (response/ok) (response/cookies "a=1" {:name "b" :value "2"}) (response/cookies "c=3"))))
    (is (= ["a=1" "b=2"] (:cookies (response/cookies {:cookies '("a=1")} "b=2"))))))

(deftest bodies-have-their-content-type
  (is (= {:status 200, :headers {:content-type "text/plain; charset=utf-8"}, :body "x"} (response/text "x")))
  (is (= {:status 200, :headers {:content-type "text/html; charset=utf-8"}, :body "x"} (response/html "x")))
  (testing "JSON, for any data"
    (doseq [[data written] [["x" "\"x\""] [nil "null"] [{:a 1} "{\"a\":1}"] [[1] "[1]"] [#{1} "[1]"] [1 "1"] [false "false"]
                            ['("a" "b") "[\"a\",\"b\"]"] [() "[]"] [(map str [1]) "[\"1\"]"]]]
      (testing (pr-str data)
        (is (= {:status 201, :headers {:content-type "application/json"}, :cookies [], :body written}
               (local/invoke (fn [_ _] (response/json data 201)) {}))))))
  (is (= 200 (:status (response/json 1)))))

(deftest abort-answers-from-any-depth
  (let [e (is (thrown-with-msg? ExceptionInfo #"Aborted with status 404" (response/abort (response/not-found))))]
    (is (= {:type ::response/aborted, :karamon/response {:status 404}} (ex-data e))))
  (is (= {:status 404, :headers {}, :cookies [], :body "gone"}
         (local/invoke (fn [_ _] (doall (map (fn [_] (response/abort (response/not-found "gone"))) [1]))) {}))))
