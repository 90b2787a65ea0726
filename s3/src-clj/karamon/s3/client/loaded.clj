(ns karamon.s3.client.loaded
  "Functions that are loaded when they are first needed."
  {:no-doc true}
  (:import
   (clojure.lang RT)))

(set! *warn-on-reflection* true)

(def ^:private functions (atom {}))

(defn function
  "Returns the function that a qualified symbol names. Loads its namespace under Clojure's own lock: without that, a second thread
  could find a var that the first has only begun to load."
  [sym]
  (or (@functions sym)
      (locking RT/REQUIRE_LOCK
        (let [f (requiring-resolve sym)]
          (swap! functions assoc sym f)
          f))))
