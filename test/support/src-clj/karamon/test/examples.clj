(ns karamon.test.examples
  "The Clojure examples of a page, as a reader pastes them into one REPL. The text behind `;;` below a form is what the form
  prints, and then its result, which may begin with `=>`. A block that can't run everywhere has a comment above it:
  `<!-- not run: needs Spark -->`."
  (:require
   [clojure.string :as str])
  (:import
   (clojure.lang LineNumberingPushbackReader)
   (java.io StringReader StringWriter)))

(set! *warn-on-reflection* true)

(defn blocks
  "Returns the Clojure blocks of a page, each a map of `:code` and, if the page says why it isn't run, `:not-run`."
  [page]
  (for [[_ reason code] (re-seq #"(?m)^(?:<!-- not run: (.+) -->\n)?```clojure\n((?s:.*?))^```$" (slurp page))]
    (cond-> {:code code} reason (assoc :not-run reason))))

(defn- without-times [line]
  (str/replace line #"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|(?<=\"Timestamp\":)\d+" "TIME"))

(defn- shown-below
  "Returns the text lines of the comments from line `n` on."
  [lines n]
  (->> (drop n lines) (take-while #(str/starts-with? % ";; ")) (map #(subs % 3))))

(defn- check
  "Compares what a form printed, and its value, with the text that a page shows for it."
  [form shown printed value]
  (let [[output result] (split-at (count printed) shown)]
    {:form  form
     :shown (cond-> {:printed (mapv without-times output)}
              (seq result) (assoc :value (read-string (str/replace (str/join "\n" result) #"^=> " ""))))
     :found (cond-> {:printed printed}
              (seq result) (assoc :value value))}))

(defn- evaluate
  "Returns what a form printed, as lines, and its value."
  [form]
  (let [out   (StringWriter.)
        value (binding [*out* out, *err* out]
                (try
                  (eval form)
                  (catch Throwable e
                    (throw (ex-info (str "This form of the page failed: " (pr-str form)) {} e)))))]
    [(mapv without-times (remove str/blank? (str/split-lines (str out)))) value]))

(defn- run-block [{:keys [code]}]
  (let [lines (str/split-lines code)
        in    (LineNumberingPushbackReader. (StringReader. code))]
    (loop [results []]
      (let [form (read {:eof ::end} in)]
        (if (= ::end form)
          results
          (let [line (.getLineNumber in)
                [printed value] (evaluate form)
                ;; The reader is on the next line already if a form ended the last.
                shown (shown-below lines (if (.atLineStart in) (dec line) line))]
            (recur (cond-> results (seq shown) (conj (check form shown printed value))))))))))

(defn run
  "Evaluates blocks of a page in order, from a new namespace `user` on. Returns a map of `:form`, `:shown` and `:found` for each
  form below which the page shows text. Throws if a form throws."
  [blocks]
  (doseq [n (map ns-name (all-ns)) :when (re-find #"^(?:user|my-app(?:\..*)?)$" (str n))]
    (remove-ns n))
  (binding [*ns* (create-ns 'user), *warn-on-reflection* false]
    (refer-clojure)
    (into [] (mapcat run-block) blocks)))
