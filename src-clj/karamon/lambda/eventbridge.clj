(ns karamon.lambda.eventbridge
  "Events of EventBridge buses, scheduled ones among them, as plain records."
  (:require
   [karamon.lambda :as lambda]
   [karamon.lambda.values :as values]))

(set! *warn-on-reflection* true)

(defn message
  "Returns an EventBridge event as a message:

      {:id \"…\" :source \"shop.orders\" :type \"Order placed\" :detail {:orderId 7} :time #<Instant> :resources []
       :account \"…\" :region \"…\"}

  The `:detail` has its names as they were sent. Throws ex-info of `:type` `:karamon.lambda/other-event` for another event."
  [event]
  (let [{:keys [id source detail-type detail time resources account region] :as event} (lambda/event event)]
    (when-not (and source detail-type)
      (throw (ex-info (str "Expected an EventBridge event with :source and :detail-type, found "
                           (if (map? event) (str "the keys " (vec (keys event))) (pr-str event)))
                      {:type ::lambda/other-event})))
    {:id        id
     :source    source
     :type      detail-type
     :detail    detail
     :time      (values/instant time)
     :resources resources
     :account   account
     :region    region}))

(defn scheduled?
  "Tells whether an event is that of a rule with a schedule. Its message's `:time` is when it was due, and its `:resources`
  name the rule. (EventBridge Scheduler sends whatever input its schedule has.)"
  [event]
  (let [{:keys [source detail-type]} (lambda/event event)]
    (and (= "aws.events" source) (= "Scheduled Event" detail-type))))
