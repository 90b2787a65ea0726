(ns karamon.s3.transfer
  "Options that uploads and downloads share, apart from S3's own."
  (:import
   (karamon.etag UploadClient)))

(set! *warn-on-reflection* true)

(def part-size
  "The default size of a part in bytes, the same as the AWS CLI's."
  (.partSize (.layout UploadClient/AWS_CLI 0)))

(def ^:private own
  {:part-size  ["a whole number of bytes, at least 1" pos-int?]
   :layout     ["a layout as in karamon.etag" some?]
   :threads    ["a whole number from 1 to 256" #(and (int? %) (<= 1 % 256))]
   :resume     ["true or false" boolean?]
   :progress   ["a function" ifn?]
   :cancelled? ["a function" ifn?]})

(defn checks
  "Returns the checks of the options for karamon.text.Options: a transfer's own, and `fields` of S3's."
  [fields]
  (into own (map (fn [k] [k ["a value that S3 accepts" some?]])) fields))

(defn s3-options
  "Returns S3's own options."
  [options]
  (apply dissoc options (keys own)))
