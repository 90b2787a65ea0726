(ns karamon.dev.build.jars-test
  (:require
   [clojure.java.io :as io]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.build.jars :as jars]
   [karamon.test.temp :as temp])
  (:import
   (java.io File IOException)
   (java.nio.file FileAlreadyExistsException Files OpenOption StandardOpenOption)
   (java.nio.file.attribute FileAttribute)
   (java.time Instant)
   (java.util.zip ZipEntry ZipFile ZipOutputStream)))

(set! *warn-on-reflection* true)

(defn- write-zip [^File file entries]
  (with-open [out (ZipOutputStream. (io/output-stream file))]
    (doseq [[path ^String text] entries]
      (.putNextEntry out (ZipEntry. ^String path))
      (.write out (.getBytes text "UTF-8"))))
  file)

(defn- contents [^File file]
  (with-open [zip (ZipFile. file)]
    (into {} (for [^ZipEntry entry (enumeration-seq (.entries zip))]
               [(.getName entry) (slurp (.getInputStream zip entry))]))))

(def ^:private library
  [["META-INF/MANIFEST.MF" "Manifest-Version: 1.0\n"] ["data_readers.clj" "{}"] ["lib/inside.clj" "1"] ["lib/inside__init.class" "2"]
   ["lib/elsewhere.cljc" "3"] ["lib/source_only.clj" "4"] ["lib/dev/tool.clj" "5"]])

(deftest a-source-is-left-out-if-its-class-is-in-the-jar-or-elsewhere
  (temp/call-with-folder
    (fn [folder]
      (let [lean (jars/copy (write-zip (io/file folder "a.jar") library) (io/file folder "b.jar")
                            #{"lib/elsewhere__init.class"} #(re-find #"^lib/dev/" %))]
        (is (= (dissoc (into {} library) "lib/inside.clj" "lib/elsewhere.cljc" "lib/dev/tool.clj") (contents lean)))
        (testing "and the other entries keep their order, uncompressed"
          (with-open [zip (ZipFile. ^File lean)]
            (let [entries (enumeration-seq (.entries zip))]
              (is (= "META-INF/MANIFEST.MF" (.getName ^ZipEntry (first entries))))
              (is (every? #(= ZipEntry/STORED (.getMethod ^ZipEntry %)) entries)))))))))

(deftest a-jar-isnt-written-through-a-link
  (temp/call-with-folder
    (fn [folder]
      (let [link (io/file folder "b.jar")]
        (Files/createSymbolicLink (.toPath link) (.toPath (io/file folder "nowhere")) (make-array FileAttribute 0))
        (is (thrown? FileAlreadyExistsException
              (jars/copy (write-zip (io/file folder "a.jar") library) link #{} (constantly false))))
        (is (not (.exists (io/file folder "nowhere"))))))))

(deftest equal-content-has-equal-dates-and-other-content-another-date
  (temp/call-with-folder
    (fn [folder]
      (let [date #(let [file (io/file folder %1)]
                    (spit file %2)
                    (.toEpochMilli ^Instant (jars/content-date file)))]
        (is (= (date "a.jar" "one") (date "b.jar" "one")))
        (is (not= (date "a.jar" "one") (date "b.jar" "two")))
        (is (zero? (mod (date "a.jar" "one") 2000)))))))

(deftest two-jars-with-the-same-name-are-both-copied-under-names-in-ascii
  (is (= ["a.jar" "b.jar" "2-a.jar" "3-a.jar" "2-function.jar" "gr__e.jar"]
         (@#'jars/target-names (map io/file ["x/a.jar" "b.jar" "y/a.jar" "z/a.jar" "function.jar" "größe.jar"])))))

(deftest the-class-path-is-copied-without-karamon-dev-and-karamon-local-and-folders-become-jars
  (temp/call-with-folder
    (fn [folder]
      (let [jar    (write-zip (io/file folder "karamon-1.jar") [["karamon/gateway.clj" "1"] ["karamon/local.clj" "3"]
                                                                ["karamon/local/event.clj" "4"] ["karamon/localized.clj" "5"]
                                                                ["karamon/old.class" "7"] ["page.html" "8"] ["data_readers.clj" "9"]])
            dev    (write-zip (io/file folder "karamon-dev-1.jar") [["karamon/dev/main.clj" "6"]])
            lib    (doto (io/file folder "lib") .mkdir)]
        (temp/save folder "common/src/common/a.clj" "a")
        (temp/save folder "common/src/common/b.clj" "b")
        (is (= [(io/file lib "karamon-1.jar") (io/file lib "common.jar")]
               (jars/copy-all [jar (io/file folder "common/src") dev] lib #{"common/b__init.class" "karamon/old.class" "page.html" "data_readers.clj"})))
        (is (= {"karamon/gateway.clj" "1", "karamon/localized.clj" "5", "data_readers.clj" "9"} (contents (io/file lib "karamon-1.jar"))))
        (is (= {"common/a.clj" "a"} (contents (io/file lib "common.jar"))))))))

(deftest a-full-disk-is-the-error-and-not-what-follows-from-it
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "a" (apply str (repeat 20000 "0123456789")))
      (with-redefs-fn {#'jars/new-file (into-array OpenOption [StandardOpenOption/WRITE])}
        (fn []
          (is (thrown-with-msg? IOException #"No space left" (jars/pack-files (io/file "/dev/full") {"a" (io/file folder "a")})))
          (is (thrown-with-msg? IOException #"No space left" (jars/zip-folder (io/file folder) (io/file "/dev/full") ""))))))))
