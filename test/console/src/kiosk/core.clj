(ns kiosk.core
  "Handlers for the console's test."
  (:require
   [karamon.gateway :refer [defgateway]]
   [karamon.lambda :refer [deflambda]]
   [karamon.log :as log]))

(set! *warn-on-reflection* true)

(def ^:private counter (atom 0))

(defgateway count-up [_ _]
  {:status 200, :body {:count (swap! counter inc)}})

(defgateway greet [{:keys [path-parameters query body headers]} _]
  (log/info "greeting" {:name (:name path-parameters), :body body})
  {:status  201
   :headers {:set-cookie "session=s3cr3t"}
   :body    {:hello (:name path-parameters), :mood (:mood query), :body body, :test (:x-test headers)}})

(defn- price [n]
  (/ 100 n))

(defgateway fail [_ _]
  {:status 200, :body {:price (price 0)}})

(deflambda settle [{:keys [records]} _]
  {:settled (count records)})
