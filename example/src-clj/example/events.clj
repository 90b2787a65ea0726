(ns example.events
  "Functions without an HTTP route. In serverless.yml a queue and a schedule call them; docs/events.md describes such functions."
  (:require
   [karamon.lambda :refer [defbatch deflambda json]]
   [karamon.lambda.eventbridge :as eventbridge]))

(set! *warn-on-reflection* true)

(defbatch settle
  "Processes a queue's orders one by one. If an order has no total, only that message fails and is delivered again."
  [{:keys [id body]} _ctx]
  (let [{:keys [orderId total]} (json body)]
    (when-not total
      (throw (ex-info (str "The order " orderId " has no total") {:type ::no-total, :message-id id})))
    (println "Settled order" orderId "of" total)))

(deflambda tick
  "Returns the time that the schedule was due at."
  [event _ctx]
  {:due (:time (eventbridge/message event))})
