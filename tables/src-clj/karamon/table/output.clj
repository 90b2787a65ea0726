(ns karamon.table.output
  "Prints the rows of results as they come: a table, a bar chart, CSV, JSON, JSON lines or EDN. Holds a thousand rows at a time, and
  for a chart all."
  (:require
   [clojure.string :as str]
   [karamon.table.drawing :as drawing]
   [karamon.table.plain :as plain])
  (:import
   (karamon.json JsonWriter)))

(set! *warn-on-reflection* true)

(def forms
  "What `print-rows` can print."
  [:table :chart :csv :json :jsonl :edn])

(def ^:private at-once 1000)

(defn- print-lines [lines]
  (run! println lines)
  (flush))

(defn- print-table [columns rows]
  (loop [layout nil, blocks (partition-all at-once rows)]
    (if-let [[block & more] (seq blocks)]
      (let [next-layout (drawing/layout layout columns block)]
        (when-not layout
          (print-lines (drawing/head next-layout)))
        (print-lines (drawing/body next-layout block))
        (recur next-layout more))
      (when-not layout
        (print-lines (concat (drawing/head (drawing/layout columns [])) ["  no rows"]))))))

(defn- json [row]
  (JsonWriter/string (plain/data row)))

(defn- print-json [rows]
  (print "[")
  (reduce (fn [separator row] (print (str separator (json row))) ",\n") "\n" rows)
  (println "\n]"))

(defn- edn [columns row]
  (into (array-map) (for [column columns] [(plain/edn-key column) (plain/data (get row column))])))

(defn print-rows
  "Prints rows, maps with the keys `columns`, in one of `forms`. A table of one text with several lines, as of EXPLAIN, is printed as
  those lines. `rows` is a lazy sequence."
  [form columns rows]
  (case form
    :table (if (and (= 1 (count columns)) (= 1 (bounded-count 2 rows))
                    (string? (val (ffirst rows))) (str/includes? (val (ffirst rows)) "\n"))
             (print-lines (drawing/lines (val (ffirst rows))))
             (print-table columns rows))
    :chart (print-lines (drawing/chart columns rows (or (some-> (System/getenv "COLUMNS") parse-long) 80)))
    :csv   (print-lines (map #(str % "\r") (cons (str/join "," (map (comp plain/csv-field name) columns))
                                                 (for [row rows] (str/join "," (map #(plain/csv-field (get row %)) columns))))))
    :json  (print-json rows)
    :jsonl (print-lines (map json rows))
    :edn   (run! #(prn (edn columns %)) rows))
  (flush))
