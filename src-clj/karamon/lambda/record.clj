(ns karamon.lambda.record
  "Extracts the records of an event, for the namespaces of the sources. Doesn't require `karamon.lambda`, which loads
  `karamon.lambda.batch`, which loads those namespaces."
  {:no-doc true}
  (:import
   (clojure.lang ExceptionInfo)
   (karamon.event LambdaEvent)
   (karamon.text Failure Shown)))

(set! *warn-on-reflection* true)

(defn shown
  "Returns words for a part of an event that has an unexpected form: short ones, however large it is."
  [x]
  (cond
    (map? x)                               (str "the keys " (Shown/of (vec (keys x))))
    (or (nil? x) (number? x) (boolean? x)) (Shown/of x)
    :else                                  (str "a " (.getName (class x)))))

(defn other-event
  "Returns the exception for an event that isn't `expected`, words such as \"an SQS event with :records\". Its `:type` is
  `:karamon.lambda/other-event`."
  [expected event]
  (ex-info (str "Expected " expected ", found " (shown event)
                (when (and (map? event) (contains? event :records)) (str ", and in :records " (shown (:records event)))))
           {:type :karamon.lambda/other-event}))

(defn- converted [expected convert index record]
  (let [bad (fn [why cause]
              (ex-info (str "Expected " expected ", found " (shown record) " as record " index why) {:type :karamon.lambda/bad-value} cause))]
    (when-not (map? record)
      (throw (bad nil nil)))
    (try
      (convert record)
      (catch ExceptionInfo e (throw e))
      (catch RuntimeException e
        (throw (bad (str ", which can't be read: " (Failure/message e)) e))))))

(defn convert-all
  "Returns `convert` of each record, a vector. Throws ex-info of `:type` `:karamon.lambda/bad-value` if one isn't a map or can't
  be converted."
  [expected convert records]
  (into [] (map-indexed (fn [index record] (converted expected convert index record))) records))

(defn event
  "Returns `sent`, in any form that `karamon.lambda/event` takes, as an event. Throws `other-event` for an event that AWS sent
  for another `kind` of source, and for one whose records aren't `records?`. The records that a pipe sends, an array, are its
  `:records`."
  [sent kind expected records?]
  (let [event    (LambdaEvent/from sent)
        its-kind (:karamon/kind (meta event))]
    (cond
      (and (vector? event) (= kind its-kind))                         (with-meta {:records event} (meta event))
      (and (= kind (or its-kind kind)) (records? (:records event)))   event
      :else                                                           (throw (other-event expected event)))))

(defn records
  "Returns `convert` of each of the `:records` of an event, a vector. Throws as `event` and `convert-all` do."
  [sent kind expected convert]
  (convert-all expected convert (:records (event sent kind expected sequential?))))
