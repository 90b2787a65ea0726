(ns karamon.table.literal
  "Values as SQL literals, names as SQL identifiers, and statements with parameters. Pure functions.

  Spark 3.1 doesn't support parameters, and CarbonData has its own parser for UPDATE and DELETE. So a string is quoted if all
  parsers read it alike; otherwise it is written as the hexadecimal digits of its bytes."
  (:require
   [clojure.string :as str]
   [karamon.table.token :as token])
  (:import
   (java.nio.charset StandardCharsets)
   (java.time Instant LocalDate ZoneOffset)
   (java.util Date HexFormat UUID)
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(defn- hex ^String [^bytes content]
  (str/upper-case (.formatHex (HexFormat/of) content)))

(defn- cannot [value reason]
  (throw (ex-info (str "No SQL literal for " (Shown/of value) ": " reason) {:type :karamon.table/bad-parameter, :value value})))

(defn- text [^String value]
  (when-not (.canEncode (.newEncoder StandardCharsets/UTF_8) value)
    (cannot value "half of a surrogate pair isn't text"))
  (if (re-matches #"[\p{L}\p{N} .,:_/@+=-]*" value)
    (str "'" value "'")
    (str "CAST(UNHEX('" (hex (.getBytes value StandardCharsets/UTF_8)) "') AS STRING)")))

(declare literal)

(defn- decimal [^BigDecimal value]
  (let [scale     (max 0 (.scale value))
        precision (max scale (+ (- (.precision value) (.scale value)) scale) 1)]
    (when (> precision 38)
      (cannot value "a decimal has at most 38 digits"))
    (str "CAST('" (.toPlainString value) "' AS DECIMAL(" precision ", " scale "))")))

(defn- whole [value]
  (cond
    (<= Integer/MIN_VALUE value Integer/MAX_VALUE) (str value)
    (<= Long/MIN_VALUE value Long/MAX_VALUE)       (str "CAST('" value "' AS BIGINT)")
    :else                                          (decimal (bigdec value))))

(defn- day [value year as]
  (when-not (<= 1 year 9999)
    (cannot value "expected a year from 1 to 9999"))
  (str "CAST('" value "' AS " as ")"))

(defn- entry [[k v]]
  (str (literal k) ", " (literal v)))

(defn literal
  "Returns the SQL literal of a value: nil, a string, boolean, number, java.time.LocalDate, java.time.Instant, java.util.Date,
  UUID (a string), byte array, a sequential (an array), or a map: a struct if its keys are keywords, else a map. Throws ex-info
  of `:type` `:karamon.table/bad-parameter` for anything else, and for values that SQL can't hold: half of a surrogate pair, a
  number of more than 38 digits, a year outside 1 to 9999."
  [value]
  (cond
    (nil? value)              "NULL"
    (string? value)           (text value)
    (boolean? value)          (str value)
    (decimal? value)          (decimal value)
    (instance? Float value)   (str "CAST('" value "' AS FLOAT)")
    (float? value)            (str "CAST('" value "' AS DOUBLE)")
    (integer? value)          (whole value)
    (instance? LocalDate value) (day value (.getYear ^LocalDate value) "DATE")
    (instance? Instant value) (day value (.getYear (.atOffset ^Instant value ZoneOffset/UTC)) "TIMESTAMP")
    (instance? Date value)    (literal (Instant/ofEpochMilli (.getTime ^Date value)))
    (uuid? value)             (text (str ^UUID value))
    (bytes? value)            (str "UNHEX('" (hex value) "')")
    (sequential? value)       (str "ARRAY(" (str/join ", " (map literal value)) ")")
    (and (map? value) (seq value) (every? simple-keyword? (keys value)))
    (str "NAMED_STRUCT(" (str/join ", " (map (fn [[k v]] (entry [(name k) v])) value)) ")")
    (map? value)              (str "MAP(" (str/join ", " (map entry value)) ")")
    :else
    (throw (ex-info (str "No SQL literal for " (Shown/of value) ", a " (.getName (class value))
                         ": expected nil, text, a boolean, a number, a date, an instant, bytes, a sequence or a map")
                    {:type :karamon.table/bad-parameter, :value value}))))

(def ^:private reserved
  "Words that Spark's ANSI mode takes as names only in backquotes.
  https://spark.apache.org/docs/3.1.3/sql-ref-ansi-compliance.html"
  (set (str/split (str "all and anti any as authorization both case cast check collate column constraint create cross "
                       "current_date current_time current_timestamp current_user distinct else end escape except false "
                       "fetch filter for foreign from full grant group having in inner intersect into is join lateral "
                       "leading left minus natural not null on only or order outer overlaps primary references right "
                       "select semi session_user some table then time to trailing union unique unknown user using when "
                       "where with")
         #" ")))

(defn identifier
  "Returns a table's or column's name, a string or keyword such as \"shop.orders\", as SQL. Parts with anything but
  letters, digits and underscores, and words that SQL reserves, are put in backquotes."
  [n]
  (str/join "." (for [part (str/split (name n) #"\." -1)]
                  (cond
                    (and (re-matches #"[A-Za-z_][A-Za-z0-9_]*" part) (not (reserved (str/lower-case part)))) part
                    (or (= "" part) (str/includes? part "`"))
                    (throw (ex-info (str "Invalid name " (Shown/of n) ": expected a name such as orders or shop.orders")
                                    {:type :karamon.table/bad-name, :name n}))
                    :else (str "`" part "`")))))

(def ^:private parts
  "A question mark, or a string, name or comment, in which question marks aren't parameters."
  (token/pattern "\\?"))

(def ^:private signed-parts
  "The same, or a minus before a question mark."
  (token/pattern "\\?" "-(?=\\?)"))

(defn marks
  "Returns the number of question marks in a text of SQL that are parameters."
  [text]
  (count (filter #{"?"} (map first (re-seq parts text)))))

(defn statement
  "Returns the SQL of a statement: a string, or a vector of a string and parameters, one for each question mark in it. Throws
  ex-info of `:type` `:karamon.table/bad-parameter` when the numbers of question marks and parameters differ."
  ^String [statement]
  (let [[text & parameters] (if (string? statement) [statement] statement)
        marks (marks text)]
    (cond
      (and (string? statement) (zero? marks)) text
      (not= marks (count parameters))
      (throw (ex-info (str "Expected " marks " parameters, found " (count parameters) ": " text)
                      {:type :karamon.table/bad-parameter, :statement text}))
      :else
      (let [left (volatile! parameters)]
        ; A minus before a negative number would begin a comment with it.
        (str/replace text signed-parts
          (fn [[part]]
            (case part
              "-" "- "
              "?" (let [[value & more] @left]
                    (vreset! left more)
                    (literal value))
              part)))))))
