(ns karamon.dev.manifests.crontab-test
  {:any-jdk true}
  (:require
   [clojure.test :refer [are deftest]]
   [karamon.dev.gateway.cron :as cron]
   [karamon.dev.manifests.crontab :as crontab])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(deftest a-schedule-is-a-crontab-with-the-same-times
  (are [schedule expected] (= expected (crontab/of (cron/parse schedule)))
    "rate(1 minute)"             "* * * * *"
    "rate(5 minutes)"            "*/5 * * * *"
    "rate(60 minutes)"           "0 * * * *"
    "rate(1 hour)"               "0 * * * *"
    "rate(6 hours)"              "0 */6 * * *"
    "rate(1 day)"                "0 0 * * *"
    "rate(24 hours)"             "0 0 * * *"
    "cron(0 10 * * ? *)"         "0 10 * * *"
    "cron(0/20 8-9 ? * MON-FRI *)" "0,20,40 8,9 * * 1,2,3,4,5"
    "cron(0 0 ? * 1 *)"          "0 0 * * 0"
    "cron(0 0 ? * FRI-MON *)"    "0 0 * * 0,1,5,6"
    "cron(15 0 1,15 JAN ? *)"    "15 0 1,15 1 *"
    "cron(0 22-1 * * ? *)"       "0 0,1,22,23 * * *"))

(deftest a-schedule-that-no-crontab-expresses-is-an-error
  (are [schedule expected] (= expected (try (crontab/of (cron/parse schedule)) (catch ExceptionInfo e (ex-message e))))
    "rate(7 minutes)"         "a CronJob has only periods that divide an hour or a day: use cron(…)"
    "rate(90 minutes)"        "a CronJob has only periods that divide an hour or a day: use cron(…)"
    "rate(5 hours)"           "a CronJob has only periods that divide an hour or a day: use cron(…)"
    "rate(2 days)"            "a CronJob has only periods that divide an hour or a day: use cron(…)"
    "cron(0 0 L * ? *)"       "a CronJob has no L, W and #"
    "cron(0 0 ? * MON#1 *)"   "a CronJob has no L, W and #"
    "cron(0 0 1 1 ? 2027)"    "a CronJob has no years"
    "at(2026-11-20T13:00:00)" "a CronJob never runs only once"))
