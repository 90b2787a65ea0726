(ns karamon.text.shown-test
  "Any value is printed within bounds, and ordinary ones as `pr` prints them."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing use-fixtures]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.test.hostile :as hostile])
  (:import
   (java.util ArrayList HashMap)
   (java.util.concurrent CountDownLatch)
   (karamon.test Depth)
   (karamon.text Failure Guard Guard$TooSlow Shown Traces)))

(set! *warn-on-reflection* true)

(use-fixtures :each hostile/release)

(defrecord Order [id])
(deftype Secret [])
(defmethod print-method Secret [_ ^java.io.Writer w] (.write w "#secret"))
(defrecord Login [password])
(defmethod print-method Login [_ ^java.io.Writer w] (.write w "#login"))
(defmethod print-method ::token [_ ^java.io.Writer w] (.write w "#token"))

(defn- pr-plainly [x]
  (binding [*print-namespace-maps* false] (pr-str x)))

(deftest ordinary-values-are-printed-as-by-pr
  (doseq [x [nil true 1 1.5 1N 1.5M 1/3 ##NaN ##-Inf (int 1) (float 1.5) \a \newline "a\"b\\c\nd" :a ::a 'b 'b/c #"a+"
             [] [1 [2 "x"]] '() '(1 2) #{} #{1} {} {:a 1, :b {"c" [nil]}} (range 3) (map inc [1 2]) (cons 1 [2]) (sorted-map :a 1)
             (first {:a 1}) (->Order 7) #inst "2026-01-01" #uuid "00000000-0000-0000-0000-000000000001" (java.time.Instant/EPOCH)
             String #'str (find-ns 'clojure.core) (java.net.URI. "http://a") (atom 1) (delay 1) (promise) (doto (promise) (deliver 1))
             (ArrayList. [1 2]) (HashMap. {:a 1}) (java.util.HashSet. [1]) + (Object.) (tagged-literal 'a 1) (Thread/currentThread)]]
    (testing (class x)
      (is (= (pr-plainly x) (Shown/of x)))
      (is (= (pr-plainly [x]) (Shown/of [x]))))))

(deftest what-clojure-prints-unreadably-is-readable
  (is (= "[1 2]" (Shown/of (int-array [1 2])) (Shown/of (object-array [1 2]))))
  (is (= "#error \"java.lang.RuntimeException: no\"" (Shown/of (RuntimeException. "no")))))

(deftest other-peoples-printers-are-used
  (doseq [[text x] {"#secret" (Secret.), "#login" (->Login "hunter2"), "#token" (with-meta {:password "hunter2"} {:type ::token})}]
    (is (= text (Shown/of x)))
    (is (= (str "{:a [" text "]}") (Shown/of {:a [x]})))
    (is (= (str "{:a (" text ")}") (Shown/of {:a (map identity [x])})))))

(deftest bindings-of-the-caller-dont-matter
  (binding [*print-length* 1, *print-level* 1, *print-meta* true, *print-readably* false, *print-dup* true]
    (is (= "[\"a\" {:b [1]}]" (Shown/of ["a" (with-meta {:b [1]} {:c 1})]))))
  (is (= "({:a/b 1})" (binding [*print-namespace-maps* true] (Shown/of (map identity [{:a/b 1}]))))))

(deftest what-doesnt-fit-is-replaced-by-an-ellipsis
  (is (= (str "(" (str/join " " (range 50)) " …)") (Shown/of (range))))
  (is (= "[[[[[[[[…]]]]]]]]" (Shown/of (nth (iterate vector []) 10))))
  (is (= "[[[[[[[[]]]]]]]]" (Shown/of (nth (iterate vector []) 7))))
  (let [text (Shown/of (.repeat "x" 5000))]
    (is (= 1001 (count text)))
    (is (str/ends-with? text "x…")))
  (is (not (Character/isHighSurrogate (.charAt ^String (Shown/of (str (.repeat "x" 998) "😀😀😀")) 999))) "no half of a pair")
  (is (= "a number of 3322 bits" (Shown/of (biginteger (bigdec "1e1000"))) (Shown/text (biginteger (bigdec "1e1000"))))))

(deftest what-was-printed-before-a-failure-stays
  (is (= "(0 1 2 3 (printing it threw java.lang.IllegalStateException))"
         (Shown/of (lazy-cat [0 1 2 3] (throw (IllegalStateException. "x"))))))
  (is (= "{:a (0 1 (printing it takes too long), :b 1}"
         (Shown/of {:a (lazy-cat [0 1] (hostile/wait-until-released)), :b 1}))))

(deftest nothing-is-realized-or-dereferenced-that-would-wait
  (let [d (delay 1)]
    (Shown/of [d (hash-map :a d)])
    (is (not (realized? d)))))

(deftest hostile-values-are-printed-within-bounds
  (doseq [[kind make] hostile/values
          [form chars print] [["of" 1001 #(Shown/of %)]
                              ["text" 1001 #(Shown/text %)]
                              ["the log's" 20001 #(Shown/of % 20000 (Guard/deadline))]]]
    (testing [kind form]
      (is (<= (count (print (make))) (long chars))))))

(defmethod print-method ::waits [_ _] (hostile/wait-until-released))
(defmethod print-method ::throws [_ _] (throw (IllegalStateException. "no")))
(defmethod print-method ::endless [_ ^java.io.Writer w] (while (not (Thread/interrupted)) (try (.write w "x") (catch Exception _))))

(deftest other-peoples-printers-are-limited-too
  (doseq [[type text] {::waits   "[1 (printing it takes too long)]"
                       ::throws  "[1 (printing it threw java.lang.IllegalStateException)]"
                       ::endless (str "[1 " (.repeat "x" 997) "…")}]
    (is (= text (Shown/of [1 (with-meta {:a 1} {:type type})])))))

(deftest slow-values-are-left-alone-after-a-second
  (doseq [[kind make] hostile/slow-values]
    (testing kind
      (is (str/includes? (Shown/of {:a (make)}) "(printing it takes too long)")))))

(deftest a-value-that-ends-in-time-is-printed-in-full
  (is (= "(1 2 3)" (Shown/of (map #(do (Thread/yield) %) [1 2 3]))))
  (testing "also if its thread is interrupted, which stays so"
    (.interrupt (Thread/currentThread))
    (is (= ["(2 3)" true] [(Shown/of (map inc [1 2])) (Thread/interrupted)]))))

(def ^:dynamic ^:private *bound* nil)

(deftest a-values-code-has-the-callers-bindings
  (is (= "(1)" (binding [*bound* 1] (Shown/of (map (fn [_] *bound*) [1]))))))

(deftest fatal-errors-of-a-value-are-thrown
  (is (thrown? OutOfMemoryError (Shown/of (map (fn [_] (throw (OutOfMemoryError. "as if"))) [1])))))

(deftest only-so-many-threads-are-left-behind
  (let [wait #(Guard/call (+ (System/nanoTime) 1000000) (reify java.util.function.Supplier (get [_] (hostile/wait-until-released))))]
    (dotimes [_ 20] (is (thrown? Guard$TooSlow (wait))))
    (is (= "(not printed, since printing others hasn't ended)" (Shown/of (map inc [1]))))
    (is (= "[1 {:a 2}]" (Shown/of [1 {:a 2}])) "this needs no thread")
    (hostile/release #())
    (testing "until they have ended"
      (is (some #{"(2)"} (repeatedly 1000000 #(do (Thread/yield) (Shown/of (map inc [1])))))))))

(deftest exceptions-are-described-within-bounds
  (doseq [[kind make] hostile/exceptions]
    (testing kind
      (let [^Throwable e (make)]
        (is (str/starts-with? (Traces/of e) (.getName (class e))))
        (is (<= (count (Traces/of e)) (inc (* 256 1024))))
        (is (<= (count (Failure/summary e)) (* 257 1024)))
        (is (<= 1 (count (Failure/chain e)) 1000))))))

(deftest slow-exceptions-are-described-without-what-is-slow
  (doseq [[kind make] hostile/slow-exceptions]
    (testing kind
      (let [^Throwable e (make)]
        (is (str/starts-with? (Traces/of e) (.getName (class e))))))))

(deftest a-trace-is-printed-as-by-the-jvm
  (let [e   (doto (RuntimeException. "outer" (IllegalStateException. "inner")) (.addSuppressed (RuntimeException. "other")))
        out (java.io.StringWriter.)]
    (.printStackTrace e (java.io.PrintWriter. out))
    (is (= (set (remove #(re-find #"Suppressed|more$" %) (map str/trim (str/split-lines (str out)))))
           (set (remove #(re-find #"Suppressed|more$" %) (map str/trim (str/split-lines (Traces/of e))))))))
  (is (re-find #"^clojure\.lang\.ExceptionInfo: a\\nb \{:c \"d\"\}\n\tat " (Traces/of (ex-info "a\nb" {:c "d"})))))

(def ^:private quick
  "Hostile values that need neither much time nor much memory."
  (dissoc hostile/values "a long string" "a long text" "a long keyword" "more data than memory" "a long number"))

(def ^:private forms
  {:lazy      #(map identity %)
   :endless   #(map identity (cycle (cons 1 %)))
   :list      #(apply list %)
   :vector    vec
   :java-list #(ArrayList. ^java.util.Collection %)
   :array     object-array
   :map       #(zipmap (range) %)
   :java-map  #(doto (HashMap.) (.put "all" %))
   :record    #(hostile/->Order 1 %)
   :atom      atom
   :delay     #(doto (delay %) deref)
   :exception #(ex-info "x" {:data %})})

(defn- build
  "Makes the value that a generated description stands for: [form & parts], the name of a hostile value, or a simple value."
  [x]
  (cond
    (vector? x) ((forms (first x)) (map build (rest x)))
    (quick x)   ((quick x))
    :else       x))

(def ^:private description
  (gen/recursive-gen (fn [inner] (gen/fmap (fn [[form parts]] (into [form] parts)) (gen/tuple (gen/elements (keys forms)) (gen/vector inner 0 4))))
                     (gen/one-of [gen/simple-type gen/string (gen/elements (keys quick))])))

(defspec data-that-fits-is-printed-as-by-pr (Depth/times 200 2000)
  (prop/for-all [x (gen/recursive-gen (fn [inner] (gen/one-of [(gen/vector inner 0 3) (gen/map inner inner {:max-elements 3}) (gen/list inner)]))
                                      gen/simple-type)]
    (let [shown (Shown/of x)]
      (or (str/includes? shown Shown/CUT) (= (pr-plainly x) shown)))))

(defspec any-data-is-printed-within-bounds (Depth/times 100 2000)
  (prop/for-all [x description, chars (gen/choose 100 3000)]
    (let [chars (long chars)]
      (and (<= (count (Shown/of (build x))) 1001)
           (<= (count (Shown/text (build x))) 1001)
           (<= (count (Shown/of (build x) chars (Guard/deadline))) (inc chars))
           (<= (count (Traces/of (ex-info "x" {:data (build x)}))) (* 257 1024))))))
