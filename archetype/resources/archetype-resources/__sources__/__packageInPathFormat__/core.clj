(ns ${namespace}.core
  "The functions that serverless.yml deploys."
  (:require
   [karamon.gateway :refer [defgateway]]))

(set! *warn-on-reflection* true)

(defgateway echo
  "Returns the request's body with the request's content type."
  [event ctx]
  {:status  200
   :headers {:content-type (get-in event [:headers :content-type])}
   :body    (:body event)})

(defgateway hello
  "Greets the name in the query, or the world."
  [event ctx]
  {:status 200
   :body   {:hello (get-in event [:query :name] "world")}})
