(ns karamon.circles-test
  "No namespace names itself by way of others. What a namespace requires, and what it loads later by a quoted symbol, counts
  alike."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is]])
  (:import
   (java.io File)))

(set! *warn-on-reflection* true)

(defn- code
  "Returns a Clojure text without its strings, characters and comments."
  [text]
  (str/replace text #"\"(?s:[^\"\\]++|\\.)*\"|\\.|;[^\n]*" " "))

(defn- namespace-of [code]
  (some-> (re-find #"\(ns (\S+)" code) second symbol))

(defn- named
  "Returns the namespaces among `all` that a namespace's code names. Keywords don't count."
  [all code]
  (disj (into (sorted-set) (comp (map (comp symbol second)) (filter all)) (re-seq #"(?<![:\w.\-])(karamon[a-z0-9.\-]*)" code))
        (namespace-of code)))

(defn- arrows
  "Returns a map of each namespace to those that it names, for the texts of some files."
  [texts]
  (let [codes (map code texts)
        all   (into #{} (keep namespace-of) codes)]
    (into {} (map (juxt namespace-of #(named all %))) codes)))

(defn- without-ends
  "Returns the arrows of those namespaces that name one which isn't at an end: all that is left is in a circle, or leads to one."
  [arrows]
  (let [left (into {} (for [[from to] arrows
                            :let      [to (into (sorted-set) (filter arrows) to)]
                            :when     (seq to)]
                        [from to]))]
    (if (= left arrows) left (recur left))))

(deftest no-namespace-is-in-a-circle
  (is (= {} (without-ends (arrows (for [^File file (file-seq (io/file "src-clj"))
                                        :when      (str/ends-with? (str file) ".clj")]
                                    (slurp file)))))))

(deftest a-circle-by-a-quoted-symbol-is-seen
  (is (= '{karamon.a #{karamon.b}, karamon.b #{karamon.a}}
         (without-ends (arrows ["(ns karamon.a \"says karamon.c\") (requiring-resolve 'karamon.b/f)"
                                "(ns karamon.b (:require [karamon.a :as a] [karamon.c])) :karamon.c/x"
                                "(ns karamon.c) :karamon.a/x ; karamon.a"])))))
