(ns shop.core
  "Gateway handlers for the library's tests."
  (:require
   [karamon.gateway :refer [defgateway]]))

(set! *warn-on-reflection* true)

(defgateway echo [event ctx]
  {:headers {:content-type (get-in event [:headers :content-type])}, :body (:body event)})

(defgateway hello [event ctx]
  {:status 200, :body {:hello (get-in event [:query :name] "world")}})

(defgateway greet [event ctx]
  {:body {:hello (get-in event [:path-parameters :name])}})
