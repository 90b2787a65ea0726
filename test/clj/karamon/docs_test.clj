(ns karamon.docs-test
  "Pastes the pages' examples into a REPL of their own: each form of a clojure block is evaluated, in order, and one that has
  its result behind ;; => must have it."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]])
  (:import
   (java.io PushbackReader StringReader)))

(set! *warn-on-reflection* true)

(def ^:private arrow ";; => ")

(defn- read-all
  "Returns the forms in a text."
  [text]
  (let [in (PushbackReader. (StringReader. text))]
    (doall (take-while #(not= ::end %) (repeatedly #(read {:eof ::end} in))))))

(defn- steps
  "Returns the steps of a block, each the text before an arrow and the result behind it, nil for the last one without."
  [block]
  (loop [lines (str/split-lines block), code [], found []]
    (if-let [[line & more] (seq lines)]
      (if (str/starts-with? line arrow)
        (let [[behind more] (split-with #(str/starts-with? % ";;    ") more)]
          (recur more [] (conj found [(str/join "\n" code) (str/join "\n" (cons (subs line (count arrow)) (map #(subs % 2) behind)))])))
        (recur more (conj code line) found))
      (cond-> found (seq code) (conj [(str/join "\n" code) nil])))))

(defn- paste
  "Returns what is wrong with a page's examples: maps of `:code`, `:expected` and `:found`; and their number under `:passed`."
  [page]
  (let [space (create-ns (symbol (str "karamon.docs-test." (hash page))))]
    (binding [*ns* space, *warn-on-reflection* false]
      (refer-clojure)
      (reduce (fn [result [code expected]]
                (let [found (last (map eval (read-all code)))]
                  (cond
                    (nil? expected)                 result
                    (= (first (read-all expected)) found) (update result :passed inc)
                    :else                           (update result :wrong conj {:code code, :expected expected, :found found}))))
        {:passed 0, :wrong []}
        (mapcat (comp steps second) (re-seq #"(?ms)^```clojure\n(.*?)^```" page))))))

(deftest the-examples-of-every-other-event-are-as-the-page-says
  (let [{:keys [passed wrong]} (paste (slurp "docs/events.md"))]
    (is (= [] wrong))
    (is (< 25 passed))))

(deftest the-test-sees-what-is-wrong
  (testing "a result that differs"
    (is (= {:passed 1, :wrong [{:code "(+ a a)", :expected "3", :found 2}]}
           (paste "```clojure\n(def a 1)\n(list a\n 2)\n;; => (1\n;;     2)\n(+ a a)\n;; => 3\n```\n"))))
  (testing "and what throws"
    (is (thrown? Exception (paste "```clojure\n(nowhere)\n```\n")))))
