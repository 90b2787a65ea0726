(ns karamon.table.csv-reader-test
  "The reader of CSV files, without Spark."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [clojure.test.check :as check]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :refer [for-all]]
   [karamon.table.plain :as plain])
  (:import
   (java.io ByteArrayInputStream InputStream)
   (karamon.table CsvForm CsvReader CsvReader$Broken)))

(set! *warn-on-reflection* true)

(def ^:private rfc-4180 {:charset "UTF-8", :delimiter ",", :quote \", :escape \", :multi-line true})

(defn- trickle
  "Returns a stream of bytes that come one by one."
  [^bytes content]
  (let [in (ByteArrayInputStream. content)]
    (proxy [InputStream] []
      (read
        ([] (.read in))
        ([bytes offset _] (.read in bytes offset 1))))))

(defn- records
  "Returns the records of a text or of bytes: the line, then the fields, or the problem as a keyword's name."
  ([content] (records content {}))
  ([content options]
   (let [{:keys [charset delimiter quote escape multi-line open]} (merge rfc-4180 {:open #(ByteArrayInputStream. %)} options)
         code  #(if % (int %) CsvForm/NONE)
         bytes (if (string? content) (.getBytes ^String content ^String charset) content)]
     (with-open [reader (CsvReader. ^InputStream (open bytes) (CsvForm. charset delimiter (code quote) (code escape) multi-line))]
       (loop [found []]
         (if (.next reader)
           (recur (conj found
                    (into [(.line reader)]
                          (if-let [problem (.problem reader)]
                            [:problem problem]
                            (for [i (range (.size reader))]
                              (cond-> (.field reader i) (.quoted reader i) list))))))
           found))))))

(deftest records-have-the-form-of-rfc-4180
  (are [found content] (= found (records content) (records content {:open trickle}))
    []                                            ""
    [[1 ""]]                                      "\n"
    [[1 "a" "b"]]                                 "a,b"
    [[1 "a" "b"] [2 "c" "d"]]                     "a,b\r\nc,d\r\n"
    [[1 "a" "b"] [2 "c" "d"]]                     "a,b\nc,d\n"
    [[1 "a"] [2 "b"]]                             "a\rb\r"
    [[1 "a"] [2 ""] [3 "b"]]                      "a\n\nb"
    [[1 "" "" ""]]                                ",,"
    [[1 '("") ""]]                                "\"\","
    [[1 '("a \"q\" b")]]                          "\"a \"\"q\"\" b\""
    [[1 '("\"")]]                                 "\"\"\"\""
    [[1 '("a,b") "c"]]                            "\"a,b\",c"
    [[1 '("a\nb\r\nc\rd")] [5 "e"]]               "\"a\nb\r\nc\rd\"\r\ne"
    [[1 "# no comment"]]                          "# no comment"
    [[1 " a " "\tb"]]                             " a ,\tb"
    [[1 "a\u0000b" "\u0000"]]                     "a\u0000b,\u0000"
    [[1 "太郎" "😀"]]                               "\uFEFF太郎,😀"
    [[1 '("a") "b"]]                              "\uFEFF\"a\",b"
    [[1 "\\" "\\\\n"]]                            "\\,\\\\n"))

(deftest records-of-another-form-have-a-problem-and-the-next-line-follows
  (are [found content] (= found (records content) (records content {:open trickle}))
    [[1 :problem "a quote within the field 1, which doesn't begin with one"] [2 "b"]] "a\"x\"\nb"
    [[1 :problem "a quote within the field 2, which doesn't begin with one"] [2 "b"]] "x, \"a\"\r\nb\r\n"
    [[1 :problem "text after the quotes of the field 1"] [2 "b"]]                  "\"a\"x,\"y\nb"
    [[1 :problem "text after the quotes of the field 2"] [3 "b"]]                  "x,\"a\n\" ,y\nb")
  (testing "quotes without an end"
    (doseq [content ["a\n\"" "a\n\"b\n" "a\n\"b\"\"" "a\n\"b,c\r\n\"\""]]
      (is (thrown-with-msg? CsvReader$Broken #"the quotes of the field 1 have no end" (records content)))))
  (testing "too long a record"
    (is (thrown-with-msg? CsvReader$Broken #"a record of more than 16777216 characters"
          (records (str "a,\"" (str/join (repeat 16777216 "x"))))))))

(deftest a-field-may-be-long
  (let [long-text (str/join (repeat 1000000 "é\""))]
    (is (= [[1 (list long-text) "x"]] (records (str "\"" (str/replace long-text "\"" "\"\"") "\",x\n"))))
    (is (= 1000002 (count (first (records (str/join (repeat 1000000 ",")))))))))

(deftest options-change-the-form
  (are [found content options] (= found (records content options) (records content (assoc options :open trickle)))
    [[1 "a" "b"]]                    "a;b"                   {:delimiter ";"}
    [[1 "a" "|b" ""]]                "a|||b||"               {:delimiter "||"}
    [[1 '("a||") "b"]]               "\"a||\"||b"            {:delimiter "||"}
    [[1 :problem "text after the quotes of the field 1"] [2 "b"]] "\"a\"|\nb"    {:delimiter "||"}
    [[1 "\"a" "b\""]]                "\"a,b\""               {:quote nil}
    [[1 '("a,b") "\""]]              "'a,b',\""              {:quote \', :escape \'}
    [[1 '("a\"b\\c\\n")]]           "\"a\\\"b\\\\c\\n\""       {:escape \\}
    [[1 :problem "text after the quotes of the field 1"]] "\"a\"\"b\"" {:escape \\}
    [[1 :problem "text after the quotes of the field 1"]] "\"a\"\"b\"" {:escape nil}
    [[1 :problem "the line ends within the quotes of the field 1"] [2 "b"]] "\"a\r\nb\r\n" {:multi-line false}
    [[1 :problem "the line ends within the quotes of the field 1"]]         "\"a"         {:multi-line false}))

(deftest charsets-are-decoded-or-reported
  (doseq [charset ["Shift_JIS" "windows-31j" "EUC-JP" "ISO-2022-JP" "UTF-16" "UTF-16LE" "UTF-16BE" "UTF-32" "GB18030" "Big5-HKSCS"]]
    (is (= [[1 "東京" '("大\n阪")] [3 "a"]] (records "東京,\"大\n阪\"\r\na" {:charset charset})
           (records "東京,\"大\n阪\"\r\na" {:charset charset, :open trickle}))
      charset))
  (is (= [[1 "a"]] (records (byte-array [-2 -1 0 97]) {:charset "UTF-16BE"})))
  (testing "wrong bytes are reported with their line"
    (let [bytes (fn [& parts] (byte-array (mapcat #(if (string? %) (.getBytes ^String % "UTF-8") [%]) parts)))]
      (doseq [open [#(ByteArrayInputStream. %) trickle]]
        (is (= [[1 "a"] [2 :problem "the bytes E9 aren't UTF-8"] [3 "c"]] (records (bytes "a\nb" -23 "x\nc") {:open open})))
        (is (= [[1 "a"] [2 :problem "the bytes FF aren't UTF-8"] [3 "c"]] (records (bytes "a\r" -1 "\rc") {:open open})))
        (is (= [[1 :problem "the bytes FF aren't UTF-8"] [2 "c"]] (records (bytes -1 -2 "a\nc") {:open open})))
        (is (= [[1 "a"] [2 :problem "the bytes 01 DC aren't UTF-16"] [3 "b"]]
               (records (byte-array [-1 -2 97 0 10 0 1 -36 10 0 98 0]) {:charset "UTF-16", :open open})))
        (is (= [[1 "a"] [2 :problem "the bytes E5 A4 aren't UTF-8"]] (records (bytes "a\nb" -27 -92) {:open open})))
        (is (= [[1 "a"] [2 :problem "the bytes 81 aren't Shift_JIS"]]
               (records (bytes "a\nb" -127) {:charset "Shift_JIS", :open open})))
        (is (= [[70001 :problem "the bytes FF aren't UTF-8"]]
               (filter #(= :problem (second %)) (records (bytes (str/join (repeat 70000 "é\n")) -1 "\nb") {:open open}))))))))

(deftest fields-that-tables-print-are-read-again
  (let [texts  (gen/fmap str/join (gen/vector (gen/one-of [gen/char (gen/elements [\" \, \newline \return \space \é "😀" \#])])))
        result (check/quick-check 300
                 (for-all [rows (gen/vector (gen/vector (gen/one-of [texts (gen/return nil)]) 3) 0 20)]
                   (let [content (str/join (for [row rows] (str (str/join "," (map plain/csv-field row)) "\r\n")))]
                     (every? #(= rows (for [[_ & fields] (records content {:open %})]
                                        (for [field fields] (cond (list? field) (first field) (= "" field) nil :else field))))
                       [#(ByteArrayInputStream. %) trickle]))))]
    (is (:pass? result) (pr-str (:shrunk result)))))
