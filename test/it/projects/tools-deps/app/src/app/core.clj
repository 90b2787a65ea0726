(ns app.core
  (:require
   [clojure.java.io :as io]
   [karamon.gateway :refer [defgateway]])
  (:import
   (app Upper)))

(defgateway größe✨ [event ctx]
  {:body (Upper/of (slurp (io/resource "greeting.txt")))})
