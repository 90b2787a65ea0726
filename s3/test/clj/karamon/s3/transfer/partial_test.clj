(ns karamon.s3.transfer.partial-test
  (:require
   [clojure.java.io :as io]
   [clojure.test :refer [deftest is testing]]
   [karamon.s3.transfer.partial :as partial]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io File)
   (java.nio.channels FileChannel)
   (java.nio.file OpenOption StandardOpenOption)
   (java.util.zip CRC32)
   (karamon.file Held)))

(set! *warn-on-reflection* true)

(defn- write! [partial ^String text {:keys [number from]}]
  (let [bytes (.getBytes text)]
    (partial/write! partial bytes (alength bytes) from)
    (partial/done! partial number (doto (CRC32.) (.update bytes)))))

(deftest finished-ranges-are-found-again
  (temp/call-with-folder
    (fn [^File folder]
      (let [target (.toPath (io/file folder "target"))
            one    {:number 0, :from 0, :to 3}
            two    {:number 1, :from 3, :to 6}]
        (with-open [partial (partial/open! target "a1" true)]
          (write! partial "def" two))
        (with-open [partial (partial/open! target "a1" true)]
          (let [listed (partial/listed partial)]
            (is (= [1] (keys listed)))
            (is (partial/holds? partial two (listed 1)))
            (testing "but not a line that a crash cut off"
              (spit (io/file folder ".target.a1.karamon-done") "0 12" :append true)
              (is (= listed (partial/listed partial))))
            (testing "nor bytes that differ from the written ones"
              (is (not (partial/holds? partial one (listed 1)))))))
        (testing "and files of another object are deleted"
          (spit (io/file folder ".target.karamon") "somebody's")
          (with-open [partial (partial/open! target "b2" true)]
            (partial/delete-unused! target #{"b2"})
            (is (= [".target.b2.karamon-done" ".target.b2.karamon-part" ".target.karamon"] (sort (.list folder))))
            (write! partial "abc" one)
            (partial/finish! partial false)
            (is (= "abc" (slurp (io/file folder "target"))))
            (is (= [".target.karamon" "target"] (sort (.list folder))))))))))

(deftest a-list-that-cant-be-written-is-an-error
  (temp/call-with-folder
    (fn [^File folder]
      (let [partial (partial/open! (.toPath (io/file folder "target")) "a1" true)]
        (with-open [partial ^java.io.Closeable partial]
          (.close (.channel ^Held (:done partial)))
          (is (= :karamon.s3/unwritable
                 (try
                   (partial/done! partial 0 (CRC32.))
                   (catch Exception e
                     (:type (ex-data e)))))))))))

(deftest a-full-disk-is-an-error
  (let [full (io/file "/dev/full")]
    (if (.exists full)
      (with-open [channel (FileChannel/open (.toPath full) ^"[Ljava.nio.file.OpenOption;" (into-array OpenOption [StandardOpenOption/WRITE]))]
        (is (= [:karamon.s3/unwritable "/dev/full can't be written: No space left on device"]
               (try
                 (partial/write! {:channel channel, :file full} (byte-array 1) 1 0)
                 (catch ExceptionInfo e
                   [(:type (ex-data e)) (ex-message e)])))))
      (is (not= "Linux" (System/getProperty "os.name"))))))
