(ns karamon.dev.nrepl-test
  "Without nREPL; test/it has the tests with it."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.nrepl :as nrepl]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io File)))

(set! *warn-on-reflection* true)

(deftest a-missing-nrepl-is-an-error-that-says-what-to-add
  (is (thrown-with-msg? ExceptionInfo #"--nrepl needs nREPL, which isn't on the class path" (nrepl/start 0)))
  (temp/call-with-folder
    (fn [folder]
      (let [lines {"deps.edn"    "nrepl/nrepl {:mvn/version"
                   "project.clj" "[nrepl/nrepl \""
                   "pom.xml"     "<groupId>nrepl</groupId>"}]
        (testing "for every build tool if there is no build file"
          (doseq [[_ line] lines]
            (is (str/includes? (nrepl/missing-text folder) line))))
        (doseq [[file line] lines]
          (testing file
            (temp/save folder file "")
            (let [text (nrepl/missing-text folder)]
              (is (str/includes? text line))
              (is (not-any? #(str/includes? text %) (vals (dissoc lines file)))))
            (io/delete-file (io/file folder file))))))))

(deftest only-the-port-file-of-this-server-is-removed
  (temp/call-with-folder
    (fn [folder]
      (let [^File file (io/file folder ".nrepl-port")
            path       (.toPath file)]
        (#'nrepl/write-port path 7001)
        (is (= "7001" (slurp file)))
        (testing "another server has started in the folder"
          (#'nrepl/write-port path 7002)
          (#'nrepl/remove-port path 7001)
          (is (= "7002" (slurp file))))
        (#'nrepl/remove-port path 7002)
        (is (not (.exists file)))
        (testing "it is gone already"
          (is (nil? (#'nrepl/remove-port path 7002))))
        (is (= [] (vec (.list ^File folder))) "no draft is left")))))
