(ns karamon.dev.build.jars-test
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.build.jars :as jars]
   [karamon.test.temp :as temp])
  (:import
   (java.io File)
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

(deftest equal-content-has-equal-dates-and-other-content-another-date
  (temp/call-with-folder
    (fn [folder]
      (let [date #(let [file (io/file folder %1)]
                    (spit file %2)
                    (.toEpochMilli ^Instant (jars/content-date file)))]
        (is (= (date "a.jar" "one") (date "b.jar" "one")))
        (is (not= (date "a.jar" "one") (date "b.jar" "two")))
        (is (zero? (mod (date "a.jar" "one") 2000)))))))

(deftest two-jars-with-the-same-name-are-both-copied
  (is (= ["a.jar" "b.jar" "2-a.jar" "3-a.jar"]
         (@#'jars/target-names (map io/file ["x/a.jar" "b.jar" "y/a.jar" "z/a.jar"])))))

(deftest the-jars-of-the-class-path-are-copied-without-karamon-dev-and-karamon-local
  (temp/call-with-folder
    (fn [folder]
      (let [before (System/getProperty "java.class.path")
            jar    (write-zip (io/file folder "karamon-1.jar") [["karamon/gateway.clj" "1"] ["karamon/local.clj" "3"]
                                                                ["karamon/local/event.clj" "4"] ["karamon/localized.clj" "5"]])
            dev    (write-zip (io/file folder "karamon-dev-1.jar") [["karamon/dev/compile.clj" "6"]])]
        (.mkdir (io/file folder "lib"))
        (try
          (System/setProperty "java.class.path" (str/join File/pathSeparator [(io/file folder "classes") jar dev]))
          (is (= [(io/file folder "lib/karamon-1.jar")] (jars/copy-class-path (io/file folder "lib") #{})))
          (finally (System/setProperty "java.class.path" before)))
        (is (= {"karamon/gateway.clj" "1", "karamon/localized.clj" "5"} (contents (io/file folder "lib/karamon-1.jar"))))))))
