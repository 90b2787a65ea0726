(ns karamon.idempotency.kept-test
  "Any data as a key, a payload and an answer."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :refer [for-all]]
   [karamon.idempotency :as idempotency :refer [idempotent]]
   [karamon.test.data :as data])
  (:import
   (clojure.lang ExceptionInfo PersistentQueue)
   (java.util AbstractList ArrayList HashMap)
   (karamon.json JsonReader JsonWriter Keys)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(defn- outcome [f]
  (try
    (f)
    (catch ExceptionInfo e
      (:type (ex-data e)))
    (catch Throwable e
      (class e))))

(defn- called-twice
  "Returns the results of two calls with one key, and the number of runs of the function, which returns `answer`."
  [answer]
  (let [runs    (atom 0)
        handler (idempotent {:store (idempotency/memory), :key :id}
                  (fn [_ _] (swap! runs inc) answer))]
    {:results [(outcome #(handler {:id 1} nil)) (outcome #(handler {:id 1} nil))], :runs @runs}))

(defn- key-of
  "Returns the key under which a store keeps the answer to a request with the key `k`."
  [k]
  (let [found (atom nil)
        store (reify idempotency/Store
                (fetch [_ key] (reset! found key) nil)
                (write! [_ _ _ _] :tag))]
    ((idempotent {:store store, :key (constantly [k])} (constantly nil)) nil nil)
    @found))

(defn- levels
  "Returns the number of levels of a value that is nested in `inner` of each level, without recursion."
  [inner x]
  (count (take-while coll? (iterate inner x))))

(deftest deeply-nested-answers-are-kept
  (doseq [depth [300 990 10000]
          [kind wrap inner] [["vectors" vector first] ["lists" list first] ["maps" #(hash-map :a %) :a]]]
    (testing (str depth " levels of " kind)
      (let [{:keys [results runs]} (called-twice (nth (iterate wrap 1) depth))]
        (is (= [depth depth 1] (conj (mapv #(levels inner %) results) runs)))))))

(deftest deeply-nested-keys-and-payloads-are-compared
  (let [nested  (fn [depth leaf] (nth (iterate #(hash-map :a [%]) leaf) depth))
        handler (idempotent {:store (idempotency/memory), :key :id, :payload :body} (fn [event _] (:answer event)))]
    (doseq [depth [495 5000]]
      (is (= 1 (outcome #(handler {:id (nested depth 1), :body (nested depth 1), :answer 1} nil))))
      (is (= 1 (outcome #(handler {:id (nested depth 1), :body (nested depth 1), :answer 2} nil))))
      (is (= :karamon.idempotency/other-payload (outcome #(handler {:id (nested depth 1), :body (nested depth 2)} nil))))
      (is (= 3 (outcome #(handler {:id (nested depth 2), :body (nested depth 1), :answer 3} nil)))))))

(deftest names-that-edn-cannot-read-are-kept
  (doseq [name ["first name" "@type" "" "a@b" "a/b" "/" "a/" "1" "nil" ":a" "a;b" "\"" "\\" "\n" "ü" "\u0000" "\ud83d"]
          k    [name (keyword name) (keyword "n s" name) (symbol name)]]
    (testing (pr-str k)
      (is (= {:results [{k k} {k k}], :runs 1} (called-twice {k k}))))))

(deftest text-is-kept-as-it-is
  (doseq [text ["" "\ud800" "\udc00\ud800" "\ud83d\ude00" "\u0000\u001f\u007f\u0085\u2028\ufeff\uffff" "\"\\" "\\u0041" "\r\n"]]
    (is (= {:results [text text], :runs 1} (called-twice text)))))

(deftest each-item-is-read-once-at-any-depth
  (let [reads (atom 0)
        items (proxy [AbstractList] []
                (size [] 100)
                (get [i] (swap! reads inc) i))
        data  (nth (iterate #(hash-map :a %, :b [1]) items) 50)
        reads (fn [f] (reset! reads 0) (f) @reads)]
    (is (= 100 (reads #(key-of data))))
    (testing "a payload, then an answer"
      (let [handler (idempotent {:store (idempotency/memory), :key :id, :payload :body} (fn [event _] (:answer event)))]
        (is (= 200 (reads #(handler {:id 1, :body data, :answer data} nil))))))))

(deftest equal-values-are-one-key
  (doseq [equal [[[1 2] '(1 2) (map inc [0 1]) (ArrayList. [1 2]) (conj PersistentQueue/EMPTY 1 2) [1N 2] [(int 1) (short 2)]]
                 [1 1N (biginteger 1) (byte 1)]
                 [(bigint 1e30) (biginteger 1e30)]
                 [0.0 -0.0]
                 [0.5 (float 0.5)]
                 [1.0M 1.00M (bigdec 1)]
                 [{:a 1 :b [2]} (sorted-map :b '(2N) :a 1) (HashMap. {:b [2] :a 1})]
                 [#{1 2} (sorted-set 2 1) #{1N 2}]
                 [[] () (filter nil? [1])]
                 [{} (sorted-map)]]]
    (is (every? #(= (first equal) %) equal) "in Clojure")
    (is (= 1 (count (into #{} (map key-of) equal))) (pr-str equal))))

(deftest different-values-are-different-keys
  (let [different [{:a 1} [:map [[:a 1]]] [[:a 1]] #{[:a 1]} [:set [1]] #{1} [1] {"a" 1} {'a 1} [:a 1] ["a" 1]
                   1 1.0 1M "1" \1 :1 [1 2] [2 1] [[1] 2] [1 [2]] [[1 2]] #{[1 2]} {1 2} {2 1} #{1 2}
                   nil false true "" [] {} #{} [nil] [[]] [{}] {nil nil} {[] []} :a/b (keyword nil "a/b") :a 'a "a" \a
                   1e30 (bigint 1e30) 1e30M 0.1 (float 0.1) 1/2 0.5 0.5M
                   #uuid "00000000-0000-0000-0000-000000000001" "00000000-0000-0000-0000-000000000001"
                   #inst "2026-01-01" (.toInstant #inst "2026-01-01") "2026-01-01T00:00:00Z"
                   (byte-array [1]) (byte-array [1 2]) (byte-array 0) [(byte-array 1)] "\ud800" "\udc00" "?" "\\ud800"]]
    (is (= (count different) (count (into #{} (map key-of) different))))))

(defspec json-is-kept-as-it-is {:num-tests (Depth/times 100 2000), :max-size 40, :seed 1}
  (for-all [payload data/json-any-keys
            answer  data/json-any-keys
            kind    (gen/elements [Keys/STRINGS Keys/KEYWORDS])]
    (let [read    #(JsonReader/read (JsonWriter/string %) ^Keys kind)
          runs    (atom 0)
          handler (idempotent {:store (idempotency/memory), :key (comp vector :body), :payload :body}
                    (fn [_ _] (swap! runs inc) (read answer)))
          calls   (repeatedly 2 #(handler {:body (read payload)} nil))]
      (and (= (repeat 2 (data/described (read answer))) (map data/described calls))
           (= 1 @runs)))))

(deftest an-answer-that-throws-while-it-is-read-is-not-kept-and-not-run-again
  (let [runs    (atom 0)
        handler (idempotent {:store (idempotency/memory), :key :id}
                  (fn [_ _] (swap! runs inc) {:body (map #(/ 1 %) [1 0])}))
        thrown  #(try (handler {:id 1} nil) (catch ExceptionInfo e [(:type (ex-data e)) (ex-message e) (class (ex-cause e))]))
        message "The answer can't be kept for later calls: reading it threw java.lang.ArithmeticException"]
    (is (= [:karamon.idempotency/unkept message ArithmeticException] (thrown)))
    (is (= [:karamon.idempotency/unkept message nil] (thrown)))
    (is (= 1 @runs))))

(deftest endless-answers-and-payloads-are-errors-of-the-call
  (is (= {:results [:karamon.idempotency/unkept :karamon.idempotency/unkept], :runs 1} (called-twice {:ids (repeat 1)})))
  (let [handler (idempotent {:store (idempotency/memory), :key :id, :payload :body} (fn [_ _] 1))]
    (is (= :karamon.idempotency/no-data (outcome #(handler {:id 1, :body (repeat nil)} nil))))))

(deftest a-key-or-payload-that-is-no-data-is-an-error-that-names-the-place
  (let [handler (idempotent {:store (idempotency/memory), :key :id, :payload :body} (fn [_ _] 1))
        thrown  #(try
                   (handler % nil)
                   (catch ExceptionInfo e
                     [(:type (ex-data e)) (str/replace (ex-message e) #"data: .*;" "data;")]))]
    (is (= [:karamon.idempotency/no-data "The key of a request must be data; found java.lang.Object (at [:user 0])"]
           (thrown {:id {:user [(Object.)]}})))
    (is (= [:karamon.idempotency/no-data "The payload of a request must be data; found ##NaN, which equals nothing (at [:sum])"]
           (thrown {:id 1, :body {:sum ##NaN}})))
    (testing "of any size and depth"
      (is (= :karamon.idempotency/no-data (first (thrown {:id (nth (iterate vector (Object.)) 10000)}))))
      (is (= :karamon.idempotency/no-data (first (thrown {:id [(range 1000000) (Object.)]})))))))
