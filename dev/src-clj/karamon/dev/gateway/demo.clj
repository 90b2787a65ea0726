(ns karamon.dev.gateway.demo
  "Fills the S3 server of `./karamon serve --s3` with a demo bucket."
  (:require
   [karamon.s3 :as s3]
   [karamon.s3.client.call :refer [call]])
  (:import
   (karamon.etag Limits)
   (software.amazon.awssdk.core.sync RequestBody)))

(set! *warn-on-reflection* true)

(defn fill!
  "Creates the bucket demo on the server that `options`, those of karamon.s3/client, name. It has two objects: hello.txt, put
  whole, and parts.bin, put in two parts. The parts are the smallest that S3 takes, and 1,000 bytes."
  [options]
  (with-open [s3 (s3/client options)]
    (call s3 :create-bucket {:bucket "demo"})
    (s3/put! s3 "s3://demo/hello.txt" (.getBytes "hello\n"))
    (let [parts  {:bucket "demo", :key "parts.bin"}
          upload (select-keys (call s3 :create-multipart-upload (assoc parts :metadata {"camera" "none"})) [:upload-id])]
      (call s3 :complete-multipart-upload
        (merge parts upload
               {:multipart-upload
                {:parts (vec (for [[number size] [[1 Limits/MIN_PART] [2 1000]]]
                               (assoc (select-keys (call s3 :upload-part (merge parts upload {:part-number number})
                                                     (RequestBody/fromBytes (byte-array size)))
                                                   [:etag])
                                      :part-number number)))}})))))
