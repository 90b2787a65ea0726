(ns karamon.table.prompt.complete
  "Completes keywords, tables, columns and commands at the SQL prompt. Pure functions of the text before the cursor and a catalog, a
  map of functions: `:tables` returns the tables of a database (nil for the current one), `:databases` the databases, `:columns`
  the columns of a table."
  (:require
   [clojure.string :as str]
   [karamon.table.journal :as journal]
   [karamon.table.literal :as literal]
   [karamon.table.output :as output]
   [karamon.table.prompt.entry :as entry])
  (:import
   (clojure.lang ExceptionInfo)
   (java.util.regex Pattern)))

(set! *warn-on-reflection* true)

(def keywords
  "Keywords of the statements that people type."
  (str/split (str "ADD ALTER ALL AND ANY AS ASC BETWEEN BY CASE CAST CLEAN COLUMN COLUMNS COMPACT CREATE CROSS DATABASE DATABASES "
                  "DELETE DESC DESCRIBE DISTINCT DROP ELSE END EXCEPT EXISTS EXPLAIN EXTENDED FALSE FILES FOR FORMATTED FROM FULL "
                  "GROUP HAVING IF IN INNER INSERT INTERSECT INTO IS JOIN LEFT LIKE LIMIT MATCHED MERGE NOT NULL ON OR ORDER "
                  "OUTER OVER OVERWRITE PARTITION PARTITIONED RENAME RIGHT SEGMENTS SELECT SET SHOW STORED TABLE TABLES "
                  "TBLPROPERTIES THEN TRUE UNION UPDATE USE USING VALUES VIEW WHEN WHERE WITH COUNT SUM AVG MIN MAX COALESCE "
                  "ARRAY BIGINT BINARY BOOLEAN DATE DECIMAL DOUBLE FLOAT INT MAP SMALLINT STRING STRUCT TIMESTAMP TINYINT")
    #" "))

(def ^:private before-tables
  "Keywords that a table's name follows."
  #{"FROM" "JOIN" "INTO" "UPDATE" "TABLE" "DESCRIBE" "DESC" "USING"})

(defn word
  "Returns the word that ends a text: what completion replaces."
  [text]
  (or (re-find #"(?:`[^`\n]*`?|[\p{L}\p{N}_.]|(?<![^\s])\\\w*)+$" text) ""))

(defn- within-text?
  "Returns whether a text ends in a string or a comment."
  [text]
  (try
    (entry/last-statement {:text text, :line 1})
    (boolean (re-find #"--[^\n]*$" text))
    (catch ExceptionInfo e
      (not= :name (:part (ex-data e))))))

(defn- shown? [candidate]
  (not (re-find #"\p{C}" candidate)))

(defn- quoted [n]
  (try
    (literal/identifier (str/replace n "." "_"))
    (if (str/includes? n ".") (str "`" n "`") (literal/identifier n))
    (catch ExceptionInfo _ nil)))

(defn- matching [prefix names]
  (let [plain #(str/lower-case (str/replace % "`" ""))
        start (plain prefix)]
    (sort (distinct (filter #(and % (shown? %) (str/starts-with? (plain %) start)) names)))))

(defn- named-tables [{:keys [tables]} text]
  (filter #(journal/names? text %) (tables nil)))

(defn- alias-of
  "Returns the table that has an alias in a text."
  [n text tables]
  (some (fn [table]
          (when (re-find (re-pattern (str "(?i)\\b" (Pattern/quote table) "`?\\s+(?:as\\s+)?" (Pattern/quote n) "\\b")) text)
            table))
        tables))

(defn- qualified
  "Returns the names that may follow a qualifier: tables of a database, columns of a table or of its alias."
  [{:keys [tables databases columns] :as catalog} text qualifier]
  (let [plain (str/replace qualifier "`" "")
        here  (tables nil)]
    (map #(str qualifier "." %)
      (map quoted
        (cond
          (some #{plain} (databases)) (tables plain)
          (some #{plain} here)        (columns plain)
          :else                       (some-> (alias-of plain text (named-tables catalog text)) columns))))))

(defn- cased [prefix words]
  (if (= prefix (str/upper-case prefix)) words (map str/lower-case words)))

(defn- command-candidates [{:keys [tables]} line prefix]
  (let [[_ command] (re-find #"^\s*\\(\S+)\s" line)]
    (cond
      (nil? command)                            (matching prefix (map #(str "\\" (first %)) entry/commands))
      (#{"d" "tree" "diff" "files"} command)    (matching prefix (map quoted (tables nil)))
      (= "format" command)                      (matching prefix (map name output/forms))
      (= "timing" command)                      (matching prefix ["on" "off"]))))

(defn candidates
  "Returns what may replace the word that ends `before`, the text up to the cursor. `text` is the whole text."
  [{:keys [tables databases columns] :as catalog} text before]
  (let [prefix   (word before)
        line     (last (str/split before #"\n" -1))
        previous (some-> (last (re-seq #"\w+|[^\s\w]" (subs before 0 (- (count before) (count prefix))))) str/upper-case)
        [_ qualifier] (re-matches #"(.+)\.[^.]*" prefix)]
    (cond
      (re-find #"^\s*\\(?!chart\s)" line) (command-candidates catalog line prefix)
      (within-text? before)     nil
      qualifier                 (matching prefix (qualified catalog text qualifier))
      (before-tables previous)  (matching prefix (concat (map quoted (concat (tables nil) (databases)))
                                                         (cased prefix (case previous "INTO" ["TABLE"] "TABLE" ["IF"] nil))))
      :else                     (matching prefix (concat (map quoted (mapcat columns (named-tables catalog text)))
                                                         (cased prefix keywords)
                                                         (when-not (= "" prefix) (map quoted (tables nil))))))))
