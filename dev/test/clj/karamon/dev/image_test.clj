(ns karamon.dev.image-test
  "Errors of the commands. karamon.ImageIT tests what they make."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.image :as image]
   [karamon.dev.image.jdk :as jdk]
   [karamon.dev.image.train :as train]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io ByteArrayOutputStream File)
   (java.util.zip ZipEntry ZipOutputStream)))

(set! *warn-on-reflection* true)

(defn- message [f]
  (try (f) nil (catch ExceptionInfo e (ex-message e))))

(defn- zip
  "Returns the bytes of a zip of these files: path and bytes, in turn."
  ^bytes [& entries]
  (let [bytes (ByteArrayOutputStream.)]
    (with-open [out (ZipOutputStream. bytes)]
      (doseq [[^String path ^bytes content] (partition 2 entries)]
        (.putNextEntry out (ZipEntry. path))
        (.write out content)))
    (.toByteArray bytes)))

(defn- save-zip [^File file & entries]
  (io/copy (apply zip entries) file)
  (str file))

(def ^:private nothing (byte-array 0))

(deftest a-failure-is-reported-and-leaves-no-files
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "others/letter.txt" "dear")
      (let [package (save-zip (io/file folder "package.zip") "karamon/runtime/Bootstrap.class" nothing)
            other   (save-zip (io/file folder "other.zip") "index.js" nothing)
            here    #(str/replace % "HERE" (str folder))]
        (are [expected arguments]
          (str/includes? (str (message #(image/run (map here arguments)))) (here expected))
          "No function package HERE/none.zip here: make it with mvn package" ["HERE/none.zip" "-o" "HERE/x" "--no-train"]
          "other.zip isn't a function package: it has no karamon.runtime.Bootstrap" [other "-o" "HERE/x" "--no-train"]
          "others has other files than an image" [package "-o" "HERE/others" "--no-train"]
          "No HERE/jdk/bin/java" [package "-o" "HERE/x" "--no-train" "--no-jre" "--jdk" "HERE/jdk"]
          "No HERE/jdk/bin/java" [package "-o" "HERE/x" "--no-train" "--jdk" "HERE/jdk"]
          "No event file HERE/none.json" [package "-o" "HERE/x" "--event" "a/b=HERE/none.json"]
          "must be namespace/name=FILE" [package "--event" "a/b"])
        (is (= #{"others" "package.zip" "other.zip"} (set (.list (io/file folder)))))
        (is (= "dear" (slurp (io/file folder "others/letter.txt"))))))))

(deftest an-image-replaces-an-earlier-one
  (temp/call-with-folder
    (fn [folder]
      (let [package (save-zip (io/file folder "package.zip")
                              "karamon/runtime/Bootstrap.class" nothing, "lib/a.jar" (zip "x" nothing), "lib/b.jar" (zip "x" nothing))
            output  (io/file folder "image")
            make    #(with-out-str (image/create package output {:jdk (System/getProperty "java.home")}))]
        (make)
        (spit (io/file output "function.old") "")
        (make)
        (is (= #{"bootstrap" "java.options" "lib"} (set (.list output))))
        (is (.canExecute (io/file output "bootstrap")))
        (testing "with a class path that begins with the function"
          (is (str/includes? (slurp (io/file output "java.options")) "\n-cp\nlib/function.jar:lib/a.jar:lib/b.jar\n")))))))

(deftest the-feature-number-of-a-jdk-is-read
  (is (= (.feature (Runtime/version)) (jdk/feature (System/getProperty "java.home")))))

(deftest a-handler-is-trained-with-its-own-events-or-its-routes-or-plain-requests
  (temp/call-with-folder
    (fn [folder]
      (let [event  (str (io/file folder "event.json"))
            config (str (io/file folder "serverless.yml"))
            paths  (fn [training] (update-vals training (fn [events] (mapv #(or (get % "path") (get % "rawPath") (get % "own")) events))))]
        (spit event "{\"own\": 1}")
        (spit config "functions:\n  a: {clj: x/a, url: true, events: [{http: 'GET /users/{id}'}, {httpApi: '*'}]}\n  b: {clj: x/b}\n")
        (is (= {"x/a" ["/users/sample" "/sample" "/"], "x/b" ["/" "/" "/" "/"]} (paths (train/training {:config config}))))
        (is (= {"x/a" [1], "x/b" ["/" "/" "/" "/"]} (paths (train/training {:config config, :events [["x/a" event]]}))))
        (is (= {"x/b" ["/" "/" "/" "/"]} (paths (train/training {:config config, :handlers ["x/b"]}))))
        (is (= {"x/c" [1]} (paths (train/training {:config "none.yml", :handlers ["x/c"], :events [["x/c" event]]}))))
        (testing "missing and invalid files are reported"
          (is (= "No none.yml here: go to a project's folder, or name its file with --config"
                 (message #(train/training {:config "none.yml"}))))
          (spit event "{")
          (is (str/includes? (message #(train/training {:config config, :events [["x/a" event]]})) "event.json isn't JSON: "))
          (spit config "functions:\n  a: {handler: index.handler}\n")
          (is (str/includes? (message #(train/training {:config config})) "has no function with clj: namespace/name to train")))))))
