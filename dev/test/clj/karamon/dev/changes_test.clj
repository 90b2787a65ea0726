(ns karamon.dev.changes-test
  (:require
   [clojure.java.io :as io]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.changes :as changes]
   [karamon.test.temp :as temp])
  (:import
   (java.io File)
   (java.nio.file CopyOption Files StandardCopyOption)
   (java.nio.file.attribute FileAttribute)))

(set! *warn-on-reflection* true)

(deftest every-way-to-save-a-file-changes-its-stamp
  (temp/call-with-folder
    (fn [folder]
      (let [^File file (io/file folder "app.clj")
            ^File new  (io/file folder "app.new")
            seen       (atom nil)
            changed?   (fn []
                         (let [now (changes/stamps [folder])]
                           (not= now (first (reset-vals! seen now)))))]
        (spit file "(ns app)")
        (is (changed?))
        (is (not (changed?)))
        (testing "another file of the same time and size is moved over it"
          (spit new "(ns apq)")
          (.setLastModified file 1000000)
          (.setLastModified new 1000000)
          (changed?)
          (Files/move (.toPath new) (.toPath file) (into-array CopyOption [StandardCopyOption/ATOMIC_MOVE]))
          (is (changed?)))
        (testing "a folder is created"
          (temp/save folder "later/deep/other.cljc" "(ns later.deep.other)")
          (is (changed?)))
        (testing "it is deleted"
          (io/delete-file file)
          (is (changed?)))))))

(deftest folders-are-walked-whatever-they-have
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "a/app.clj" "")
      (temp/save folder "a/.#app.clj" "")
      (temp/save folder "a/app.cljs" "")
      (temp/save folder "a/dir.clj/inner.clj" "")
      (Files/createSymbolicLink (.toPath (io/file folder "a/loop")) (.toPath ^File folder) (make-array FileAttribute 0))
      (Files/createSymbolicLink (.toPath (io/file folder "a/gone.clj")) (.toPath (io/file folder "none")) (make-array FileAttribute 0))
      (is (= ["a/app.clj" "a/dir.clj/inner.clj"]
             (map #(str (.relativize (.toPath ^File folder) (.toPath ^File %))) (changes/sources folder))))
      (is (= {} (changes/stamps [(io/file folder "none")]))))))
