(ns karamon.dev.test.output-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is]]
   [karamon.dev.test.output :as output]))

(set! *warn-on-reflection* true)

(deftest the-beginning-of-the-output-is-kept
  (are [expected f] (= [:result expected] (output/captured (fn [] f :result)))
    {:text "", :left-out 0}     nil
    {:text "a€b\n", :left-out 0} (do (print "a€") (println "b"))
    {:text "xy", :left-out 0}   (do (.print System/out "x") (.write System/err (int \y)))))

(deftest more-than-its-limit-is-counted-and-not-kept
  (let [[_ {:keys [text left-out]}] (output/captured #(dotimes [_ 30000] (print "€uro")))]
    (is (= (subs (str/join (repeat 2500 "€uro")) 0 10000) text))
    (is (= (* 27500 6) left-out))))
