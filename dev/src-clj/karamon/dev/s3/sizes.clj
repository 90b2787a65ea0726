(ns karamon.dev.s3.sizes
  "Parses part sizes as people type them: bytes, a number with a unit, or the name of a client."
  (:require
   [clojure.string :as str]
   [karamon.etag :as etag])
  (:import
   (karamon.etag SizeText)))

(set! *warn-on-reflection* true)

(defn- layout
  "Returns the layout that a text names, or nil."
  [text]
  (cond
    (= "auto" text)               :aws-cli
    (pos? (SizeText/bytes text))  (SizeText/bytes text)
    (etag/layouts (keyword text)) (keyword text)))

(defn part-size
  "Returns the tools.cli option --part-size. `default` describes when auto applies without the option."
  [default]
  ["-p" "--part-size SIZE" (str "The size of a part, such as 8MiB or 17179870; auto, the size that aws s3 cp picks"
                                "\n                         (" default "); or one of"
                                "\n                         " (str/join ", " (map name (remove #{:aws-cli} (sort etag/layouts)))))
   :parse-fn #(or (layout %) %)
   :validate [#(not (string? %)) "must be auto, a client's name, or a size of 1 byte to 5GiB such as 8MiB"]])
