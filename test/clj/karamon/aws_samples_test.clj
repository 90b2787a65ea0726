(ns karamon.aws-samples-test
  "Reads a sample of each event format of AWS: each HTTP request is read, and no other event counts as one."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.aws-samples :as samples]
   [karamon.test-events :refer [read-json request]])
  (:import
   (karamon.http NotHttpEvent)))

(set! *warn-on-reflection* true)

(deftest each-sample-exists-and-is-listed
  (is (= samples/sample-names (samples/files))))

(deftest every-request-is-read-with-its-source
  (doseq [sample-name samples/sample-names
          :let        [source (samples/source sample-name)]
          :when       source]
    (testing sample-name
      (is (= source (:source (request (samples/bytes-of sample-name))))))))

(deftest no-other-event-is-read-as-a-request
  (doseq [sample-name (remove samples/source samples/sample-names)
          :let        [bytes (samples/bytes-of sample-name)]]
    (testing sample-name
      (let [message (ex-message (is (thrown? NotHttpEvent (request bytes))))]
        (is (str/starts-with? message "This event isn't from an HTTP source "))
        (is (str/ends-with? message (str "it has the keys " (pr-str (vec (keys (read-json bytes)))))))))))
