(ns karamon.s3.client-test
  "Clients, without a server."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is]]
   [karamon.s3 :as s3])
  (:import
   (java.io Closeable)))

(set! *warn-on-reflection* true)

(defn- client ^Closeable []
  (s3/client {:endpoint "http://127.0.0.1:9", :region "eu-west-1", :credentials {:access-key-id "a", :secret-access-key "b"}}))

(deftest a-presigner-is-made-when-it-is-needed
  (let [client (client)]
    (is (not (realized? (:presigner client))))
    (is (str/starts-with? (:url (s3/presign client "s3://photos/cat")) "http://127.0.0.1:9/photos/cat?"))
    (is (realized? (:presigner client)))
    (is (nil? (.close client))))
  (is (nil? (.close (client)))))
