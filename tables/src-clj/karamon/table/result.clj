(ns karamon.table.result
  "Runs a statement and prints its rows."
  (:require
   [karamon.table.output :as output]
   [karamon.table.run :as run]))

(set! *warn-on-reflection* true)

(defn print-result
  "Runs a statement and prints its rows. Returns whether it has columns. Options:

  * `:form` -- one of `karamon.table.output/forms`
  * `:limit` -- the most rows to print (default all)
  * `:cells` -- the width of the terminal (default: don't care)
  * `:through` -- a function of the lazy sequence of rows that returns those to print (default: all)
  * `:waiting` -- see `karamon.table.run/call-with-rows`"
  [session statement {:keys [form limit cells through waiting], :or {through identity, waiting #(%)}}]
  (run/call-with-rows session statement {:limit (some-> limit inc), :waiting waiting}
    (if limit
      (fn [columns rows]
        (output/print-rows form columns (take limit rows) cells)
        (when (and (#{:table :chart} form) (seq (drop limit rows)))
          (println (str "  … and more than these " limit))))
      ;; Keeps no reference to the first row, so that memory holds few.
      (fn [columns rows]
        (output/print-rows form columns (through rows) cells)))))
