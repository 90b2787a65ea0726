(ns karamon.dev.folders
  "The option `--sources` of commands that run code from a project's source folders."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.build.sources :as sources])
  (:import
   (java.io File)))

(set! *warn-on-reflection* true)

(def ^:private usual
  ["src" "src-clj" "s3/src-clj" "example/src-clj"])

(def ^:private resources
  ["resources" "src/main/resources"])

(def ^:private tests
  ["test" "test/clj" "src/test/clojure" "src/test/resources"])

(def ^:private separator (re-pattern (java.util.regex.Pattern/quote File/pathSeparator)))

(defn add-to
  "Adds the folders in `value`, which are one text with the system's path separator between them, to those under `k`: the
  `:assoc-fn` of a tools.cli option."
  [options k value]
  (update options k (fnil into []) (remove str/blank? (str/split value separator))))

(defn option
  "Returns the tools.cli specification of `--sources`. `what` describes what the command does with the folders."
  [what]
  [nil "--sources FOLDER" (str what "; may be given several times (default src and src-clj)") :assoc-fn add-to])

(defn existing
  "Returns the folders in `given` that exist, without duplicates; those of usual projects if `given` is nil."
  [given]
  (filterv #(.isDirectory (io/file %)) (distinct (or given usual))))

(defn with-tests
  "Returns `folders` and those of tests. Build tools leave them out of the class path that commands run with."
  [folders]
  (into (vec folders) (existing tests)))

(defn- real ^File [path]
  (.getCanonicalFile (io/file path)))

(defn call-with
  "Calls `f` with those of `folders`, and of the usual folders of resources, that aren't on the class path at its end. Threads
  that `f` starts inherit that."
  [folders f]
  (let [on-class-path (into #{} (map real) (str/split (System/getProperty "java.class.path") separator))]
    (sources/call-with-folders (remove #(on-class-path (real %)) (concat folders (existing resources))) f)))
