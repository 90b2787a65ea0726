(ns karamon.table.plain
  "Values as text, and as the data that JSON and EDN have. Pure functions."
  (:require
   [clojure.string :as str])
  (:import
   (java.time Instant LocalDate)
   (java.util Base64)))

(set! *warn-on-reflection* true)

(defn text
  "Returns a value as text: bytes as hexadecimal digits, collections as EDN, everything else as `str` has it."
  [v]
  (cond
    (bytes? v) (str/join " " (map #(format "%02X" %) v))
    (coll? v)  (pr-str v)
    :else      (str v)))

(defn data
  "Returns a value as data of JSON and EDN: bytes as a string of Base64, a date and an instant as ISO 8601, an infinite number or NaN
  as a string, since JSON has none."
  [v]
  (cond
    (bytes? v)                  (.encodeToString (Base64/getEncoder) ^bytes v)
    (instance? LocalDate v)     (str v)
    (instance? Instant v)       (str v)
    (and (float? v) (not (Double/isFinite v))) (str v)
    (map? v)                    (into (array-map) (map (fn [[k v]] [(if (keyword? k) k (text k)) (data v)])) v)
    (sequential? v)             (mapv data v)
    :else                       v))

(defn edn-key
  "Returns a column as a key of EDN: a keyword, or a string if its name isn't one that can be read."
  [column]
  (if (re-matches #"[A-Za-z_*!?][\w*!?-]*" (name column)) column (name column)))

(defn csv-field
  "Returns a value as a field of CSV by RFC 4180: null is empty, and empty text is two quotes."
  [v]
  (let [field (text v)]
    (cond
      (nil? v)                       ""
      (= "" field)                   "\"\""
      (re-find #"[\",\r\n]|^\s|\s$" field) (str \" (str/replace field "\"" "\"\"") \")
      :else                          field)))
