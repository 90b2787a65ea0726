(ns karamon.aws-samples
  "Samples of AWS's events, and of answers to AWS: one of each format, in test/resources/events/aws."
  (:require
   [clojure.java.io :as io]
   [karamon.test-events :refer [sample-bytes]])
  (:import
   (java.io File)))

(set! *warn-on-reflection* true)

(def requests
  "The source of an HTTP request -> the names of its samples. A Lambda authorizer's request has the format of the request that it guards."
  {:rest         #{"rest" "rest-operation" "rest-authorizer-request"}
   :http-1.0     #{"http-api-1.0" "http-api-authorizer-1.0"}
   :http         #{"http-api-no-authorizer" "http-api-iam" "http-api-jwt" "http-api-lambda-authorizer" "http-api-authorizer-2.0"}
   :function-url #{"function-url-get" "function-url-text" "function-url-bytes" "function-url-iam"}
   :alb          #{"alb" "alb-multi-value"}
   :websocket    #{"websocket-connect" "websocket-message" "websocket-disconnect" "websocket-authorizer"}})

(def events
  "The kind of an event -> the names of its samples; nil for an event of no known kind."
  {:authorizer      #{"rest-authorizer-token" "rest-authorizer-request" "http-api-authorizer-1.0" "http-api-authorizer-2.0"
                      "websocket-authorizer"}
   :cloudformation  #{"cloudformation-create" "cloudformation-update" "cloudformation-delete"}
   :cognito         #{"cognito-pre-sign-up" "cognito-post-confirmation" "cognito-pre-authentication" "cognito-post-authentication"
                      "cognito-custom-message" "cognito-custom-email-sender" "cognito-user-migration"
                      "cognito-define-auth-challenge" "cognito-create-auth-challenge" "cognito-verify-auth-challenge"
                      "cognito-pre-token-generation" "cognito-pre-token-generation-2"}
   :dynamodb        #{"dynamodb" "dynamodb-window"}
   :eventbridge     #{"eventbridge" "eventbridge-schedule"}
   :firehose        #{"firehose"}
   :kafka           #{"kafka" "kafka-self-managed"}
   :kinesis         #{"kinesis" "kinesis-window"}
   :logs            #{"logs"}
   :s3              #{"s3" "s3-decoded-key" "s3-glacier" "s3-restore" "s3-intelligent-tiering" "s3-lifecycle" "s3-replication"}
   :s3-batch        #{"s3-batch-1.0" "s3-batch-2.0"}
   :s3-object       #{"s3-object-get" "s3-object-get-by-role" "s3-object-head" "s3-object-list" "s3-object-list-v2"}
   :secret-rotation #{"secret-rotation"}
   :ses             #{"ses-lambda" "ses-s3" "ses-sns"}
   :sns             #{"sns" "sns-alarm" "sns-alarm-of-metrics"}
   :sqs             #{"sqs" "sqs-fifo"}
   nil              #{"own"}})

(def answers
  "Samples of a function's results, which aren't events."
  #{"rest-response" "alb-response" "function-url-response" "authorizer-response" "firehose-response" "s3-batch-response"})

(def sample-names
  "The names of all samples, sorted."
  (into (sorted-set) (apply concat answers (concat (vals requests) (vals events)))))

(defn files
  "Returns the names of the samples in the folder."
  []
  (into (sorted-set)
        (map #(second (re-matches #"(.*)\.json" (.getName ^File %))))
        (.listFiles (io/file "test/resources/events/aws"))))

(defn source
  "Returns the source of a sample HTTP request; nil for other samples."
  [sample-name]
  (some (fn [[source names]] (when (names sample-name) source)) requests))

(defn kind
  "Returns the kind of a sample event; nil for other samples."
  [sample-name]
  (some (fn [[kind names]] (when (names sample-name) kind)) events))

(defn bytes-of
  "Returns the bytes of a sample; throws if there is none."
  ^bytes [sample-name]
  (sample-bytes (str "aws/" sample-name)))
