(ns karamon.dev.gateway.cron-test
  {:any-jdk true}
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.dev.gateway.cron :as cron])
  (:import
   (java.time DayOfWeek LocalDate LocalDateTime)
   (java.time.temporal ChronoUnit)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(defn- times
  "Returns the first `n` times of a schedule after `after`, as text."
  [n expression after]
  (->> (iterate #(cron/following (cron/parse expression) %) (LocalDateTime/parse after))
       rest
       (take n)
       (take-while some?)
       (mapv str)))

(deftest the-examples-of-aws-fire-as-described
  (are [expression after expected] (= expected (times (count expected) expression after))
    "cron(0 10 * * ? *)"           "2026-01-01T10:00"    ["2026-01-02T10:00" "2026-01-03T10:00"]
    "cron(15 12 * * ? *)"          "2026-01-01T12:14:59" ["2026-01-01T12:15" "2026-01-02T12:15"]
    "cron(0 18 ? * MON-FRI *)"     "2026-01-02T00:00"    ["2026-01-02T18:00" "2026-01-05T18:00"]
    "cron(0 8 1 * ? *)"            "2026-01-01T08:00"    ["2026-02-01T08:00" "2026-03-01T08:00"]
    "cron(0/15 * * * ? *)"         "2026-01-01T00:50"    ["2026-01-01T01:00" "2026-01-01T01:15"]
    "cron(0/10 * ? * MON-FRI *)"   "2026-01-02T23:50"    ["2026-01-05T00:00" "2026-01-05T00:10"]
    "cron(0/5 8-17 ? * MON-FRI *)" "2026-01-02T17:55"    ["2026-01-05T08:00"]
    "cron(15 10 ? * 6L 2022-2023)" "2023-11-01T00:00"    ["2023-11-24T10:15" "2023-12-29T10:15"]
    "cron(0 9 3W * ? *)"           "2026-01-01T00:00"    ["2026-01-02T09:00" "2026-02-03T09:00"]
    "cron(0 9 1W * ? *)"           "2026-08-01T00:00"    ["2026-08-03T09:00"]
    "cron(0 9 31W * ? *)"          "2026-05-01T00:00"    ["2026-05-29T09:00" "2026-07-31T09:00"]
    "cron(0 9 ? * 3#2 *)"          "2026-01-01T00:00"    ["2026-01-13T09:00" "2026-02-10T09:00"]
    "cron(0 9 ? * tue#5 *)"        "2026-01-01T00:00"    ["2026-03-31T09:00" "2026-06-30T09:00"]
    "cron(59 23 L FEB ? *)"        "2026-01-01T00:00"    ["2026-02-28T23:59" "2027-02-28T23:59" "2028-02-29T23:59"]
    "cron(0 0 29 2 ? *)"           "2096-03-01T00:00"    ["2104-02-29T00:00"]
    "cron(0 0 ? * L *)"            "2026-01-01T00:00"    ["2026-01-03T00:00" "2026-01-10T00:00"]
    "cron(0 22-1/2 ? * FRI-MON *)" "2026-01-01T00:00"    ["2026-01-02T00:00" "2026-01-02T22:00" "2026-01-03T00:00"]
    "rate(5 minutes)"              "2026-01-01T00:01:30" ["2026-01-01T00:06:30" "2026-01-01T00:11:30"]
    "rate(1 day)"                  "2026-01-01T00:00"    ["2026-01-02T00:00"]
    "at(2026-11-20T13:00:00)"      "2026-01-01T00:00"    ["2026-11-20T13:00"])
  (is (= [] (times 1 "cron(0 0 1 1 ? 2020)" "2026-01-01T00:00")))
  (is (= [] (times 1 "cron(0 0 30 2 ? *)" "2026-01-01T00:00")))
  (is (= [] (times 1 "at(2026-11-20T13:00:00)" "2026-11-20T13:00"))))

(deftest wrong-expressions-say-what-is-wrong
  (are [message expression] (= message (try (cron/parse expression) (catch clojure.lang.ExceptionInfo e (ex-message e))))
    "expected rate(5 minutes) or cron(0 10 * * ? *)" "every day"
    "expected rate(5 minutes) or cron(0 10 * * ? *)" nil
    "expected the plural: rate(5 minutes)" "rate(5 minute)"
    "expected the singular: rate(1 hour)" "rate(1 hours)"
    "expected rate(NUMBER UNIT), such as rate(5 minutes), with the unit minute, hour or day" "rate(0 minutes)"
    "expected rate(NUMBER UNIT), such as rate(5 minutes), with the unit minute, hour or day" "rate(5 seconds)"
    "cron has 5 fields, expected 6: minutes, hours, day-of-month, month, day-of-week, year" "cron(0 10 * * *)"
    "one of day-of-month and day-of-week must be ?, and only one" "cron(0 10 * * * *)"
    "one of day-of-month and day-of-week must be ?, and only one" "cron(0 10 ? * ? *)"
    "minutes has 60, expected a number from 0 to 59" "cron(60 10 * * ? *)"
    "day-of-week has 0, expected a number from 1 to 7 or a name such as SUN" "cron(0 0 ? * 0 *)"
    "month has ?, which isn't a number, a list, a range or a step" "cron(0 0 ? ? 1 *)"
    "hours has , which isn't a number, a list, a range or a step" "cron(0 1, * * ? *)"
    "minutes has 0/0, which isn't a number, a list, a range or a step" "cron(0/0 1 * * ? *)"
    "hours has L, expected a number from 0 to 23" "cron(0 L * * ? *)"
    "day-of-month has W, expected a number from 1 to 31" "cron(0 0 W * ? *)"
    "expected a time such as at(2026-11-20T13:00:00)" "at(tomorrow)"))

(def ^:private gen-numbers
  "Generates an item of a field and the set of its numbers."
  (fn [low high]
    (let [n (gen/choose low high)]
      (gen/one-of
        [(gen/return ["*" (set (range low (inc high)))])
         (gen/fmap (fn [a] [(str a) #{a}]) n)
         (gen/fmap (fn [[a b]] [(str a "-" b) (set (filter #(if (<= a b) (<= a % b) (or (<= a %) (<= % b))) (range low (inc high))))])
                   (gen/tuple n n))
         (gen/fmap (fn [[a step]] [(str a "/" step) (set (filter #(and (<= a %) (zero? (mod (- % a) step))) (range low (inc high))))])
                   (gen/tuple n (gen/choose 1 12)))]))))

(defn- gen-list
  "Generates a list of items and a predicate of what one of them stands for."
  [gen-item]
  (gen/fmap (fn [items] [(str/join "," (map first items)) (fn [x] (boolean (some #((second %) x) items)))])
            (gen/vector gen-item 1 3)))

(defn- weekend? [^LocalDate date]
  (contains? #{DayOfWeek/SATURDAY DayOfWeek/SUNDAY} (.getDayOfWeek date)))

(defn- month-of [^LocalDate date]
  (map #(.withDayOfMonth date (int %)) (range 1 (inc (.lengthOfMonth date)))))

(defn- nearest-weekday?
  "Returns true if `date` is the weekday of its month that is nearest to the day `n`, of those that the month has."
  [n ^LocalDate date]
  (and (<= n (.lengthOfMonth date))
       (= date (apply min-key #(abs (- n (.getDayOfMonth ^LocalDate %))) (remove weekend? (month-of date))))))

(defn- weekday [^LocalDate date]
  (inc (mod (.getValue (.getDayOfWeek date)) 7)))

(defn- same-weekdays [n date]
  (filter #(= n (weekday %)) (month-of date)))

(def ^:private gen-days
  "Generates the fields day-of-month and day-of-week, and a predicate of the dates that they stand for."
  (gen/one-of
    [(gen/fmap (fn [[text day?]] [text "?" day?])
               (gen-list (gen/one-of
                           [(gen/fmap (fn [[text s]] [text #(s (.getDayOfMonth ^LocalDate %))]) (gen-numbers 1 31))
                            (gen/return ["L" #(= % (last (month-of %)))])
                            (gen/fmap (fn [n] [(str n "W") #(nearest-weekday? n %)]) (gen/choose 1 31))])))
     (gen/fmap (fn [[text day?]] ["?" text day?])
               (gen-list (gen/one-of
                           [(gen/fmap (fn [[text s]] [text #(s (weekday %))]) (gen-numbers 1 7))
                            (gen/fmap (fn [n] [(str n "L") #(= % (last (same-weekdays n %)))]) (gen/choose 1 7))
                            (gen/fmap (fn [[n k]] [(str n "#" k) #(= % (nth (same-weekdays n %) (dec k) nil))])
                                      (gen/tuple (gen/choose 1 7) (gen/choose 1 5)))])))]))

(def ^:private gen-time
  (gen/fmap #(.plusSeconds (LocalDateTime/parse "2023-01-01T00:00:00") %) (gen/choose 0 (* 4 365 86400))))

(defspec cron-fires-first-at-the-first-minute-that-fits {:num-tests (Depth/times 150 2000), :seed 1}
  (prop/for-all [[minute minute?] (gen-list (gen-numbers 0 59))
                 [hour hour?]     (gen-list (gen-numbers 0 23))
                 [day weekday day?] gen-days
                 [month month?]   (gen-list (gen-numbers 1 12))
                 ^LocalDateTime after gen-time]
    (let [start    (.plusMinutes (.truncatedTo after ChronoUnit/MINUTES) 1)
          date?    #(and (month? (.getMonthValue ^LocalDate %)) (day? %))
          fits?    #(and (minute? (.getMinute ^LocalDateTime %)) (hour? (.getHour ^LocalDateTime %)))
          dates    (take 1500 (iterate #(.plusDays ^LocalDate % 1) (.toLocalDate start)))
          minutes  (fn [^LocalDate date]
                     (map #(.plusMinutes (.atStartOfDay date) %) (range 1440)))
          expected (first (for [date dates :when (date? date)
                                time (minutes date) :when (and (fits? time) (not (.isBefore ^LocalDateTime time start)))]
                            time))
          found    (cron/following (cron/parse (str "cron(" (str/join " " [minute hour day month weekday "*"]) ")")) after)]
      (if expected
        (= expected found)
        (or (nil? found) (.isAfter found (.atStartOfDay ^LocalDate (last dates))))))))
