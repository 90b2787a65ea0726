(ns karamon.dev.gateway.others-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is]]
   [karamon.dev.gateway.others :as others]
   [karamon.local :as local]))

(set! *warn-on-reflection* true)

(defn- row [kind detail]
  (first (others/rows {:functions [{:name "f", :others [{:kind kind, :detail detail}]}]} {:host "127.0.0.1"} 3000)))

(deftest each-event-is-listed-with-the-command-for-a-sample-of-it
  (is (= ["schedule rate(1 hour)" "f"
          "karamon event schedule | curl -H content-type:application/json -d @- http://127.0.0.1:3000/_karamon/invoke/f"]
         (row "schedule" "rate(1 hour)")))
  (are [shown sample kind detail] (let [[text _ command] (row kind detail)
                                        [_ found] (re-find #"^karamon event (\S+) \|" command)]
                                    (and (= [shown sample] [text found])
                                         (or (nil? sample) (local/sample (keyword sample)))))
    "schedule rate(1 hour) (disabled)" "schedule" "schedule" {"rate" ["rate(1 hour)"], "enabled" false}
    "sqs orders"            "sqs"         "sqs" "arn:aws:sqs:eu-west-1:1:orders"
    "sqs orders.fifo"       "sqs-fifo"    "sqs" {"arn" "arn:aws:sqs:eu-west-1:1:orders.fifo"}
    "sqs"                   "sqs"         "sqs" {"arn" {"Fn::GetAtt" ["Orders" "Arn"]}}
    "sns topic"             "sns"         "sns" "topic"
    "s3 photos"             "s3"          "s3" {"bucket" "photos", "event" "s3:ObjectCreated:*"}
    "stream table/t/stream" "dynamodb"    "stream" "arn:aws:dynamodb:eu-west-1:1:table/t/stream"
    "stream"                "kinesis"     "stream" {"type" "kinesis", "arn" {"Ref" "x"}}
    "eventBridge"           "eventbridge" "eventBridge" {"pattern" {"source" ["a"]}}
    "eventBridge rate(1 day)" "schedule"  "eventBridge" {"schedule" "rate(1 day)"}
    "cognitoUserPool users" "cognito"     "cognitoUserPool" {"pool" "users", "trigger" "PreSignUp"}
    "iot"                   nil           "iot" {"sql" "SELECT 1"}
    "alexaSkill"            nil           "alexaSkill" nil)
  (is (str/starts-with? (last (row "iot" {})) "echo '{}' | curl ")))
