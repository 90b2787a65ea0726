(ns karamon.table.csv-test
  "CSV files in tables: the right rows, or an error and no row."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.table :as table]
   [karamon.table.fixture :as fixture :refer [carbondata? error-of session]]
   [karamon.table.process :as process])
  (:import
   (java.io File FileOutputStream)
   (java.time Instant LocalDate)
   (java.util.zip GZIPOutputStream)))

(set! *warn-on-reflection* true)

(def ^:private folder (delay (process/new-folder "karamon-csv")))

(defn- file
  "Writes a file of a content, text or bytes; returns its path."
  ([content] (file "people.csv" content))
  ([n content] (file n content "UTF-8"))
  ([n content charset]
   (let [file (io/file @folder n)]
     (io/make-parents file)
     (io/copy (if (string? content) (.getBytes ^String content ^String charset) content) file)
     (str file))))

(defn- new-table
  ([] (new-table [[:id :int] [:name :string] [:city :string]]))
  ([columns]
   (table/sql @session "DROP TABLE IF EXISTS loaded")
   (table/create-table @session "loaded" columns)))

(defn- all []
  (table/sql @session "SELECT * FROM loaded ORDER BY id"))

(defn- loaded
  "Returns the rows of a new table after it loaded a content, as vectors."
  ([content] (loaded content {}))
  ([content options]
   (new-table)
   (table/load-csv @session "loaded" (if (instance? File content) (str content) (file content)) options)
   (mapv (comp vec vals) (all))))

(defn- failure
  "Returns the message of the error of loading a content, after the file's name. It must be a bad record, and load no row."
  ([content] (failure content {}))
  ([content options]
   (let [path  (file content)
         [type message] (error-of #(table/load-csv @session "loaded" path options))]
     (is (= :karamon.table/bad-record type) message)
     (is (= [] (all)))
     (is (str/starts-with? (str message) (str path ", ")))
     (str/replace-first (str message) (str path ", ") ""))))

(deftest fields-are-those-of-rfc-4180
  (are [rows content] (= rows (loaded content))
    [[1 "a \"q\" b" "c,d"] [2 "e\nf" "g\r\nh"]]  "id,name,city\r\n1,\"a \"\"q\"\" b\",\"c,d\"\r\n2,\"e\nf\",\"g\r\nh\"\r\n"
    [[1 "" nil] [2 nil ""]]                     "id,name,city\n1,\"\",\n2,,\"\"\n"
    [[1 "#a" "\\"] [2 " x " "\\n"]]             "id,name,city\n1,#a,\\\n2, x ,\\n\n"
    [[1 "太郎" "a\u0000b"]]                       "\uFEFFid,name,city\n1,太郎,a\u0000b"
    [[1 "a" nil] [2 "b" nil]]                   "NAME,Id\r\na, 1 \r\n\r\nb,+2\r\n\r\n"
    [[nil "a" nil]]                             "\"id\",\"name\"\n\"\",a\n"
    []                                          "id,name,city\n")
  (testing "a column without a field is null"
    (new-table [[:id :int]])
    (table/load-csv @session "loaded" (file "id\n1\n\n3\n"))
    (is (= [{:id nil} {:id 1} {:id 3}] (all)))))

(deftest options-say-how-files-are
  (are [rows content options] (= rows (loaded content options))
    [[1 "a" "b"]]            "1;a;b\n"                            {:header false, :delimiter ";"}
    [[1 "a" "b"]]            "id||name||city\n1||a||b"            {:delimiter "||"}
    [[1 "a,b" "\""]]         "id,name,city\n1,'a,b',\"\n"         {:quote \'}
    [[1 "\"a" "b\""]]        "id,name,city\n1,\"a,b\"\n"          {:quote nil}
    [[1 "a\"b" "c"]]         "id,name,city\n1,\"a\\\"b\",c\n"     {:escape "\\"}
    [[nil "b" nil] [1 "" "NA"]] "id,name,city\n1,,\"NA\"\nNA,b,NA\n" {:null "NA"}
    [[nil "b" ""] [1 nil nil]] "id,name,city\n1,,\\N\n\\N,b,\"\"\n" {:null #{"" "\\N"}}
    [[1 "a" "b"] [2 "c" nil]] "id,name,city\n1,a,b\n2,c,\n"       {:multi-line false})
  (testing "the charset"
    (new-table)
    (doseq [[i charset] (map-indexed vector ["Shift_JIS" "EUC-JP" "UTF-16" "UTF-16LE" "ISO-2022-JP"])]
      (table/load-csv @session "loaded" (file "p.csv" (str "id,name,city\r\n" i ",太郎,\"表\nソ\"\r\n") charset) {:charset charset}))
    (is (= (for [i (range 5)] {:id i, :name "太郎", :city "表\nソ"}) (all)))))

(deftest wrong-options-are-errors
  (new-table)
  (doseq [[options message] {{:quote "''"}          "The option :quote must be one character, or nil, found \"''\""
                             {:charset "Shift-JISS"} (str "The option :charset must be the name of a charset, such as "
                                                           "\"Shift_JIS\", found \"Shift-JISS\"")
                             {:delimiter ""}        "The option :delimiter must be text without line ends, found \"\""
                             {:delimiter "\""}      "The option :delimiter must not contain the quote \""
                             {:bad-records :ignore} "The option :bad-records must be :fail or :skip, found :ignore"
                             {:null nil}            "The option :null must be a text, or a set of texts, found nil"}]
    (is (= [:karamon.table/bad-option message] (error-of #(table/load-csv @session "loaded" "x.csv" options))))))

(deftest a-bad-record-is-an-error-with-its-line-and-no-row-is-loaded
  (new-table)
  (are [message content] (= message (failure content))
    "line 3: The column id, of type int, can't hold \"x\": expected a whole number from -2147483648 to 2147483647"
    "id,name\n1,\"a\"\nx,b\n"
    "line 4: The column id, of type int, can't hold \"99999999999\": expected a whole number from -2147483648 to 2147483647"
    "id,name\r\n1,\"a\nb\"\r\n99999999999,b\r\n"
    "line 2: 2 fields, expected 3"          "id,name,city\n1,a\n"
    "line 2: 4 fields, expected 3"          "id,name,city\n1,a,b,c\n"
    "line 2: a quote within the field 2, which doesn't begin with one" "id,name\n1,5\" pipe\n"
    "line 2: text after the quotes of the field 2" "id,name\n1,\"a\"b\n"
    "line 3: the quotes of the field 2 have no end" "id,name\n1,a\n2,\"b\n3,c\n4,d\n"
    "line 1: No column \"nmae\" for the table loaded: there are \"city\", \"id\", \"name\". Did you mean \"name\"?" "id,nmae\n1,a\n"
    "line 1: the header has the column \"id\" twice" "id,name,ID\n1,a,2\n"
    "line 1: no header: the file is empty"  "")
  (is (= "line 1: in the header, the bytes FF aren't UTF-8" (failure (byte-array [-1 -2 105 0 100 0]))))
  (is (= "line 2: the bytes 91 aren't UTF-8" (failure (.getBytes "id,name\n1,太\n" "Shift_JIS"))))
  (is (= "line 2: the line ends within the quotes of the field 2" (failure "id,name\n1,\"a\nb\"\n" {:multi-line false})))
  (testing "after many rows"
    (is (= "line 50002: The column id, of type int, can't hold \"1.5\": expected a whole number from -2147483648 to 2147483647"
           (failure (str "id,name\n" (str/join (for [i (range 50000)] (str i ",a\n"))) "1.5,b\n")))))
  (testing "its data"
    (let [path (file "id\nx\n")]
      (is (= {:type :karamon.table/bad-record, :path path, :line 2, :column "id", :value "x"}
             (try
               (table/load-csv @session "loaded" path)
               (catch clojure.lang.ExceptionInfo e (ex-data e))))))))

(deftest bad-records-may-be-skipped
  (new-table)
  (let [path (file (.getBytes "id,name\n1,a\nx,b\n3\n4,\"d\"d\n5,é\n6,f\n" "ISO-8859-1"))
        result (table/load-csv @session "loaded" path {:bad-records :skip})]
    (is (= [[1 "a"] [6 "f"]] (map (juxt :id :name) (all))))
    (is (= {:skipped 4
            :reasons [(str path ", line 3: The column id, of type int, can't hold \"x\": "
                        "expected a whole number from -2147483648 to 2147483647")
                      (str path ", line 4: 1 field, expected 2")
                      (str path ", line 5: text after the quotes of the field 2")
                      (str path ", line 6: the bytes E9 aren't UTF-8")]}
           result)))
  (testing "but not a header, or quotes without an end"
    (new-table)
    (is (= "line 1: the header has the column \"id\" twice" (failure "id,id\n1,2\n" {:bad-records :skip})))
    (is (= "line 3: the quotes of the field 2 have no end" (failure "id,name\n1,a\n2,\"b\n3,c\n" {:bad-records :skip}))))
  (testing "the first hundred are named"
    (let [result (table/load-csv @session "loaded" (file (str "id\n" (str/join (repeat 1000 "x\n")) "1\n")) {:bad-records :skip})]
      (is (= [1000 100] [(:skipped result) (count (:reasons result))]))
      (is (= [1] (map :id (all)))))))

(def ^:private typed
  [[:id :int] [:b :boolean] [:si :smallint] [:l :bigint] [:d :double] [:de "decimal(20,5)"] [:s :string] [:bi :binary] [:da :date]
   [:ts :timestamp] [:a "array<int>"]])

(deftest values-of-each-type-are-read
  (new-table typed)
  (table/load-csv @session "loaded"
    (file (str "id,b,si,l,d,de,s,bi,da,ts\n"
               "1,true,-2,9223372036854775807,-1.5e-3,123456789012345.12345,\\,a,2026-02-28,2026-02-28T01:02:03.456Z\n"
               "2,N,+3, 5 ,1e308,1.50000000,\"\",é,1969-12-31,2026-2-28 10:02+09:00\n"
               "3,\"\",,\"\",,\" \",,,\"\",\n"
               "4,,,,,,,,9999-12-31,9999-12-31\n")))
  (is (= [{:id 1, :b true, :si -2, :l Long/MAX_VALUE, :d -0.0015, :de 123456789012345.12345M, :s "\\", :bi [97]
           :da (LocalDate/parse "2026-02-28"), :ts (Instant/parse "2026-02-28T01:02:03.456Z"), :a nil}
          {:id 2, :b false, :si 3, :l 5, :d 1e308, :de 1.50000M, :s "", :bi [-61 -87], :da (LocalDate/parse "1969-12-31")
           :ts (Instant/parse "2026-02-28T01:02:00Z"), :a nil}
          (merge (zipmap (map first typed) (repeat nil)) {:id 3})
          (merge (zipmap (map first typed) (repeat nil))
            {:id 4, :da (LocalDate/parse "9999-12-31"), :ts (Instant/parse "9999-12-31T00:00:00Z")})]
         (map #(update % :bi (fn [b] (some-> b vec))) (all))))
  (new-table typed)
  (doseq [[column values] {"b" ["2" "tru"], "si" [(if carbondata? "32768" "2147483648") "1e2" "0x1"]
                           "l" ["9223372036854775808" "1.0"]
                           "d" ["1e309" "1,5" "x" "1d" "0x1p3"], "de" ["1234567890123456" "0.000001" "1e400" "--1"]
                           "da" ["2026-02-30" "26-02-28" "2026-02-28 00:00:00" "12020-01-01" "0000-01-01"]
                           "ts" ["2026-02-28 24:00:00" "2026-02-30" "2026-02-28 01:02:03.4567891" "now" "20260228"]}
          value values]
    (is (re-find (re-pattern (str "^line 2: The column " column ", of type .*, can't hold \"" value "\": expected (a|true|whole) "))
          (failure (str "id;" column "\n1;" value "\n") {:delimiter ";"}))
      (str column " " value)))
  (is (= "line 1: the column a has the type array<int>, which a CSV file can't hold: use INSERT … SELECT"
         (failure "id,a\n1,2\n")))
  (testing "what only Iceberg holds"
    (let [content "id,d,ts,da,s\n1,NaN,1500-01-01 00:00:00.000001,1500-02-28,\\N\n2,-Infinity,,,\n"]
      (if carbondata?
        (doseq [[column value reason] [["d" "NaN" "finite"] ["ts" "2026-01-01 00:00:00.000001" "milliseconds"]
                                       ["da" "1500-02-28" "1582"]
                                       ["s" "\\N" "null"] ["bi" "\"\"" "null"]]]
          (is (str/includes? (failure (str "id," column "\n1," value "\n")) reason)))
        (do
          (table/load-csv @session "loaded" (file content))
          (let [[one two] (all)]
            (is (NaN? (:d one)))
            (is (= ##-Inf (:d two)))
            (is (= [(Instant/parse "1500-01-01T00:00:00.000001Z") (LocalDate/parse "1500-02-28") "\\N"]
                   ((juxt :ts :da :s) one)))))))))

(deftest a-field-may-be-long
  (let [text (str/join (repeat 1000000 "é"))]
    (new-table)
    (if carbondata?
      (do
        (is (= :karamon.table/failed (first (error-of #(table/load-csv @session "loaded" (file (str "id,name\n1," text "\n")))))))
        (is (= [] (all))))
      (do
        (table/load-csv @session "loaded" (file (str "id,name\n1," text "\n")))
        (is (= [text] (map :name (all))))))))

(deftest hostile-paths-are-paths
  (doseq [n ["a b.csv" "a'b.csv" "a\"b.csv" "a`b.csv" "a`; DROP TABLE loaded; --.csv" "a' OR '1'='1.csv" "*.csv" "{a,b}.csv"
             "{a.csv" "[a.csv"
             "a?b.csv" "a#b%20c.csv" "a\\b.csv" "*/x.csv" "太郎.csv" "a$b.csv" "a,b.csv" "a;b.csv" "-- a.csv" "x /* y/z.csv"]]
    (new-table)
    (table/load-csv @session "loaded" (file (str "hostile/" n) "id,name,city\n1,a,b\n"))
    (is (= [{:id 1, :name "a", :city "b"}] (all)) n)
    (doseq [file (reverse (rest (file-seq (io/file @folder "hostile"))))]
      (io/delete-file file)))
  (doseq [n ["gone.csv" "gone`.csv" "gone-*.csv" "gone{.csv" "gone[.csv" ""]]
    (let [[type message] (error-of #(table/load-csv @session "loaded" (str (io/file @folder "hostile" n))))]
      (is (= :karamon.table/failed type))
      (is (re-find #"^Path does not exist: file:/|^There are no files in " message) message))))

(deftest a-folder-and-a-pattern-name-several-files
  (let [folder #(str (io/file @folder %))]
    (file "parts/b.csv" "name,id\nb,2\n")
    (file "parts/a.csv" "id,name\n1,a\n")
    (file "parts/_SUCCESS" "")
    (file "parts/.hidden.csv" "x\n")
    (file "parts/empty.csv" "")
    (with-open [out (GZIPOutputStream. (FileOutputStream. (io/file (folder "parts") "c.csv.gz")))]
      (.write out (.getBytes "id,name\n3,c\n")))
    (new-table)
    (table/load-csv @session "loaded" (folder "parts"))
    (is (= [[1 "a"] [2 "b"] [3 "c"]] (map (juxt :id :name) (all))))
    (new-table)
    (table/load-csv @session "loaded" (folder "parts/[ab].csv"))
    (is (= [[1 "a"] [2 "b"]] (map (juxt :id :name) (all))))
    (new-table)
    (table/load-csv @session "loaded" (folder "parts/*"))
    (is (= [[1 "a"] [2 "b"] [3 "c"]] (map (juxt :id :name) (all))))
    (testing "a bad record in one of them loads none"
      (new-table)
      (let [bad (file "parts/d.csv" "id,name\n4,d,e\n")]
        (is (= [:karamon.table/bad-record (str bad ", line 2: 3 fields, expected 2")]
               (error-of #(table/load-csv @session "loaded" (folder "parts")))))
        (is (= [] (all)))
        (io/delete-file bad)))
    (testing "a folder in the folder isn't passed over"
      (file "parts/city=york/e.csv" "id,name\n5,e\n")
      (is (str/starts-with? (second (error-of #(table/load-csv @session "loaded" (folder "parts"))))
            "Expected files, found the folder ")))))

(deftest many-small-files-share-tasks
  (dotimes [i 300]
    (file (str "many/" i ".csv") (str "id\n" i "\n")))
  (new-table)
  (table/load-csv @session "loaded" (str (io/file @folder "many")))
  (is (= (range 300) (map :id (all))))
  (is (> 50 (count (table/segments @session "loaded")))))

(deftest a-large-file-is-divided-if-records-have-one-line-each
  (with-redefs [karamon.table.csv/max-part-bytes 5000]
    (let [rows (for [i (range 2000)] {:id i, :name (str "é" i), :city nil})
          text (fn [line-end rows] (str "name,id" line-end (str/join (for [{:keys [id name]} rows] (str name "," id line-end)))))]
      (doseq [[line-end options] [["\n" {:multi-line false}] ["\r\n" {:multi-line false}] ["\r" {:multi-line false}] ["\r\n" {}]
                                  ["\r\n" {:multi-line false, :charset "UTF-16"}]]]
        (new-table)
        (table/load-csv @session "loaded" (file "large.csv" (text line-end rows) (:charset options "UTF-8")) options)
        (is (= rows (all)) (pr-str line-end options))
        (testing "an error names the line"
          (new-table)
          (let [bad (file "large.csv" (str (text line-end rows) "x,y" line-end "z,1") (:charset options "UTF-8"))]
            (is (str/starts-with? (second (error-of #(table/load-csv @session "loaded" bad options))) (str bad ", line 2002: "))
              (pr-str line-end options))))))))

(deftest the-statement-names-the-file
  (new-table)
  (reset! fixture/statements [])
  (let [path (file "a`*/b.csv" "id\n1\n")]
    (table/load-csv @session "loaded" path)
    (is (re-matches #"INSERT INTO loaded SELECT id, name, city FROM karamon_csv_\d+ /\* file:/.*/a_+/b\.csv \*/"
          (last @fixture/statements))
      (last @fixture/statements))
    (is (= [] (filter #(re-find #"^karamon_csv_" (str (:tableName %))) (table/sql @session "SHOW TABLES"))) "the view is gone")))
