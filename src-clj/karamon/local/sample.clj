(ns karamon.local.sample
  "Reads the sample events next to this file. `karamon.local` is the documented API."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io InputStream)
   (karamon.json JsonReader Keys)
   (karamon.text Nearest)))

(set! *warn-on-reflection* true)

(def http-kinds
  "The kinds of HTTP requests and WebSocket messages."
  [:rest :http :function-url :alb :websocket])

(def kinds
  "The kinds that have a sample."
  (into [:sqs :sqs-fifo :sns :s3 :schedule :eventbridge :dynamodb :kinesis :kafka :firehose :logs :cognito :authorizer
         :cloudformation :s3-batch]
        http-kinds))

(defn check-kind
  "Throws ex-info of `:type` `:karamon.local/no-sample` if there is no sample of that kind."
  [kind]
  (when-not (some #{kind} kinds)
    (let [names (map name kinds)
          text  (if (keyword? kind) (name kind) (str kind))]
      (throw (ex-info (str "No sample event " text ": there is " (str/join ", " names) "." (Nearest/hint text names))
                      {:type :karamon.local/no-sample, :kind kind})))))

(defn read-sample
  "Returns the sample of a kind other than `http-kinds`."
  [kind]
  (with-open [in (io/input-stream (io/resource (str "karamon/local/samples/" (name kind) ".json")))]
    (JsonReader/read (.readAllBytes ^InputStream in) Keys/STRINGS)))
