(ns karamon.drawing-test
  "Who may know whom, as the drawing in the design has it: sources are read, and each name of ours in them is an arrow."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.test-runner :as runner])
  (:import
   (java.io File)))

(set! *warn-on-reflection* true)

(def ^:private java-rooms
  "Java package to those it may name."
  {"text" #{}, "etag" #{}, "json" #{"text"}, "http" #{"json" "text"}, "event" #{"json" "text"}, "log" #{"json" "text"}
   "ring" #{"http" "json" "text"}, "runtime" #{"event" "http" "json" "log" "text"}})

(def ^:private clojure-rooms
  "Clojure room to those it may name."
  (let [java      #{"text" "json" "http" "event" "log" "runtime"}
        functions #{"gateway" "response" "lambda" "ring" "context" "snapstart" "idempotency" "log" "metrics"}
        above     (into (conj java "etag") functions)]
    (merge (zipmap functions (repeat java))
           {"etag" #{"text"}, "ring" (conj java "gateway"), "local" above, "s3" above, "dev" (conj above "local" "s3")})))

(defn- sources [folder ending]
  (sort (filter #(str/ends-with? (str %) ending) (file-seq (io/file folder)))))

(defn- code
  "Returns the text of a Clojure file without its strings and comments."
  [file]
  (str/replace (slurp file) #"\"(?s:[^\"\\]++|\\.)*\"|\\.|;[^\n]*" " "))

(defn- java-code
  "Returns the text of a Java file without its comments."
  [file]
  (str/replace (slurp file) #"(?s)/\*.*?\*/|//[^\n]*" " "))

(defn- named
  "Returns the rooms of ours that a text names."
  [text]
  (into (sorted-set) (map second) (re-seq #"(?<![:\w])karamon\.([a-z0-9]+)" text)))

(defn- room [^File file root]
  (second (re-find (re-pattern (str root "/karamon/([a-z0-9]+)")) (str/replace (str file) "\\" "/"))))

(defn- arrows
  "Returns every [room named-room file] that isn't allowed."
  [rooms root ending text]
  (for [file  (sources root ending)
        :let  [from (room file root)]
        to    (named (text file))
        :when (not (or (= from to) (contains? (rooms from #{}) to)))]
    [from to (str file)]))

(deftest java-packages-name-only-what-is-drawn-below-them
  (is (= [] (arrows java-rooms "src-java" ".java" java-code)))
  (testing "and each is in the drawing"
    (is (= #{} (into #{} (comp (map #(room % "src-java")) (remove java-rooms)) (sources "src-java" ".java"))))))

(deftest namespaces-name-only-what-is-drawn-below-them
  (is (= [] (arrows clojure-rooms "src-clj" ".clj" code)))
  (testing "and each is in the drawing"
    (is (= #{} (into #{} (comp (map #(room % "src-clj")) (remove clojure-rooms)) (sources "src-clj" ".clj"))))))

(deftest java-names-no-namespace-but-for-the-require
  (is (= ["Clojure.var(\"clojure.core\", \"require\")" "RT.var(\"clojure.core\", \"require\")"]
         (mapcat #(re-seq #"RT\.var\([^)]*\)|Clojure\.(?:var|read)\([^)]*\)" (slurp %)) (sources "src-java" ".java"))))
  (is (= [] (mapcat #(re-seq #"\"(?:karamon|clojure)\.(?!core\", \"require\"|core\.async\")[^\"]*\"" (slurp %)) (sources "src-java" ".java")))))

(deftest one-class-decides-which-errors-end-a-process
  (is (= ["src-java/karamon/log/Fatal.java"]
         (map str (concat (filter #(re-find #"VirtualMachineError|ThreadDeath" (java-code %)) (sources "src-java" ".java"))
                          (filter #(re-find #"VirtualMachineError|ThreadDeath" (code %)) (sources "src-clj" ".clj")))))))

(deftest what-functions-load-requires-nothing-but-itself
  (doseq [file  (sources "src-clj" ".clj")
          :when (or (#{"gateway" "response" "context" "snapstart" "log" "metrics"} (room file "src-clj"))
                    (str/ends-with? (str file) "lambda.clj"))]
    (testing (str file)
      (is (not (re-find #"\(:require|\(:use|\(require" (code file)))))))

(deftest the-check-sees-an-arrow-that-isnt-drawn
  (is (= #{"http" "dev"} (named "(:import (karamon.http Percent)) (karamon.dev.gateway.server/run) :karamon.gateway/x")))
  (is (= #{"runtime"} (named "import karamon.runtime.Handler;")))
  (is (not (contains? (clojure-rooms "gateway") "s3"))))

(deftest no-work-is-left-in-the-sources
  (let [left (re-pattern (str "\\b(?:" (str/join "|" [(str "TO" "DO") (str "FIX" "ME") (str "X" "XX")]) ")\\b"))]
    (is (= [] (for [folder ["src-java" "src-clj" "test" "example" "build" "archetype"]
                    file   (sources folder "")
                    :when  (and (.isFile ^File file) (re-find left (slurp file)))]
                (str file))))))

(deftest every-test-is-found
  (let [found (runner/tests "")]
    (doseq [file (sources "test/clj" ".clj")
            :let [tests   (map second (re-seq #"(?m)^\((?:deftest|defspec) (\S+)" (slurp file)))
                  ns-name (second (re-find #"(?m)^\(ns (\S+)" (slurp file)))]]
      (testing (str file)
        (is (= (set tests) (set (map #(get % "name") (found ns-name)))))))))
