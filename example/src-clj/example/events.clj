(ns example.events
  "Functions that no request calls: serverless.yml has a queue and a schedule call them, docs/events.md tells the rest."
  (:require
   [karamon.lambda :refer [defbatch deflambda json]]
   [karamon.lambda.eventbridge :as eventbridge]))

(set! *warn-on-reflection* true)

(defbatch settle
  "Takes a queue's orders one by one. One without a total fails, and comes again; the others don't."
  [{:keys [id body]} _ctx]
  (let [{:keys [orderId total]} (json body)]
    (when-not total
      (throw (ex-info (str "The order " orderId " has no total") {:type ::no-total, :message-id id})))
    (println "Settled order" orderId "of" total)))

(deflambda tick
  "Answers with the time that its schedule was due at."
  [event _ctx]
  {:due (:time (eventbridge/message event))})
