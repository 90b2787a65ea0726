(ns karamon.dev.gateway.cron
  "Schedule expressions of EventBridge: `rate(5 minutes)`, `cron(0 10 ? * MON-FRI *)` and `at(2026-11-20T13:00:00)`.
  https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
  https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"
  (:require
   [clojure.string :as str])
  (:import
   (java.time DayOfWeek Duration LocalDateTime LocalTime YearMonth)
   (java.time.format DateTimeParseException)
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(defn- wrong [& words]
  (throw (ex-info (apply str words) {:type ::wrong})))

(def ^:private month-names
  (zipmap ["JAN" "FEB" "MAR" "APR" "MAY" "JUN" "JUL" "AUG" "SEP" "OCT" "NOV" "DEC"] (range 1 13)))

(def ^:private day-names
  (zipmap ["SUN" "MON" "TUE" "WED" "THU" "FRI" "SAT"] (range 1 8)))

(def ^:private fields
  "The fields of a cron expression, in order."
  [{:key :minute, :name "minutes", :low 0, :high 59}
   {:key :hour, :name "hours", :low 0, :high 23}
   {:key :day, :name "day-of-month", :low 1, :high 31}
   {:key :month, :name "month", :low 1, :high 12, :names month-names}
   {:key :weekday, :name "day-of-week", :low 1, :high 7, :names day-names}
   {:key :year, :name "year", :low 1970, :high 2199}])

(defn- number [text {:keys [name low high names]}]
  (let [n (or (get names text) (when (re-matches #"\d{1,4}" text) (parse-long text)))]
    (if (and n (<= low n high))
      n
      (wrong name " has " (Shown/text text) ", expected a number from " low " to " high
             (when names (str " or a name such as " (key (first (sort-by val names)))))))))

(defn- steps
  "Returns the numbers from `from` to `to`, through the highest and the lowest one if `to` is less."
  [from to step {:keys [low high]}]
  (take-nth step (if (<= from to)
                   (range from (inc to))
                   (concat (range from (inc high)) (range low (inc to))))))

(defn- day-item
  "Returns an item that depends on the month, as a vector; nil for any other."
  [text {:keys [key] :as field}]
  (let [[_ weekday] (re-matches #"(?:(\w+))?W" text)
        [_ final]   (re-matches #"(\w*)L" text)
        [_ of n]    (re-matches #"(\w+)#([1-5])" text)]
    (case key
      :day     (cond
                 weekday    [:nearest-weekday (number weekday field)]
                 (= "L" text) [:last-day])
      :weekday (cond
                 of         [:nth (number of field) (parse-long n)]
                 (= "" final) [:numbers [7]]
                 final      [:last (number final field)])
      nil)))

(defn- item
  "Returns one of the items of a field, which commas separate."
  [text {:keys [low high] :as field}]
  (let [[_ from to step] (re-matches #"(\*|\w+)(?:-(\w+))?(?:/(\d{1,4}))?" text)
        step (if step (parse-long step) 1)
        from' (when (and from (not= "*" from)) from)]
    (or (day-item text field)
        (do (when (or (nil? from) (and to (nil? from')) (zero? step))
              (wrong (:name field) " has " (Shown/text text) ", which isn't a number, a list, a range or a step"))
            (let [start (if from' (number from' field) low)
                  end   (cond
                          to                         (number to field)
                          (or (nil? from') (re-find #"/" text)) high
                          :else                      start)]
              [:numbers (steps start end step field)])))))

(defn- field-items [text field]
  (mapv #(item % field) (str/split (str/upper-case text) #"," -1)))

(defn- parse-cron [body]
  (let [texts (str/split (str/trim body) #"\s+")]
    (when-not (= 6 (count texts))
      (wrong "cron has " (count texts) " fields, expected 6: minutes, hours, day-of-month, month, day-of-week, year"))
    (when-not (= 1 (count (filter #{"?"} (map texts [2 4]))))
      (wrong "one of day-of-month and day-of-week must be ?, and only one"))
    (into {:kind :cron}
          (for [[text field] (map vector texts fields) :when (not (and (= "?" text) (#{:day :weekday} (:key field))))
                :let [items (field-items text field)]]
            [(:key field) (if (#{:day :weekday} (:key field))
                            items
                            (into (sorted-set) (mapcat second) items))]))))

(defn- parse-rate [body]
  (let [[_ n unit] (re-matches #"\s*([1-9]\d{0,8})\s+(minute|hour|day)s?\s*" body)
        plural?    (boolean (re-find #"s\s*$" body))]
    (when-not n
      (wrong "expected rate(NUMBER UNIT), such as rate(5 minutes), with the unit minute, hour or day"))
    (when (= plural? (= "1" n))
      (wrong "expected " (if plural? "the singular" "the plural") ": rate(" n " " unit (when-not plural? "s") ")"))
    {:kind :rate, :period (Duration/ofMinutes (* (parse-long n) ({"minute" 1, "hour" 60, "day" 1440} unit)))}))

(defn- parse-at [body]
  (try
    {:kind :at, :time (LocalDateTime/parse (str/trim body))}
    (catch DateTimeParseException _
      (wrong "expected a time such as at(2026-11-20T13:00:00)"))))

(defn parse
  "Returns the schedule that `text` expresses. Throws ex-info of `:type` `:karamon.dev.gateway.cron/wrong` whose message says what is
  wrong with it."
  [text]
  (let [[_ kind body] (re-matches #"(?s)\s*(rate|cron|at)\((.*)\)\s*" (str text))]
    (case kind
      "rate" (parse-rate body)
      "cron" (parse-cron body)
      "at"   (parse-at body)
      (wrong "expected rate(5 minutes) or cron(0 10 * * ? *)"))))

(defn- weekday-number
  "Returns the number of a day in the week, 1 for Sunday."
  [^YearMonth month day]
  (inc (mod (.getValue (.getDayOfWeek (.atDay month day))) 7)))

(defn- nearest-weekday
  "Returns the weekday of the month that is nearest to `day`; nil if the month has no such day."
  [^YearMonth month day]
  (let [length (.lengthOfMonth month)]
    (when (<= day length)
      (condp = (.getDayOfWeek (.atDay month day))
        DayOfWeek/SATURDAY (if (= 1 day) 3 (dec day))
        DayOfWeek/SUNDAY   (if (= day length) (- day 2) (inc day))
        day))))

(defn- item-days
  "Returns the days of the month that an item of day-of-month stands for."
  [^YearMonth month [kind x]]
  (case kind
    :numbers         x
    :last-day        [(.lengthOfMonth month)]
    :nearest-weekday [(nearest-weekday month x)]))

(defn- item-weekdays
  "Returns the days of the month that an item of day-of-week stands for."
  [^YearMonth month [kind x n]]
  (let [days #(filter (fn [day] (= % (weekday-number month day))) (range 1 (inc (.lengthOfMonth month))))]
    (case kind
      :numbers (mapcat days x)
      :last    [(last (days x))]
      :nth     [(nth (days x) (dec n) nil)])))

(defn- days
  "Returns the days of the month on which a cron schedule fires, in order."
  [{:keys [day weekday]} ^YearMonth month]
  (sort (into #{} (filter #(and % (<= % (.lengthOfMonth month))))
              (if day
                (mapcat #(item-days month %) day)
                (mapcat #(item-weekdays month %) weekday)))))

(defn- cron-times
  "Returns the times of a cron schedule from the month of `after` on."
  [{:keys [minute hour month year] :as cron} ^LocalDateTime after]
  (for [y    (drop-while #(< % (.getYear after)) year)
        m    month
        :let [year-month (YearMonth/of (int y) (int m))]
        :when (not (.isBefore year-month (YearMonth/from after)))
        d    (days cron year-month)
        h    hour
        min  minute]
    (.atTime (.atDay year-month d) (LocalTime/of h min))))

(defn following
  "Returns the first time of the schedule after `after`, a LocalDateTime; nil if there is none. A rate counts from `after`."
  ^LocalDateTime [{:keys [kind ^Duration period ^LocalDateTime time] :as schedule} ^LocalDateTime after]
  (case kind
    :rate (.plus after period)
    :at   (when (.isAfter time after) time)
    :cron (first (drop-while #(not (.isAfter ^LocalDateTime % after)) (cron-times schedule after)))))
