(ns karamon.table.full-disk-test
  "Runs each kind of statement on a small disk that is almost full, with a random number of free blocks. Each table must then be as
  before or as after its statement, and as before only with an error. Half of -Dkills sets the number of runs, -Dseed the blocks,
  -Ddisk the size of the disk, such as 12m. Nothing is cleaned between the runs: on 12m, Iceberg's tables leave room for some ten."
  (:require
   [clojure.edn :as edn]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.table.fixture :refer [table-format]]
   [karamon.table.full-disk :as full-disk]
   [karamon.table.process :as process])
  (:import
   (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

(defn- mounting
  "Returns the words of a command that mounts a small disk at `folder`, for the command after it alone. It runs that twice, the
  second time with a variable LOOK."
  [folder]
  ["unshare" "--map-root-user" "--mount" "sh" "-c"
   (str "mount -t tmpfs -o size=" (System/getProperty "disk" "24m") " tmpfs \"$0\" && \"$@\" && LOOK=yes \"$@\"") (str folder)])

(defn- mountable? [folder]
  (try
    (let [process (.start (ProcessBuilder. ^java.util.List (conj (mounting folder) "true")))]
      (and (.waitFor process 10 TimeUnit/SECONDS) (zero? (.exitValue process))))
    (catch java.io.IOException _ false)))

(defn- time-allowed
  "Returns the seconds after which the processes hang: some ten times as long as they take when they have two cores for themselves."
  [runs]
  (+ 240 (* 180 (long runs))))

(deftest a-full-disk-leaves-each-table-as-before-or-as-after
  (let [folder (process/new-folder "karamon-full-disk")
        runs   (max 1 (quot (parse-long (System/getProperty "kills" "2")) 2))
        seed   (parse-long (System/getProperty "seed" "8"))]
    (if-not (mountable? folder)
      (is (not (mountable? folder)) (println "Skipped the full disk: this machine doesn't allow a mount"))
      (let [{:keys [text]} (process/run `(do (require 'karamon.table.full-disk)
                                             (if (System/getenv "LOOK")
                                               (full-disk/look ~table-format ~(str folder "/w"))
                                               (full-disk/live ~table-format ~(str folder "/w") ~runs ~seed)))
                             {:before (mounting folder), :seconds (time-allowed runs)})
            [outcomes found] (split-with (comp string? first)
                               (for [line (str/split-lines text) :when (re-find #"^[\":]" line)]
                                 (edn/read-string (str "[" line "]"))))]
        (doseq [[kind outcome failure blocks] outcomes]
          (is (#{:before :after :same} outcome) (str kind " with " blocks " free blocks, seed " seed ": " failure)))
        (println "Full disk:" (into (sorted-map) (frequencies (map (fn [[_ outcome failure]] [outcome (some? failure)]) outcomes)))
          "slowest:" (last (sort-by first (map (fn [[kind _ _ _ ms]] [ms kind]) outcomes))))
        (testing "another process finds the same rows"
          (is (= 2 (count found)) text)
          (is (apply = found)))
        (is (= (* runs (count full-disk/kinds)) (count outcomes)))))))
