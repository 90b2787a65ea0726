(ns example.prices
  "A model that is released apart from the code: an object on S3, which is replaced while servers run. docs/kubernetes.md describes
  how. The function's role needs s3:GetObject for it."
  (:require
   [clojure.edn :as edn]
   [karamon.gateway :refer [defgateway]]
   [karamon.s3 :as s3]))

(set! *warn-on-reflection* true)

(def ^:private model
  (delay
    (s3/asset {:uri   (or (System/getenv "MODEL_URI") "s3://demo/models/current.edn")
               :every (parse-long (or (System/getenv "MODEL_SECONDS") "60"))
               :load  (comp edn/read-string slurp)})))

(defgateway price
  "Returns the price of a trip by the current model: GET /price?from=0&to=2"
  [{{:keys [from to]} :query} ctx]
  (let [{:keys [version base areas]} @@model] ; one whole model, also if the next one comes meanwhile
    {:body {:version version
            :price   (+ base (reduce + (map #(get areas % 0) (range (parse-long (or from "0")) (inc (parse-long (or to "0")))))))}}))
