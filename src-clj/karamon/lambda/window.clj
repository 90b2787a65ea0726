(ns karamon.lambda.window
  "Tumbling windows of streams: the state that AWS passes from one invocation to the next, until a window ends.
  https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html"
  {:no-doc true}
  (:require
   [karamon.lambda.values :as values]))

(set! *warn-on-reflection* true)

(defn window?
  "Returns true for an event of a mapping with a tumbling window."
  [event]
  (boolean (and (map? event) (map? (:window event)))))

(defn- window [{:keys [window shard-id event-source-arn]}]
  {:start (values/instant (:start window)), :end (values/instant (:end window)), :shard shard-id, :stream-arn event-source-arn})

(defn answer
  "Returns the map with the state to pass on; nil for an event without a window. Adds `results`, those of the records that AWS doesn't
  send again, to the state with the option `:reduce`. When the window ends and `all-done?`, calls the option `:on-window`."
  [{:keys [reduce on-window]} event ctx results all-done?]
  (when (window? event)
    (let [state (or (cond->> (or (:state event) {}) reduce (#(clojure.core/reduce reduce % results))) {})]
      (when (and on-window all-done? (:is-final-invoke-for-window event))
        (on-window state (window event) ctx))
      {"state" state})))
