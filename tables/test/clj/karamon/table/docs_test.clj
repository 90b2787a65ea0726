(ns karamon.table.docs-test
  (:require
   [clojure.edn :as edn]
   [clojure.string :as str]
   [clojure.test :refer [deftest is]]
   [karamon.table.fixture :refer [carbondata?]]
   [karamon.table.process :as process]
   [karamon.test.examples :as examples]))

(set! *warn-on-reflection* true)

;; Defined only if CarbonData, the format of the examples, is on the class path.
(when carbondata?
  (deftest the-examples-of-docs-tables-give-the-results-on-the-page
    (let [block   (first (examples/blocks (str (System/getProperty "karamon.home") "/docs/tables.md")))
          {:keys [exit text]} (process/run `(do (require 'karamon.test.examples)
                                                (prn (mapv #(update % :form str) (examples/run [~block])))
                                                (shutdown-agents)))
          results (edn/read-string (last (str/split-lines text)))]
      (is (= [0 4] [exit (count results)]) text)
      (doseq [{:keys [form shown found]} results]
        (is (= shown found) form)))))
