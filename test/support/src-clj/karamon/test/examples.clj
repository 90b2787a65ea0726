(ns karamon.test.examples
  "The Clojure examples of a page: what stands behind `;;` below a form is what it gives."
  (:require
   [clojure.string :as str])
  (:import
   (clojure.lang LineNumberingPushbackReader)
   (java.io StringReader)))

(set! *warn-on-reflection* true)

(defn- shown
  "Returns what the lines from `n` on say that a form gives, nil when they say nothing."
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
              ;; The reader has begun the next line when a form ended the last.
              (recur (if-let [expected (shown lines (if (.atLineStart in) (dec line) line))]
                       (conj results [form expected value])
                       results)))))))))

(defn run
  "Evaluates the blocks of a page that `wanted?` holds for, and returns [form shown found] of each form that shows what it
  gives."
  [page wanted?]
  (into [] (comp (map second) (filter wanted?) (mapcat run-block)) (re-seq #"(?s)```clojure\n(.*?)```" (slurp page))))
