(ns karamon.lambda.s3
  "Converts S3's events about objects to plain records: events from a bucket's notification, directly or through SNS or SQS, or
  from EventBridge."
  (:require
   [karamon.lambda :as lambda]
   [karamon.lambda.record :as record]
   [karamon.lambda.values :as values])
  (:import
   (karamon.text Percent)))

(set! *warn-on-reflection* true)

(defn change
  "Converts a record of an S3 event to a change:

      {:event \"ObjectCreated:Put\" :bucket \"b\" :key \"a b.txt\" :size 3 :etag \"…\" :time #<Instant> …}

  * `:key` -- decoded: S3 sends it as form data, with + for a space
  * `:etag`, `:version-id`, `:size` -- nil if S3 sends none, as for deleted objects
  * `:sequencer` -- hexadecimal; of two changes to a key, the later has the greater one, after padding with zeros on the right
  * `:principal-id`, `:source-ip`, `:request-id`, `:region`, `:configuration-id`
  * `:details` -- further data of that kind of change (`:restore-event-data`, `:replication-event-data`, …), nil for none"
  [{:keys [s3 user-identity request-parameters response-elements] :as record}]
  (let [{:keys [bucket object configuration-id]} s3
        details (dissoc record :s3 :user-identity :request-parameters :response-elements :event-name :event-time :event-source
                        :event-version :aws-region)]
    {:event            (:event-name record)
     :bucket           (:name bucket)
     :key              (some-> (:key object) (Percent/decode true))
     :size             (:size object)
     :etag             (:e-tag object)
     :version-id       (:version-id object)
     :sequencer        (:sequencer object)
     :time             (values/instant (:event-time record))
     :region           (:aws-region record)
     :principal-id     (:principal-id user-identity)
     :source-ip        (:source-ip-address request-parameters)
     :request-id       (:x-amz-request-id response-elements)
     :configuration-id configuration-id
     :details          (not-empty details)}))

(defn- eventbridge-change
  "Converts an event of EventBridge, which doesn't encode the key."
  [{:keys [detail detail-type time region]}]
  {:event      detail-type
   :bucket     (get-in detail [:bucket :name])
   :key        (get-in detail [:object :key])
   :size       (get-in detail [:object :size])
   :etag       (get-in detail [:object :etag])
   :version-id (get-in detail [:object :version-id])
   :sequencer  (get-in detail [:object :sequencer])
   :time       (values/instant time)
   :region     region
   :source-ip  (:source-ip-address detail)
   :request-id (:request-id detail)
   :details    (not-empty (dissoc detail :bucket :object :request-id :source-ip-address :version :requester))})

(defn changes
  "Returns the changes of an S3 event, a vector. It is empty for the test event that S3 sends to a topic or a queue when
  notifications are set up. Throws ex-info of `:type` `:karamon.lambda/other-event` for any other event, and
  `:karamon.lambda/bad-value` for a record that can't be read."
  [event]
  (let [event (lambda/event event)]
    (cond
      (= "s3:TestEvent" (:event event)) []
      (= "aws.s3" (:source event))      (record/convert-all "an event of EventBridge about S3" eventbridge-change [event])
      :else                             (record/records event :s3 "an S3 event with :records" change))))
