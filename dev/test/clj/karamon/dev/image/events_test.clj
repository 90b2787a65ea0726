(ns karamon.dev.image.events-test
  (:require
   [clojure.test :refer [are deftest is]]
   [karamon.dev.gateway.service :as service]
   [karamon.dev.image.events :as events]
   [karamon.lambda :as lambda]))

(set! *warn-on-reflection* true)

(defn- of-events [text]
  (events/of-function (first (:functions (service/parse (str "functions: {f: {clj: x/f, events: [" text "]}}") "serverless.yml")))))

(deftest functions-get-events-of-what-invokes-them
  (are [kind text] (= [kind] (map (comp lambda/kind lambda/event) (of-events text)))
    :sqs         "sqs: arn:aws:sqs:eu-west-1:1:jobs"
    :sns         "sns: topic"
    :s3          "s3: bucket"
    :eventbridge "schedule: rate(1 hour)"
    :eventbridge "eventBridge: {pattern: {source: [a]}}"
    :dynamodb    "stream: arn:aws:dynamodb:eu-west-1:1:table/t/stream/1"
    :kinesis     "stream: {type: kinesis, arn: {Ref: x}}"
    :kinesis     "stream: arn:aws:kinesis:eu-west-1:1:stream/s"
    :logs        "cloudwatchLog: /aws/lambda/x")
  (is (= "arn:aws:sqs:eu-west-1:111122223333:orders.fifo"
         (get-in (first (of-events "sqs: arn:aws:sqs:eu-west-1:1:jobs.fifo")) ["Records" 0 "eventSourceARN"])))
  (is (= ["/users/sample" "Records"]
         (map #(or (get % "path") (first (keys %))) (of-events "{http: 'GET /users/{id}'}, {sqs: 'arn:aws:sqs:eu-west-1:1:jobs'}"))))
  (is (= [] (of-events "iot: {sql: x}"))))
