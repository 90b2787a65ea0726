(ns karamon.arrows
  "Reads the dependencies of each source file on namespaces and Java packages, and those in docs/architecture.md.

  A node is a namespace, `[:clojure \"karamon.s3.client\"]`, or a package, `[:java \"karamon.text\"]`. An arrow goes from the node
  of a file to each node that the file names in code. Names in strings, docstrings, comments and keywords don't count."
  (:require
   [clojure.java.io :as io]
   [clojure.set :as set]
   [clojure.string :as str])
  (:import
   (clojure.lang LineNumberingPushbackReader LispReader$Resolver)
   (java.io File StringReader)))

(set! *warn-on-reflection* true)

;; Clojure

(def ^:private resolver
  "Lets the reader read a file whose namespace isn't loaded: aliases and symbols stay as they are."
  (reify LispReader$Resolver
    (currentNS [_] 'user)
    (resolveClass [_ _] nil)
    (resolveAlias [_ alias] alias)
    (resolveVar [_ symbol] symbol)))

(defn- forms [text]
  (binding [*read-eval*              false
            *reader-resolver*        resolver
            *default-data-reader-fn* tagged-literal]
    (let [in  (LineNumberingPushbackReader. (StringReader. text))
          end (Object.)]
      (into [] (take-while #(not (identical? end %))) (repeatedly #(read {:read-cond :allow, :eof end} in))))))

(defn- unquoted [form]
  (if (and (seq? form) (= 'quote (first form))) (second form) form))

(defn- named-by-symbol
  "Returns the node that a dotted symbol names. It is a package if one of the segments begins with a capital, as classes do."
  [s]
  (let [[lower [class]] (split-with #(not (re-find #"^[A-Z]" %)) (str/split (or (namespace s) (name s)) #"\."))]
    (when (next lower)
      [(if class :java :clojure) (str/join "." lower)])))

(defn- named-by-import [spec]
  (if (coll? spec)
    [[:java (str (first spec))]]
    (when (symbol? spec) [(named-by-symbol spec)])))

(defn- named-by-require [spec]
  (cond
    (symbol? spec)                      [[:clojure (str spec)]]
    (not (coll? spec))                  nil
    (or (nil? (second spec)) (keyword? (second spec))) [[:clojure (str (first spec))]]
    :else                               (for [[_ suffix] (mapcat named-by-require (rest spec))]
                                          [:clojure (str (first spec) "." suffix)])))

(def ^:private requires '#{:require :use require use})

(defn- named [form]
  (cond
    (symbol? form)         (cons (named-by-symbol form) (named (meta form)))
    (tagged-literal? form) (named (:form form))
    (not (coll? form))     nil
    :else
    (let [head (when (seq? form) (first form))]
      (cond
        (= 'comment head)         nil
        ('#{:import import} head) (mapcat (comp named-by-import unquoted) (rest form))
        (requires head)           (mapcat (comp named-by-require unquoted) (rest form))
        :else                     (concat (named (meta form)) (mapcat named form))))))

(defn read-clojure
  "Returns a map for a Clojure file's text: its `:node`, the `:names` in it, a set of nodes of any library, and of those the ones
  it requires, `:required`."
  [text]
  (let [forms (forms text)
        all   (filter seq? (tree-seq coll? seq forms))]
    {:node     [:clojure (str (some #(when (= 'ns (first %)) (second %)) all))]
     :names    (disj (set (mapcat named forms)) nil)
     :required (into #{} (comp (filter (comp requires first)) (mapcat named)) all)}))

;; Java

(defn- java-code
  "Returns Java without its comments, strings and characters."
  [text]
  (str/replace text #"\"{3}(?s:.*?)\"{3}|\"(?:\\.|[^\"\\\n])*+\"|'(?:\\.|[^'\\\n])++'|/\*(?s:.*?)\*/|//[^\n]*" " "))

(defn read-java
  "Returns a map for a Java file's text: its `:node`, and the `:names` in it, a set of the packages of Karamon in its code."
  [text]
  (let [code (java-code text)]
    {:node  [:java (second (re-find #"(?m)^\s*package\s+([\w.]+)" code))]
     :names (into #{} (map #(vector :java (second %))) (re-seq #"(?<![\w.])(karamon(?:\.[a-z]\w*)+)(?=\.(?:[A-Z]|\*))" code))}))

;; Graphs: maps of node to the set of nodes that its arrows lead to.

(defn sources
  "Returns the files in the source `folders` of a root: maps of `:file` (relative to the root), `:node` and `:names`."
  [root folders]
  (for [folder folders
        ^File file (sort (file-seq (io/file root folder)))
        :let [read (condp #(str/ends-with? %2 %1) (.getName file)
                     ".clj"  read-clojure
                     ".java" read-java
                     nil)]
        :when (and read (.isFile file))]
    (assoc (read (slurp file)) :file (str (.relativize (.toPath (io/file root)) (.toPath file))))))

(defn arrows
  "Returns the arrows between `sources`, maps of `:from`, `:to` and `:file`. A name that begins with karamon. gives an arrow even
  if none of `sources` has that name."
  [sources]
  (let [nodes (into #{} (map :node) sources)]
    (for [{:keys [node names file]} sources
          [kind name :as to]        names
          ;; A Clojure record is imported by the name of its class.
          :let  [record [:clojure (str/replace name "_" "-")]
                 to     (if (and (= :java kind) (not (nodes to)) (nodes record)) record to)]
          :when (and (not= node to) (or (nodes to) (str/starts-with? name "karamon.")))]
      {:from node, :to to, :file file})))

(defn graph
  "Returns a graph of `arrows` whose nodes are the results of `f`."
  [f arrows]
  (reduce (fn [graph {:keys [from to]}]
            (let [[from to] [(f from) (f to)]]
              (cond-> graph (not= from to) (update from (fnil conj #{}) to))))
          {}
          arrows))

(defn find-cycle
  "Returns a cycle in a graph, as its nodes with the first one again at the end; nil if there is none."
  [graph]
  (let [onward (into {} (for [[from to] graph
                              :let [to (filter graph to)]
                              :when (seq to)]
                          [from to]))]
    (cond
      (empty? graph)                      nil
      (not= (count graph) (count onward)) (recur (update-vals onward set))
      :else
      (loop [path [(first (sort-by str (keys onward)))]]
        (let [to    (first (sort-by str (onward (peek path))))
              start (.indexOf ^java.util.List path to)]
          (if (neg? start) (recur (conj path to)) (conj (subvec path start) to)))))))

(defn- minus [a b]
  (into (sorted-map) (for [[from to] a
                           :let [more (set/difference to (get b from #{}))]
                           :when (seq more)]
                       [from (into (sorted-set) more)])))

(defn differences
  "Returns the differences between a graph and the drawn one: the arrows `:not-drawn`, and the drawn ones `:not-used`."
  [drawn graph]
  {:not-drawn (minus graph drawn)
   :not-used  (minus drawn graph)})

;; The drawing

(defn- cells [line]
  (map str/trim (str/split (str/replace line #"^\s*\|" "") #"\|")))

(defn tables
  "Returns the tables of a Markdown page as seqs of rows, each a map of the column's heading to its cell."
  [markdown]
  (for [lines (partition-by #(str/starts-with? % "|") (str/split-lines markdown))
        :when (str/starts-with? (first lines) "|")
        :let  [[head _ & rows] (map cells lines)]]
    (map #(zipmap head %) rows)))

(defn quoted
  "Returns the set of the words in backticks in a cell."
  [cell]
  (into #{} (map second) (re-seq #"`([^`]+)`" (str cell))))

(defn drawn
  "Returns a map of each word in backticks in the column `from` to the set of those in the column `to`, from all tables with both
  columns."
  [tables from to]
  (into {} (for [row   (apply concat tables)
                 :when (and (row from) (row to))
                 name  (quoted (row from))]
             [name (quoted (row to))])))
