(ns karamon.table.running-test
  (:require
   [clojure.test :refer [are deftest is]]
   [karamon.table.running :as running]))

(set! *warn-on-reflection* true)

(deftest a-bar-fits-into-the-terminal
  (are [cells line] (= line (running/bar cells 3 12 4 false))
    80 "██████░░░░░░░░░░░░░░░░░░ 3/12 tasks 4 s"
    25 "██░░░░░░░ 3/12 tasks 4 s"
    16 "3/12 tasks 4 s"
    10 "3/12 task"
    1  "")
  (is (= "7 s cancelling" (running/bar 80 0 0 7 true))))
