(ns karamon.table.rewrite
  "Statements in the form that each format's parser takes, and errors for those that a parser takes for others. Pure functions."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.table.token :as token]))

(set! *warn-on-reflection* true)

(defn- refuse [sql message]
  (throw (ex-info message {:type :karamon.table/failed, :statement sql})))

(defn- uncommented
  "Returns SQL with a space for each comment: one that ends with its line must not get other text into that line. Comments within
  comments are refused, since Spark looks for the end of each, and `token/tokens` doesn't."
  [sql]
  (when (some #(re-find #"^/\*(?s:.*)/\*" %) (token/tokens sql))
    (refuse sql "A comment begins within a comment: remove the inner one"))
  (str/join (map #(if (token/comment? %) " " %) (token/tokens sql))))

(defn- split-top
  "Splits tokens at each token for which `at?` is true, outside parentheses."
  [at? tokens]
  (loop [[t & more] tokens, depth 0, part [], parts []]
    (cond
      (nil? t)                       (conj parts part)
      (and (zero? depth) (at? t))    (recur more depth [] (conj parts part))
      :else                          (recur more (case t "(" (inc depth) ")" (dec depth) depth) (conj part t) parts))))

(defn- word? [w]
  #(= w (str/lower-case %)))

(defn- joined [tokens]
  (str/trim (str/join tokens)))

(defn- inside
  "Returns what is inside the parentheses around `text`, or nil."
  [text]
  (when (and (str/starts-with? text "(") (str/ends-with? text ")")
             (= 1 (count (remove #(str/blank? (joined %)) (split-top (constantly false) (token/tokens text))))))
    (subs text 1 (dec (count text)))))

(defn- pairs
  "Returns the columns and values of an UPDATE's assignments, texts; nil if their form isn't known."
  [assignments]
  (let [sides (for [tokens (split-top (word? ",") (token/tokens assignments))
                    :let [[column [equals & value]] (split-with (complement (word? "=")) tokens)]]
                (when equals
                  [(joined column) (joined value)]))]
    (if-let [[[columns values]] (when (and (= 1 (count sides)) (some-> (ffirst sides) inside)) sides)]
      (let [split #(mapv joined (split-top (word? ",") (token/tokens %)))
            columns (split (inside columns))
            values  (some-> (inside values) split)]
        (when (= (count columns) (count values))
          (map vector columns values)))
      (when (every? some? sides)
        sides))))

(defn- listed [f coll]
  (str/join ", " (map f coll)))

(defn- update-statement
  "CarbonData takes only SET (a, b) = (1, 2); Spark takes only SET a = 1, b = 2."
  [format sql]
  (or (when-let [[_ head more] (re-matches #"(?is)\s*(UPDATE\s+\S+(?:\s+(?!set\b)\w+)?\s+SET)\b(.*)" (uncommented sql))]
        (let [tokens      (token/tokens more)
              assignments (joined (first (split-top (word? "where") tokens)))
              condition   (str/trim (subs (str/trim more) (count assignments)))
              found       (pairs assignments)]
          (when (and (= :carbondata format) (not (str/starts-with? assignments "("))
                     (re-find #"(?i)\(\s*select\b" (str/join (remove token/quoted? (token/tokens assignments)))))
            (refuse sql "CarbonData's UPDATE takes no subquery as a value: use MERGE INTO, or the value"))
          (when (and found (not-any? #(re-find #"(?i)^\(?\s*select\b" (second %)) found))
            (if (= :carbondata format)
              (str/trim (str head " (" (listed first found) ") = (" (listed second found) ") " condition))
              (str/trim (str head " " (listed #(str/join " = " %) found) " " condition))))))
      sql))

(defn- unfinished [sql]
  (when (re-find #"(?is)^\s*(delete|update)\b.*\bwhere\s*;?\s*$" (uncommented sql))
    (refuse sql "The statement ends after WHERE, and would change all rows: add a condition, or leave out WHERE")))

(def ^:private storing
  "The format in CarbonData's clause, where the first group is nil."
  (token/pattern "\\bstored\\s+(?:by|as)\\s+(['\"]?)(?:org\\.apache\\.)?(?:carbondata|iceberg)\\b(?:\\.format\\b)?\\2"))

(defn- stored-by [format sql]
  (if (re-find #"(?i)^\s*create\s+table\b" sql)
    (str/replace sql storing (fn [[_ quoted]] (or quoted (if (= :carbondata format) "STORED AS carbondata" "USING iceberg"))))
    sql))

(defn- dotted [sql]
  (when (and (re-find #"(?i)^\s*create\s+table\b" sql)
             ; After a dot, as in csv.`a.csv`, it is a file.
             (some (fn [[before t]] (and (not= "." before) (re-matches #"`[^`]*\.[^`]*`" t))) (partition 2 1 (token/tokens sql))))
    (refuse sql "CarbonData takes a name with a dot for the field of a struct: name columns without dots")))

(defn- load-data [format sql]
  (if-let [[_ head path more] (re-matches #"(?is)\s*(LOAD\s+DATA\s+(?:LOCAL\s+)?INPATH)\s+'([^'\\]+)'(.*)" sql)]
    (cond
      (not= :carbondata format) (refuse sql (str "Iceberg has no LOAD DATA: use load-csv, or INSERT INTO a table SELECT … FROM "
                                                 "csv.`" path "`"))
      (re-find #"^([A-Za-z][\w+.-]*:|/)" path) sql
      :else (str head " '" (str/replace (str "file://" (.getAbsolutePath (io/file path))) #"['\\]" "\\\\$0") "'" more))
    sql))

(defn- merge-statement
  "CarbonData's parser of MERGE takes only upper-case letters, which mean the same."
  [sql]
  (when (re-find #"(?i)^\s*merge\s+into\s+\S+\s++(?!using\b)|^\s*merge\s+into\s+\S+\s+using\s+(\(|\S+\s++(?!on\b))"
          (uncommented sql))
    (refuse sql "CarbonData's MERGE takes two tables' names, without aliases or subqueries: MERGE INTO a USING b ON a.id = b.id"))
  (if (re-find #"(?i)^\s*merge\s+into\b" sql)
    (str/join (map #(if (token/quoted? %) % (str/upper-case %)) (token/tokens sql)))
    sql))

(def ^:private inserting
  #"(?is)\s*(INSERT\s+INTO\s+(?:TABLE\s+)?)([\w.`]+)\s*\(([^()'\"]++)\)\s*((?:VALUES|SELECT|WITH)\b.*)")

(defn- listed-names
  "Returns the names of a list of columns, in small letters; nil if the text isn't such a list."
  [text]
  (let [names (map #(second (re-matches #"\s*+(\w++|`[^`]++`)\s*+" %)) (str/split text #"," -1))]
    (when (every? some? names)
      (map #(str/lower-case (str/replace % "`" "")) names))))

(defn- insert-columns
  "CarbonData's INSERT takes no list of columns. `columns` returns those of a table."
  [sql columns]
  (let [[_ head table text query] (re-matches inserting sql)]
    (if-let [listed (some-> text listed-names)]
      (let [all (map #(str/lower-case (first %)) (columns (str/replace table "`" "")))]
        (when-let [unknown (first (remove (set all) listed))]
          (refuse sql (str "No column " unknown " in the table " table ": expected " (str/join ", " all))))
        (when-not (apply distinct? listed)
          (refuse sql "A column is listed twice"))
        (str head table " SELECT " (str/join ", " (map #(if (some #{%} listed) (str "`" % "`") "NULL") all))
             " FROM (" (str/trim (str/replace (uncommented query) #";\s*$" ""))
             ") AS given(" (str/join ", " (map #(str "`" % "`") listed)) ")"))
      sql)))

(defn rewrite
  "Returns a statement as the format's parser takes it. `columns` is a function of a table's name that returns its columns. Throws
  ex-info of `:type` `:karamon.table/failed` for a statement that would do something else than it says."
  [format sql columns]
  (unfinished sql)
  (when (= :carbondata format)
    (dotted sql))
  (cond->> (str/replace sql #";\s*$" "")
    true (stored-by format)
    true (load-data format)
    true (update-statement format)
    (= :carbondata format) merge-statement
    (= :carbondata format) (#(insert-columns % columns))))
