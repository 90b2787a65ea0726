(ns karamon.table.tour
  "Shows the life of a table in steps, each with its statement, its result, and the table's folder after it."
  (:require
   [karamon.table :as table]
   [karamon.table.files :as files]
   [karamon.table.sample :as sample]))

(set! *warn-on-reflection* true)

(def ^:private people "people")

(def ^:private select "SELECT * FROM people ORDER BY id")

(defn- steps
  "Returns the steps: pairs of a sentence, and either a function of the session or a query."
  [table-format csv]
  (let [carbondata? (= :carbondata table-format)]
    [["Create a table. Its folder has only the schema." #(table/create-table % people sample/columns)]
     ["Load rows from a CSV file." #(table/load-csv % people csv)]
     ["Read them." select]
     ["Insert a row: existing files stay, and new files are added."
      #(table/insert! % people [{:id "4", :name "duke", :city "menlopark", :age 28}])]
     ["Delete a row: a small file marks it as deleted, and the data file stays." #(table/delete! % people {:id "3"})]
     ["The row is gone." select]
     ["Update a row: the old row is marked as deleted, and a new one is written."
      #(table/update! % people {:city "palo alto"} {:id "1"})]
     ["The row has changed." select]
     ["List the parts of the table." #(table/segments % people)]
     [(if carbondata?
        "A minor compaction needs four segments; there are only three, so nothing happens."
        "A minor compaction rewrites files with deleted rows.")
      #(table/compact! % people :minor)]
     ["A major compaction merges everything into one part." #(table/compact! % people :major)]
     ["Insert two more rows, each by its own statement."
      #(table/insert! % people [{:id "5", :name "emi", :city "nara", :age 41}])]
     [nil #(table/insert! % people [{:id "6", :name "finn", :city "cork", :age 19}])]
     (if carbondata?
       ["A custom compaction merges the segments that you name." #(table/compact! % people :custom {:segments ["3" "4"]})]
       ["Merge everything into one part again." #(table/compact! % people :major)])
     ["Delete the files that are no longer needed." #(table/clean-files! % people)]
     ["List what is left." #(table/segments % people)]
     ["The rows are unchanged." select]]))

(defn- print-files [before after]
  (println)
  (println (files/marked (assoc before :title people) (assoc after :title people))))

(defn- step
  "Runs a step; returns the tree after it."
  [session number before [sentence action]]
  (println (if sentence (str "\n" number ". " sentence "\n") ""))
  (if (string? action)
    (do (println (str "    " action "\n"))
        (table/show session action)
        before)
    (let [result (action session)
          after  (table/tree session people)]
      (cond
        (seq? result)    (println result)
        (vector? result) (when (seq result) (println) (table/show-rows result))
        (some? result)   (println (str "\n  " result (if (= 1 result) " row" " rows"))))
      (when-not (= before after)
        (print-files before after))
      after)))

(defn run
  "Runs and prints all steps in a session."
  [session]
  (table/sql session "DROP TABLE IF EXISTS people")
  (let [csv  (str (sample/csv session))
        session (assoc session :on-statement
                  (fn [sql] (when-not (re-find #"^(DESCRIBE|SELECT \* FROM people)" sql) (println (str "    " sql)))))]
    (reduce (fn [[number before] [sentence :as one]]
              [(if sentence (inc number) number) (step session number before one)])
      [1 (files/->Tree people (sorted-map))]
      (steps (:format session) csv))
    (println (str "\nThe warehouse is " (:warehouse session)))))
