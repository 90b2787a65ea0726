(ns karamon.table.prompt.pager-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.table.prompt.pager :as pager])
  (:import
   (java.io PrintWriter StringWriter)))

(set! *warn-on-reflection* true)

(defn- shown
  "Returns what a screen of 10 columns and 4 lines shows of what `f` prints, with a ? where `keys` are asked for."
  [keys f]
  (let [out  (StringWriter.)
        left (atom keys)
        {pager-out :out} (pager/pager {:out     (PrintWriter. out)
                                       :columns (constantly 10)
                                       :rows    (constantly 4)
                                       :ask     #(let [[[k]] (swap-vals! left rest)] (.write out "?") k)})]
    (binding [*out* pager-out]
      (f)
      (flush))
    (str/replace (str out) (System/lineSeparator) "\n")))

(deftest pages-end-where-the-screen-does
  (let [print-seven #(dotimes [i 7] (println i))]
    (are [keys text] (= text (shown keys print-seven))
      [:page :page] "0\n1\n2\n?3\n4\n5\n?6\n"
      [:line :quit] "0\n1\n2\n?3\n?"
      [:all]        "0\n1\n2\n?3\n4\n5\n6\n"
      [:quit]       "0\n1\n2\n?"))
  (testing "a long line takes several lines of the screen, and a wide character two cells"
    (is (= "0123456789x\n太郎太郎太\n?1\n" (shown [:page] #(println "0123456789x\n太郎太郎太\n1"))))
    (is (= [1 1 2 2] (map #(pager/height % 10) ["" "太郎太郎太" "太郎太郎太郎" "0123456789x"])))))

(deftest text-cannot-control-the-terminal
  (is (= "␛[2Ja�b␇\n" (shown [] #(println "\u001b[2Ja\u202eb\u0007\r")))))
