(ns karamon.aws-samples-test
  "Sample events of others, where they lie beside the project: each HTTP request is read, and nothing else is taken for one.
  A Lambda authorizer's request has the shape of the request it guards, and is told as that."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.test-events :refer [request]])
  (:import
   (java.io File)
   (java.nio.file Files)
   (karamon.http NotHttpEvent)))

(set! *warn-on-reflection* true)

(def ^:private requests
  {:alb          #{"alb-lambda-target-request-headers-only" "alb-lambda-target-request-multivalue-headers"}
   :rest         #{"apigw-request" "apigw-restapi-openapi-request" "apigw-custom-auth-request-type-request"
                   "apigw-v2-custom-authorizer-v1-request"
                   ;; Written by hand with an httpMethod, which no captured WebSocket event has.
                   "apigw-websocket-request"}
   :http         #{"apigw-v2-custom-authorizer-v2-request" "apigw-v2-request-iam" "apigw-v2-request-jwt-authorizer"
                   "apigw-v2-request-lambda-authorizer" "apigw-v2-request-no-authorizer"}
   :function-url #{"function-url-domain-only-get-request-trailing-slash" "function-url-domain-only-get-request"
                   "function-url-domain-only-request-with-base64-encoded-body"
                   "function-url-request-with-headers-and-cookies-and-text-body" "lambda-urls-request"}
   :websocket    #{"apigw-websocket-request-disconnect" "apigw-websocket-request-send-message"}})

(defn- source-of [file-name]
  (some (fn [[source names]] (when (names file-name) source)) requests))

(deftest every-sample-is-read-as-what-it-is
  (let [files (filter #(str/ends-with? (str %) ".json") (sort (.listFiles (io/file "../shared/events"))))]
    (when (empty? files)
      (println "No sample events in ../shared/events: skipped"))
    (testing "each that is listed is there"
      (let [there (into #{} (map #(str/replace (.getName ^File %) ".json" "")) files)]
        (is (or (empty? files) (= #{} (into #{} (remove there) (apply concat (vals requests))))))))
    (doseq [^File file files
            :let [file-name (str/replace (.getName file) ".json" "")
                  bytes     (Files/readAllBytes (.toPath file))]]
      (testing file-name
        (if-let [source (source-of file-name)]
          (is (= source (:source (request bytes))))
          (is (thrown-with-msg? NotHttpEvent #"it has the keys \[|it is \[|must be (a string|an object|an array|true or false), found"
                                (request bytes))))))))
