(ns karamon.docs-test
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.test.examples :as examples]))

(set! *warn-on-reflection* true)

(deftest the-examples-of-docs-events-give-the-results-on-the-page
  (let [results (binding [*ns* (create-ns 'karamon.docs-test.page), *warn-on-reflection* false]
                  (refer-clojure)
                  (examples/run "docs/events.md" any?))]
    (is (< 25 (count results)))
    (doseq [[form shown found] results]
      (is (= shown found) (pr-str form)))))
