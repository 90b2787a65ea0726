(ns greeter.api
  (:require
   [karamon.gateway :refer [defgateway]]))

(defgateway greet [event ctx]
  {:status 200
   :body   {:hello (get-in event [:query :name])}})
