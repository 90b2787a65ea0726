(ns karamon.papers-test
  "Checks licences, notices, links, and rules for all files of the repository."
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is]])
  (:import
   (java.io File)
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(def ^:private home (System/getProperty "karamon.home" "."))

(defn- text [path]
  (slurp (io/file home path)))

(def ^:private files
  "The paths of the repository's files, without those that builds and installations create."
  (delay (let [root (io/file home)]
           (for [^File file (tree-seq #(and (.isDirectory ^File %) (not (#{".git" ".serverless" "node_modules" "target"} (.getName ^File %))))
                              #(.listFiles ^File %)
                              root)
                 :when (.isFile file)]
             (str (.relativize (.toPath root) (.toPath file)))))))

(deftest the-license-names-the-owner
  (is (str/includes? (text "LICENSE") "\n   Copyright 2026 the Karamon authors\n"))
  (is (not (re-find #"\[yyyy\]|\[name of copyright owner\]" (text "LICENSE"))))
  (is (str/includes? (text "NOTICE") "Copyright 2026 the Karamon authors")))

(deftest the-npm-package-has-the-license-and-the-notice
  (doseq [paper ["LICENSE" "NOTICE"]]
    (is (= (text paper) (text (str "serverless-karamon/" paper)))))
  (let [{:strs [license files]} (JsonReader/read ^String (text "serverless-karamon/package.json") Keys/STRINGS)]
    (is (= "Apache-2.0" license))
    (is (= #{"LICENSE" "NOTICE"} (set (filter #{"LICENSE" "NOTICE"} files))))))

(deftest the-notice-of-tables-names-each-changed-class-of-carbondata
  (let [notice  (text "tables/NOTICE")
        version (second (re-find #"<carbondata\.version>([^<]*)<" (text "tables/pom.xml")))
        patches (text "tables/src-java/karamon/table/PatchCarbonData.java")
        changed (for [[_ core path] (re-seq #"new Patch\((CORE \+ )?\"([^\"]+)\"" patches)]
                  (str (when core "org.apache.carbondata.core.") (str/replace path "/" ".")))]
    (is (str/starts-with? notice (text "NOTICE")))
    (is (str/includes? notice "Apache CarbonData :: Core\nCopyright 2016-2022 The Apache Software Foundation\n"))
    (is (str/includes? notice "Apache CarbonData :: Spark\nCopyright 2016-2022 The Apache Software Foundation\n"))
    (is (str/includes? notice (str "carbondata-core " version)))
    (is (str/includes? notice (str "carbondata-spark_3.1 " version)))
    (is (= 12 (count changed)))
    (is (= changed (map second (re-seq #"(?m)^\* (org\.apache\S+)$" notice))))))

(deftest links-lead-to-files
  (doseq [page  @files
          :when (re-matches #"[^/]+\.md|docs/.+\.md|bench/README\.md|serverless-karamon/README\.md" page)
          [_ link] (re-seq #"\]\(([^)#\s]+)(?:#[^)]*)?\)" (text page))
          :when (not (re-find #"^[a-z]+:" link))]
    (is (.exists (io/file (.getParentFile (io/file home page)) ^String link)) (str page " links to " link))))

(deftest no-source-has-a-note-about-unfinished-work
  (let [left (re-pattern (str "\\b(?:" (str/join "|" [(str "TO" "DO") (str "FIX" "ME") (str "X" "XX")]) ")\\b"))]
    (is (= [] (filter #(and (not (str/ends-with? % "-lock.json")) (re-find left (text %))) @files)))))

(deftest every-test-is-where-the-runner-finds-it
  (let [tests (for [path  @files
                    :when (re-find #"/clj/karamon/.*\.clj$" path)
                    :let  [source (text path)]
                    :when (re-find #"(?m)^\((?:deftest|defspec) " source)]
                [path (second (re-find #"(?m)^\(ns (\S+)" source))])]
    (is (seq tests))
    (doseq [[path ns-name] tests]
      (is (str/ends-with? path (str "/" (str/replace (munge ns-name) "." "/") ".clj")) path)
      (is (str/ends-with? path "_test.clj") path))))
