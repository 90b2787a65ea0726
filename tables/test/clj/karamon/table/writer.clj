(ns karamon.table.writer
  "One life of a process that a test kills. It reports the rows of its tables, and the rows that each may have after the kill.
  Then it runs a statement on each table, all at the same time."
  (:require
   [clojure.java.io :as io]
   [karamon.table :as table]))

(set! *warn-on-reflection* true)

(def kinds
  "The tables, one for each kind of statement."
  ["load" "update" "delete" "compact"])

(defn digest
  "Returns the number and checksums of the rows of `from`: a table, or a query in parentheses."
  [session from]
  (first (table/sql session (str "SELECT COUNT(*) AS n, SUM(id) AS ids, SUM(CAST(XXHASH64(id, city, v) AS decimal(38, 0))) AS hash FROM " from))))

(defn write-csv
  "Writes the 2000 rows that the life with that number loads."
  [file life]
  (with-open [out (io/writer file)]
    (.write out "id,city,v\n")
    (dotimes [i 2000]
      (.write out (str (+ (* life 2000) i) ",city" (mod i 17) "," i "\n")))))

(defn- create-tables [session csv]
  (doseq [kind kinds]
    (table/create-table session kind [[:id :bigint] [:city :string] [:v :int]])
    (table/load-csv session kind csv)))

(defn statement
  "Returns the statement of a life as a function, and SQL for the rows expected after it. `kind` is one of `kinds`, or one of the
  other kinds that `karamon.table.full-disk` runs."
  [session kind csv life]
  (case kind
    "load"    [#(table/load-csv session kind csv)
               (str "(SELECT * FROM load UNION ALL SELECT " (* life 2000) " + id, CONCAT('city', id % 17), CAST(id AS int) FROM range(2000))")]
    "update"  [#(table/update! session kind {:city (str "city" life)} ["id % 7 = ?" (mod life 7)])
               (str "(SELECT id, CASE WHEN id % 7 = " (mod life 7) " THEN 'city" life "' ELSE city END AS city, v FROM update)")]
    "delete"  [#(table/delete! session kind ["id % 101 = ?" (mod life 101)])
               (str "(SELECT * FROM delete WHERE id % 101 <> " (mod life 101) ")")]
    "compact" [#(table/compact! session kind :major) kind]
    "insert"  [#(table/insert! session kind (for [i (range 20)] {:id (+ (* life 2000) i), :city "new", :v i}))
               (str "(SELECT * FROM insert UNION ALL SELECT " (* life 2000) " + id, 'new', CAST(id AS int) FROM range(20))")]
    "overwrite" [#(table/sql session (str "INSERT OVERWRITE TABLE overwrite SELECT id, 'over', CAST(" life " AS int) FROM range(3000)"))
                 (str "(SELECT id, 'over' AS city, CAST(" life " AS int) AS v FROM range(3000))")]
    "alter"   [#(table/sql session (str "ALTER TABLE alter ADD COLUMNS (c" life " int)")) "alter"]
    "clean"   [#(table/clean-files! session kind) kind]))

(defn- report [& values]
  (locking report
    (apply prn values)
    (flush)))

(defn live
  "Opens a warehouse and reports `:found` for each table. Then reports `:may-be` for each, and `:ready`; runs the statements,
  reports `:done`, and waits to be killed."
  [table-format warehouse life]
  (let [session (table/session {:warehouse warehouse, :format table-format})
        csv     (str warehouse "/rows.csv")]
    (write-csv csv life)
    (when (zero? life) (create-tables session csv))
    (doseq [kind kinds]
      (report :found kind (digest session kind)))
    (report :interrupted (count (table/interrupted session)) (mapv #(count (table/leftovers session %)) kinds))
    (when (= 2 (mod life 3))
      (run! #(table/clean-files! session %) kinds)
      (report :cleaned (count (table/interrupted session)) (mapv #(digest session %) kinds)))
    (table/insert! session "compact" [{:id life, :city "new", :v life}])
    (let [work (vec (for [kind kinds
                          ;; Each has its own lock, so that all run at the same time, each in its own table.
                          :let [[f after] (statement (assoc session :writing (Object.)) kind csv life)]]
                      (do (report :may-be kind (digest session kind) (digest session after))
                          f)))]
      (report :ready)
      (run! deref (mapv #(future (%)) work))
      (report :done)
      @(promise))))

(defn -main
  "Runs one life, with a format, a warehouse and a number."
  [table-format warehouse life]
  (live (keyword table-format) warehouse (parse-long life)))
