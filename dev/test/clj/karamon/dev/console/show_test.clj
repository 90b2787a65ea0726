(ns karamon.dev.console.show-test
  (:require
   [clojure.edn :as edn]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.dev.console.layout :as layout]
   [karamon.dev.console.show :as show])
  (:import
   (java.util Map)
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(deftest secrets-are-masked-wherever-they-are
  (are [x masked] (= masked (show/masked x))
    {"headers" {"Authorization" "Bearer x", "Accept" "*/*"}} {"headers" {"Authorization" show/mask, "Accept" "*/*"}}
    {:headers {:x-api-key "k", :cookie "a=b"}}               {:headers {:x-api-key show/mask, :cookie show/mask}}
    {"multiValueHeaders" {"Set-Cookie" ["a=b"]}}             {"multiValueHeaders" {"Set-Cookie" show/mask}}
    {"Records" [{"headers" {"authorization" "x"}}]}          {"Records" [{"headers" {"authorization" show/mask}}]}
    {"cookies" ["a=b"], :cookies {}}                         {"cookies" show/mask, :cookies {}}
    {"identity" {"apiKey" "k", "apiKeyId" nil}}              {"identity" {"apiKey" show/mask, "apiKeyId" nil}}
    {"authorization" nil}                                    {"authorization" nil}
    [1 "authorization"]                                      [1 "authorization"]
    nil                                                      nil))

(deftest endless-values-are-neither-searched-nor-printed-whole
  (let [shown (show/data (show/masked {:body (iterate inc 0), :set-cookie (repeat "x")}))]
    (is (str/starts-with? (:edn shown) "{:body (0"))
    (is (str/includes? (:edn shown) "…"))
    (is (str/includes? (:edn shown) show/mask))
    (is (= "••••••" (get (JsonReader/read ^String (:json shown) Keys/STRINGS) "set-cookie")))))

(deftest a-value-whose-code-throws-is-shown
  (is (string? (:edn (show/data {:body (map (fn [_] (throw (IllegalStateException. "no"))) [1])})))))

(deftest json-has-the-order-of-the-map
  (let [m (apply array-map (mapcat (fn [n] [(keyword (str "k" n)) n]) (range 20)))]
    (is (= (map #(str "k" %) (range 20)) (re-seq #"k\d+" (:json (show/data m))))))
  (is (= {"a" [1 nil true "b" 2.5], "s" "#inst \"2020-01-01T00:00:00.000-00:00\"", "k" "x/y"}
         (JsonReader/read ^String (:json (show/data {:a [1 nil true "b" 2.5], :s #inst "2020-01-01", :k :x/y})) Keys/STRINGS))))

(deftest data-with-more-values-than-memory-is-cut
  (let [huge (nth (iterate (fn [x] {:a x, :b x, :cookie "c"}) 1) 45)
        text (:edn (show/data (show/masked huge)))]
    (is (str/includes? text "…"))
    (is (not (str/includes? text "\"c\"")))))

(deftest text-that-is-cut-off-anywhere-has-a-form-in-json
  (let [text "{:a [1 {:b \"x\\\"y\", :c #{:d}}], :e #inst \"2020\", :f \\a}"]
    (dotimes [n (inc (count text))]
      (let [cut (subs text 0 n)]
        (is (string? (layout/layout cut 10)) cut)
        (is (= (pos? n) (instance? Map (layout/plain-data cut))) cut)))))

(deftest bytes-that-are-not-json-are-shown-as-text
  (is (= "<html>" (:json (show/json (.getBytes "<html>") false)))))

(deftest long-text-is-broken-into-lines
  (are [text lines] (= lines (str/split-lines (layout/layout text 20)))
    "{:a 1, :b 2}"                  ["{:a 1, :b 2}"]
    "{:a 11111, :b {:c 2222}}"      ["{:a 11111" " :b {:c 2222}}"]
    "[1111111 2222222 333333]"      ["[1111111" " 2222222" " 333333]"]
    "#inst \"2020\""                ["#inst \"2020\""]
    "{:a \"x, {y}\" :b [111 2222 3"  ["{:a \"x, {y}\"" " :b [111 2222 3"]
    "[#\"a{\" \\\\ \\{ \\space]"        ["[#\"a{\" \\\\ \\{ \\space]"]
    ") x"                           [""])
  (testing "also a very long string"
    (let [text (str \" (apply str (repeat 100000 "\\\"")) \")]
      (is (= text (layout/layout text 20))))))

(defspec layout-keeps-the-value 200
  (prop/for-all [x gen/any-printable-equatable, width (gen/choose 1 80)]
    (= x (edn/read-string (layout/layout (binding [*print-length* nil] (pr-str x)) width)))))
