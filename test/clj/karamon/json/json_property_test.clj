(ns karamon.json.json-property-test
  "JSON of generated data: round trips, and parity with jackson-databind."
  (:require
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop])
  (:import
   (com.fasterxml.jackson.databind ObjectMapper)
   (karamon.json ClojureModule JsonReader JsonWriter Keys UnwritableValue)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(def ^:private ^ObjectMapper oracle (ObjectMapper.))
(def ^:private ^ObjectMapper with-module (.registerModule (ObjectMapper.) (ClojureModule.)))

(def ^:private text
  "Strings of all of Unicode, except halves of surrogate pairs."
  (gen/fmap #(apply str (map (fn [^long c] (String. (Character/toChars c))) %))
            (gen/vector (gen/one-of [(gen/choose 0 127) (gen/choose 128 0xd7ff) (gen/choose 0xe000 0x10ffff)]) 0 12)))

(def ^:private number
  (gen/one-of [gen/large-integer gen/size-bounded-bigint (gen/double* {:infinite? false, :NaN? false})]))

(defn- data
  "Generates data that JSON can represent, with keys from the generator `k`."
  [k]
  (let [scalar (gen/one-of [text number gen/boolean (gen/return nil)])]
    (gen/frequency [[9 (gen/recursive-gen #(gen/one-of [(gen/vector % 0 6) (gen/map k % {:max-elements 6})]) scalar)]
                    [1 (gen/map k gen/small-integer {:min-elements 30, :max-elements 40})]])))

(def ^:private string-data (data text))
(def ^:private keyword-data (data (gen/fmap keyword text)))

(defn- bytes-of ^bytes [data] (JsonWriter/bytes ^Object data))

(defspec data-survives-a-round-trip {:num-tests (Depth/times 100 300), :max-size 50, :seed 1}
  (prop/for-all [d string-data]
    (and (= d (JsonReader/read (bytes-of d) Keys/STRINGS))
         (= d (JsonReader/read (JsonWriter/string d) Keys/STRINGS)))))

(defspec keywords-survive-a-round-trip {:num-tests (Depth/times 100 300), :max-size 50, :seed 2}
  (prop/for-all [d keyword-data]
    (= d (JsonReader/read (bytes-of d) Keys/KEYWORDS))))

(defspec databind-reads-our-output {:num-tests (Depth/times 100 300), :max-size 50, :seed 3}
  (prop/for-all [d string-data]
    (= d (.readValue oracle (bytes-of d) Object))))

(defspec we-read-databinds-output {:num-tests (Depth/times 100 300), :max-size 50, :seed 4}
  (prop/for-all [d string-data]
    (= d (JsonReader/read (.writeValueAsBytes oracle d) Keys/STRINGS))))

(defspec the-module-writes-and-reads-the-same {:num-tests (Depth/times 100 300), :max-size 50, :seed 5}
  (prop/for-all [d keyword-data]
    (and (= (JsonWriter/string d) (.writeValueAsString with-module d))
         (= d (.readValue with-module (bytes-of d) Object)))))

(def ^:private key-of-any-kind
  "Keys of few names, so that many have the same one."
  (let [part (gen/elements ["a" "b" "1" "a/b" "true"])]
    (gen/one-of [part (gen/fmap keyword part) (gen/fmap #(keyword nil %) part) (gen/fmap symbol part)
                 (gen/fmap (fn [[a b]] (keyword a b)) (gen/tuple part part)) (gen/elements [1 1.0 1.0M 1N true \a \1])])))

(defn- key-name [k]
  (if (keyword? k) (subs (str k) 1) (str k)))

(defspec a-map-is-written-unless-keys-have-the-same-name {:num-tests (Depth/times 500 5000), :max-size 30, :seed 8}
  (prop/for-all [m (gen/map key-of-any-kind gen/small-integer {:max-elements 5})]
    (let [distinct? (or (empty? m) (apply distinct? (map key-name (keys m))))
          expected  (if distinct? (update-keys m key-name) :refused)
          outcome   (fn [written] (try (JsonReader/read ^String (written) Keys/STRINGS) (catch UnwritableValue _ :refused)))]
      (= expected
         (outcome #(JsonWriter/string m))
         (outcome #(String. (bytes-of m) "UTF-8"))
         (get (let [nested (outcome #(JsonWriter/string {:x m}))] (if (map? nested) nested {"x" nested})) "x")))))

(defspec text-with-halves-of-surrogate-pairs-survives {:num-tests (Depth/times 100 300), :max-size 50, :seed 6}
  (prop/for-all [s (gen/fmap #(apply str (map char %))
                             (gen/vector (gen/one-of [(gen/choose 0xd800 0xdfff) (gen/choose 32 126)])))]
    (= s (JsonReader/read (bytes-of s) Keys/STRINGS))))

(defspec any-text-is-read-or-refused-as-by-databind {:num-tests (Depth/times 300 1000), :max-size 50, :seed 7}
  (prop/for-all [json (gen/fmap #(apply str %)
                                (gen/vector (gen/elements ["{" "}" "[" "]" "\"a\"" "\"b\"" ":" "," "1" "-2.5e3" "true" "null" " " "\n" "\\" "x"])
                                            0 12))]
    (let [ours   (try [(JsonReader/read ^String json Keys/STRINGS)] (catch karamon.json.MalformedJson _ :malformed))
          theirs (try (let [parser (.createParser (.getFactory oracle) ^String json)
                            tree   (.readTree oracle parser)]
                        (if (or (nil? tree) (.nextToken parser)) :malformed [(.treeToValue oracle ^com.fasterxml.jackson.core.TreeNode tree Object)]))
                      (catch com.fasterxml.jackson.core.JacksonException _ :malformed))]
      (= ours theirs))))
