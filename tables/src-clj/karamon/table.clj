(ns karamon.table
  "Tables with UPDATE and DELETE on Spark, in the format of Apache CarbonData or Apache Iceberg. They need a JVM of their own,
  which `./karamon table` starts.

      (with-open [s (session {:warehouse \"carbon-warehouse\"})]
        (create-table s \"people\" [[:id :string] [:name :string] [:city :string] [:age :int]])
        (insert! s \"people\" [{:id \"1\" :name \"ann\" :city \"leeds\" :age 31}])
        (update! s \"people\" {:city \"york\"} {:id \"1\"})
        (delete! s \"people\" [\"age < ?\" 18])
        (sql s [\"SELECT * FROM people WHERE city = ?\" \"york\"]))
      ;; [{:id \"1\", :name \"ann\", :city \"york\", :age 31}]

  A statement is a string of SQL, or a vector of SQL and parameters, one for each question mark in the SQL. Parameters are nil,
  text, booleans, numbers, java.time.LocalDate and Instant, byte arrays, sequences and maps. Rows are maps with keyword keys.
  Whole numbers are longs, decimals BigDecimal, dates LocalDate, timestamps Instant, binary byte arrays, arrays vectors,
  structs maps.

  `sql`, `rows` and `show` run any statement. The other functions, apart from those about files, are conveniences: each runs one
  SQL statement. The session calls `:on-statement` with each statement before it runs. A table's name is a string such as
  \"people\" or \"shop.people\". A condition is a map of columns to values, all of which must match, a vector of SQL with
  parameters, or `:all`.

  All functions throw ex-info. Its `:type` is `:karamon.table/failed`, with the `:statement`, when Spark rejects the statement
  or fails; `:karamon.table/bad-parameter` for a value without a literal; `:karamon.table/bad-name` for an invalid name;
  `:karamon.table/bad-option` for an unknown option; `:karamon.table/closed` when the session is closed."
  (:require
   [clojure.string :as str]
   [karamon.table.csv :as csv]
   [karamon.table.drawing :as drawing]
   [karamon.table.explain :as explain]
   [karamon.table.files :as files]
   [karamon.table.fit :as fit]
   [karamon.table.journal :as journal]
   [karamon.table.literal :as literal :refer [identifier literal]]
   [karamon.table.run :as run]
   [karamon.table.session :as session])
  (:import
   (java.io Closeable)
   (karamon.text Options Shown)))

(set! *warn-on-reflection* true)

(defn session
  "Starts Spark and returns a session; `close` and with-open stop it. Threads may share it; statements that may change data run
  one at a time. While a session is open, only Spark's error log is printed. All other output to System/err goes to
  .karamon/stderr.txt in the warehouse. Options:

  * `:warehouse` -- the folder of the tables and their metadata (required). Only one process can use it at a time, and a process
    can only use one, even after closing its session
  * `:format` -- `:carbondata` or `:iceberg` (default `:carbondata`); each needs its own class path
  * `:master` -- Spark's master, such as \"spark://host:7077\" (default \"local[*]\": all cores of this machine). Its executors
    must find this process's jars and the warehouse at the same paths
  * `:s3` -- how to read s3a:// paths, a map of `:endpoint`, a URL (default AWS), `:region`, `:access-key` and `:secret-key`, with
    an optional `:session-token`, and `:path-style`, whether the bucket is part of the path (default true with an `:endpoint`).
    Missing values come from the AWS SDK's usual sources: AWS_REGION, AWS_ACCESS_KEY_ID, AWS_PROFILE and so on
  * `:config` -- a map of Spark settings, strings to strings
  * `:wait-ms` -- how long to wait for a warehouse that another process uses, in milliseconds (default 0)
  * `:on-statement` -- a function; called with the SQL of each statement before it runs
  * `:print-log` -- whether to print Spark's error log (default true); otherwise it goes to that file as well, if this session is
    the first use of a logger in the process

  Throws ex-info. Its `:type` is

  * `:karamon.table/bad-option` for an unknown option or a wrong value
  * `:karamon.table/closed-packages` when the JVM lacks flags
  * `:karamon.table/unpatched` when the JVM has CarbonData as published
  * `:karamon.table/open` when this JVM has an open session
  * `:karamon.table/second-warehouse` when this JVM has used another warehouse
  * `:karamon.table/in-use` when another process uses the warehouse
  * `:karamon.table/no-cluster` when the master doesn't answer within seconds, no executor starts within two minutes, or an
    executor has different classes"
  [options]
  (session/open options))

(defn close
  "Stops a session's Spark. Closing twice does nothing."
  [^Closeable session]
  (.close session))

(defn sql
  "Runs a statement and returns a vector of its rows."
  [session statement]
  (run/rows session statement))

(defn rows
  "Returns a reducible of a statement's rows, for results too large for memory. Each reduction runs the statement and holds one
  partition of its rows at a time.

      (transduce (map :age) + (rows s \"SELECT age FROM people\"))"
  [session statement]
  (run/reducible session statement))

(defn show
  "Prints at most `limit` rows of a statement as a table (default 100)."
  ([session statement] (show session statement 100))
  ([session statement limit] (run/show session statement limit)))

(defn show-rows
  "Prints rows, such as `segments` returns, as a table."
  [rows]
  (println (drawing/table (keys (first rows)) rows)))

(defn- format-sql [session f & arguments]
  (apply (session/function (:format session) f) arguments))

(defn- condition [where]
  (cond
    (= :all where)                     ""
    (and (map? where) (seq where))     (str " WHERE " (str/join " AND " (for [[k v] where]
                                                                          (if (nil? v)
                                                                            (str (identifier k) " IS NULL")
                                                                            (str (identifier k) " = " (literal v))))))
    (and (vector? where) (string? (first where))) (str " WHERE " (literal/statement where))
    :else
    (throw (ex-info (str "Expected a map of columns to values, a vector such as [\"age < ?\" 18], or :all, found " (Shown/of where))
                    {:type ::bad-parameter, :value where}))))

(defn create-table
  "Creates a table of `columns`, pairs of a name and a type: `[[:id :string] [:price \"decimal(10, 2)\"]]`. Options:

  * `:sort-columns` -- the columns that CarbonData sorts and indexes by (not for Iceberg, which has a statement for it)
  * `:properties` -- a map of table properties, strings to strings"
  ([session table columns] (create-table session table columns {}))
  ([session table columns options]
   (Options/check options #{:sort-columns :properties} "create-table" ::bad-option)
   (sql session (format-sql session :create-table (identifier table)
                  (str/join ", " (for [[column type] columns] (str (identifier column) " " (name type))))
                  options))
   nil))

(defn load-csv
  "Adds the rows of CSV files. `path` is a path or URL, such as \"s3a://bucket/people.csv\", of a file, of a folder of files, or a
  pattern such as \"people-*.csv\"; files may be compressed, as .gz. By default files have the form of RFC 4180: a field with a
  comma, a quote or a line end has quotes around it, and a quote within is written twice. Options:

  * `:header` -- whether the first line names the columns, in any order and case (default true); missing columns become null. If
    not, there are all columns, in the table's order
  * `:delimiter` -- the text between fields (default \",\")
  * `:quote` -- the character around fields (default \"\\\"\"), or nil if quotes are text
  * `:escape` -- the character before a quote, or before itself, within quotes (default \"\\\"\": a quote is written twice), or nil
  * `:multi-line` -- whether fields with quotes may have line ends (default true). If not, several tasks read a large file
  * `:charset` -- its name (default \"UTF-8\"); a byte order mark is left out
  * `:null` -- the text without quotes that means null, or a set of texts (default \"\"). So `\"\"` in a file is empty text; except
    for text, an empty field with quotes means null too
  * `:bad-records` -- what to do with records that the table can't hold: `:fail` (default), or `:skip`

  Returns nil; with `:skip` a map of the number of bad records, `:skipped`, and the errors of the first 100, `:reasons`. Throws
  ex-info, and adds no row, of `:type`

  * `:karamon.table/bad-record` for the first bad record: an unknown column in the header, a wrong number of fields, a value that
    its column can't hold, misplaced quotes, bytes that aren't of the charset. Its data has the `:path` and `:line`, and for a
    value the `:column` and `:value`. Quotes without an end, a header that the table can't have and a record of more than 16 million
    characters are never skipped
  * `:karamon.table/bad-option` for an unknown option or a wrong value"
  ([session table path] (load-csv session table path {}))
  ([session table path options]
   (csv/load-files session table path options)))

(defn- checked
  "Returns `m`, a map of columns to values, with the columns as the table spells them. Throws ex-info of `:type` `::bad-parameter`
  for a column that the table doesn't have or that is there twice, or a value that its column can't hold."
  [session table columns m]
  (reduce-kv
    (fn [found k value]
      (let [[column type] (or (first (filter #(.equalsIgnoreCase ^String (first %) (name k)) columns))
                              (throw (ex-info (Options/unknown "column" k (str "the table " table)
                                                (map (comp keyword first) columns))
                                              {:type ::bad-parameter, :column k})))]
        (when (contains? found column)
          (throw (ex-info (str "The column " column " has two values: its name is in " (Shown/of m) " twice")
                          {:type ::bad-parameter, :column column})))
        (fit/check (:format session) column type value)
        (assoc found column value)))
    {} m))

(defn insert!
  "Adds rows, maps of columns to values; missing columns become null. Throws ex-info of `:type`
  `:karamon.table/bad-parameter`, and adds no row, for a column that the table doesn't have or that a row has twice, as in
  `{:a 1 \"A\" 2}`, or a value that its column can't hold."
  [session table rows]
  (let [columns (run/columns session table)
        rows    (mapv #(checked session table columns %) rows)]
    (when (seq rows)
      (sql session (str "INSERT INTO " (identifier table) " VALUES "
                        (str/join ", " (for [row rows]
                                         (str "(" (str/join ", " (map #(literal (get row (first %))) columns)) ")"))))))
    nil))

(defn- row-count
  "Returns the number in CarbonData's one result row; nil for Iceberg, which returns no rows."
  [result]
  (some-> result first first val))

(defn update!
  "Sets columns to the values in the map `values`, in the rows that match. Returns the number of rows changed; nil for Iceberg,
  which doesn't report it. Throws ex-info of `:type` `:karamon.table/bad-parameter` as `insert!` does."
  [session table values where]
  (checked session table (run/columns session table) values)
  (row-count (sql session (format-sql session :update-rows (identifier table) values (condition where)))))

(defn delete!
  "Deletes the rows that match. Returns the number of rows deleted; nil for Iceberg, which doesn't report it."
  [session table where]
  (row-count (sql session (str "DELETE FROM " (identifier table) (condition where)))))

(defn compact!
  "Merges the many small files that inserts, updates and deletes leave. `kind` is

  * `:minor` -- CarbonData: only if there are four segments or more; Iceberg: small files, and files with deletions
  * `:major` -- CarbonData: all segments up to a size; Iceberg: all files
  * `:custom` -- CarbonData: the segments that the option `:segments` names, such as `[\"3\" \"4\"]`"
  ([session table kind] (compact! session table kind {}))
  ([session table kind options]
   (Options/check options #{:segments} "compact!" ::bad-option)
   (when-not (#{:minor :major :custom} kind)
     (throw (ex-info (Options/unknown "compaction" kind [:minor :major :custom]) {:type ::bad-option, :kind kind})))
   (when (not= (= :custom kind) (some? (seq (:segments options))))
     (throw (ex-info ":segments and :custom must be used together" {:type ::bad-option, :kind kind})))
   (sql session (format-sql session :compact (identifier table) kind options))))

(defn segments
  "Returns the parts of a table as it is now: CarbonData's segments, or Iceberg's files."
  [session table]
  (sql session (format-sql session :segments (identifier table))))

(defn history
  "Returns the history of a table: CarbonData's segments, including removed ones, or Iceberg's snapshots."
  [session table]
  (sql session (format-sql session :history (identifier table))))

(defn clean-files!
  "Deletes the files that a table no longer needs. CarbonData: files of compacted and deleted segments, and those that interrupted
  writers left. Iceberg: all earlier snapshots, which are then lost."
  [session table]
  (sql session (format-sql session :clean-files (identifier table))))

(defn tree
  "Returns the files in a table's folder. It prints as a drawing of the folder, and `:files` is a sorted map of paths to their
  `:size` (bytes) and `:modified` (milliseconds of the epoch). Hadoop's checksum files are left out. Throws ex-info of `:type`
  `:karamon.table/not-here` when the table isn't on this machine."
  [session table]
  (let [folder (run/folder session table)]
    (files/->Tree (str folder) (files/snapshot folder))))

(defn diff-tree
  "Returns the difference between two trees of a table, the earlier first: sorted maps of `:added`, `:changed` and `:gone` files.
  Prints as a tree that marks them with +, ~ and -."
  [before after]
  (files/diff before after))

(defn- statements [session]
  (journal/statements (session/journal-file (:warehouse session))))

(defn explain-files
  "Returns a map for each file of a table: its `:file`, `:size` in bytes, `:what` it is, and the `:statement` that wrote it last
  if the warehouse's journal has it. `:cut-short` is true if the process ended during that statement."
  [session table]
  (explain/explained (:format session) table (tree session table) (statements session)))

(defn interrupted
  "Returns the statements during which a process ended, if `clean-files!` wasn't called since: maps of `:sql`, and `:began` in
  milliseconds of the epoch. `leftovers` lists the files and locks they left behind."
  [session]
  (map #(select-keys % [:sql :began]) (journal/interrupted (statements session))))

(defn leftovers
  "Returns the files of a table that interrupted statements wrote, as `explain-files` does. Nothing reads these files, and nothing
  waits for stale lock files among them."
  [session table]
  (filter :cut-short (explain-files session table)))
