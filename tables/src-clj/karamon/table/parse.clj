(ns karamon.table.parse
  "Texts of CSV files as values of columns. Pure functions."
  (:require
   [clojure.string :as str]
   [karamon.table.fit :as fit])
  (:import
   (java.nio.charset StandardCharsets)
   (java.time DateTimeException Instant LocalDate LocalDateTime LocalTime ZoneOffset)))

(set! *warn-on-reflection* true)

(def ^:private max-digits
  "Longer texts aren't read as numbers: the time for it grows with the square of the length."
  400)

(defn- number [pattern convert]
  (fn [^String text]
    (when (and (<= (.length text) (long max-digits)) (re-matches pattern text))
      (convert text))))

(def ^:private fraction #"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")

(def ^:private not-finite
  "Texts that Spark's CAST knows, in small letters."
  {"nan" ##NaN, "inf" ##Inf, "+inf" ##Inf, "-inf" ##-Inf, "infinity" ##Inf, "+infinity" ##Inf, "-infinity" ##-Inf})

(defn- floating
  "Returns a function of a text: its number, nil if it isn't one, or one that is too large."
  [convert]
  (let [finite (number fraction convert)]
    (fn [text]
      (if-let [n (finite text)]
        (when-not (infinite? n) n)
        (not-finite (str/lower-case text))))))

(def ^:private truths
  "The texts that Spark's CAST knows, in small letters."
  (merge (zipmap ["true" "t" "yes" "y" "1"] (repeat true))
         (zipmap ["false" "f" "no" "n" "0"] (repeat false))))

(defn- day
  "Returns the LocalDate of digits, or nil."
  [year month day-of-month]
  (try
    (LocalDate/of (int (parse-long year)) (int (parse-long month)) (int (parse-long day-of-month)))
    (catch DateTimeException _ nil)))

(defn- date [text]
  (when-let [[_ year month day-of-month] (re-matches #"(\d{4})-(\d{1,2})-(\d{1,2})" text)]
    (day year month day-of-month)))

(def ^:private time-pattern
  #"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)? ?(Z|UTC|[+-]\d{2}(?::?\d{2})?)?")

(defn- instant
  "Returns the Instant of a text, in UTC if it names no offset; nil if it isn't one."
  [offset? text]
  (when-let [[_ year month day-of-month hour minute second fraction offset] (re-matches time-pattern text)]
    (when-let [day (and (or offset? (nil? offset)) (day year month day-of-month))]
      (try
        (.toInstant (LocalDateTime/of ^LocalDate day
                      (LocalTime/of (int (parse-long (or hour "0"))) (int (parse-long (or minute "0")))
                        (int (parse-long (or second "0")))
                        (int (parse-long (subs (str fraction "000000000") 0 9)))))
          (if (contains? #{nil "Z" "UTC"} offset) ZoneOffset/UTC (ZoneOffset/of ^String offset)))
        (catch DateTimeException _ nil)))))

(defn- microseconds [^Instant instant]
  (+ (* 1000000 (.getEpochSecond instant)) (quot (.getNano instant) 1000)))

(def ^:private a-time "a time such as 2026-02-28 01:02:03.456")

(defn- forms
  "Returns for a type its `:read`, a function of a text that returns a value, or nil if the text isn't one; `:expected`, a
  description of such texts; `:row`, a function of the value that returns what a row of Spark has; and `:text?`, whether spaces
  around it and an empty text are values. nil if no text has values of the type."
  [type]
  (case type
    "string"    {:text? true, :read identity, :row identity}
    "binary"    {:text? true, :read #(.getBytes ^String % StandardCharsets/UTF_8), :row identity}
    "boolean"   {:read #(get truths (str/lower-case %)), :row identity, :expected "true or false"}
    "tinyint"   {:read parse-long, :row byte}
    "smallint"  {:read parse-long, :row short}
    "int"       {:read parse-long, :row int}
    "bigint"    {:read parse-long, :row long}
    "double"    {:read (floating #(Double/parseDouble %)), :row double, :expected "a number of a double's range"}
    "float"     {:read (floating #(Float/parseFloat %)), :row #(.floatValue ^Number %), :expected "a number of a float's range"}
    "date"      {:read date, :row #(int (.toEpochDay ^LocalDate %)), :expected "a day such as 2026-02-28"}
    "timestamp" {:read #(instant true %), :row microseconds, :expected a-time}
    "timestamp_ntz" {:read #(instant false %), :row microseconds, :expected (str a-time ", without an offset")}
    (when-let [[_ scale] (fit/decimal-digits type)]
      {:read (number fraction #(BigDecimal. ^String %)), :row #(.setScale ^BigDecimal % (int scale))})))

(defn readable?
  "Returns whether a text can be a value of a type."
  [type]
  (some? (forms type)))

(defn reader
  "Returns a function of a text and whether it is null if it is empty. It returns the value for a column of a type, as a row has it:
  a date as days, a timestamp as microseconds since the beginning of 1970. It throws as `fit/check` does if the text isn't such a
  value, or the column can't hold it. Spaces around anything but text are left out."
  [format column type]
  (let [{:keys [text? expected], read-text :read, ->row :row} (forms type)
        wrong (fit/checker format type)]
    (fn [text empty-null?]
      (let [stripped (if text? text (str/trim text))]
        (when-not (and empty-null? (not text?) (= "" stripped))
          (let [value (read-text stripped)]
            (when (nil? value)
              (fit/refuse column type text (or expected (wrong text))))
            (some->> (wrong value) (fit/refuse column type text))
            (->row value)))))))
