(ns karamon.table.files-test
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.table :as table]
   [karamon.table.explain :as explain]
   [karamon.table.files :as files]
   [karamon.table.fixture :refer [carbondata? error-of session table-format]]
   [karamon.table.process :as process]))

(set! *warn-on-reflection* true)

(deftest a-folder-and-its-changes-are-drawn
  (let [folder (process/new-folder "karamon-tree")
        write  #(doto (io/file folder %) io/make-parents (spit %2))
        tree   #(files/->Tree "t" (files/snapshot folder))]
    (write "b/two" "12")
    (write "a" (apply str (repeat 1200 "x")))
    (write ".a.crc" "x")
    (.mkdirs (io/file folder "b/empty"))
    (let [before (tree)]
      (is (= (str "t\n"
                  "├── a  1.2 KB\n"
                  "└── b\n"
                  "    ├── empty\n"
                  "    └── two  2 B")
             (str before) (pr-str before)))
      (is (= "t\n└── nothing changed" (str (files/diff before (tree)))))
      (write "b/empty/new" "1")
      (write "a" "shorter")
      (.delete (io/file folder "b/two"))
      (is (= (str "t\n"
                  "├── a  ~ 7 B\n"
                  "└── b\n"
                  "    ├── empty\n"
                  "    │   └── new  + 1 B\n"
                  "    └── two  - gone")
             (str (files/diff before (tree))))))))

(deftest a-file-is-explained-by-its-name
  (is (= "rows of segment 0.1: blocklets of pages, each with one column's values; the footer has minimum and maximum of each"
         (explain/description :carbondata "Fact/Part0/Segment_0.1/part-0-0_batchno0-0-0-1.snappy.carbondata")))
  (is (= "rows of segment 1 with city=kyoto/day=2: blocklets of pages, each with one column's values; the footer has minimum and maximum of each"
         (explain/description :carbondata "city=kyoto/day=2/part-0-101100001100001_batchno0-0-1-1796042058496.snappy.carbondata")))
  (is (= "JSON: which rows of segment 0.1 with city=kyoto are deleted, or moved by an update; by blocklet and page"
         (explain/description :carbondata "city=kyoto/part-0-101100001100001_batchno0-0-0.1-1796042058496.deletedelta")))
  (is (= "JSON: the index files of segment 3" (explain/description :carbondata "Metadata/segments/3_1.segment")))
  (is (= "lock on tablestatus, held while a process has it open" (explain/description :carbondata "LockFiles/tablestatus.lock")))
  (is (= "list of the manifests of snapshot 5" (explain/description :iceberg "metadata/snap-5-1-a.avro")))
  (is (nil? (explain/description :carbondata "other"))))

(deftest the-journal-names-the-statement-that-wrote-a-file
  (let [statements [{:sql "INSERT INTO a VALUES (1)", :began 10, :ended 20} {:sql "UPDATE default.b SET x = 1", :began 10, :ended 30}
                    {:sql "DELETE FROM a", :began 40}]]
    (is (= 10 (:began (explain/writer statements "a" 20))))
    (is (= "UPDATE default.b SET x = 1" (:sql (explain/writer statements "b" 15))))
    (is (nil? (explain/writer statements "a" 35)))
    (is (= "DELETE FROM a" (:sql (explain/writer statements "default.a" 50))))))

(deftest every-file-of-a-table-is-explained
  (table/sql @session "DROP TABLE IF EXISTS laid_open")
  (table/create-table @session "laid_open" [[:id :string] [:city :string]])
  (let [before (table/tree @session "laid_open")]
    (table/insert! @session "laid_open" (for [i (range 1 7)] {:id (str i), :city "york"}))
    (let [after   (table/tree @session "laid_open")
          diff    (table/diff-tree before after)
          written (filter #(contains? (:added diff) (:file %)) (table/explain-files @session "laid_open"))]
      (is (< 1 (count written)))
      (is (= 1 (count (disj (set (map :statement written)) nil))))
      (is (every? #(str/starts-with? % "INSERT INTO laid_open VALUES ('1', 'york'), ('2', 'york')") (keep :statement written)))
      (when carbondata?
        (is (some #(re-matches #"Fact/Part0/Segment_0/part-.*\.carbondata" (:file %)) written))
        (is (some #(re-matches #"Fact/Part0/Segment_0/.*\.carbonindex" (:file %)) written))))
    (table/delete! @session "laid_open" {:id "1"})
    (table/update! @session "laid_open" {:city "leeds"} {:id "2"})
    (table/compact! @session "laid_open" :major)
    (testing "no file is unknown"
      (is (= [] (remove :what (table/explain-files @session "laid_open"))))
      (is (= [] (remove :statement (filter #(re-find #"^(Fact|data)/.*[^/]$" (:file %)) (table/explain-files @session "laid_open")))))
      (is (not-any? :cut-short (table/explain-files @session "laid_open"))))
    (testing "and files of deletions are among them"
      (is (some #(re-find (if (= :carbondata table-format) #"\.deletedelta$" #"\.puffin$") (:file %))
                (table/explain-files @session "laid_open")))))
  (is (= :karamon.table/failed (first (error-of #(table/tree @session "nowhere"))))))
