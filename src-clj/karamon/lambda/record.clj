(ns karamon.lambda.record
  "Extracts the records of an event, for the namespaces of the sources. Doesn't require `karamon.lambda`, which loads
  `karamon.lambda.batch`, which loads those namespaces."
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
  "Returns the `:records` of an event, in any form that `karamon.lambda/event` takes. Throws `other-event` if it has none."
  [event expected]
  (let [event (LambdaEvent/from event)]
    (or (:records event)
        (throw (other-event expected event)))))
