(ns plain.core
  "The same as example.core/hello, written for Lambda without Karamon: data.json and AWS's handler interface."
  (:require
   [clojure.data.json :as json]
   [clojure.java.io :as io])
  (:gen-class
   :name plain.Generated
   :implements [com.amazonaws.services.lambda.runtime.RequestStreamHandler]))

(set! *warn-on-reflection* true)

(defn handle [in out]
  (let [event (json/read (io/reader in) :key-fn keyword)
        body  {:hello (get-in event [:queryStringParameters :name] "world")}]
    (with-open [writer (io/writer out)]
      (json/write {:statusCode 200
                   :headers    {:content-type "application/json"}
                   :body       (json/write-str body)}
                  writer))))

(defn -handleRequest [_ in out _]
  (handle in out))
