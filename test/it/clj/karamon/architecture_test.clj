(ns karamon.architecture-test
  "Compares the dependencies in the sources of every module with the tables in docs/architecture.md."
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.set :as set]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.arrows :as arrows])
  (:import
   (java.io File)))

(set! *warn-on-reflection* true)

(def ^:private home (System/getProperty "karamon.home" "."))

(def ^:private drawing (delay (arrows/tables (slurp (io/file home "docs/architecture.md")))))

(def ^:private modules
  "Artifact to its files."
  (delay (update-vals (arrows/drawn @drawing "Artifact" "Sources") #(arrows/sources home (sort %)))))

(def ^:private all-arrows (delay (arrows/arrows (apply concat (vals @modules)))))

(defn- module [node]
  (some (fn [[artifact files]] (when (some #(= node (:node %)) files) artifact)) @modules))

(defn- room
  "Returns the room of a node. For Clojure it is the first segment of the name after karamon, two segments in s3 and dev; for
  Java it is the whole package."
  [[kind name]]
  (let [path (str/split (str/replace name #"^karamon\." "") #"\.")]
    (str/join "." (if (= :java kind) path (take (if (#{"s3" "dev"} (first path)) 2 1) path)))))

(defn- labelled-room [[kind _ :as node]]
  (cond-> (room node) (= :java kind) (str " (Java)")))

(defn- arrows-between [from to]
  (filter #(and (= from (first (:from %))) (= to (first (:to %)))) @all-arrows))

(defn- files-of
  "Returns the files with the arrows that aren't drawn, for the failure message."
  [f differences]
  (into (sorted-set)
        (for [{:keys [from to file]} @all-arrows :when (contains? (get-in differences [:not-drawn (f from)] #{}) (f to))] file)))

(defn- as-drawn [drawn f found]
  (let [differences (arrows/differences drawn (arrows/graph f found))]
    (is (= {:not-drawn {}, :not-used {}} differences) (str/join " " (files-of f differences)))))

(defn- names [kind]
  (into (sorted-set) (comp cat (map :node) (filter #(= kind (first %))) (map room)) (vals @modules)))

(deftest modules-use-the-modules-that-are-drawn
  (as-drawn (arrows/drawn @drawing "Artifact" "Uses") module @all-arrows))

(deftest packages-use-the-packages-that-are-drawn
  (as-drawn (arrows/drawn @drawing "Package" "Uses") room (arrows-between :java :java)))

(deftest rooms-use-the-rooms-and-the-packages-that-are-drawn
  (as-drawn (arrows/drawn @drawing "Room" "Uses") room (arrows-between :clojure :clojure))
  (testing "in Java"
    (let [found (for [{:keys [from to]} (arrows-between :clojure :java)] {:from (room from), :to (labelled-room to)})
          drawn (update-vals (arrows/drawn @drawing "Room" "Java") (fn [to] (into #{} (map #(str % " (Java)")) to)))]
      (is (= {:not-drawn {}, :not-used {}} (arrows/differences drawn (arrows/graph identity found)))))))

(deftest exactly-the-existing-packages-and-rooms-are-drawn
  (is (= (names :java) (set (keys (arrows/drawn @drawing "Package" "Uses")))))
  (is (= (names :clojure) (set (keys (arrows/drawn @drawing "Room" "Uses")))))
  (testing "and exactly the existing folders of sources"
    (is (= (into (sorted-set)
                 (for [prefix  (cons "" (map #(str (.getName ^File %) "/") (.listFiles (io/file home))))
                       folder  ["src-clj" "src-java"]
                       :when   (.isDirectory (io/file home (str prefix folder)))]
                   (str prefix folder)))
          (reduce set/union (vals (arrows/drawn @drawing "Artifact" "Sources")))))))

(deftest there-is-no-cycle
  (is (nil? (arrows/find-cycle (arrows/graph module @all-arrows))) "of modules")
  (is (nil? (arrows/find-cycle (arrows/graph labelled-room @all-arrows))) "of rooms and packages")
  (is (nil? (arrows/find-cycle (arrows/graph identity @all-arrows))) "of namespaces"))

(deftest java-looks-up-clojure-in-three-classes-only
  (let [java  (for [files (vals @modules), {:keys [file node]} files :when (= :java (first node))] file)
        found (fn [pattern] (for [file java, text (re-seq pattern (slurp (io/file home file)))] [(.getName (io/file file)) text]))]
    (is (= [["CsvTask.java" "Clojure.var(\"clojure.core\", \"require\")"] ["CsvTask.java" "Clojure.var(function)"]
            ["Handlers.java" "Clojure.var(\"clojure.core\", \"require\")"] ["Handlers.java" "RT.var(\"clojure.core\", \"require\")"]]
           (sort (found #"RT\.var\([^)]*\)|Clojure\.(?:var|read)\([^)]*\)"))))
    (testing "and no namespace of Karamon in a string"
      (is (= [["Channel.java" "\"clojure.core.async\""]] (found #"\"(?:karamon|clojure)\.(?!core\", \"require\"|terminal\"|command\"|log\.format\")[^\"]*\""))))))

(deftest the-namespaces-that-every-function-loads-require-no-other-room
  (let [loaded (filter #(and (= :clojure (first (:node %)))
                             (#{"context" "gateway" "lambda" "log" "metrics" "response" "snapstart"} (room (:node %)))
                             (not (str/includes? (:file %) "lambda/")))
                 (@modules "karamon"))]
    (is (= 7 (count loaded)))
    (doseq [{:keys [file node required]} loaded]
      (is (= #{} (into #{} (remove #(= (room node) (room %))) required)) file))))

(def ^:private other-printers
  "Regexes of code that prints a value or an exception without bounds, each with the files that may use it."
  {"\\bpr-str\\b"         #{"s3/src-clj/karamon/s3/transfer/asset.clj"      ; names of copies, an asset's own text
                            "s3/src-clj/karamon/s3/transfer/download.clj"   ; names of partial files
                            "dev/src-clj/karamon/dev/call/repl.clj"         ; code for the user to try
                            "dev/src-clj/karamon/dev/package.clj"           ; what another JVM is to do
                            "tables/src-clj/karamon/table/plain.clj"        ; rows, as asked for
                            "tables/src-clj/karamon/table/journal.clj"      ; stored data
                            "tables/src-clj/karamon/table/main.clj"}        ; an argument of the command line
   "\\bprintString\\b"     #{}
   "\\.printStackTrace\\b" #{"src-java/karamon/runtime/Bootstrap.java"}})        ; without Clojure

(deftest values-and-exceptions-are-printed-by-karamon-text
  (doseq [[printer allowed] other-printers
          {:keys [file]}    (apply concat (vals @modules))
          :when             (not (allowed file))]
    (is (not (re-find (re-pattern printer) (slurp (io/file home file)))) (str file ": print it with karamon.text.Shown or Traces"))))
