(ns karamon.dev.gateway.variables.syntax
  "Parses Serverless's variables, such as `${self:custom.${sls:stage}.name, 'x'}`. A text is a vector of parts, strings and
  variables:

      {:text    \"${file(a.yml):b, 5}\"
       :sources [{:type \"file\" :params [[\"a.yml\"]] :address [\"b\"]} {:value 5}]}

  The first source that has a value counts. Parameters and addresses are vectors of parts too. As in Serverless, what has another
  form, such as CloudFormation's `${AWS::Region}`, is text, and a backslash before `${` makes that text.
  https://www.serverless.com/framework/docs-v3/providers/aws/guide/variables"
  (:require
   [clojure.string :as str]
   [karamon.dev.gateway.yaml :as yaml])
  (:import
   (java.util.regex Matcher Pattern)
   (karamon.json JsonReader Keys MalformedJson)))

(set! *warn-on-reflection* true)

(def ^:private max-depth
  "The maximum number of variables within each other."
  50)

(defn- fail [i expected]
  (throw (ex-info (str expected ", at character " (inc i)) {:type ::malformed})))

(defn- at [^String s i]
  (when (< i (.length s))
    (.charAt s i)))

(defn- prefix
  "Returns the groups of the regex where it matches `s` from `i` on; nil if it doesn't."
  [^Pattern regex ^String s i]
  (let [^Matcher m (.region (.matcher regex s) i (.length s))]
    (when (.lookingAt m)
      (re-groups m))))

(defn- skip-spaces [s i]
  (if (= \space (at s i)) (recur s (inc i)) i))

(declare parts)

(defn- quoted
  "Returns the text in quotes from `i` on, and the index after it."
  [^String s i]
  (let [[found single] (prefix #"'([^']*)'|\"(?:[^\"\\]|\\.)*+\"" s i)]
    (when-not found
      (fail i "expected the end of a text in quotes"))
    [(or single
         (try
           (JsonReader/read ^String found Keys/STRINGS)
           (catch MalformedJson _ (fail i "expected a text in quotes as in JSON"))))
     (+ i (count found))]))

(defn- trim-ends [parts]
  (let [trim-first (fn [[x & more]] (if (string? x) (cons (str/triml x) more) (cons x more)))
        trim-last  #(if (string? (peek %)) (conj (pop %) (str/trimr (peek %))) %)]
    (if (seq parts)
      (trim-last (vec (trim-first parts)))
      parts)))

(defn- literal [text not-one]
  (case text
    "true"  true
    "false" false
    "null"  nil
    (let [n (yaml/number text)]
      (if (string? n) (not-one) n))))

(defn- address
  "Returns the address from `i` on, nil if it is empty, and the index after it."
  [s i depth]
  (let [i (skip-spaces s i)]
    (case (at s i)
      (\} \,) [nil i]
      (\' \") (let [[text i] (quoted s i)] [[text] (skip-spaces s i)])
      (let [[found i] (parts s i #{\} \,} depth)] [(trim-ends found) i]))))

(defn- parameter [s i depth]
  (if (#{\' \"} (at s i))
    (let [[text i] (quoted s i)] [[text] (skip-spaces s i)])
    (let [[found i] (parts s i #{\) \, \}} depth)
          [text & more] (trim-ends found)]
      [(if (and (string? text) (empty? more))
         [(literal text (constantly text))]
         (trim-ends found))
       i])))

(defn- parameters
  "Returns the parameters from `i` on, the index after an opening bracket, and the index after the closing one."
  [s i depth]
  (loop [i (skip-spaces s i), found []]
    (case (at s i)
      \) [found (inc i)]
      \, (recur (skip-spaces s (inc i)) (conj found [nil]))
      (let [[one i] (parameter s i depth)]
        (case (at s i)
          \) [(conj found one) (inc i)]
          \, (recur (skip-spaces s (inc i)) (conj found one))
          (fail i "expected ) after the parameters"))))))

(defn- source
  "Returns the source `type`, and the index after it. `i` is the index after the separator, : or (."
  [type separator s i depth]
  (let [[params i] (if (= "(" separator) (parameters s i depth) [nil i])
        i          (if params (skip-spaces s i) i)
        [found i]  (cond
                     (nil? params)    (address s i depth)
                     (= \: (at s i)) (address s (inc i) depth)
                     :else            [nil i])]
    [(cond-> {:type type} params (assoc :params params) found (assoc :address found)) i]))

(declare variable)

(defn- next-source
  "Returns a source after a comma, and the index after it: as the first one, a value, or a variable as in older versions."
  [s i depth]
  (let [i (skip-spaces s i)]
    (if-let [[all type separator] (prefix #"([a-z][a-zA-Z0-9]*) *([:(])" s i)]
      (source type separator s (+ i (count all)) depth)
      (if (#{\' \"} (at s i))
        (let [[text i] (quoted s i)] [{:value text} (skip-spaces s i)])
        (if-let [[found i] (variable s i (inc depth))]
          [{:variable found} (skip-spaces s i)]
          (let [text     (or (prefix #"[a-zA-Z0-9. -]+" s i) "")
                expected #(fail i "expected a source such as self:a, a number, true, false, null or a text in quotes")]
            [{:value (literal (str/trim text) expected)} (+ i (count text))]))))))

(defn- variable
  "Returns the variable that begins at `i`, and the index after it; nil if none begins there."
  [^String s i depth]
  (when-let [[all type separator] (prefix #"\$\{([a-z][a-zA-Z0-9.-]*)(:(?!:)|\()" s i)]
    (when (< max-depth depth)
      (fail i (str "expected at most " max-depth " variables within each other")))
    (loop [[found j] (source type separator s (+ i (count all)) depth), sources []]
      (let [sources (conj sources found)]
        (case (at s j)
          \} [{:text (subs s i (inc j)), :sources sources} (inc j)]
          \, (recur (next-source s (inc j) depth) sources)
          (fail j "expected }"))))))

(defn- parts
  "Returns the parts from `i` on, and the index of the first character of `stops` outside of variables, or of the end."
  [^String s i stops depth]
  (loop [from i, i i, found []]
    (let [text #(cond-> found (< from i) (conj (subs s from i)))
          c    (at s i)]
      (if (or (nil? c) (contains? stops c))
        [(text) i]
        (if-let [[v end] (when (= \$ c) (variable s i (inc depth)))]
          (recur (long end) (long end) (conj (text) v))
          (recur from (inc i) found))))))

(defn- slashes
  "Returns the text that the backslashes at `i` stand for, and the index after it; nil if there are none. Before `${`, two stand for
  one, and a last one makes that text."
  [s i]
  (when-let [[all variable] (when (= \\ (at s i)) (prefix #"\\++(\$\{)?" s i))]
    (let [end (+ i (count all))
          n   (- (count all) 2)]
      (cond
        (nil? variable) [all end]
        (odd? n)        [(str (subs all 0 (quot n 2)) variable) end]
        :else           [(subs all 0 (quot n 2)) (- end 2)]))))

(defn parse
  "Returns the parts of `s`. Throws ex-info of `:type` `:karamon.dev.gateway.variables.syntax/malformed`."
  [^String s]
  (let [plain (StringBuilder.)
        flush #(cond-> % (pos? (.length plain)) (conj (str plain)))]
    (loop [i 0, found []]
      (if-let [c (at s i)]
        (if-let [[^String text end] (slashes s i)]
          (do (.append plain text)
              (recur (long end) found))
          (if-let [[v end] (when (= \$ c) (variable s i 0))]
            (let [found (conj (flush found) v)]
              (.setLength plain 0)
              (recur (long end) found))
            (do (.append plain (char c))
                (recur (inc i) found))))
        (flush found)))))
