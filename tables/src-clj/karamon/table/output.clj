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

(defn- print-blocks
  "Prints a table's rows, in blocks, below its head."
  [layout blocks]
  (print-lines (drawing/head layout))
  (loop [layout layout, blocks blocks]
    (when-let [[block & more] (seq blocks)]
      (let [layout (drawing/layout layout (:columns layout) block)]
        (print-lines (drawing/body layout block))
        (recur layout more)))))

(defn- print-records [columns rows]
  (print-lines (sequence (comp (map-indexed #(drawing/record columns (inc %) %2)) cat) rows)))

(defn- print-table
  "Prints rows as a table, or one below the other if the first ones make it wider than `cells`, unless that is nil."
  [columns rows cells]
  (let [blocks    (partition-all at-once rows)
        layout    (drawing/layout columns (first blocks))
        too-wide? (and cells (< cells (drawing/cells layout)))]
    ;; Nothing may keep the first row.
    (cond
      (empty? blocks) (print-lines (concat (when-not too-wide? (drawing/head layout)) ["  no rows"]))
      too-wide?       (print-records columns rows)
      :else           (print-blocks layout blocks))))

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
  those lines. `rows` is a lazy sequence. `cells` is the width of the terminal that shows them, or nil."
  [form columns rows cells]
  (case form
    :table (if (and (= 1 (count columns)) (= 1 (bounded-count 2 rows))
                    (string? (val (ffirst rows))) (str/includes? (val (ffirst rows)) "\n"))
             (print-lines (drawing/lines (val (ffirst rows))))
             (print-table columns rows cells))
    :chart (print-lines (drawing/chart columns rows (or cells (some-> (System/getenv "COLUMNS") parse-long) 80)))
    :csv   (print-lines (map #(str % "\r") (cons (str/join "," (map (comp plain/csv-field name) columns))
                                                 (for [row rows] (str/join "," (map #(plain/csv-field (get row %)) columns))))))
    :json  (print-json rows)
    :jsonl (print-lines (map json rows))
    :edn   (run! #(prn (edn columns %)) rows))
  (flush))

(defn check
  "Throws ex-info of `:type` `:karamon.table/no-output` when standard output can't be written, as when the disk is full or the
  reader of a pipe has ended."
  []
  (flush)
  (when (.checkError System/out)
    (throw (ex-info "Can't write the result to standard output" {:type :karamon.table/no-output}))))

(defn checked
  "Returns the lazy sequence `rows`, which calls `check` now and then."
  [rows]
  (map-indexed (fn [i row] (when (zero? (rem (long i) 1000)) (check)) row) rows))
