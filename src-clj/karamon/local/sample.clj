(ns karamon.local.sample
  "Reads the sample events next to this file. `karamon.local` is the documented API."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io InputStream)
   (karamon.json JsonReader Keys)
   (karamon.text Nearest Shown)))

(set! *warn-on-reflection* true)

(def http-kinds
  "The kinds of HTTP requests and WebSocket messages."
  [:rest :http :http-1.0 :function-url :alb :lattice :websocket])

(def kinds
  "The kinds that have a sample."
  (into [:sqs :sqs-fifo :sqs-pipe :sns :s3 :schedule :eventbridge :dynamodb :kinesis :kinesis-window :kafka :activemq :rabbitmq
         :documentdb :firehose :logs :alarm :ses :cognito :cognito-federation :cognito-sync :authorizer :appsync :appsync-batch
         :appsync-authorizer :connect :lex :iot-authorizer :iot-provisioning :iot-button :iot-events :cloudformation :codecommit
         :codepipeline :codedeploy :config :secret-rotation :s3-batch :s3-object :autoscaling :transfer :client-vpn :bedrock
         :bedrock-function]
        http-kinds))

(defn check-kind
  "Throws ex-info of `:type` `:karamon.local/no-sample` if there is no sample of that kind."
  [kind]
  (when-not (and (keyword? kind) (some #{kind} kinds))
    (let [names (map name kinds)
          text  (Shown/text (if (keyword? kind) (name kind) kind))]
      (throw (ex-info (str "No sample event " text ": there is " (str/join ", " names) "." (Nearest/hint text names))
                      {:type :karamon.local/no-sample, :kind kind})))))

(defn read-sample
  "Returns the sample of a kind other than `http-kinds`."
  [kind]
  (with-open [in (io/input-stream (io/resource (str "karamon/local/samples/" (name kind) ".json")))]
    (JsonReader/read (.readAllBytes ^InputStream in) Keys/STRINGS)))
