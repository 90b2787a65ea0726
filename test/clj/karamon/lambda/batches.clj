(ns karamon.lambda.batches
  "Small batches for tests, in AWS's format.")

(set! *warn-on-reflection* true)

(defn sqs-event
  "Returns an event with a queue's messages; their ids are id-BODY."
  [bodies]
  {"Records" (mapv (fn [body] {"messageId" (str "id-" body), "body" body, "eventSource" "aws:sqs", "eventSourceARN" "arn:aws:sqs:r:1:q"})
               bodies)})

(defn fifo-event
  "Returns an event with a FIFO queue's messages, each a group and a body."
  [messages]
  {"Records" (mapv (fn [[group body]]
                     {"messageId"      (str "id-" body)
                      "body"           body
                      "attributes"     {"MessageGroupId" group}
                      "eventSource"    "aws:sqs"
                      "eventSourceARN" "arn:aws:sqs:r:1:q.fifo"})
               messages)})

(defn kinesis-event
  "Returns an event with a shard's records with the given partition keys; their sequence numbers are seq-0, seq-1, …"
  [partition-keys]
  {"Records" (vec (map-indexed (fn [i k] {"kinesis"     {"sequenceNumber" (str "seq-" i), "partitionKey" k, "data" "aGk="}
                                          "eventSource" "aws:kinesis"})
                    partition-keys))})

(defn dynamodb-event
  "Returns an event with a stream's records of items with the given ids; their sequence numbers are seq-0, seq-1, …"
  [ids]
  {"Records" (vec (map-indexed (fn [i id] {"dynamodb"    {"SequenceNumber" (str "seq-" i), "Keys" {"Id" {"S" id}}}
                                           "eventName"   "MODIFY"
                                           "eventSource" "aws:dynamodb"})
                    ids))})

(defn kafka-event
  "Returns an event with that many records for each topic-partition; offsets count from 0."
  [counts]
  {"eventSource" "aws:kafka"
   "records"     (into {}
                       (for [[place n] counts
                             :let      [[_ topic partition] (re-matches #"(.+)-(\d+)" place)]]
                         [place (mapv (fn [offset] {"topic" topic, "partition" (parse-long partition), "offset" offset}) (range n))]))})
