(ns karamon.server.shown
  "A handler that answers with its request map."
  (:require
   [clojure.string :as str]
   [karamon.gateway :refer [defgateway]]))

(defn- differs-by-nature?
  "Returns true for headers that only function URLs send: the server drops them, since nobody is trusted by default."
  [[k _]]
  (str/starts-with? (name k) "x-forwarded-"))

(defgateway show [{:keys [body] :as event} _ctx]
  {:status  (if (= :head (:method event)) 202 201)
   :headers {"x-one" "1", "x-two" ["a" "b"], "connection" "close"}
   :cookies [{:name "c", :value "1"} "d=2; Path=/"]
   :body    (-> (dissoc event :context :source :stage-variables :scheme :host :resource)
                (update :headers #(into (sorted-map) (remove differs-by-nature?) (dissoc % :host)))
                (update :headers-all #(into (sorted-map) (remove differs-by-nature?) (dissoc % :host)))
                (assoc :body (if (bytes? body) (vec body) body)))})

(defgateway route [event _ctx]
  {:headers {"content-type" "text/plain"}
   :body    (str (:resource event) " " (into (sorted-map) (:path-parameters event)))})

(defgateway fail [_event _ctx]
  (throw (ex-info "boom" {})))

(defgateway slow [_event _ctx]
  (Thread/sleep 20)
  {:body "slept"})
