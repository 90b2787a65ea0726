(ns karamon.s3.transfer.unfinished-test
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.s3.client.call :refer [call]]
   [karamon.s3.scripted :as scripted]
   [karamon.s3.transfer.unfinished :as unfinished])
  (:import
   (java.io Closeable)
   (java.time Instant)))

(set! *warn-on-reflection* true)

(deftest unfinished-uploads-are-listed-page-by-page
  (with-open [server ^Closeable (scripted/start)
              s3     ^Closeable (scripted/client server)]
    (let [bucket (scripted/bucket! server)
          begin! (fn [key] (:upload-id (call s3 :create-multipart-upload {:bucket bucket, :key key})))
          begun  (into #{} (map (fn [key] [key (begin! key)])) ["a/1" "a/1" "a/1" "a/2" "a/ü \n+" "b"])]
      (doseq [size [1 2 1000]]
        (let [found (unfinished/uploads s3 {:bucket bucket} {:max-uploads size})]
          (is (= begun (set (map (juxt :key :upload-id) found))))
          (is (= 6 (count found)))
          (is (every? #(instance? Instant (:initiated %)) found))
          (is (= #{bucket} (set (map :bucket found))))))
      (is (= 5 (count (unfinished/uploads s3 {:bucket bucket, :key "a/"} {}))))
      (testing "and aborted once"
        (let [[upload] (unfinished/uploads s3 {:bucket bucket, :key "b"} {})]
          (is (some? (unfinished/abort! s3 upload {})))
          (is (nil? (unfinished/abort! s3 upload {})))
          (is (= 5 (count (unfinished/uploads s3 {:bucket bucket} {})))))))))
