(ns karamon.table.lost-worker-test
  "Kills one of a cluster's two workers by SIGKILL while it loads, updates, deletes and compacts. Each table must then be as before
  or as after its statement, and as before only with an error. Runs only with -Dlosses, which sets how often for each kind of
  statement; -Drows sets the number of rows, -Dseed the times. It isn't part of every run, since it takes minutes."
  (:require
   [clojure.edn :as edn]
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.table.fixture :refer [table-format]]
   [karamon.table.lost-worker :as lost-worker]
   [karamon.table.process :as process]))

(set! *warn-on-reflection* true)

(defn- number [property default]
  (parse-long (System/getProperty property (str default))))

(defn- run [losses rows seed]
  (let [warehouse (io/file (process/new-folder "karamon-lost-worker") "w")]
    (process/run `(do (require 'karamon.table.lost-worker)
                      (lost-worker/live ~(str warehouse) ~rows ~losses ~seed))
      {:seconds (+ 240 (quot (* (long rows) (+ 2 (long losses))) 5000))
       :flags   (conj (process/session-flags) (str "-Dkaramon.table.format=" (name table-format))
                  (str "-Dkaramon.table.options=" (System/getProperty "karamon.table.options")))})))

(defn- check [losses seed {:keys [exit text]}]
  (let [lines    (for [line (str/split-lines text) :when (re-find #"^[\":]" line)]
                   (edn/read-string (str "[" line "]")))
        outcomes (filter #(and (string? (first %)) (not= :undisturbed (second %))) lines)
        found    (filter #(= :found (first %)) lines)]
    (is (= 0 exit) text)
    (doseq [[kind outcome failure :as line] outcomes]
      (is (contains? (if failure #{:before :same :after} #{:after :same}) outcome) (str kind ", seed " seed ": " line)))
    (testing "a session without the cluster finds the same rows"
      (is (= 2 (count found)) text)
      (is (apply = found)))
    (run! (fn [[kind outcome failure running? after-ms took]]
            (println "Lost a worker" after-ms "ms after the start of" (str kind (when-not running? ", which had ended") ":")
              (name outcome) "after" took "ms" (or failure "")))
      outcomes)
    (is (= (* losses (count lost-worker/kinds)) (count outcomes)))
    (is (some #(nth % 3) outcomes) "a worker was killed while a statement ran")))

(deftest a-lost-worker-leaves-each-table-as-before-or-as-after
  (let [losses (number "losses" 0)
        seed   (number "seed" 8)]
    (if (zero? losses)
      (is (zero? losses) (println "Skipped the loss of a worker: -Dlosses=1 runs it"))
      (check losses seed (run losses (number "rows" 20000) seed)))))
