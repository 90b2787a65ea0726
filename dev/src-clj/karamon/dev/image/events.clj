(ns karamon.dev.image.events
  "Sample events of what invokes a function according to serverless.yml."
  (:require
   [clojure.string :as str]
   [karamon.local :as local]))

(set! *warn-on-reflection* true)

(defn- route-event
  "Returns the event of a request to a route, with sample values for its parameters."
  [{:keys [source method path pattern]}]
  (let [sample (str/replace path #"\{[^}]+\}" "sample")]
    (local/event (cond-> {:source source, :method (if (= :any method) :get method), :path sample}
                   (not pattern) (assoc :resource path)))))

(defn- arn
  "Returns the text in an event's settings that names what sends it."
  [detail]
  (str (if (map? detail) (or (detail "arn") (detail "type")) detail)))

(defn- stream [detail]
  (if (or (str/includes? (arn detail) "kinesis") (and (map? detail) (= "kinesis" (detail "type")))) :kinesis :dynamodb))

(def ^:private sample-kinds
  "The key of an event in serverless.yml to a function of its settings that returns the kind of sample."
  {"sqs"             #(if (str/ends-with? (arn %) ".fifo") :sqs-fifo :sqs)
   "sns"             (constantly :sns)
   "s3"              (constantly :s3)
   "schedule"        (constantly :schedule)
   "eventBridge"     (constantly :eventbridge)
   "cloudwatchEvent" (constantly :eventbridge)
   "cloudwatchLog"   (constantly :logs)
   "cognitoUserPool" (constantly :cognito)
   "kafka"           (constantly :kafka)
   "msk"             (constantly :kafka)
   "activemq"        (constantly :activemq)
   "rabbitmq"        (constantly :rabbitmq)
   "stream"          stream})

(defn- other-event [{:keys [kind detail]}]
  (when-let [sample (sample-kinds kind)]
    (local/sample (sample detail))))

(defn of-function
  "Returns a vector of sample events for a function of a service, as `karamon.dev.gateway.service` reads it; empty if nothing known
  invokes it."
  [{:keys [routes url websocket others]}]
  (-> (mapv route-event routes)
      (cond-> url (conj (local/event {:source :function-url}))
              (seq websocket) (conj (local/sample :websocket)))
      (into (keep other-event) others)))
