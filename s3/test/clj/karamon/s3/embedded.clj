(ns karamon.s3.embedded
  "An S3 server in this process for tests, with a separate bucket for each namespace."
  (:require
   [karamon.dev.s3-server :as server]
   [karamon.s3 :as s3]
   [karamon.s3.client.call :refer [call]])
  (:import
   (karamon.dev.s3_server Server)))

(set! *warn-on-reflection* true)

(def ^:private shared (delay (server/start)))

(def client
  "A delay of a client of the server, which starts at first use and ends with the JVM."
  (delay (s3/client (:options ^Server @shared))))

(defn bucket!
  "Makes a bucket with a unique name and returns the name."
  []
  (let [bucket (str "test-" (random-uuid))]
    (call @client :create-bucket {:bucket bucket})
    bucket))
