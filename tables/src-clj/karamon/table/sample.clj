(ns karamon.table.sample
  "Three people as sample data, for the tour and for `(sample s)` at the REPL."
  (:require
   [clojure.java.io :as io]
   [karamon.table :as table])
  (:import
   (java.io File)
   (karamon.file Draft)))

(set! *warn-on-reflection* true)

(def columns
  "The columns of the sample."
  [[:id :string] [:name :string] [:city :string] [:age :int]])

(defn csv
  "Writes the sample's CSV file into the warehouse and returns it."
  ^File [session]
  (let [file (io/file (:warehouse session) ".karamon" "people.csv")]
    (with-open [draft (Draft/file (.toPath file))
                in    (io/input-stream (io/resource "karamon/table/people.csv"))]
      (io/copy in (.toFile (.path draft)))
      (.moveTo draft (.toPath file)))
    file))

(defn sample
  "Recreates the table people, and loads the sample into it."
  [session]
  (table/sql session "DROP TABLE IF EXISTS people")
  (table/create-table session "people" columns)
  (table/load-csv session "people" (str (csv session))))
