(ns karamon.table.tour
  "The steps of a table's life, each with its statement, what it finds, and the table's folder after it."
  (:require
   [karamon.table :as table]
   [karamon.table.files :as files]
   [karamon.table.sample :as sample]))

(set! *warn-on-reflection* true)

(def ^:private people "people")

(def ^:private select "SELECT * FROM people ORDER BY id")

(defn- steps
  "Returns the steps: a sentence, and a function of the session or the SQL of what it shows."
  [table-format csv]
  (let [carbondata? (= :carbondata table-format)]
    [["A table. Its folder tells nothing but what its columns are." #(table/create-table % people sample/columns)]
     ["Rows from a CSV file." #(table/load-csv % people csv)]
     ["There they are." select]
     ["Another row: what was written stays, and a new piece stands beside it."
      #(table/insert! % people [{:id "4", :name "duke", :city "menlopark", :age 28}])]
     ["A row is deleted: a small file tells which, and its data stays as it was." #(table/delete! % people {:id "3"})]
     ["It is gone." select]
     ["A row is changed: deleted where it was, and written anew." #(table/update! % people {:city "palo alto"} {:id "1"})]
     ["It has changed." select]
     ["What the table consists of now." #(table/segments % people)]
     [(if carbondata?
        "Three pieces are too few for a minor compaction, which takes four: nothing happens."
        "A minor compaction writes pieces with deleted rows anew.")
      #(table/compact! % people :minor)]
     ["A major compaction writes one piece of all." #(table/compact! % people :major)]
     ["Two more rows, a piece each." #(table/insert! % people [{:id "5", :name "emi", :city "nara", :age 41}])]
     [nil #(table/insert! % people [{:id "6", :name "finn", :city "cork", :age 19}])]
     (if carbondata?
       ["A custom compaction takes the pieces that one names." #(table/compact! % people :custom {:segments ["3" "4"]})]
       ["And one piece again." #(table/compact! % people :major)])
     ["What isn't needed any more is deleted." #(table/clean-files! % people)]
     ["What is left." #(table/segments % people)]
     ["And the rows are what they were." select]]))

(defn- print-files [before after]
  (println)
  (println (files/marked (assoc before :title people) (assoc after :title people))))

(defn- step
  "Takes a step, and returns the tree after it."
  [session number before [sentence what]]
  (println (if sentence (str "\n" number ". " sentence "\n") ""))
  (if (string? what)
    (do (println (str "    " what "\n"))
        (table/show session what)
        before)
    (let [result (what session)
          after  (table/tree session people)]
      (cond
        (seq? result)    (println result)
        (vector? result) (when (seq result) (println) (table/show-rows result))
        (some? result)   (println (str "\n  " result (if (= 1 result) " row" " rows"))))
      (when-not (= before after)
        (print-files before after))
      after)))

(defn run
  "Takes all steps in a session, and prints them."
  [session]
  (table/sql session "DROP TABLE IF EXISTS people")
  (let [csv  (str (sample/csv session))
        told (assoc session :on-statement
               (fn [sql] (when-not (re-find #"^(DESCRIBE|SELECT \* FROM people)" sql) (println (str "    " sql)))))]
    (reduce (fn [[number before] [sentence :as one]]
              [(if sentence (inc number) number) (step told number before one)])
      [1 (files/->Tree people (sorted-map))]
      (steps (:format session) csv))
    (println (str "\nThe warehouse is " (:warehouse session)))))
