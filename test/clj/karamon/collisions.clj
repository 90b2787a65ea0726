(ns karamon.collisions
  "Names made to have the same hash, as an attacker would make them.")

(set! *warn-on-reflection* true)

;; "a~", "b_" and "c@" have the same hash code, so any two strings of as many of them do too.
(defn same-hash-code
  "Returns a lazy sequence of 59,049 strings of 20 characters with one `.hashCode`. Strings with one hash code also have one
  hash in Clojure, and their keywords share a place in Clojure's table of keywords."
  []
  (reduce (fn [all _] (for [head all, pair ["a~" "b_" "c@"]] (str head pair))) [""] (range 10)))

;; Clojure hashes a keyword's name with Murmur3, two characters at a time. Each step can be undone: for any first two characters
;; there are two more that lead to a chosen hash.

(defn- int32 [x] (unchecked-int (long x)))

(defn- times [a b] (unchecked-int (unchecked-multiply (long a) (long b))))

(defn- rotate [x distance] (Integer/rotateLeft (int x) (int distance)))

(defn- inverse [odd]
  (int32 (.longValue (.modInverse (biginteger odd) (.shiftLeft BigInteger/ONE 32)))))

(def ^:private c1 0xcc9e2d51)
(def ^:private c2 0x1b873593)
(def ^:private addend 0xe6546b64)

(defn- mix [pair] (times (rotate (times pair c1) 15) c2))

(defn- unmix [mixed] (times (rotate (times mixed (inverse c2)) -15) (inverse c1)))

(defn- step [hash pair] (int32 (+ (long (times 5 (rotate (bit-xor (int hash) (int (mix pair))) 13))) (long addend))))

(defn- pair-between [before after]
  (unmix (bit-xor (int before) (int (rotate (times (- (long after) (long addend)) (inverse 5)) -13)))))

(defn- plain?
  "Returns whether a character needs no escape in JSON, URLs and cookies, once encoded, and isn't half a surrogate pair."
  [c]
  (or (< 0x60 c 0x7b) (< 0x3000 c 0xd800)))

(defn same-hasheq
  "Returns a lazy sequence of some 100,000 strings of four characters whose keywords have one hash in Clojure, though their
  hash codes differ."
  []
  (for [a     (range 0x61 0x7b)
        b     (range 0x3001 0xd800)
        :let  [pair (pair-between (step 0 (bit-or a (bit-shift-left b 16))) 1)
               c    (bit-and pair 0xffff)
               d    (bit-and (bit-shift-right pair 16) 0xffff)]
        :when (and (plain? c) (plain? d))]
    (String. (char-array (map char [a b c d])))))

(defn same-both
  "Returns a lazy sequence of strings with one hash code whose keywords also have one hash in Clojure: a keyword's namespace
  counts with its hash code."
  []
  (map #(str % "/x") (same-hash-code)))

(def kinds
  "Names of each kind of collision."
  {:hash-code (same-hash-code), :hasheq (same-hasheq), :both (same-both)})

(defn in-groups
  "Returns `names`, which have one hash, as names in groups of `n`: those of a group have one hash, those of two groups don't."
  [n names]
  (map-indexed (fn [i name] (str name (format "%05d" (quot i n)))) names))
