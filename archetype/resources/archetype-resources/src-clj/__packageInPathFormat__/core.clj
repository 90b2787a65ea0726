(ns ${namespace}.core
  "The functions that serverless.yml deploys."
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
