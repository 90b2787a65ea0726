(ns karamon.dev.terminal.complete
  "Completes the names of namespaces, vars, classes and static members, as the REPL on a terminal needs it."
  (:require
   [clojure.string :as str])
  (:import
   (java.lang.reflect Member Modifier)))

(set! *warn-on-reflection* true)

(def ^:private special-forms
  '[. & catch def do finally fn if let letfn loop new quote recur set! throw try var])

(def ^:private delimiter?
  "The characters that a name can't contain, in code."
  (set " \t\r\n,()[]{}\"';`~@^\\"))

(defn word
  "Returns the part of a name in `text` that ends at `cursor`, an index; empty if there is none."
  [text cursor]
  (let [start (loop [i (long cursor)]
                (if (and (pos? i) (not (delimiter? (nth text (dec i)))))
                  (recur (dec i))
                  i))]
    (str/replace (subs text start cursor) #"^#+" "")))

(defn- static-members [^Class class]
  (for [^Member member (concat (.getMethods class) (.getFields class))
        :when (Modifier/isStatic (.getModifiers member))]
    (.getName member)))

(defn- members
  "Returns the names behind the slash of a namespace, an alias or a class, a string."
  [qualifier n]
  (let [sym (symbol qualifier)]
    (if-let [found (or (get (ns-aliases n) sym) (find-ns sym))]
      (map str (keys (ns-publics found)))
      (let [class (try (ns-resolve n sym) (catch ClassNotFoundException _))]
        (when (class? class)
          (static-members class))))))

(defn- unqualified [n]
  (concat (map str special-forms)
          (map str (keys (ns-map n)))
          (map #(str % "/") (keys (ns-aliases n)))
          (map (comp str ns-name) (all-ns))))

(defn candidates
  "Returns the names that begin with `prefix` in the namespace `n`, sorted. Those of namespaces' aliases end with a slash."
  [prefix n]
  (let [[_ qualifier] (re-matches #"([^/]+)/.*" prefix)
        names         (if qualifier
                        (map #(str qualifier "/" %) (members qualifier n))
                        (unqualified n))]
    (when-not (= "" prefix)
      (vec (sort (distinct (filter #(str/starts-with? % prefix) names)))))))
