(ns example.core
  "The handlers that serverless.yml deploys and the README tours."
  (:require
   [karamon.gateway :refer [defgateway]]))

(set! *warn-on-reflection* true)

(defgateway echo
  "Answers with the body as it came, under the content type it came with."
  [event ctx]
  {:status  200
   :headers {:content-type (get-in event [:headers :content-type])}
   :body    (:body event)})

(defgateway hello
  "Greets the world, or whoever the query names."
  [event ctx]
  {:status 200
   :body   {:hello (get-in event [:query :name] "world")}})

(defgateway greet
  "Greets whoever the path names: GET /hello/{name}."
  [{:keys [path-parameters]} ctx]
  {:status 200
   :body   {:hello (:name path-parameters)}})
