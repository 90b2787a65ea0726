(ns karamon.lambda.record
  "Takes the records out of an event, for the namespaces of the sources. Like them and `karamon.lambda.batch`, which loads
  them, it doesn't name `karamon.lambda`, which loads that."
  {:no-doc true}
  (:import
   (karamon.event LambdaEvent)))

(set! *warn-on-reflection* true)

(defn other-event
  "Returns the exception for an event that isn't `expected`, words such as \"an SQS event with :records\". Its `:type` is
  `:karamon.lambda/other-event`."
  [expected event]
  (ex-info (str "Expected " expected ", found " (if (map? event) (str "the keys " (vec (keys event))) (pr-str event)))
           {:type :karamon.lambda/other-event}))

(defn records
  "Returns the `:records` of an event, which may be as `karamon.lambda/event` takes it. Throws `other-event` when it has none."
  [event expected]
  (let [event (LambdaEvent/from event)]
    (or (:records event)
        (throw (other-event expected event)))))
