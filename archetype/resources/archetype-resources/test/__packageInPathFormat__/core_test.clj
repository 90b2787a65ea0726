(ns ${namespace}.core-test
  "Handlers are ordinary functions. `karamon.local/invoke` also reads the event and writes the reply, as Lambda does."
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.local :as local]
   [${namespace}.core :as core]))

(deftest hello-greets-the-name-or-the-world
  (is (= {:hello "world"} (:body (core/hello {} nil))))
  (is (= {:hello "hoge"} (:body (core/hello {:query {:name "hoge"}} nil)))))

(deftest hello-returns-json
  (is (= {:status  200
          :headers {:content-type "application/json"}
          :cookies []
          :body    "{\"hello\":\"hoge\"}"}
         (local/invoke #'core/hello {:path "/hello", :query {:name "hoge"}}))))

(deftest echo-returns-the-body
  (let [response (local/invoke #'core/echo {:method  :post
                                            :path    "/echo"
                                            :headers {:content-type "text/plain"}
                                            :body    "hoge"})]
    (is (= "hoge" (:body response)))
    (is (= "text/plain" (get-in response [:headers :content-type])))))
