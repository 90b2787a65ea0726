(ns example.core
  "The handlers that serverless.yml deploys and the README's tour uses."
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

(defgateway greet
  "Greets the name in the path: GET /hello/{name}."
  [{:keys [path-parameters]} ctx]
  {:status 200
   :body   {:hello (:name path-parameters)}})
