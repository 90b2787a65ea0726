(ns karamon.table.literal
  "Values as SQL literals, names as SQL identifiers, and statements with parameters. Pure functions.

  Spark 3.1 doesn't support parameters, and CarbonData has its own parser for UPDATE and DELETE. So a string is quoted if all
  parsers read it alike; otherwise it is written as the hexadecimal digits of its bytes."
  (:require
   [clojure.string :as str])
  (:import
   (java.nio.charset StandardCharsets)
   (java.time Instant LocalDate)
   (java.util Date HexFormat UUID)))

(set! *warn-on-reflection* true)

(defn- hex ^String [^bytes content]
  (str/upper-case (.formatHex (HexFormat/of) content)))

(defn- text [^String value]
  (if (re-matches #"[\p{L}\p{N} .,:_/@+=-]*" value)
    (str "'" value "'")
    (str "CAST(UNHEX('" (hex (.getBytes value StandardCharsets/UTF_8)) "') AS STRING)")))

(declare literal)

(defn- entry [[k v]]
  (str (literal k) ", " (literal v)))

(defn literal
  "Returns the SQL literal of a value: nil, a string, boolean, number, java.time.LocalDate, java.time.Instant, java.util.Date,
  UUID (a string), byte array, a sequential (an array), or a map: a struct if its keys are keywords, else a map. Throws ex-info
  of `:type` `:karamon.table/bad-parameter` for anything else."
  [value]
  (cond
    (nil? value)              "NULL"
    (string? value)           (text value)
    (boolean? value)          (str value)
    (decimal? value)          (let [scale     (max 0 (.scale ^BigDecimal value))
                                    precision (max scale (+ (- (.precision ^BigDecimal value) (.scale ^BigDecimal value)) scale) 1)]
                                (str "CAST('" (.toPlainString ^BigDecimal value) "' AS DECIMAL(" precision ", " scale "))"))
    (instance? Float value)   (str "CAST('" value "' AS FLOAT)")
    (float? value)            (str "CAST('" value "' AS DOUBLE)")
    (integer? value)          (if (<= Integer/MIN_VALUE value Integer/MAX_VALUE) (str value) (str "CAST('" value "' AS BIGINT)"))
    (instance? LocalDate value) (str "CAST('" value "' AS DATE)")
    (instance? Instant value) (str "CAST('" value "' AS TIMESTAMP)")
    (instance? Date value)    (literal (Instant/ofEpochMilli (.getTime ^Date value)))
    (uuid? value)             (text (str ^UUID value))
    (bytes? value)            (str "UNHEX('" (hex value) "')")
    (sequential? value)       (str "ARRAY(" (str/join ", " (map literal value)) ")")
    (and (map? value) (seq value) (every? simple-keyword? (keys value)))
    (str "NAMED_STRUCT(" (str/join ", " (map (fn [[k v]] (entry [(name k) v])) value)) ")")
    (map? value)              (str "MAP(" (str/join ", " (map entry value)) ")")
    :else
    (throw (ex-info (str "No SQL literal for " (pr-str value) ", a " (.getName (class value))
                         ": expected nil, text, a boolean, a number, a date, an instant, bytes, a sequence or a map")
                    {:type :karamon.table/bad-parameter, :value value}))))

(defn identifier
  "Returns a table's or column's name, a string or keyword such as \"shop.orders\", as SQL. Parts with anything but
  letters, digits and underscores are put in backquotes."
  [n]
  (str/join "." (for [part (str/split (name n) #"\." -1)]
                  (cond
                    (re-matches #"[A-Za-z_][A-Za-z0-9_]*" part) part
                    (or (= "" part) (str/includes? part "`"))
                    (throw (ex-info (str "Invalid name " (pr-str n) ": expected a name such as orders or shop.orders")
                                    {:type :karamon.table/bad-name, :name n}))
                    :else (str "`" part "`")))))

(def ^:private parts
  "A question mark, or a string, name or comment, in which question marks aren't parameters."
  #"(?s)'[^'\\]*+(?:\\.[^'\\]*+)*+'|\"[^\"\\]*+(?:\\.[^\"\\]*+)*+\"|`[^`]*`|--[^\n]*|/\*.*?\*/|\?")

(defn statement
  "Returns the SQL of a statement: a string, or a vector of a string and parameters, one for each question mark in it. Throws
  ex-info of `:type` `:karamon.table/bad-parameter` when the numbers of question marks and parameters differ."
  ^String [statement]
  (let [[text & parameters] (if (string? statement) [statement] statement)
        marks (count (filter #{"?"} (re-seq parts text)))]
    (cond
      (and (string? statement) (zero? marks)) text
      (not= marks (count parameters))
      (throw (ex-info (str "Expected " marks " parameters, found " (count parameters) ": " text)
                      {:type :karamon.table/bad-parameter, :statement text}))
      :else
      (let [left (volatile! parameters)]
        (str/replace text parts
          (fn [part]
            (if (= "?" part)
              (let [[value & more] @left]
                (vreset! left more)
                (literal value))
              part)))))))
