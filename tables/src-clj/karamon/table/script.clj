(ns karamon.table.script
  "Splits text into statements of SQL at its semicolons. Pure functions."
  (:require
   [clojure.string :as str]
   [karamon.table.token :as token])
  (:import
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(def ^:private tokens
  "A string, quoted name or comment; one without its end; a semicolon; other text."
  (token/pattern "(['\"`].*+|/\\*.*+)" "(;)" "[^'\"`;/-]++" "."))

(defn- scan
  "Returns a map for each token of a text: its `:text`, `:start` (an index), and `:kind`, one of `:quoted`, `:comment`, `:end` (a
  semicolon) and `:other`; `:open` if its end is missing."
  [text]
  (let [matcher (re-matcher tokens text)]
    (loop [found []]
      (if-not (.find matcher)
        found
        (let [token (.group matcher)]
          (recur (conj found {:text  token
                              :start (.start matcher)
                              :kind  (cond
                                       (= ";" token)          :end
                                       (token/comment? token) :comment
                                       (token/quoted? token)  :quoted
                                       :else                  :other)
                              :open  (some? (.group matcher 2))})))))))

(defn place
  "Returns the line and the column, from 1, of an index into a text."
  [text index]
  (let [before (subs text 0 index)]
    [(inc (count (filter #{\newline} before)))
     (- index (inc (or (str/last-index-of before "\n") -1)) -1)]))

(defn- says-something? [{:keys [kind text]}]
  (and (not= :comment kind) (not (str/blank? text))))

(defn statements
  "Returns the statements of a text: maps of `:sql`, without the semicolon, comments before it and white space around it, and
  `:start`, the index where it begins. The last one needs no semicolon. Throws ex-info of `:type` `:karamon.table/unfinished` for
  a string, name or comment without its end; its `:part` is `:string`, `:name` or `:comment`, its `:line` and `:column` the place."
  [text]
  (let [found (scan text)]
    (when-let [{:keys [start] :as token} (first (filter :open found))]
      (let [[line column] (place text start)
            part          (case (first (:text token)) \` :name \/ :comment :string)]
        (throw (ex-info (str "The " (name part) " at line " line ", column " column " has no end: " (Shown/cut (:text token) 20))
                        {:type :karamon.table/unfinished, :line line, :column column, :part part}))))
    (vec (for [part  (partition-by #(= :end (:kind %)) found)
               :let  [said (drop-while (complement says-something?) part)]
               :when (and (not= :end (:kind (first part))) (seq said))
               :let  [sql (str/join (map :text said))]]
           {:sql   (str/trim sql)
            :start (+ (:start (first said)) (- (count sql) (count (str/triml sql))))}))))
