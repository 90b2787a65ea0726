(ns karamon.test.examples
  "The Clojure examples of a page: the text behind `;;` below a form is its result."
  (:require
   [clojure.string :as str])
  (:import
   (clojure.lang LineNumberingPushbackReader)
   (java.io StringReader)))

(set! *warn-on-reflection* true)

(defn- shown
  "Returns the result that the lines from `n` on show for a form, nil if they show none."
  [lines n]
  (some->> (drop n lines) (take-while #(str/starts-with? % ";; ")) (map #(subs % 3)) seq (str/join "\n") read-string))

(defn- run-block [block]
  (let [lines (str/split-lines block)
        in    (LineNumberingPushbackReader. (StringReader. block))]
    (binding [*ns* *ns*]
      (loop [results []]
        (let [form (read {:eof ::end} in)]
          (if (= ::end form)
            results
            (let [line  (.getLineNumber in)
                  value (eval form)]
              ;; The reader is on the next line already if a form ended the last.
              (recur (if-let [expected (shown lines (if (.atLineStart in) (dec line) line))]
                       (conj results [form expected value])
                       results)))))))))

(defn run
  "Evaluates the blocks of a page for which `wanted?` is true. Returns [form shown found] for each form with a shown result."
  [page wanted?]
  (into [] (comp (map second) (filter wanted?) (mapcat run-block)) (re-seq #"(?s)```clojure\n(.*?)```" (slurp page))))
