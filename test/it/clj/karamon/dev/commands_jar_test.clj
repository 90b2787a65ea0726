(ns karamon.dev.commands-jar-test
  "The commands compiled in karamon-dev's jar."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is]])
  (:import
   (clojure.asm ClassReader)
   (java.net URLClassLoader)
   (java.util List)
   (java.util.concurrent TimeUnit)
   (java.util.zip ZipEntry ZipFile)))

(set! *warn-on-reflection* true)

(def ^:private class-path (str/split (System/getProperty "java.class.path") #":"))

(def ^:private jars (filter #(str/ends-with? % ".jar") class-path))

(def ^:private jar
  "The path of the jar, which is on the class path if Maven has packaged it."
  (first (filter #(re-find #"/karamon-dev-\d[^/]*\.jar$" %) jars)))

(def ^:private script
  "Loads each of the commands' namespaces and prints those whose functions a class loader of Clojure's has defined."
  "(require 'karamon.dev.build.sources)
   (doseq [n (karamon.dev.build.sources/sibling-namespaces \"karamon/dev/main.clj\")]
     (require n)
     (doseq [[s v] (ns-interns n)
             :when (and (fn? @v) (instance? clojure.lang.DynamicClassLoader (.getClassLoader (class @v))))]
       (println v)))
   (println :end)")

(deftest the-jar-holds-compiled-commands-and-nothing-of-other-artifacts
  (with-open [zip (ZipFile. (io/file jar))]
    (let [entries (remove #(.isDirectory ^ZipEntry %) (enumeration-seq (.entries zip)))
          named   (into {} (map (juxt #(.getName ^ZipEntry %) #(.getTime ^ZipEntry %))) entries)]
      (is (= [] (remove #(re-find #"^(karamon/dev/|META-INF/)" %) (keys named))))
      (doseq [[name time] named
              :let [[_ stem] (re-matches #"(.*)\.clj" name)]
              :when (and stem (not (str/includes? name "/.template/")))]
        (is (< time (named (str stem "__init.class") 0)) name)))))

(deftest the-compiled-commands-run-with-any-version-of-clojure
  (with-open [zip (ZipFile. (io/file jar))]
    (doseq [^ZipEntry entry (enumeration-seq (.entries zip))
            :when (str/ends-with? (.getName entry) ".class")]
      (with-open [in (.getInputStream zip entry)]
        (is (nil? (re-find #"clojure/(?!lang/)[\w/]+\$\w+" (String. (.readAllBytes in) "ISO-8859-1"))) (.getName entry))))))

(defn- classes-in
  "Returns the names, with slashes, of the classes that a class file's constants name."
  [^bytes class-file]
  (let [constants (ClassReader. class-file)
        buffer    (char-array (.getMaxStringLength constants))]
    (for [i (range 1 (.getItemCount constants))
          :let  [at (.getItem constants i)]
          :when (and (pos? at) (= 7 (.readByte constants (dec at))))]
      (str/replace (.readUTF8 constants at buffer) #"^\[+L?|;$" ""))))

(deftest the-compiled-commands-need-no-class-that-clojure-makes-of-another-artifacts-source
  (with-open [zip    (ZipFile. (io/file jar))
              loader (URLClassLoader. (into-array (map #(io/as-url (io/file %)) jars)) (ClassLoader/getPlatformClassLoader))]
    (doseq [^ZipEntry entry (enumeration-seq (.entries zip))
            :when (str/ends-with? (.getName entry) ".class")]
      (with-open [in (.getInputStream zip entry)]
        (is (= [] (remove #(or (= 1 (count %)) (.getResource loader (str % ".class"))) (classes-in (.readAllBytes in))))
            (.getName entry))))))

(deftest commands-load-from-classes-alone
  (let [^List command [(str (System/getProperty "java.home") "/bin/java") "-XX:TieredStopAtLevel=1"
                       "-cp" (str/join ":" jars)
                       "clojure.main" "-e" script]
        process       (.start (.redirectErrorStream (ProcessBuilder. command) true))]
    (is (= [":end"] (remove #(str/starts-with? % "Picked up") (str/split-lines (slurp (.inputReader process))))))
    (is (.waitFor process 60 TimeUnit/SECONDS))))
