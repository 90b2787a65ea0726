(ns karamon.s3.md5.journal-test
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.test :refer [deftest is testing]]
   [karamon.s3.md5.journal :as journal]
   [karamon.s3.md5.tally :as tally]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io Closeable)
   (java.nio.charset StandardCharsets)
   (java.nio.file Files LinkOption OpenOption)
   (java.nio.file.attribute FileAttribute PosixFilePermissions)
   (java.util Arrays)))

(set! *warn-on-reflection* true)

(def ^:private run {:bucket "photos", :prefix ""})

(def ^:private lines
  [{:intent "a\nü", :etag "x-2", :tags [["t" "v"]]}
   {:intent "b", :etag "y-2"}
   {:key "a\nü", :result "done"}
   {:mark "a\nü"}
   {:intent "c", :etag "z-2"}])

(defn- written! [path lines]
  (with-open [^Closeable journal (first (journal/open! path run true))]
    (run! #(journal/write! journal %) lines)))

(deftest a-journal-is-readable-after-a-cut-at-any-byte
  (temp/call-with-folder
    (fn [folder]
      (let [whole (str (io/file folder "whole"))
            torn  (io/file folder "torn")]
        (written! whole lines)
        (is (= {:run run, :mark "a\nü", :pending {"b" {:intent "b", :etag "y-2"}, "c" {:intent "c", :etag "z-2"}}}
               (dissoc (journal/state whole) :end)))
        (let [bytes (Files/readAllBytes (.toPath (io/file whole)))]
          (doseq [n (range (alength bytes))]
            (testing n
              (Files/write (.toPath torn) (Arrays/copyOf bytes (int n)) ^"[Ljava.nio.file.OpenOption;" (make-array OpenOption 0))
              (let [before (journal/state torn)]
                (is (= (take (count (re-seq #"\n" (String. bytes 0 (int n) StandardCharsets/UTF_8))) (cons {:run run} lines))
                       (journal/reduce-lines #(conj %1 (dissoc %2 :bytes)) [] torn)))
                (written! (str torn) [{:mark "z"}])
                (is (= (assoc before :run run, :mark "z") (assoc (journal/state torn) :end (:end before))))))))))))

(deftest a-journal-is-for-its-owner-only-and-follows-no-link
  (temp/call-with-folder
    (fn [folder]
      (let [path (str (io/file folder "journal"))
            link (io/file folder "link")]
        (written! path lines)
        (is (= "rw-------" (PosixFilePermissions/toString (Files/getPosixFilePermissions (.toPath (io/file path)) (make-array LinkOption 0)))))
        (Files/createSymbolicLink (.toPath link) (.toPath (io/file folder "nowhere")) (make-array FileAttribute 0))
        (is (= [:karamon.s3/bad-journal (str link " can't be written: " link " is a link, or something else than a file: delete it")]
               (try
                 (written! (str link) lines)
                 (catch ExceptionInfo e
                   [(:type (ex-data e)) (ex-message e)]))))
        (is (not (.exists (io/file folder "nowhere"))))))))

(deftest all-keys-before-a-mark-are-settled
  (let [row   (fn [key] {:key key, :size 1})
        begun (reduce tally/begun (tally/passed (tally/tally nil) (row "a") :already) ["b" "c" "d"])]
    (is (= "a" (tally/mark begun)))
    (is (= "a" (tally/mark (tally/finished begun 2 {:result :done}))))
    (is (= "c" (tally/mark (-> begun (tally/finished 2 {:result :done}) (tally/finished 1 {:result :done})))))
    (testing "failed objects aren't settled"
      (let [failed (reduce #(tally/finished %1 %2 {:result (if (= 2 %2) :failed :done)}) begun [3 2 1])]
        (is (= "b" (tally/mark failed)))
        (is (= "b" (tally/mark (tally/passed failed (row "e") :already))))
        (is (= {} (:working failed)))))
    (testing "the first failure counts"
      (is (= "a" (tally/mark (reduce #(tally/finished %1 %2 {:result :failed}) begun [3 1 2])))))))
