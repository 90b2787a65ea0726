(ns karamon.dev.test.report
  "Prints the results of tests as text for people."
  (:require
   [clojure.data :as data]
   [clojure.string :as str]
   [karamon.dev.failure :as failure]
   [karamon.dev.failure.lines :as lines])
  (:import
   (java.io Console)
   (karamon.text Escaped Failure Guard Shown)))

(set! *warn-on-reflection* true)

(def ^:private max-compared
  "The number of values in a collection from which on no diff is made."
  10000)

;; Colours

(defn terminal?
  "Returns true if the input and the output of this process are a terminal."
  []
  (when-let [console (System/console)]
    (or (< (.feature (Runtime/version)) 22)
        ;; Since JDK 22 there is a console without a terminal too.
        (.invoke (.getMethod Console "isTerminal" (make-array Class 0)) console (object-array 0)))))

(defn colours?
  "Returns true if the output goes to a terminal whose user wants colours (https://no-color.org)."
  []
  (boolean (and (str/blank? (System/getenv "NO_COLOR"))
                (not= "dumb" (System/getenv "TERM"))
                (terminal?))))

(defn- paint [{:keys [colours]} colour text]
  (if colours
    (str "\u001b[" ({:red 31, :green 32, :bold 1, :dim 2} colour) "m" text "\u001b[0m")
    text))

(defn- shown [value]
  (Escaped/text (Shown/of value)))

;; Places

(defn- test-namespace [{:keys [test namespace]}]
  (if test (ns-name (:ns (meta test))) namespace))

(defn- thrown-place
  "Returns the file and line in the namespace of the test where the exception `e` passed; nil if it didn't."
  [options n e]
  (some->> (Failure/trace (last (Failure/chain e)) (Guard/deadline))
           (filter #(= n (lines/frame-namespace options %)))
           first
           (lines/place options)))

(defn- failure-place
  "Returns the file and line of a failure in the test: those of the assertion, or else those of the test."
  [options {:keys [file line actual test] :as report} namespace]
  (let [n (test-namespace (assoc report :namespace namespace))]
    (or (if (instance? Throwable actual)
          (thrown-place options n actual)
          (when (and file line (not (str/ends-with? file ".java")))
            (str (lines/path options n file) ":" line)))
        (str (lines/path options n nil) (some->> (:line (meta test)) (str ":"))))))

;; Values

(defn- compared
  "Returns the two values that a failed `(is (= expected actual))` compared; nil for another assertion."
  [{:keys [expected actual]}]
  (when (and (seq? expected) (= 3 (count expected)) (#{'= 'clojure.core/=} (first expected))
             (seq? actual) (= 'not (first actual)))
    (let [[_ [_ & values]] actual]
      (when (= 2 (count values))
        values))))

(defn- small?
  "Returns true if a collection ends within a number of values, those in its collections included."
  [x]
  (< (bounded-count max-compared (tree-seq coll? seq x)) (long max-compared)))

(defn- diff-lines
  "Returns what is in only one of two collections of one kind; nil for other values, and for large collections."
  [options [a b]]
  (when (some #(and (% a) (% b)) [map? set? sequential?])
    (try
      (when (and (small? a) (small? b))
        (let [[only-a only-b] (data/diff a b)]
          (keep identity [(when (some? only-a) (paint options :red (str "- " (shown only-a))))
                          (when (some? only-b) (paint options :green (str "+ " (shown only-b))))])))
      ;; Values may throw when they are compared.
      (catch Exception _ nil)
      (catch StackOverflowError _ nil))))

(defn- labelled
  "Returns lines with `label` before the first, and the others below it."
  [label lines]
  (map str (cons (format "%11s " (str label ":")) (repeat (apply str (repeat 12 " ")))) lines))

(defn- folded
  "Returns a function that adds to the number of folded frames how to see them."
  [options]
  #(paint options :dim (str % " (--trace prints them)")))

(defn- value-lines [options {:keys [expected actual] :as report}]
  (if-let [[a b] (compared report)]
    (concat [(str "  " (shown expected))]
            (labelled "expected" [(shown a)])
            (labelled "actual" [(shown b)])
            (labelled "diff" (diff-lines options [a b])))
    (concat (when (some? expected) (labelled "expected" [(shown expected)]))
            (cond
              (instance? Throwable actual) (labelled "actual" (lines/of-exception (assoc options :folded (folded options)) actual))
              (or (some? expected) (some? actual)) (labelled "actual" [(shown actual)])))))

;; Results

(defn- test-name [{:keys [test namespace]}]
  (if test (str (symbol test)) (str namespace)))

(defn- failure-lines [options namespace {:keys [type contexts message text] :as report}]
  (concat [""
           (str (paint options :red (if (= :error type) "ERROR in " "FAIL in "))
                (paint options :bold (test-name {:test (:test report), :namespace namespace}))
                " (" (failure-place options report namespace) ")")]
          (when (seq contexts) [(str "  " (Escaped/text (str/join " " (reverse contexts))))])
          (when message [(str "  " (Escaped/text (str message)))])
          (if text (str/split-lines text) (value-lines options report))))

(defn- output-lines [{:keys [text left-out]}]
  (when-not (str/blank? text)
    (concat ["    output:"]
            (map #(str "    | " %) (str/split-lines text))
            (when (pos? (long left-out)) [(str "    … and " left-out " bytes more")]))))

(defn print-result
  "Prints the failures of a test and its output; nothing if it passed. `options` has

  * `:files` -- a map of namespace to its file, for the namespaces of the project
  * `:colours` -- whether to print colours
  * `:trace` -- whether to print all frames of exceptions"
  [options {:keys [failures output namespace]}]
  (when (seq failures)
    (run! println (map #(str/replace % #"\s+$" "") (mapcat #(failure-lines options namespace %) failures)))
    (run! println (output-lines output))
    (flush)))

(defn print-unloaded
  "Prints why namespaces don't load. `failures` are maps of `:namespace` and `:exception`; equal reasons are printed once."
  [options failures]
  (let [reason #(subs (failure/load-text %) (count (str (:namespace %))))]
    (doseq [same (partition-by reason (sort-by reason failures))]
      (println (str "\n" (paint options :red "ERROR in ") (paint options :bold (str (:namespace (first same)))) (reason (first same))))
      (when-let [others (next same)]
        (println (str "  So don't " (str/join ", " (map :namespace others))))))
    (flush)))

(defn print-summary
  "Prints the number of tests and failures, and which tests failed. `results` are those of tests, `unloaded` the failures of
  namespaces that don't load."
  [options {:keys [test pass fail error]} results unloaded]
  (let [errors (+ error (count unloaded))
        names  (distinct (concat (map (comp str :namespace) unloaded)
                                 (for [{:keys [failures] :as result} results :when (seq failures)]
                                   (test-name result))))]
    (println (str "\nRan " test " tests containing " (+ pass fail error) " assertions."))
    (println (paint options (if (seq names) :red :green) (str fail " failures, " errors " errors.")))
    (when (seq names)
      (println (str "Failed: " (str/join " " (take 20 names)) (when (< 20 (count names)) (str " and " (- (count names) 20) " more")))))
    (flush)))
