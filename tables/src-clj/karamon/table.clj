(ns karamon.table
  "Tables with UPDATE and DELETE on Spark: Apache CarbonData's, or Apache Iceberg's. In a JVM of its own, which
  `./karamon table` starts.

      (with-open [s (session {:warehouse \"carbon-warehouse\"})]
        (create-table s \"people\" [[:id :string] [:name :string] [:city :string] [:age :int]])
        (insert! s \"people\" [{:id \"1\" :name \"ann\" :city \"leeds\" :age 31}])
        (update! s \"people\" {:city \"york\"} {:id \"1\"})
        (delete! s \"people\" [\"age < ?\" 18])
        (sql s [\"SELECT * FROM people WHERE city = ?\" \"york\"]))
      ;; [{:id \"1\", :name \"ann\", :city \"york\", :age 31}]

  A statement is a string of SQL, or a vector of SQL with a question mark for each parameter, and the parameters: nil, text,
  booleans, numbers, java.time.LocalDate and Instant, byte arrays, sequences and maps. Rows are maps of keywords; whole
  numbers are longs, decimals BigDecimal, dates LocalDate, timestamps Instant, binary byte arrays, arrays vectors, structs
  maps.

  What isn't `sql`, `rows`, `show` or about files is a convenience: one statement of SQL, which a session's `:on-statement`
  is called with before it runs. A table's name is a string such as \"people\" or \"shop.people\". A condition is a map of
  columns to the values they must all have, a vector of SQL with parameters, or `:all`.

  All throw ex-info: of `:type` `:karamon.table/failed` with the `:statement` when Spark refuses it or fails,
  `:karamon.table/bad-parameter` for a value that has no literal, `:karamon.table/bad-name` for what can't be a name,
  `:karamon.table/bad-option` for another option, `:karamon.table/closed` when the session was closed."
  (:require
   [clojure.string :as str]
   [karamon.table.drawing :as drawing]
   [karamon.table.explain :as explain]
   [karamon.table.files :as files]
   [karamon.table.journal :as journal]
   [karamon.table.literal :as literal :refer [identifier literal]]
   [karamon.table.run :as run]
   [karamon.table.session :as session])
  (:import
   (java.io Closeable)
   (karamon.text Options)))

(set! *warn-on-reflection* true)

(defn session
  "Starts Spark and returns a session, which `close` and with-open stop. Threads may share it; statements that may change
  something wait for each other. Till it is closed nothing is printed but what Spark logs as an
  error: what else goes to System/err stands in the warehouse's .karamon/stderr.txt. Options:

  * `:warehouse` -- the folder of the tables, and of all that belongs to them (required). One process has it at a time, and a
    process has one, whatever sessions it opens and closes
  * `:format` -- `:carbondata` or `:iceberg` (default `:carbondata`); each is a class path of its own
  * `:master` -- Spark's, such as \"spark://host:7077\" (default \"local[*]\": all cores of this machine). Its executors must find
    this process's jars and the warehouse at the same paths
  * `:s3` -- what s3a:// paths are read by, a map of `:endpoint`, a URL (default AWS's), `:region`, `:access-key` and
    `:secret-key`, with them a `:session-token`, and `:path-style`, whether a bucket stands in the path (default true with an
    `:endpoint`). What is missing is as for every AWS tool: from AWS_REGION, AWS_ACCESS_KEY_ID, AWS_PROFILE and so on
  * `:config` -- a map of Spark's own settings, strings to strings
  * `:wait-ms` -- how long to wait for a warehouse that another process has, in milliseconds (default 0)
  * `:on-statement` -- is called with the SQL of each statement before it runs

  Throws ex-info of `:type` `:karamon.table/bad-option` for another option or value, `:karamon.table/closed-packages` when the
  JVM lacks flags, `:karamon.table/unpatched` when it has CarbonData as published, `:karamon.table/second-warehouse` when it
  had another warehouse, `:karamon.table/no-cluster` when the master doesn't answer in seconds, or no executor in two minutes,
  or one has other classes, `:karamon.table/open` when this JVM has a session, `:karamon.table/in-use` when another process has
  the warehouse."
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
  "Returns what runs a statement when it is reduced, and holds one partition of its rows at a time: for results that memory
  doesn't bear.

      (transduce (map :age) + (rows s \"SELECT age FROM people\"))"
  [session statement]
  (run/reducible session statement))

(defn show
  "Prints the rows of a statement as a table, `limit` at most (default 100)."
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
    (throw (ex-info (str "Expected a map of columns to values, a vector such as [\"age < ?\" 18], or :all, found " (pr-str where))
                    {:type ::bad-parameter, :value where}))))

(defn create-table
  "Makes a table of `columns`, pairs of a name and a type: `[[:id :string] [:price \"decimal(10, 2)\"]]`. Options:

  * `:sort-columns` -- the columns that CarbonData sorts and indexes by (Iceberg has a statement for that)
  * `:properties` -- a map of table properties, strings to strings"
  ([session table columns] (create-table session table columns {}))
  ([session table columns options]
   (Options/check options #{:sort-columns :properties} "create-table" ::bad-option)
   (sql session (format-sql session :create-table (identifier table)
                  (str/join ", " (for [[column type] columns] (str (identifier column) " " (name type))))
                  options))
   nil))

(defn load-csv
  "Adds the rows of a CSV file, a path or URL, such as \"s3a://bucket/people.csv\". Options:

  * `:header` -- whether the first line names the columns (default true); else they stand in the table's order
  * `:delimiter` -- what is between them (default \",\")"
  ([session table path] (load-csv session table path {}))
  ([session table path options]
   (Options/check options #{:header :delimiter} "load-csv" ::bad-option)
   (sql session (format-sql session :load-csv (identifier table) (run/columns session table) (run/url path)
                  (merge {:header true, :delimiter ","} options)))
   nil))

(defn insert!
  "Adds rows, maps of columns to values; a column that a map lacks is null. Throws ex-info of `:type`
  `:karamon.table/bad-parameter` for a column that isn't there."
  [session table rows]
  (let [columns (map (comp keyword first) (run/columns session table))]
    (doseq [row rows, k (keys row)]
      (when-not (some #{k} columns)
        (throw (ex-info (Options/unknown "column" k (str "the table " table) columns)
                        {:type ::bad-parameter, :column k}))))
    (when (seq rows)
      (sql session (str "INSERT INTO " (identifier table) " VALUES "
                        (str/join ", " (for [row rows] (str "(" (str/join ", " (map #(literal (get row %)) columns)) ")"))))))
    nil))

(defn- count-of
  "Returns the number in the one row of what CarbonData finds; Iceberg finds nothing."
  [found]
  (some-> found first first val))

(defn update!
  "Gives the columns that the map `values` names its values, in the rows that fit. Returns how many there were; nil from
  Iceberg, which doesn't tell."
  [session table values where]
  (count-of (sql session (format-sql session :update-rows (identifier table) values (condition where)))))

(defn delete!
  "Deletes the rows that fit. Returns how many there were; nil from Iceberg, which doesn't tell."
  [session table where]
  (count-of (sql session (str "DELETE FROM " (identifier table) (condition where)))))

(defn compact!
  "Writes what inserts, updates and deletes left in many files into few. `kind` is

  * `:minor` -- CarbonData: when there are four segments or more; Iceberg: small files, and those with deletions
  * `:major` -- CarbonData: all segments up to a size; Iceberg: all files
  * `:custom` -- CarbonData: the segments that the option `:segments` names, such as `[\"3\" \"4\"]`"
  ([session table kind] (compact! session table kind {}))
  ([session table kind options]
   (Options/check options #{:segments} "compact!" ::bad-option)
   (when-not (#{:minor :major :custom} kind)
     (throw (ex-info (Options/unknown "compaction" kind [:minor :major :custom]) {:type ::bad-option, :kind kind})))
   (when (not= (= :custom kind) (some? (seq (:segments options))))
     (throw (ex-info ":segments goes with :custom, and :custom with :segments" {:type ::bad-option, :kind kind})))
   (sql session (format-sql session :compact (identifier table) kind options))))

(defn segments
  "Returns what a table consists of now: CarbonData's segments, or Iceberg's files."
  [session table]
  (sql session (format-sql session :segments (identifier table))))

(defn history
  "Returns what a table consisted of: CarbonData's segments with those that are gone, or Iceberg's snapshots."
  [session table]
  (sql session (format-sql session :history (identifier table))))

(defn clean-files!
  "Deletes the files that the table needs no more: of CarbonData's compacted and deleted segments, and of writers that were cut
  short; of Iceberg's earlier snapshots, which are gone then."
  [session table]
  (sql session (format-sql session :clean-files (identifier table))))

(defn tree
  "Returns the files in a table's folder. It prints as a drawing of the folder, and `:files` is a sorted map of paths to their
  `:size` (bytes) and `:modified` (milliseconds of the epoch). Hadoop's checksum files aren't told. Throws ex-info of `:type`
  `:karamon.table/not-here` when the table isn't on this machine."
  [session table]
  (let [folder (run/folder session table)]
    (files/->Tree (str folder) (files/snapshot folder))))

(defn diff-tree
  "Returns what changed from one tree of a table to a later one: sorted maps of `:added`, `:changed` and `:gone` files. It prints
  as a drawing, with +, ~ and -."
  [before after]
  (files/diff before after))

(defn- statements [session]
  (journal/statements (session/journal-file (:warehouse session))))

(defn explain-files
  "Returns for each file of a table a map of its `:file`, `:size` in bytes, `:what` it is, and the `:statement` that wrote it
  last, where this warehouse's journal knows; with `:cut-short` true when the process ended within that statement."
  [session table]
  (explain/explained (:format session) table (tree session table) (statements session)))

(defn interrupted
  "Returns the statements within which a process ended, and after which `clean-files!` wasn't called: maps of `:sql`, and `:began`
  in milliseconds of the epoch. What they left, locks among it, `leftovers` tells."
  [session]
  (map #(select-keys % [:sql :began]) (journal/interrupted (statements session))))

(defn leftovers
  "Returns the files of a table that a statement wrote within which the process ended, as `explain-files` does. Nobody reads
  them; lock files among them are stale, and nobody waits for them."
  [session table]
  (filter :cut-short (explain-files session table)))
