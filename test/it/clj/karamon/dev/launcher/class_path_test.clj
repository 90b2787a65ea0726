(ns karamon.dev.launcher.class-path-test
  "Which class path and which archive the launcher `./karamon` starts Java with."
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.launcher.harness :refer [*environment* call-with-launcher program! run]])
  (:import
   (java.io File)))

(set! *warn-on-reflection* true)

(defn- class-path
  "Returns the class path of a started java."
  [{:keys [out]}]
  (second (drop-while #(not= "[-cp]" %) (str/split-lines out))))

(deftest a-project-of-deps-or-leiningen-has-its-class-path
  (call-with-launcher
    (fn [^File there ^File current]
      (let [bin (io/file (.getParentFile current) "bin")]
        (program! (io/file bin "clojure") "#!/bin/sh\necho \"clojure $*\" >&2\necho \"src:$KARAMON\"\n")
        (program! (io/file bin "lein") "#!/bin/sh\necho \"lein $*\" >&2\necho src:lein.jar\n"))
      (spit (io/file current "project.clj") "(defproject a \"1\")")
      (testing "Leiningen's, with the commands at its end"
        (let [{:keys [err] :as result} (run there current "invoke" "a/b")]
          (is (= "lein classpath\nan error\n" err))
          (is (str/starts-with? (class-path result) (str "[src:lein.jar:" there "/src-clj:")))))
      (testing "asked again only if the file has changed"
        (is (= "an error\n" (:err (run there current "invoke" "a/b")))))
      (testing "deps.edn wins, and that is said once"
        (spit (io/file current "deps.edn") "{:aliases {:karamon {}}}")
        (binding [*environment* {"KARAMON" "/m2/karamon/karamon-dev/1/karamon-dev-1.jar"}]
          (let [{:keys [err] :as result} (run there current "invoke" "a/b")]
            (is (= "karamon: found deps.edn, project.clj: using deps.edn\nclojure -Spath -M:karamon\nan error\n" err))
            (is (= "[src:/m2/karamon/karamon-dev/1/karamon-dev-1.jar]" (class-path result))))
          (is (= "an error\n" (:err (run there current "invoke" "a/b")))))))))

(deftest of-a-library-that-a-project-and-karamon-have-the-newer-version-counts
  (call-with-launcher
    (fn [^File there ^File current]
      (program! (io/file (.getParentFile current) "bin/clojure")
                "#!/bin/sh\necho src:/r/org/x/newer/1.9/newer-1.9.jar:/r/org/x/older/3/older-3.jar:/r/org/z/utils/0.1/utils-0.1.jar\n")
      (spit (io/file there "dev/target/launcher.classpath")
            "/m2/org/x/newer/1.10/newer-1.10.jar:/m2/org/x/older/2/older-2.jar:/m2/org/y/utils/2/utils-2.jar")
      (.setLastModified (io/file there "dev/target/launcher.classpath") 0)
      (spit (io/file current "deps.edn") "{}")
      (let [{:keys [err] :as result} (run there current "invoke" "a/b")]
        (is (= (str "karamon: newer 1.10, which " there "/karamon needs, replaces the version 1.9 of this project\nan error\n") err))
        (is (= (str "[src:/m2/org/x/newer/1.10/newer-1.10.jar:/r/org/x/older/3/older-3.jar:/r/org/z/utils/0.1/utils-0.1.jar:"
                    there "/src-clj:" there "/s3/src-clj:" there "/dev/src-clj:" there "/dev/target/classes:/m2/org/y/utils/2/utils-2.jar]")
               (class-path result)))))))

(deftest a-project-where-nothing-can-be-written-has-its-class-path-too
  (call-with-launcher
    (fn [there ^File current]
      (program! (io/file (.getParentFile current) "bin/clojure") "#!/bin/sh\necho src:/m2/karamon-dev-1.jar\n")
      (spit (io/file current "deps.edn") "{}")
      (spit (io/file current "target") "no folder can be made here")
      (let [temporary (io/file (.getParentFile current) "temporary")]
        (.mkdir temporary)
        (binding [*environment* {"TMPDIR" (str temporary)}]
          (let [{:keys [err] :as result} (run there current "invoke" "a/b")]
            (is (= ["an error\n" "[src:/m2/karamon-dev-1.jar]"] [err (class-path result)]))))
        (is (empty? (.list temporary)))))))

(defn- archive-flags [{:keys [out]}]
  (filter #(re-find #"SharedArchiveFile|VerifySharedSpaces" %) (str/split-lines out)))

(deftest only-a-whole-archive-of-the-present-sources-is-used
  (call-with-launcher
    (fn [^File there current]
      (let [cache   (io/file there "dev/target/launcher")
            _       (.mkdir cache)
            name    (str/replace (str "17.0.1-" (io/file (.getParentFile ^File current) "jdk") "-" there) #"[^A-Za-z0-9.+-]" "_")
            archive (io/file cache (subs name 0 (min 200 (count name))))
            fast    (str (io/file cache "jars/fast.jar"))
            now     (System/currentTimeMillis)
            save    (fn [file text seconds]
                      (spit file text)
                      (.setLastModified (io/file file) (+ now (* 1000 (long seconds)))))]
        (save (io/file cache "classpath") fast 10)
        (save archive "12345" 20)
        (testing "whole"
          (save (io/file cache (str (.getName archive) ".size")) "5\n" 20)
          (is (= ["[-XX:+VerifySharedSpaces]" (str "[-XX:SharedArchiveFile=" archive "]")] (archive-flags (run there current "event" "sqs"))))
          (is (= (str "[" fast "]") (class-path (run there current "event" "sqs"))))
          (is (str/starts-with? (:out (run there current "classpath")) (str there "/src-clj:")))
          (is (str/starts-with? (:out (run there current "help" "classpath")) (str "Usage: " there "/karamon classpath\n"))))
        (testing "whole, and not written to since"
          (save (io/file cache (str (.getName archive) ".size")) "5\n" 25)
          (is (= [(str "[-XX:SharedArchiveFile=" archive "]")] (archive-flags (run there current "event" "sqs")))))
        (testing "damaged"
          (save archive "123" 25)
          (let [{:keys [err] :as result} (run there current "event" "sqs")]
            (is (= [[] "an error\n" (str "[" fast "]")] [(archive-flags result) err (class-path result)]))))
        (testing "of other jars"
          (save archive "12345" 0)
          (is (= [] (archive-flags (run there current "event" "sqs")))))
        (testing "of jars in another folder, from which this one was copied"
          (save (io/file cache "classpath") "/other/dev/target/launcher/jars/fast.jar" 10)
          (is (str/starts-with? (class-path (run there current "event" "sqs")) (str "[" there "/src-clj:")))
          (save (io/file cache "classpath") fast 10))
        (testing "of other sources"
          (save archive "12345" 20)
          (save (io/file there "s3/src-clj/a.clj") "" 30)
          (let [result (run there current "event" "sqs")]
            (is (= [] (archive-flags result)))
            (is (str/starts-with? (class-path result) (str "[" there "/src-clj:")))))))))
