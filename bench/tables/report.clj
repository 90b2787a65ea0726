(ns report
  "Writes the results of measure.clj, one line of EDN each, as Markdown: medians, and ratios within a round.

      java … clojure.main bench/tables/report.clj FILE < lines"
  (:require
   [clojure.edn :as edn]
   [clojure.string :as str]))

(set! *warn-on-reflection* true)

(defn- median [xs]
  (let [sorted (sort xs), n (count sorted)]
    (/ (+ (nth sorted (quot (dec n) 2)) (nth sorted (quot n 2))) 2.0)))

(def ^:private names {:carbondata "CarbonData", :iceberg "Iceberg"})

(defn- table [heads rows]
  (str/join "\n" (concat [(str "| " (str/join " | " heads) " |")
                          (str "|---|" (str/join (repeat (dec (count heads)) "--:|")))]
                         (for [row rows] (str "| " (str/join " | " row) " |")))))

(defn- whole [x] (format "%.0f" (double x)))
(defn- ratio [x] (format "%.2f" (double x)))

(defn- starts [found]
  (table ["from the process's start to the first result" "wall s" "CPU s" "peak RSS MB"]
    (for [f [:carbondata :iceberg] :let [runs (filter #(= [f "start"] ((juxt :format :what) %)) found)] :when (seq runs)]
      [(names f) (format "%.1f" (/ (median (map :wall runs)) 1000)) (format "%.1f" (/ (median (map :cpu runs)) 1000))
       (whole (median (map :peak runs)))])))

(defn- rounds [found f what]
  (mapcat :rounds (filter #(= [f what] ((juxt :format :what) %)) found)))

(defn- small [found]
  (let [each (fn [f] (let [all (rounds found f "small")] [(first all) (rest all)]))
        [[c cs] [i is]] (map each [:carbondata :iceberg])]
    (table ["statement, ms" "CarbonData, first" "CarbonData, then" "Iceberg, first" "Iceberg, then"]
      (for [k [:create :load :select :insert :delete :update :compact :segments :clean]]
        [(name k) (whole (k c)) (whole (median (map k cs))) (whole (k i)) (whole (median (map k is)))]))))

(defn- large [found]
  (let [[c i] (map #(rounds found % "large") [:carbondata :iceberg])
        within (fn [rs a b] (ratio (median (map #(/ (a %) (b %)) rs))))
        across (fn [a] (ratio (/ (median (map a c)) (median (map a i)))))]
    (str
      (table ["large table, ms" "CarbonData" "Iceberg"]
        (for [[k text] [[:load "load from CSV"] [:update "UPDATE of 1 %"] [:delete "DELETE of 1 %"] [:point "point query by the sorted column"]
                        [:point-after "the same after UPDATE and DELETE"] [:point-compacted "the same after a major compaction"]
                        [:scan "sum by group"] [:compact "major compaction"]]]
          [text (whole (median (map k c))) (whole (median (map k i)))]))
      "\n\n"
      (table ["ratio, less is faster" "CarbonData / Parquet, Spark 3.1" "Iceberg / Parquet, Spark 4.1" "CarbonData / Iceberg"]
        (for [[a b text] [[:update :update-plain "UPDATE of 1 %, against Parquet rewritten whole"]
                          [:delete :delete-plain "DELETE of 1 %, against Parquet rewritten whole"]
                          [:point :point-plain "point query"]
                          [:scan :scan-plain "sum by group"]]]
          [text (within c a b) (within i a b) (across a)])))))

(defn- peaks [found]
  (table ["peak RSS MB" "small" "large"]
    (for [f [:carbondata :iceberg]]
      (into [(names f)] (for [what ["small" "large"]]
                          (whole (median (map :peak (filter #(= [f what] ((juxt :format :what) %)) found)))))))))

(let [found (map edn/read-string (str/split-lines (slurp *in*)))]
  (spit (first *command-line-args*)
    (str/join "\n\n"
      (for [[jdk found] (sort-by key (group-by :jdk found))]
        (str "\n## JDK " jdk "\n\n" (starts found) "\n\n" (small found) "\n\n" (large found) "\n\n" (peaks found) "\n")))
    :append true))
