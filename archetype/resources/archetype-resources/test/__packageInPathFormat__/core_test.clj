(ns ${namespace}.core-test
  "Handlers are ordinary functions; `karamon.local/invoke` takes a request through what Lambda does around them."
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.local :as local]
   [${namespace}.core :as core]))

(deftest hello-greets-the-world-or-whoever-is-named
  (is (= {:hello "world"} (:body (core/hello {} nil))))
  (is (= {:hello "hoge"} (:body (core/hello {:query {:name "hoge"}} nil)))))

(deftest hello-answers-with-json
  (is (= {:status  200
          :headers {:content-type "application/json"}
          :cookies []
          :body    "{\"hello\":\"hoge\"}"}
         (local/invoke #'core/hello {:path "/hello", :query {:name "hoge"}}))))

(deftest echo-answers-with-what-it-gets
  (let [response (local/invoke #'core/echo {:method  :post
                                            :path    "/echo"
                                            :headers {:content-type "text/plain"}
                                            :body    "hoge"})]
    (is (= "hoge" (:body response)))
    (is (= "text/plain" (get-in response [:headers :content-type])))))
