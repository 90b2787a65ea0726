(ns karamon.lambda.sns
  "Converts notifications of SNS topics to plain records."
  (:require
   [karamon.lambda :as lambda]
   [karamon.lambda.record :as record]
   [karamon.lambda.values :as values]))

(set! *warn-on-reflection* true)

(defn notification
  "Converts a record of an SNS event, or the body of an SQS message from SNS, to a notification:

      {:id \"…\" :topic-arn \"arn:aws:sns:…\" :subject nil :message \"…\" :attributes {:shop \"north\"} :time #<Instant>}

  * `:message` -- the text; `karamon.lambda/json` reads JSON, `karamon.lambda/event` an event of another service
  * `:attributes` -- the message attributes, by their names: strings, exact numbers, bytes, or data (`String.Array`)
  * `:subscription-arn` -- nil in a queue"
  [record]
  (let [{:keys [message-attributes] :as sent} (:sns record record)]
    {:id               (:message-id sent)
     :topic-arn        (:topic-arn sent)
     :subject          (:subject sent)
     :message          (:message sent)
     :attributes       (update-vals message-attributes (fn [{:keys [type value]}] (values/attribute type value value)))
     :time             (values/instant (:timestamp sent))
     :subscription-arn (:event-subscription-arn record)}))

(defn notifications
  "Returns the notifications of an SNS event, a vector. For the body of an SQS message from SNS, it has one. Throws ex-info of
  `:type` `:karamon.lambda/other-event` for any other event, and `:karamon.lambda/bad-value` for a record that can't be read."
  [event]
  (let [event (lambda/event event)]
    (if (:topic-arn event)
      (record/convert-all "a notification of SNS" notification [event])
      (record/records event :sns "an SNS event with :records" notification))))
