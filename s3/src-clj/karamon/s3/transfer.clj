(ns karamon.s3.transfer
  "What uploads and downloads take alike, beside what S3 takes."
  (:import
   (karamon.etag UploadClient)))

(set! *warn-on-reflection* true)

(def part-size
  "Bytes of a part, by default: as the AWS CLI has them."
  (.partSize (.layout UploadClient/AWS_CLI 0)))

(def ^:private own
  {:part-size  ["a whole number of bytes, at least 1" pos-int?]
   :layout     ["a layout as karamon.etag has them" some?]
   :threads    ["a whole number from 1 to 256" #(and (int? %) (<= 1 % 256))]
   :resume     ["true or false" boolean?]
   :progress   ["a function" ifn?]
   :cancelled? ["a function" ifn?]})

(defn checks
  "Returns what is known of the options, as karamon.text.Options takes it: a transfer's own, and `fields` of S3's."
  [fields]
  (into own (map (fn [k] [k ["what S3 takes" some?]])) fields))

(defn s3-options
  "Returns the options that are S3's."
  [options]
  (apply dissoc options (keys own)))
