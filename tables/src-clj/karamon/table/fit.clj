(ns karamon.table.fit
  "Checks that a column can hold a value. Spark 3.1 and CarbonData store another value or null instead, without an error. Pure
  functions."
  (:import
   (java.time Instant LocalDate ZoneOffset)
   (java.util Date)
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(def ^:private whole
  "Types of whole numbers to the least and the greatest."
  {"tinyint"  [Byte/MIN_VALUE Byte/MAX_VALUE]
   "smallint" [Short/MIN_VALUE Short/MAX_VALUE]
   "int"      [Integer/MIN_VALUE Integer/MAX_VALUE]
   "bigint"   [Long/MIN_VALUE Long/MAX_VALUE]})

(def ^:private gregorian
  "The first day of the Gregorian calendar; CarbonData shifts earlier ones."
  (LocalDate/of 1582 10 15))

(defn- finite? [value]
  (and (number? value) (not (and (float? value) (or (NaN? value) (infinite? value))))))

(defn- not-whole [[least greatest :as range] value]
  ;; In this order: bigint takes no NaN, and writes out 1E1000000000M.
  (when-not (and (finite? value) (<= least value greatest) (== value (bigint value)))
    (str "a whole number from " least " to " greatest)))

(defn- not-decimal [[precision scale] value]
  (let [value (when (finite? value)
                (.stripTrailingZeros (bigdec value)))]
    (when-not (and value (<= (.scale ^BigDecimal value) scale)
                   (<= (- (.precision ^BigDecimal value) (.scale ^BigDecimal value)) (- precision scale)))
      (str "a number with at most " (- precision scale) " digits before and " scale " after the point"))))

(defn decimal-digits
  "Returns the precision and the scale of a type such as \"decimal(6,2)\"; nil for other types."
  [type]
  (when-let [[_ precision scale] (re-matches #"decimal\((\d+),\s*(\d+)\)" type)]
    [(parse-long precision) (parse-long scale)]))

(defn- not-day [carbondata? ^LocalDate day]
  (cond
    (not (<= 1 (.getYear day) 9999)) "a year from 1 to 9999"
    (and carbondata? (.isBefore day gregorian)) "a day since 1582-10-15: CarbonData shifts earlier ones"))

(defn- not-instant [carbondata? ^Instant instant]
  (or (not-day carbondata? (.toLocalDate (.atOffset instant ZoneOffset/UTC)))
      (when-not (zero? (rem (.getNano instant) (if carbondata? 1000000 1000)))
        (if carbondata?
          "whole milliseconds: CarbonData drops microseconds"
          "whole microseconds"))))

(defn- not-number [carbondata? value]
  (cond
    (not (number? value)) "a number"
    (and carbondata? (not (finite? value))) "a finite number: CarbonData stores null instead"))

(defn- not-other
  "Returns what a column of any other type can hold instead of `value`, or nil."
  [carbondata? value]
  (cond
    (instance? Date value)      (not-instant carbondata? (Instant/ofEpochMilli (.getTime ^Date value)))
    (instance? Instant value)   (not-instant carbondata? value)
    (instance? LocalDate value) (not-day carbondata? value)
    (and carbondata? (bytes? value) (zero? (alength ^bytes value))) "bytes: CarbonData stores null instead of none"
    (and carbondata? (= "\\N" value)) "another text: CarbonData reads \\N as null"
    (map? value)        (some #(not-other carbondata? %) (vals value))
    (sequential? value) (some #(not-other carbondata? %) value)))

(defn checker
  "Returns a function of a value: it returns a description of what a column of `type` can hold instead, or nil."
  [format type]
  (let [carbondata? (= :carbondata format)
        range       (whole type)
        digits      (decimal-digits type)
        wrong       (cond
                      range                      #(not-whole range %)
                      digits                     #(not-decimal digits %)
                      (#{"double" "float"} type) #(not-number carbondata? %)
                      (= "boolean" type)         #(when-not (boolean? %) "true or false")
                      :else                      #(not-other carbondata? %))]
    (fn [value]
      (when (some? value)
        (wrong value)))))

(defn refuse
  "Throws ex-info of `:type` `:karamon.table/bad-parameter`: the column can't hold `value`, but what `expected` describes."
  [column type value expected]
  (throw (ex-info (str "The column " (name column) ", of type " type ", can't hold " (Shown/of value) ": expected " expected)
                  {:type :karamon.table/bad-parameter, :column column, :value value})))

(defn check
  "Throws ex-info of `:type` `:karamon.table/bad-parameter` if a column of `type`, such as \"decimal(6,2)\", can't hold `value`."
  [format column type value]
  (some->> ((checker format type) value) (refuse column type value)))
