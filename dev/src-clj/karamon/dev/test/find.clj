(ns karamon.dev.test.find
  "Finds the namespaces of tests, and the tests that arguments and options select."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.tools.namespace.file :as file]
   [clojure.tools.namespace.parse :as parse]
   [karamon.dev.changes :as changes])
  (:import
   (java.io File)
   (karamon.text Nearest Shown)))

(set! *warn-on-reflection* true)

(defn- nothing
  "Returns the exception for a run without any test."
  [& message]
  (ex-info (apply str message) {:type ::nothing}))

(defn- declared
  "Returns the namespace that `f` declares; nil if it declares none, or if it can't be read."
  [f]
  (try
    (some-> (file/read-file-ns-decl f) parse/name-from-ns-decl)
    (catch Exception _ nil)))

(defn- root
  "Returns the folder of the class path below which `f` has the path of the namespace `n`; nil if its path is another one."
  [^File f n]
  (let [segments (str/split (str/escape (str n) {\. "/", \- "_"}) #"/")
        folders  (iterate #(some-> ^File % .getParentFile) f)
        stem     (str/replace (.getName f) #"\.cljc?$" "")]
    (when (= segments (conj (mapv #(some-> ^File % .getName) (reverse (take (dec (count segments)) (rest folders)))) stem))
      (nth folders (count segments)))))

(defn- by-path [^File folder ^File f]
  (symbol (str/escape (str/replace (str (.relativize (.toPath folder) (.toPath f))) #"\.cljc?$" "") {\/ ".", \\ ".", \_ "-"})))

(defn files
  "Returns a map of `:namespace`, `:file` and `:root`, its folder of the class path, for each Clojure file in `folders`.
  The folder may be one of those in `folders`, or one below it."
  [folders]
  (for [folder folders
        :let   [folder (io/file folder)]
        ^File f (changes/sources folder)
        :when  (not (#{"user.clj" "data_readers.clj" "data_readers.cljc"} (.getName f)))]
    (let [n (declared f)]
      (if-let [found (when n (root f n))]
        {:namespace n, :file f, :root found}
        {:namespace (by-path folder f), :file f, :root folder}))))

(defn- class-path-folders
  "Returns the folders of the class path within this project that have files of tests."
  []
  (let [here (.toPath (.getCanonicalFile (io/file ".")))]
    (for [^String path (str/split (System/getProperty "java.class.path") (re-pattern (java.util.regex.Pattern/quote File/pathSeparator)))
          :let  [folder (io/file path)]
          :when (and (.isDirectory folder)
                     (.startsWith (.toPath (.getCanonicalFile folder)) here)
                     (some #(re-find #"_test\.cljc?$" (str %)) (changes/sources folder)))]
      path)))

(defn test-folders
  "Returns the folders of tests: those `given`, or else `test`, or else those on the class path. Throws ex-info of `:type`
  `:karamon.dev.test.find/nothing` if there is none."
  [given]
  (doseq [folder given :when (not (.isDirectory (io/file folder)))]
    (throw (nothing "No folder " (Shown/text folder) " in " (System/getProperty "user.dir") ": name folders of Clojure tests")))
  (or (seq given)
      (when (seq (changes/sources "test")) ["test"])
      (seq (class-path-folders))
      (throw (nothing "No tests in " (System/getProperty "user.dir") ": expected .clj or .cljc files in the folder test. "
                      "Name another folder with --tests"))))

(defn- same-file? [^File a b]
  (= (.getCanonicalFile a) (.getCanonicalFile (io/file b))))

(defn- target
  "Returns the `:namespace` that `text` names, and the `:test` if it names one: a namespace with or without its ending -test, a
  namespace and a test, or a file."
  [files folders text]
  (let [by-name        (into {} (map (juxt (comp str :namespace) :namespace)) files)
        of-file        (some #(when (same-file? (:file %) text) (:namespace %)) files)
        [of-test test] (when-let [[_ n test] (re-matches #"([^/]+)/(.+)" text)] [n test])
        find-name      #(or (by-name %) (by-name (str % "-test")))]
    (cond
      of-file                        {:namespace of-file}
      (find-name text)               {:namespace (find-name text)}
      (some-> of-test find-name)     {:namespace (find-name of-test), :test test}
      :else (throw (nothing "No namespace " (Shown/text (or of-test text)) " in " (str/join ", " folders) "."
                            (Nearest/hint (or of-test text) (sort (keys by-name))))))))

(defn targets
  "Returns the targets that `texts` name among `files`, a map of namespace to the set of the names of its tests to run, which is
  nil for all; every namespace if there are no texts. Throws ex-info of `:type` `:karamon.dev.test.find/nothing` if a namespace
  isn't there."
  [files folders texts]
  (when (empty? files)
    (throw (nothing "No namespace in " (str/join ", " folders) ": expected .clj or .cljc files there")))
  (into (sorted-map)
        (if (seq texts)
          (for [[n found] (group-by :namespace (map #(target files folders %) texts))]
            [n (when (every? :test found) (set (map :test found)))])
          (map (juxt :namespace (constantly nil)) files))))

(defn- tests [n]
  (filter (comp :test meta) (vals (ns-interns n))))

(defn- marked? [v keywords]
  (some #(or (% (meta v)) (% (meta (:ns (meta v))))) keywords))

(defn- check-names [n names]
  (let [known (map (comp name symbol) (tests n))]
    (doseq [text names :when (not-any? #{text} known)]
      (throw (nothing "No test " (Shown/text text) " in " n "." (Nearest/hint text known))))))

(defn plan
  "Returns a map of `:namespace` and `:vars`, in the order of the file, for the loaded namespace `n` and the `names` of its tests
  to run. If all run, and the namespace has a `test-ns-hook`, that is under `:hook` instead of `:vars`. Nil if there is
  nothing to run."
  [n names {:keys [include exclude]}]
  (check-names n names)
  (let [hook ((ns-interns n) 'test-ns-hook)
        vars (->> (tests n)
                  (filter #(or (nil? names) (names (name (symbol %)))))
                  (filter #(or (empty? include) (marked? % include)))
                  (remove #(marked? % exclude))
                  (sort-by (juxt (comp :line meta) (comp name symbol))))]
    (cond
      (and hook (nil? names) (empty? include) (empty? exclude)) {:namespace n, :hook hook}
      (seq vars) {:namespace n, :vars vars})))
