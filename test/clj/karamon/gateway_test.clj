(ns karamon.gateway-test
  (:require
   [clojure.test :refer [deftest is]]
   [example.core :as example]))

(deftest a-handler-is-an-ordinary-function
  (is (= {:status 200 :body {:hello "hoge"}} (example/hello {:query {:name "hoge"}} nil))))
