(ns karamon.data.data-property-test
  "Texts of generated data, which read back as they were; and hashes, which are as equal as the data."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :refer [for-all]]
   [karamon.collisions :as collisions]
   [karamon.test.data :as data])
  (:import
   (java.nio.charset StandardCharsets)
   (java.util ArrayList Arrays Collection Collections HashMap LinkedHashSet List Map Random)
   (karamon.data DataReader DataWriter NotData)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(defn- read-text [text] (DataReader/read text 0))

(defspec data-reads-back-as-it-was {:num-tests (Depth/times 500 5000), :max-size 50, :seed 1}
  (for-all [x data/any-with-bytes]
    (let [text (DataWriter/text x)]
      (and (= (data/described x) (data/described (read-text text)))
           (= text (DataWriter/text (read-text text)))
           (= text (String. (.getBytes text StandardCharsets/UTF_8) StandardCharsets/UTF_8))))))

(defn- shuffled ^List [coll ^Random random]
  (let [items (ArrayList. ^Collection (vec coll))]
    (Collections/shuffle items random)
    items))

(defn- in-other-types
  "Returns a value that is equal to `x`, of other types and in another order. Items of sets and keys stay as they are, because
  Clojure doesn't find those of other types in sets and maps, though they are equal."
  [^Random random x]
  (let [again   #(in-other-types random %)
        pick    (fn [& choices] ((nth choices (.nextInt random (count choices)))))
        integer #(cond-> % (< Long/MIN_VALUE % Long/MAX_VALUE) long)]
    (cond
      (integer? x)             (pick #(bigint x) #(biginteger x) #(integer x))
      (and (float? x) (zero? x)) (pick (constantly 0.0) (constantly -0.0))
      (and (instance? Double x) (= x (double (.floatValue ^Double x)))) (pick #(.floatValue ^Double x) (constantly x))
      (instance? BigDecimal x) (.setScale ^BigDecimal x (+ 3 (.scale ^BigDecimal x)))
      (sequential? x)          (let [items (map again x)]
                                 (pick #(vec items) #(apply list items) (constantly items) #(ArrayList. ^Collection items)))
      (map? x)                 (let [entries (map (fn [[k v]] [k (again v)]) (shuffled x random))]
                                 (pick #(apply array-map (apply concat entries))
                                       #(into {} entries)
                                       #(HashMap. ^Map (into {} entries))))
      (set? x)                 (pick #(into #{} (shuffled x random)) #(LinkedHashSet. (shuffled x random)))
      :else                    x)))

(defspec equal-data-has-one-hash {:num-tests (Depth/times 500 5000), :max-size 50, :seed 2}
  (for-all [x    data/any
            seed gen/nat]
    (let [other (in-other-types (Random. seed) x)]
      (and (= x other)
           (= (DataWriter/hash x) (DataWriter/hash other))))))

(def ^:private little
  "Values of which many are equal, or nearly so."
  (gen/recursive-gen
    #(gen/one-of [(gen/vector % 0 3) (gen/list %) (gen/map % % {:max-elements 2}) (gen/set % {:max-elements 2})])
    (gen/elements [nil true false 0 1 1N 1.0 0.0 -0.0 1M 1.0M 1/2 0.5 "" "a" "1" "i1;" "[" :a 'a \a :a/b (keyword nil "a/b")
                   :map :set #inst "2026-01-01" #uuid "00000000-0000-0000-0000-000000000001"])))

(defspec hashes-are-as-equal-as-data {:num-tests (Depth/times 3000 30000), :max-size 12, :seed 3}
  (for-all [a little
            b little]
    (= (= a b) (= (DataWriter/hash a) (DataWriter/hash b)))))

(deftest bytes-are-compared-by-content
  (let [bytes #(byte-array %)]
    (is (= (DataWriter/hash {:a [(bytes [1 2])]}) (DataWriter/hash {:a [(bytes [1 2])]})))
    (is (= (DataWriter/hash #{(bytes [1]) (bytes [2])}) (DataWriter/hash #{(bytes [2]) (bytes [1])})))
    (is (not= (DataWriter/hash (bytes [1])) (DataWriter/hash (bytes [1 1]))))
    (is (not= (DataWriter/hash (bytes [1])) (DataWriter/hash [1])))
    (is (not= (DataWriter/hash (bytes [])) (DataWriter/hash nil)))))

(deftest a-hash-never-changes
  (testing "because stored answers would be lost"
    (is (= "4540a384f6e25526464699a506466096a9eb205ae60d18bcc71f51fc0d84ba53"
           (DataWriter/hash {:a [1 "b" 0.1 nil], "c" #{true \d 1/2 1.50M 12345678901234567890}})))))

(deftest types-that-equality-ignores-are-kept-where-they-matter
  (testing "kept"
    (doseq [x [-0.0 1N 1.50M (float 0.1) ##NaN ##Inf ##-Inf '(1) [1] () [] 'a/b (keyword "a" "b/c")]]
      (is (= (data/described x) (data/described (read-text (DataWriter/text x)))))))
  (testing "made Clojure's usual ones"
    (doseq [[x read] [[(int 1) 1]
                      [(biginteger 1) 1N]
                      [(sorted-map 2 1) {2 1}]
                      [(sorted-set 2 1) #{1 2}]
                      [(HashMap. {1 2}) {1 2}]
                      [(LinkedHashSet. [1]) #{1}]
                      [(Arrays/asList (object-array [1])) [1]]
                      [(first {1 2}) [1 2]]
                      [(eduction (map inc) [1]) '(2)]]]
      (is (= (data/described read) (data/described (read-text (DataWriter/text x))))))))

(deftest a-map-of-up-to-32-keys-keeps-its-order
  (let [m (apply array-map (range 64))]
    (is (= (seq m) (seq (read-text (DataWriter/text m)))))))

(deftest names-with-one-hash-are-read-although-json-refuses-them
  (let [m (zipmap (take 200 (collisions/same-hash-code)) (range))]
    (is (= m (read-text (DataWriter/text m))))))

(defrecord ^:private Point [x])

(deftest anything-else-is-an-error-that-names-it-and-its-place
  (doseq [[x message] [[(Object.) "java.lang.Object"]
                       [[1 {:a {"b" (Object.)}}] "java.lang.Object (at [1 :a \"b\"])"]
                       [{:a {(Object.) 1}} "java.lang.Object (at [:a])"]
                       [{:a #{[(Object.)]}} "java.lang.Object (at [:a 0])"]
                       [{:body (int-array 1)} "int[] (at [:body])"]
                       [{:point (->Point 1)} "karamon.data.data_property_test.Point (at [:point])"]
                       [{[1 2] (atom 1)} "clojure.lang.Atom (at [PersistentVector])"]
                       [{(str/join (repeat 99 "a")) (atom 1)} (str "clojure.lang.Atom (at [\"" (str/join (repeat 49 "a")) "…])")]
                       [(nth (iterate vector (atom 1)) 5000) (str "clojure.lang.Atom (at [" (str/join (repeat 20 "0 ")) "…])")]]]
    (doseq [f [#(DataWriter/text x) #(DataWriter/hash x)]]
      (is (= message (try (f) (catch NotData e (ex-message e)))))))
  (testing "NaN in a hash, since it isn't equal to itself"
    (is (= "##NaN, which equals nothing (at [0])" (try (DataWriter/hash [##NaN]) (catch NotData e (ex-message e)))))
    (is (thrown? NotData (DataWriter/hash [Float/NaN])))))

(defspec any-part-of-a-text-is-an-error {:num-tests (Depth/times 300 3000), :max-size 30, :seed 4}
  (for-all [x  data/any-with-bytes
            at gen/nat]
    (let [text  (DataWriter/text x)
          wrong #(try (read-text %) false (catch IllegalArgumentException _ true))]
      (and (wrong (subs text 0 (mod at (count text))))
           (wrong (str text "n"))))))

(deftest malformed-text-is-an-error
  (doseq [text ["" "x" "[" "]" "[)" "{i1;}" "{\"a\"}" "{{i1;i2;}}" "<}" "i;" "ix;" "i1" "\"" "\"\\u12\"" "\"\\uxxxx\"" ":" ":a" "d1.0;" "r1;" "D00;"
                "T1;" "T9223372036854775807/9999999999;" "u1;" "b*;"
                "nn"]]
    (is (thrown? IllegalArgumentException (read-text text)) text)))
