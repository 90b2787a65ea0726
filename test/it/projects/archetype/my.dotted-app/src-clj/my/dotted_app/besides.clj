(ns my.dotted-app.besides
  (:require
   [clojure.java.io :as io]
   [karamon.gateway :refer [defgateway]]
   [my.dotted-app.readers]))

(defgateway page [event ctx]
  {:headers {:content-type "text/html"}
   :body    (slurp (io/resource "my/dotted_app/pages/page.html"))})

(defgateway read-tagged [event ctx]
  {:body (read-string "#my.dotted-app/upper \"hoge\"")})

(defgateway greeting [event ctx]
  {:body (slurp (io/resource "greeting.txt"))})

(defgateway größe✨ [event ctx]
  {:body (let [太郎 (fn [] "größe✨")] (太郎))})
