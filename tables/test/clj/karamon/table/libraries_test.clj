(ns karamon.table.libraries-test
  "Checks that the class path has the libraries that were raised because of advisories, at least as new as they were then. It reads
  the versions from the jars. docs/tables.md lists the libraries that couldn't be raised."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.table.fixture :refer [carbondata?]]
   [karamon.table.process :as process])
  (:import
   (java.util Properties)
   (java.util.jar JarFile Manifest)))

(set! *warn-on-reflection* true)

(def ^:private oldest
  "Artifacts, without their groups, to the oldest versions that may be on the class path."
  (merge
    {"avro"             (if carbondata? "1.11.5" "1.12.2")
     "avro-ipc"         (if carbondata? "1.11.5" "1.12.2")
     "avro-mapred"      (if carbondata? "1.11.5" "1.12.2")
     "aircompressor"    (if carbondata? "0.27" "2.0.3")
     "commons-codec"    "1.19.0"
     "commons-compress" "1.28.0"
     "commons-io"       "2.21.0"
     "commons-lang3"    "3.20.0"
     "commons-text"     "1.15.0"
     "gson"             "2.13.2"
     "guava"            "33.4.8"
     "hadoop-aws"       "3.5.0"
     "httpclient"       "4.5.14"
     "ivy"              "2.5.3"
     "jackson-databind" (if carbondata? "2.18.7" "2.21.8")
     "lz4-java"         "1.14.0"
     "netty-codec-http" (if carbondata? "4.1.137" "4.2.18")
     "netty-handler"    (if carbondata? "4.1.137" "4.2.18")
     "protobuf-java"    "3.25.8"
     "snappy-java"      "1.1.10.8"
     "xz"               "1.10"}
    (if carbondata?
      {"commons-collections" "3.2.2"
       "commons-net"   "3.12.0"
       "derby"         "10.14.2.0"
       "hive-exec"     "2.3.10"
       "hive-metastore" "2.3.10"
       "libthrift"     "0.16.0"
       "reload4j"      "1.2.26"}
      {"log4j-core" "2.26.1"
       "zookeeper"  "3.9.5"})))

(def ^:private absent
  "Artifacts with advisories that no newer version resolves."
  (if carbondata?
    ["jodd-core" "log4j" "velocity"]
    ["log4j"]))

(defn- versions-in
  "Returns the version that a jar has by its Maven files, or by its manifest."
  [artifact jar]
  (with-open [jar (JarFile. (io/file jar))]
    (or (some (fn [^java.util.jar.JarEntry entry]
                (when (re-matches (re-pattern (str "META-INF/maven/[^/]+/" artifact "/pom\\.properties")) (.getName entry))
                  (with-open [in (.getInputStream jar entry)]
                    (.getProperty (doto (Properties.) (.load in)) "version"))))
              (enumeration-seq (.entries jar)))
        (when-let [^Manifest manifest (.getManifest jar)]
          (let [attributes (.getMainAttributes manifest)]
            (some #(.getValue attributes ^String %) ["Implementation-Version" "Bundle-Version"]))))))

(defn- jars-of [artifact]
  (filter #(re-find (re-pattern (str "/" artifact "/[^/]+/" artifact "-[^/]+\\.jar$")) (str/replace % "\\" "/")) process/class-path))

(defn- numbers
  "Returns the numbers that a version begins with, such as [33 4 8] of 33.4.8-jre."
  [version]
  (mapv parse-long (re-seq #"\d+" (re-find #"^\d+(?:\.\d+)*" version))))

(defn- older? [a b]
  (let [[a b] (map numbers [a b])
        n     (max (count a) (count b))
        pad   #(vec (take n (concat % (repeat 0))))]
    (neg? (compare (pad a) (pad b)))))

(deftest versions-compare-by-their-numbers
  (is (older? "1.9" "1.10"))
  (is (older? "4.1.99.Final" "4.1.137.Final"))
  (is (not (older? "33.4.8-jre" "33.4.8")))
  (is (not (older? "10.14.2.0" "10.14.2"))))

(deftest libraries-are-not-older-than-their-advisories-allow
  (doseq [[artifact version] oldest]
    (testing artifact
      (let [jars (jars-of artifact)]
        (is (= 1 (count jars)) (str "jars: " (pr-str jars)))
        (doseq [jar jars
                :let [found (versions-in artifact jar)]]
          (is (some? found))
          (is (not (older? (or found "0") version)) (str found " is older than " version)))))))

(deftest libraries-without-a-fixed-version-are-absent
  (doseq [artifact absent]
    (is (empty? (jars-of artifact)) artifact)))
