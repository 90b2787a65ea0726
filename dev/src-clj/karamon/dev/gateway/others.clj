(ns karamon.dev.gateway.others
  "Lists the events of a service that aren't HTTP, each with the command that sends a sample to its function."
  (:require
   [clojure.string :as str]
   [karamon.dev.gateway.schedules :as schedules]
   [karamon.dev.options :as options])
  (:import
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(defn- text-at
  "Returns `detail` if it is a text, else the first text under one of `ks`, or the first one in a list there."
  [detail & ks]
  (if (string? detail)
    detail
    (some #(let [x (get detail %), x (if (vector? x) (first x) x)] (when (string? x) x)) ks)))

(defn- sample
  "Returns the kind of sample that `karamon event` has for an event; nil if there is none."
  [{:keys [kind detail]}]
  (let [arn (str (text-at detail "arn"))]
    (case kind
      "schedule"          "schedule"
      "eventBridge"       (if (get (when (map? detail) detail) "schedule") "schedule" "eventbridge")
      "cloudwatchEvent"   "eventbridge"
      "cloudwatchLog"     "logs"
      "cognitoUserPool"   "cognito"
      ("kafka" "msk")     "kafka"
      "sqs"               (if (str/ends-with? arn ".fifo") "sqs-fifo" "sqs")
      "stream"            (if (or (= "kinesis" (get (when (map? detail) detail) "type")) (str/includes? arn ":kinesis:")) "kinesis" "dynamodb")
      ("sns" "s3")        kind
      nil)))

(defn- description [{:keys [kind detail]}]
  (let [text (text-at detail "rate" "schedule" "arn" "bucket" "topicName" "eventBus" "pool" "logGroup")
        off? (and (map? detail) (false? (detail "enabled" true)))]
    (str kind (when text (str " " (Shown/text (str/replace text #"^arn:.*:" "")))) (when off? " (disabled)"))))

(defn rows
  "Returns a row for each event: what it is, the function's name, and the command."
  [{:keys [functions]} {:keys [host]} port]
  (for [{:keys [name others]} functions, other others]
    [(description other)
     name
     (str (if-let [kind (sample other)] (str (options/command (str "event " kind)) " | ") "echo '{}' | ")
          "curl -H content-type:application/json -d @- http://" host ":" port "/_karamon/invoke/" name)]))

(defn hint
  "Returns what to add to the headline of the list about schedules. `fire?` says whether they fire."
  [service fire?]
  (when (seq (schedules/schedules service))
    (if fire? " (schedules fire)" " (--schedules makes schedules fire)")))
