(ns bench.karamon
  (:require
   [karamon.gateway :refer [defgateway]]))

(defgateway hello [event _ctx]
  {:status 200
   :body   {:hello (get-in event [:query :name] "world")}})
