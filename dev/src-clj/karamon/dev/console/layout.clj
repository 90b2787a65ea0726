(ns karamon.dev.console.layout
  "Breaks the EDN text of a value into indented lines, and reads it as plain data in the same order. The text may be cut off
  anywhere, since values are printed within bounds."
  (:require
   [clojure.edn :as edn]
   [clojure.string :as str])
  (:import
   (java.util LinkedHashMap Map)))

(set! *warn-on-reflection* true)

(def ^:private closing
  {"(" ")", "[" "]", "{" "}", "#{" "}", "#(" ")", "#[" "]"})

(defn- string-end
  "Returns where the string that begins at `i` ends, or the text does. Not a regex: Java's need a stack frame for each character."
  [^String text i]
  (let [n (.length text)]
    (loop [i (inc (long i))]
      (if (< i n)
        (case (.charAt text i)
          \\ (recur (+ i 2))
          \" (inc i)
          (recur (inc i)))
        n))))

(defn- delimiter? [c]
  (or (Character/isWhitespace (char c)) (#{\, \( \) \{ \} \[ \] \"} c)))

(defn- word-end
  "Returns where the symbol, number or character that begins at `i` ends. The first character of a character may be any."
  [^String text i]
  (let [n (.length text)]
    (loop [i (+ (long i) (if (= \\ (.charAt text i)) 2 1))]
      (if (and (< i n) (not (delimiter? (.charAt text i))))
        (recur (inc i))
        (min i n)))))

(defn- tokens [^String text]
  (let [n (.length text)]
    (loop [found [], i 0]
      (if (>= i n)
        found
        (let [c   (.charAt text i)
              end (cond
                    (or (Character/isWhitespace c) (= \, c)) nil
                    (= \" c)                                (string-end text i)
                    (delimiter? c)                          (inc i)
                    (and (= \# c) (< (inc i) n) (#{\{ \( \[} (.charAt text (inc i)))) (+ i 2)
                    :else                                   (word-end text i))]
          (if end
            (recur (conj found (subs text i end)) (long end))
            (recur found (inc i))))))))

(defn- prefix?
  "Returns true if the token belongs to the next one, such as #inst."
  [token]
  (and (str/starts-with? token "#") (not (closing token)) (not (str/starts-with? token "##"))))

(declare ^:private items)

(defn- mapping? [{:keys [^String open]}]
  (and (.endsWith open "{") (not (.endsWith open "#{"))))

(defn- flat
  "Returns the text of an item in one line."
  [x]
  (if (string? x) x (:text x)))

(defn- collection [open items close]
  (let [x     {:open open, :items items, :close close}
        texts (map flat items)]
    (assoc x :text (str open
                        (if (mapping? x)
                          (str/join ", " (map #(str/join " " %) (partition-all 2 texts)))
                          (str/join " " texts))
                        close))))

(defn- item
  "Returns the first item of `tokens` and the remaining ones. An item is a string, or a map of `:open`, `:items`, `:close` and
  `:text`, all in one line."
  [[token & more]]
  (cond
    (closing token)
    (let [[inner more] (items more)]
      [(collection token inner (if (seq more) (closing token) "")) (rest more)])
    (and (prefix? token) (seq more) (not (#{")" "]" "}"} (first more))))
    (let [[next-item more] (item more)]
      [(if (map? next-item)
         (collection (str token (:open next-item)) (:items next-item) (:close next-item))
         (str token (when-not (= "#" token) " ") next-item))
       more])
    :else [token more]))

(defn- items
  "Returns the items up to the closing bracket, and the tokens from it on."
  [tokens]
  (loop [found [], tokens tokens]
    (if (or (empty? tokens) (#{")" "]" "}"} (first tokens)))
      [found tokens]
      (let [[next-item more] (item tokens)]
        (recur (conj found next-item) more)))))

(def ^:private max-margin
  "How many columns lines are indented at most, since deep data would be mostly spaces."
  60)

(def ^:private far
  "From how many columns on a key pushes its value to the next line."
  14)

(defn- lines
  "Returns the text of `x`, whose first line begins at column `indent`."
  [x indent width]
  (let [text (flat x)]
    (if (or (string? x) (<= (+ indent (count text)) width))
      text
      (let [inner  (+ indent (count (:open x)))
            margin (apply str "\n" (repeat (min inner max-margin) \space))
            entry  (fn [[k v :as pair]]
                     (let [k (lines k inner width)
                           n (+ inner 1 (count k))]
                       (cond
                         (= 1 (count pair)) k
                         ;; Far to the right, a long value is on a line of its own.
                         (and (map? v) (> (- n inner) far) (> (+ n (count (flat v))) width))
                         (str k margin "  " (lines v (+ inner 2) width))
                         :else (str k " " (lines v n width)))))]
        (str (:open x)
             (str/join margin (if (mapping? x)
                                (map entry (partition-all 2 (:items x)))
                                (map #(lines % inner width) (:items x))))
             (:close x))))))

(defn layout
  "Returns EDN text with line breaks, so that lines have at most `width` characters where possible."
  [text width]
  (let [[found] (items (tokens text))]
    (str/join "\n" (map #(lines % 0 width) found))))

(def ^:private max-digits
  "How many characters a number may have. A longer one stays text: reading it takes too long."
  1000)

(defn- atom-data [text]
  (if (and (> (count text) max-digits) (not (str/starts-with? text "\"")))
    text
    (try
      (let [x (edn/read-string {:default (fn [_ x] x)} text)]
        (if (or (nil? x) (string? x) (number? x) (boolean? x)) x (str/replace text #"^:" "")))
      (catch Exception _ text))))

(defn- item-data [{:keys [^String open items] :as x}]
  (cond
    (nil? x)                 nil ; the text was cut off after a key
    (string? x)              (atom-data x)
    (mapping? x)             (let [m (LinkedHashMap.)]
                               (doseq [[k v] (partition-all 2 items)]
                                 (.put ^Map m (str (item-data k)) (item-data v)))
                               m)
    (re-find #"^#\w" open)   (flat x)
    :else                    (mapv item-data items)))

(defn plain-data
  "Returns the data of EDN text as JSON has it: maps with strings for keys and in the order of the text, vectors, and strings for
  all that JSON has no form for."
  [text]
  (let [[[x]] (items (tokens text))]
    (when x
      (item-data x))))
