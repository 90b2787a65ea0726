(ns karamon.dev.manifests.crontab
  "Schedule expressions of EventBridge as those of a Kubernetes CronJob.
  https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#writing-a-cronjob-spec"
  (:require
   [clojure.string :as str]
   [karamon.dev.gateway.cron :as cron])
  (:import
   (java.time Duration)))

(set! *warn-on-reflection* true)

(defn- impossible [reason]
  (throw (ex-info reason {:type ::impossible})))

(defn- of-rate [^Duration period]
  (let [minutes (.toMinutes period)
        hours   (quot minutes 60)]
    (cond
      (= 1 minutes)                                        "* * * * *"
      (and (< minutes 60) (zero? (rem 60 minutes)))        (str "*/" minutes " * * * *")
      (= 60 minutes)                                       "0 * * * *"
      (and (zero? (rem minutes 60)) (< hours 24) (zero? (rem 24 hours))) (str "0 */" hours " * * *")
      (= 24 hours (/ minutes 60))                          "0 0 * * *"
      :else (impossible "a CronJob has only periods that divide an hour or a day: use cron(…)"))))

(defn- numbers
  "Returns the numbers of a field of days, of which only plain ones can be expressed."
  [items]
  (for [[kind values] items
        value (if (= :numbers kind) values (impossible "a CronJob has no L, W and #"))]
    value))

(defn- field [found size]
  (let [values (into (sorted-set) found)]
    (if (= size (count values)) "*" (str/join "," values))))

(defn- of-cron [{:keys [minute hour day month weekday year]}]
  (when (< (count year) 230)
    (impossible "a CronJob has no years"))
  (str/join " " [(field minute 60) (field hour 24) (if day (field (numbers day) 31) "*") (field month 12)
                 (if weekday (field (map dec (numbers weekday)) 7) "*")]))

(defn of
  "Returns the crontab of a schedule, as `karamon.dev.gateway.cron/parse` returns it. Throws ex-info of `:type`
  `:karamon.dev.manifests.crontab/impossible` whose message says why there is none."
  [{:keys [kind period] :as times}]
  (case kind
    :rate (of-rate period)
    :cron (of-cron times)
    :at   (impossible "a CronJob never runs only once")))
