(ns karamon.test.data
  "Generators of data, and an exact comparison."
  (:require
   [clojure.test.check.generators :as gen])
  (:import
   (clojure.lang Ratio)
   (java.time Instant)
   (java.util Date)))

(set! *warn-on-reflection* true)

(def text
  "Strings of any characters, with halves of surrogate pairs."
  (gen/fmap #(apply str (map char %))
            (gen/vector (gen/one-of [(gen/choose 32 126) (gen/choose 0 0xffff) (gen/choose 0xd800 0xdfff)]) 0 8)))

(def ^:private big gen/size-bounded-bigint)

(defn- nested
  "Generates collections by the function `collections` of a generator of their items, to the depth that the size allows."
  [collections scalar]
  (gen/recursive-gen #(gen/one-of (collections %)) scalar))

(defn json
  "Generates data that JSON has, with keys from the generator `k`."
  [k]
  (nested (fn [item] [(gen/vector item 0 6) (gen/map k item {:max-elements 6})])
    (gen/one-of [text gen/large-integer big (gen/double* {:infinite? false, :NaN? false}) gen/boolean (gen/return nil)])))

(def json-any-keys
  "Data that JSON has, with strings or keywords for keys, of any characters."
  (let [k (gen/fmap keyword text)]
    (gen/one-of [(json text) (json k) (gen/map k gen/small-integer {:min-elements 30, :max-elements 40})])))

(def ^:private scalar
  (gen/one-of [text gen/large-integer big (gen/double* {:NaN? false}) gen/boolean (gen/return nil) gen/char gen/uuid
               (gen/fmap float (gen/double* {:infinite? false, :NaN? false, :min -1e30, :max 1e30}))
               (gen/fmap keyword text)
               (gen/fmap (fn [[a b]] (keyword a b)) (gen/tuple text text))
               (gen/fmap (fn [[a b]] (symbol a b)) (gen/tuple text text))
               (gen/fmap symbol text)
               (gen/fmap (fn [[n scale]] (BigDecimal. (biginteger n) (int scale))) (gen/tuple big (gen/choose -20 20)))
               (gen/fmap (fn [[n d]] (Ratio. (biginteger n) (biginteger d))) (gen/tuple big (gen/large-integer* {:min 2})))
               (gen/fmap #(Date. (long %)) gen/large-integer)
               (gen/fmap (fn [[seconds nanos]] (Instant/ofEpochSecond seconds nanos))
                         (gen/tuple (gen/choose -1e10 1e10) (gen/choose 0 999999999)))]))

(defn- collections
  "Returns generators of collections of `item`, whose keys and items of sets are of `k`."
  [k item]
  [(gen/vector item 0 5) (gen/list item) (gen/map k item {:max-elements 6}) (gen/set k {:max-elements 6})])

(def any
  "Data of every kind but byte arrays, which are equal only to themselves, and NaN."
  (nested (fn [item] (collections item item)) scalar))

(def any-with-bytes
  "The same with byte arrays, but not in sets and keys."
  (nested (fn [item] (collections scalar item)) (gen/one-of [scalar gen/bytes])))

(defn described
  "Returns data that is equal for two values if their types and their content are the same."
  [x]
  (cond
    (instance? Double x)     [:double (Double/doubleToLongBits x)]
    (instance? BigDecimal x) [:decimal (.unscaledValue ^BigDecimal x) (.scale ^BigDecimal x)]
    (bytes? x)               [:bytes (vec x)]
    (vector? x)              [:vector (mapv described x)]
    (sequential? x)          [:seq (mapv described x)]
    (map? x)                 [:map (into {} (map (fn [[k v]] [(described k) (described v)])) x)]
    (set? x)                 [:set (into #{} (map described) x)]
    :else                    [(class x) x]))
