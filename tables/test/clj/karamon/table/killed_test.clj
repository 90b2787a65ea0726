(ns karamon.table.killed-test
  "Kills a process by SIGKILL while it loads, updates, deletes and compacts at the same time, each in its own table. Each table must
  then be as before or as after its statement. -Dkills sets the number of kills, -Dseed their times."
  (:require
   [clojure.edn :as edn]
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.table.files :as files]
   [karamon.table.fixture :refer [table-format]]
   [karamon.table.process :as process]
   [karamon.table.writer :as writer])
  (:import
   (java.util Random)
   (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

(def ^:private deadline-ms 240000)

(defn- reports [out]
  (vec (for [line (str/split-lines (slurp out))
             :when (str/starts-with? line ":")]
         (edn/read-string (str "[" line "]")))))

(defn- await-until
  "Polls until `f` returns a value; fails when the process ends first, or at the deadline."
  [{:keys [^Process process out]} f]
  (let [until (+ (System/currentTimeMillis) deadline-ms)]
    (loop []
      (or (f)
          (if (and (.isAlive process) (< (System/currentTimeMillis) until))
            (do (.waitFor process 1 TimeUnit/MILLISECONDS) (recur))
            (throw (ex-info (str "A writer ended, or didn't report in time: " (slurp out)) {:type ::no-writer})))))))

(defn- tables
  "Returns a snapshot of the files of a warehouse's tables."
  [warehouse]
  (into {} (filter (fn [[path]] (some #(re-find (re-pattern (str "(^|/)" % "/")) path) writer/kinds))) (files/snapshot warehouse)))

(defn- changes
  "Returns how many files of the tables are new or changed since `before`."
  [warehouse before]
  (count (filter (fn [[path found]] (not= found (before path))) (tables warehouse))))

(defn- live-and-be-killed
  "Starts a writer; kills it once `limit` files have changed or all its statements have ended. Returns its reports."
  [warehouse life limit]
  (let [{:keys [^Process process out] :as writer}
        (process/start `(do (require 'karamon.table.writer)
                            (karamon.table.writer/-main ~(name table-format) ~(str warehouse) ~(str life))) {})]
    (try
      (await-until writer #(some #{[:ready]} (reports out)))
      (let [before (tables warehouse)]
        (await-until writer #(or (<= limit (changes warehouse before)) (some #{[:done]} (reports out)))))
      (finally
        (.waitFor (.destroyForcibly process))))
    (reports out)))

(defn- of [lines what]
  (into {} (for [[kind table & more] lines :when (= what kind)] [table (vec more)])))

(deftest a-killed-writer-leaves-each-table-as-before-or-as-after
  (let [kills     (parse-long (System/getProperty "kills" "2"))
        seed      (parse-long (System/getProperty "seed" "8"))
        random    (Random. seed)
        warehouse (process/new-folder "karamon-killed")
        outcomes  (atom [])
        early     (atom 0)]
    (loop [life 0, may-be nil]
      (when (<= life kills)
        (let [lines (live-and-be-killed warehouse life (inc (.nextInt random 60)))]
          (when may-be
            (testing (str "seed " seed ", after kill " life)
              (doseq [[table [found]] (of lines :found)
                      :let [[before after] (may-be table)]]
                (is (some #{found} [before after]) table)
                (swap! outcomes conj [table (cond (= before after) :same (= found before) :before :else :after)])))
            (when-let [[_ left digests] (some #(when (= :cleaned (first %)) %) lines)]
              (is (= 0 left) "cleaned tables have no interrupted statements")
              (is (= (map (comp first (of lines :found)) writer/kinds) digests) "cleaning changes no row")))
          (is (some #{[:ready]} lines))
          (when-not (some #{[:done]} lines) (swap! early inc))
          (recur (inc life) (of lines :may-be)))))
    (is (pos? @early) "no writer was killed before its statements had ended")
    (println "Killed" kills "times," @early "of them early:" (into (sorted-map) (frequencies @outcomes)))
    (is (= (* kills (count writer/kinds)) (count @outcomes)))))
