(ns karamon.lambda.eventbridge
  "Converts events of EventBridge buses, including scheduled ones, to plain records."
  (:require
   [karamon.lambda :as lambda]
   [karamon.lambda.record :as record]
   [karamon.lambda.values :as values]))

(set! *warn-on-reflection* true)

(defn message
  "Converts an EventBridge event to a message:

      {:id \"…\" :source \"shop.orders\" :type \"Order placed\" :detail {:orderId 7} :time #<Instant> :resources []
       :account \"…\" :region \"…\"}

  The `:detail` has its names as sent. Throws ex-info of `:type` `:karamon.lambda/other-event` for any other event."
  [event]
  (let [{:keys [id source detail-type detail time resources account region] :as event} (lambda/event event)]
    (when-not (and source detail-type)
      (throw (record/other-event "an EventBridge event with :source and :detail-type" event)))
    {:id        id
     :source    source
     :type      detail-type
     :detail    detail
     :time      (values/instant time)
     :resources resources
     :account   account
     :region    region}))

(defn scheduled?
  "Returns whether an event comes from a rule with a schedule. Its message has the scheduled time under `:time`, and the rule
  under `:resources`. (EventBridge Scheduler sends any input that its schedule has.)"
  [event]
  (let [{:keys [source detail-type]} (lambda/event event)]
    (and (= "aws.events" source) (= "Scheduled Event" detail-type))))
