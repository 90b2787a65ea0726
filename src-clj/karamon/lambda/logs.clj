(ns karamon.lambda.logs
  "Unzips the events that CloudWatch Logs sends to a subscription's function."
  (:require
   [karamon.lambda :as lambda]
   [karamon.lambda.values :as values])
  (:import
   (java.io ByteArrayInputStream)
   (java.util.zip GZIPInputStream)))

(set! *warn-on-reflection* true)

(defn unzip
  "Returns the batch in zipped bytes, such as the data of a Kinesis record that a subscription wrote:

      {:type \"DATA_MESSAGE\" :log-group \"/aws/lambda/shop\" :log-stream \"…\" :owner \"…\" :filters [\"…\"]
       :events [{:id \"…\" :time #<Instant> :message \"…\" :fields {…}}]}

  A `:type` of \"CONTROL_MESSAGE\" only checks that the function exists. `:fields` has the fields named in the filter's
  pattern, nil if it names none."
  [^bytes zipped]
  (let [{:keys [messageType logGroup logStream owner subscriptionFilters logEvents]}
        (lambda/json (.readAllBytes (GZIPInputStream. (ByteArrayInputStream. zipped))))]
    {:type       messageType
     :log-group  logGroup
     :log-stream logStream
     :owner      owner
     :filters    subscriptionFilters
     :events     (mapv (fn [{:keys [id timestamp message extractedFields]}]
                         {:id id, :time (values/instant timestamp), :message message, :fields extractedFields})
                       logEvents)}))

(defn batch
  "Returns the batch of a CloudWatch Logs event, as `unzip` does. Throws ex-info of `:type` `:karamon.lambda/other-event` for
  any other event."
  [event]
  (let [data (get-in (lambda/event event) [:awslogs :data])]
    (when-not data
      (throw (ex-info "Expected a CloudWatch Logs event with :awslogs" {:type ::lambda/other-event})))
    (unzip (values/bytes64 data))))
