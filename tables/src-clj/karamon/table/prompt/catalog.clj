(ns karamon.table.prompt.catalog
  "The tables, columns and databases of a session, for completion and commands. Kept until a statement may change them."
  (:require
   [karamon.table.run :as run]))

(set! *warn-on-reflection* true)

(defn- kept
  "Returns what `catalog`, an atom of a map, has for a key; the result of `f` if it lacks it. If that fails, returns nothing."
  [catalog k f]
  (if-let [[_ found] (find @catalog k)]
    found
    (let [found (try (vec (f)) (catch Exception _ nil))]
      (swap! catalog assoc k found)
      found)))

(defn functions
  "Returns a catalog as `karamon.table.prompt.complete` takes it."
  [session catalog]
  {:tables    (fn [database]
                (kept catalog [:tables database]
                  #(map :tableName (run/rows session (str "SHOW TABLES" (when database (str " IN `" database "`")))))))
   :databases (fn [] (kept catalog :databases #(map (comp val first) (run/rows session "SHOW DATABASES"))))
   :columns   (fn [table] (kept catalog [:columns table] #(map first (run/columns session table))))})

(defn forget
  "Forgets what a statement may have changed."
  [catalog]
  (reset! catalog nil))
