(ns karamon.table.drawing
  "Draws rows as a table of text."
  (:require
   [clojure.string :as str]))

(set! *warn-on-reflection* true)

(defn- cell [v]
  (str/replace (cond
                 (bytes? v)  (str/join " " (map #(format "%02X" %) v))
                 (coll? v)   (pr-str v)
                 (nil? v)    "nil"
                 :else       (str v))
               #"\r?\n" "⏎"))

(defn- padded [right? width text]
  (let [space (str/join (repeat (- width (count text)) \space))]
    (if right? (str space text) (str text space))))

(defn table
  "Returns rows, maps with the keys `columns`, as lines of text, with numbers aligned right."
  [columns rows]
  (let [cells  (for [row rows] (mapv #(cell (get row %)) columns))
        heads  (mapv name columns)
        right? (mapv (fn [column] (and (seq rows) (every? #(or (nil? %) (number? %)) (map column rows)))) columns)
        widths (apply mapv (fn [& texts] (apply max (map count texts))) heads cells)
        line   (fn [texts] (str/trimr (str "  " (str/join "  " (map padded right? widths texts)))))]
    (str/join "\n" (concat [(line heads) (line (map #(str/join (repeat % \─)) widths))] (map line cells)))))
