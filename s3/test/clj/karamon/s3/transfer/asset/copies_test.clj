(ns karamon.s3.transfer.asset.copies-test
  (:require
   [clojure.java.io :as io]
   [clojure.test :refer [deftest is testing]]
   [karamon.s3 :as s3]
   [karamon.s3.scripted :as scripted]
   [karamon.s3.transfer.asset.fixture :refer [call-with-asset copies put! thrown]])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io Closeable File)
   (java.lang ProcessBuilder$Redirect)
   (java.nio.file Files LinkOption)
   (java.nio.file.attribute FileAttribute PosixFilePermissions)
   (java.util List)))

(set! *warn-on-reflection* true)

(deftest the-copies-stay-within-their-limit
  (call-with-asset
    (fn [{:keys [s3 object folder asset server]}]
      (put! s3 object "12345")
      (let [model (asset {:max-bytes 11})]
        (is (= "12345" (slurp @model)))
        (put! s3 object "123456")
        (is (= "123456" (slurp @model)))
        (testing "a copy that is too large isn't started"
          (put! s3 object "1234567")
          (scripted/forget! server)
          (is (= "123456" (slurp @model)))
          (is (= {:head-object 1} (scripted/counts server)))
          (is (= [:karamon.s3/no-space 7 11 6] ((juxt :type :size :max :taken) (ex-data (:failure (meta model))))))
          (is (= ["123456"] (copies folder))))
        (testing "nor is one that doesn't fit on the disk"
          (scripted/add! server (:bucket object) "huge" {:size (bit-shift-left 1 60), :etag "9b2cf535f27731c974343645a3985328-700"})
          (scripted/forget! server)
          (is (= :karamon.s3/no-space (:type (thrown #(deref (asset {:uri (assoc object :key "huge")}))))))
          (is (= {:head-object 1} (scripted/counts server))))))))

(deftest assets-share-a-folder
  (call-with-asset
    (fn [{:keys [s3 object folder asset server]}]
      (put! s3 object "version 1")
      (let [[one two] [(asset {}) (asset {:every 3600})]
            file      @one]
        (is (= file @two))
        (put! s3 object "version 2")
        @one
        @one
        (testing "and none deletes another's copy"
          (is (= "version 1" (slurp @two)))
          (.close ^Closeable two)
          @one
          (is (= ["version 2"] (copies folder))))
        (testing "nor downloads an intact copy again"
          (.close ^Closeable one)
          (scripted/forget! server)
          (is (= "version 2" (slurp @(asset {}))))
          (is (= {:head-object 1} (scripted/counts server))))
        (testing "but a damaged one is downloaded again"
          (let [three (asset {})]
            (spit @three "version Y")
            (.close ^Closeable three)
            (is (= "version 2" (slurp @(asset {}))))))))))

(defn- other-process
  "Starts a JVM that holds a copy of an object. Returns it once it has the copy."
  ^Process [server object folder]
  (let [code           (pr-str `(do
                                  (require 'karamon.s3)
                                  (let [s3# ((resolve 'karamon.s3/client) ~(:options server))]
                                    (println (slurp @((resolve 'karamon.s3/asset) {:uri ~object, :client s3#, :folder ~(str folder)})))
                                    (read-line))))
        ^List command  [(str (io/file (System/getProperty "java.home") "bin" "java")) "-cp" (System/getProperty "java.class.path")
                        "clojure.main" "-e" code]
        process        (.start (.redirectError (ProcessBuilder. command) ProcessBuilder$Redirect/INHERIT))]
    (is (= "version 1" (.readLine (.inputReader process))))
    process))

(deftest no-process-deletes-another-processs-copy
  (call-with-asset
    (fn [{:keys [s3 object folder asset server]}]
      (put! s3 object "version 1")
      (let [model   (asset {})
            process (other-process server object folder)]
        (try
          (put! s3 object "version 2")
          @model
          @model
          (is (= ["version 1" "version 2"] (copies folder)))
          (finally
            (.waitFor (.destroyForcibly process))))
        @model
        (is (= ["version 2"] (copies folder)))))))

(defn- mode [file]
  (PosixFilePermissions/toString (Files/getPosixFilePermissions (.toPath ^File file) (make-array LinkOption 0))))

(defn- set-mode! [file mode]
  (Files/setPosixFilePermissions (.toPath ^File file) (PosixFilePermissions/fromString mode)))

(deftest no-other-user-can-read-the-copies
  (call-with-asset
    (fn [{:keys [s3 object asset folder]}]
      (put! s3 object "version 1")
      (let [copies (io/file folder "deep" "copies")
            file   ^File @(asset {:folder copies})]
        (is (= ["rwx------" "rwx------" "rwx------"] (map mode [(.getParentFile copies) copies (.getParentFile file)])))
        (is (= #{"rw-------"} (into #{} (map mode) (.listFiles (.getParentFile file)))))))))

(deftest a-folder-that-another-user-may-have-filled-is-refused
  (call-with-asset
    (fn [{:keys [s3 object asset folder]}]
      (put! s3 object "version 1")
      (let [copies  (io/file folder "copies")
            file    (with-open [model ^Closeable (asset {:folder copies})]
                      @model)
            refused (fn []
                      (with-open [model ^Closeable (asset {:folder copies})]
                        (try
                          @model
                          nil
                          (catch ExceptionInfo e
                            [(:type (ex-data e)) (ex-message (ex-cause e))]))))]
        (doseq [^File open [copies (.getParentFile ^File file)]]
          (set-mode! open "rwxrwxrwx")
          (is (= [:karamon.s3/unwritable (str open " can be written to by other users: chmod go-w it, or name a folder that doesn't exist")]
                 (refused)))
          (set-mode! open "rwx------"))
        (is (nil? (refused)))
        (testing "and a link to one is"
          (let [moved (io/file folder "moved")]
            (.renameTo copies moved)
            (Files/createSymbolicLink (.toPath copies) (.toPath moved) (make-array FileAttribute 0))
            (is (= [:karamon.s3/unwritable (str copies " is a link, or something else than a folder: delete it, or name another folder")]
                   (refused)))))))))
