(ns karamon.table.drawing
  "Draws rows as a table, or as a bar chart, of text. Columns are aligned by the cells that a terminal uses: a Japanese character
  uses two. Pure functions."
  (:require
   [clojure.string :as str]
   [karamon.table.plain :as plain])
  (:import
   (org.jline.utils WCWidth)))

(set! *warn-on-reflection* true)

(def null
  "How null is drawn. The text ∅ itself is drawn in quotes."
  "∅")

(defn width
  "Returns how many cells of a terminal a text without control characters uses."
  [^String text]
  (loop [i 0, cells 0]
    (if (< i (.length text))
      (let [c (.codePointAt text i)]
        (recur (+ i (Character/charCount c)) (+ cells (max 0 (WCWidth/wcwidth c)))))
      cells)))

(defn cut
  "Returns a text of at most `cells` cells; the end of a longer one is replaced by an ellipsis."
  [^String text cells]
  (if (<= (width text) cells)
    text
    (loop [i 0, used 0]
      (let [c    (.codePointAt text i)
            used (+ used (max 0 (WCWidth/wcwidth c)))]
        (if (< used cells)
          (recur (+ i (Character/charCount c)) used)
          (str (subs text 0 i) "…"))))))

(defn- replacement
  "Returns a character that a terminal shows, in place of one that would move its cursor or reorder its text."
  [^Character c]
  (let [n (int c)]
    (cond
      (= 10 n)   "⏎"
      (< n 0x20) (str (char (+ 0x2400 n)))
      (= 0x7F n) "␡"
      :else      "�")))

(def ^:private harmful
  "Control characters, and those that change the direction of text."
  #"[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]")

(defn harmless
  "Returns a text without characters that would control a terminal; each is replaced by one that stands for it."
  [text]
  (str/replace text harmful #(replacement (first %))))

(defn cell
  "Returns a value as text of one line."
  [v]
  (let [text (str/replace (plain/text v) "\r\n" "\n")]
    (cond
      (nil? v)      null
      (= null text) (str \" null \")
      :else         (harmless text))))

(defn lines
  "Returns a text of several lines as they are, without other control characters."
  [text]
  (map cell (str/split text #"\r?\n" -1)))

(defn- padded [right? cells text]
  (let [space (str/join (repeat (- cells (width text)) \space))]
    (if right? (str space text) (str text space))))

(defn- right? [rows column]
  (and (seq rows) (every? #(or (nil? %) (number? %)) (map column rows))))

(defn layout
  "Returns the layout of a table with these rows, for `head` and `body`. With an earlier layout of the same table, columns keep
  their alignment, and become no narrower."
  ([columns rows] (layout nil columns rows))
  ([earlier columns rows]
   (let [cells (for [row rows] (mapv #(cell (get row %)) columns))]
     {:columns columns
      :heads   (mapv (comp cell name) columns)
      :right   (or (:right earlier) (mapv #(right? rows %) columns))
      :widths  (apply mapv (fn [& texts] (apply max texts))
                 (or (:widths earlier) (mapv (comp width cell name) columns))
                 (map #(mapv width %) cells))})))

(defn- line [{:keys [right widths]} texts]
  (str/trimr (str "  " (str/join "  " (map padded right widths texts)))))

(defn head
  "Returns the two lines above a table's rows."
  [layout]
  [(line layout (:heads layout)) (line layout (map #(str/join (repeat % \─)) (:widths layout)))])

(defn cells
  "Returns how many cells of a terminal a table takes."
  [{:keys [widths]}]
  (+ (* 2 (count widths)) (reduce + widths)))

(defn record
  "Returns a row as lines, one for each column, below its number."
  [columns number row]
  (let [heads (map (comp cell name) columns)
        most  (reduce max 0 (map width heads))]
    (cons (str "── " number " ──")
          (map (fn [head column] (str "  " (padded false most head) "  " (cell (get row column)))) heads columns))))

(defn body
  "Returns a line for each row."
  [{:keys [columns] :as layout} rows]
  (for [row rows] (line layout (map #(cell (get row %)) columns))))

(defn table
  "Returns rows, maps with the keys `columns`, as lines of text, with numbers aligned right."
  [columns rows]
  (let [layout (layout columns rows)]
    (str/join "\n" (concat (head layout) (body layout rows)))))

(defn- bar
  "Returns a bar of an eighth of a cell or longer, unless `cells` is 0."
  [cells]
  (let [eighths (Math/round (* 8 (double cells)))
        eighths (if (and (pos? cells) (zero? eighths)) 1 eighths)]
    (str (str/join (repeat (quot eighths 8) \█)) (when (pos? (rem eighths 8)) (nth " ▏▎▍▌▋▊▉" (rem eighths 8))))))

(defn- finite [n]
  (let [d (some-> n double)]
    (when (and d (Double/isFinite d)) d)))

(defn chart
  "Returns a bar for each row, as lines of at most `cells` cells. The first of the two `columns` labels a bar, the second is its
  length, a number. Throws ex-info of `:type` `:karamon.table/no-chart` for other results."
  [[label length :as columns] rows cells]
  (when-not (and (= 2 (count columns)) (every? #(or (nil? %) (number? %)) (map length rows)))
    (throw (ex-info (str "A chart needs two columns, a label and a number, found "
                         (str/join ", " (for [column columns]
                                          (str (name column) (when (some #(not (or (nil? %) (number? %))) (map column rows)) " (no number)")))))
                    {:type :karamon.table/no-chart, :columns columns})))
  (let [labels  (map #(cut (cell (label %)) (max 8 (quot cells 3))) rows)
        numbers (map #(cell (length %)) rows)
        width-of #(reduce max 0 (map width %))
        room    (max 8 (- cells 2 (width-of labels) 2 2 (width-of numbers)))
        values  (map #(or (finite (length %)) 0.0) rows)
        lowest  (reduce min 0.0 values)
        span    (- (reduce max 0.0 values) lowest)
        scaled  #(if (zero? span) 0.0 (* room (/ (abs %) span)))
        left    (long (Math/ceil (scaled lowest)))]
    (for [[text number v] (map vector labels numbers values)]
      (str "  " (padded true (width-of labels) text) "  "
           (if (neg? v)
             (padded true left (str/join (repeat (max 1 (Math/round (double (scaled v)))) \█)))
             (str (str/join (repeat left \space)) (bar (min (scaled v) (- room left)))))
           (when-not (zero? v) " ") number))))
