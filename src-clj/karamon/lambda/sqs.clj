(ns karamon.lambda.sqs
  "Converts messages of SQS queues to plain records. `karamon.lambda/defbatch` calls a function for each message of a batch."
  (:require
   [karamon.lambda.record :as record]
   [karamon.lambda.values :as values]))

(set! *warn-on-reflection* true)

(defn message
  "Converts a record of an SQS event to a message:

      {:id \"m-1\" :body \"…\" :attributes {:shop \"north\"} :group nil :receive-count 1 :sent #<Instant> …}

  * `:body` -- the text; `karamon.lambda/json` reads JSON, and `karamon.lambda/event` an event of S3, SNS or EventBridge
  * `:attributes` -- the message attributes, by their names: strings, exact numbers (a long, BigInt or BigDecimal), bytes
  * `:receive-count` -- how many times it was received, including this time
  * `:sent`, `:first-received` -- instants
  * `:group`, `:deduplication-id`, `:sequence-number` -- of a FIFO queue's messages, else nil (a standard queue's may have a
    group too)
  * `:sender`, `:receipt-handle`, `:queue-arn`, `:region`"
  [{:keys [attributes message-attributes] :as record}]
  {:id               (:message-id record)
   :body             (:body record)
   :attributes       (update-vals message-attributes
                       (fn [{:keys [data-type string-value binary-value]}] (values/attribute data-type string-value binary-value)))
   :group            (:message-group-id attributes)
   :deduplication-id (:message-deduplication-id attributes)
   :sequence-number  (:sequence-number attributes)
   :receive-count    (some-> (:approximate-receive-count attributes) parse-long)
   :sent             (values/instant (:sent-timestamp attributes))
   :first-received   (values/instant (:approximate-first-receive-timestamp attributes))
   :sender           (:sender-id attributes)
   :receipt-handle   (:receipt-handle record)
   :queue-arn        (:event-source-arn record)
   :region           (:aws-region record)})

(defn messages
  "Returns the messages of an SQS event, a vector. Throws ex-info of `:type` `:karamon.lambda/other-event` for any other, and
  `:karamon.lambda/bad-value` for a record that can't be read."
  [event]
  (record/records event :sqs "an SQS event with :records" message))
