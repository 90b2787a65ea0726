(ns karamon.table.files.page
  (:require
   [karamon.table :as table]))
(defn described [session table] {:files (table/explain-files session table) :segments (table/segments session table) :history (table/history session table)})
(defn html [x] (pr-str x))
