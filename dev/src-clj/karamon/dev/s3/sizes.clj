(ns karamon.dev.s3.sizes
  "Parses part sizes as people type them: bytes, a number with a unit, or the name of a client."
  (:require
   [clojure.string :as str]
   [karamon.etag :as etag])
  (:import
   (karamon.etag Limits)))

(set! *warn-on-reflection* true)

(def ^:private units
  {"" 1, "k" 1000, "kb" 1000, "kib" 1024, "m" 1000000, "mb" 1000000, "mib" 1048576, "g" 1000000000, "gb" 1000000000
   "gib" 1073741824, "b" 1})

(defn- bytes-of [text]
  (when-let [[_ number unit] (re-matches #"(\d{1,12})([a-z]*)" (str/lower-case text))]
    (some->> (units unit) (* (parse-long number)))))

(defn- layout
  "Returns the layout that a text names, or nil."
  [text]
  (cond
    (= "auto" text)          :aws-cli
    (re-find #"^\d" text)    (let [size (bytes-of text)] (when (and size (<= 1 size Limits/MAX_PART)) size))
    (etag/layouts (keyword text)) (keyword text)))

(defn part-size
  "Returns the tools.cli option --part-size. `default` describes when auto applies without the option."
  [default]
  ["-p" "--part-size SIZE" (str "The size of a part, such as 8MiB or 17179870; auto, the size that aws s3 cp picks"
                                "\n                         (" default "); or one of"
                                "\n                         " (str/join ", " (map name (remove #{:aws-cli} (sort etag/layouts)))))
   :parse-fn #(or (layout %) %)
   :validate [#(not (string? %)) "must be auto, a client's name, or a size of 1 byte to 5GiB such as 8MiB"]])
