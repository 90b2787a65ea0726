(ns karamon.dev.image-test
  "Errors of the commands. karamon.ImageIT tests what they make."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.image :as image]
   [karamon.dev.image.archive :as archive]
   [karamon.dev.image.jdk :as jdk]
   [karamon.dev.image.train :as train]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io ByteArrayOutputStream File)
   (java.nio.file Files)
   (java.nio.file.attribute FileAttribute)
   (java.util.zip ZipEntry ZipOutputStream)
   (karamon.file Draft)))

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
          "No function package HERE/none.zip here: make it with karamon package" ["HERE/none.zip" "-o" "HERE/x" "--no-train"]
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

(deftest an-earlier-image-stays-if-the-new-one-cant-be-moved-there
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "image/bootstrap" "old")
      (let [image (io/file folder "image")]
        (with-open [draft (Draft/folder (.toPath ^File image))]
          (Files/delete (.path draft))
          (is (thrown? java.io.IOException (#'image/replace-folder draft image))))
        (is (= "old" (slurp (io/file image "bootstrap"))))
        (is (= ["image"] (seq (.list ^File folder))))))))

(deftest the-files-behind-a-link-in-an-earlier-image-stay
  (temp/call-with-folder
    (fn [folder]
      (let [package (save-zip (io/file folder "package.zip") "karamon/runtime/Bootstrap.class" nothing)
            output  (io/file folder "image")
            make    #(with-out-str (image/create package output {:jdk (System/getProperty "java.home")}))]
        (temp/save folder "mine/letter.txt" "dear")
        (make)
        (Files/createSymbolicLink (.toPath (io/file output "link")) (.toPath (io/file folder "mine")) (make-array FileAttribute 0))
        (make)
        (is (= "dear" (slurp (io/file folder "mine/letter.txt"))))
        (is (= #{"image" "mine" "package.zip"} (set (.list (io/file folder)))))))))

(deftest a-jar-with-a-space-in-its-name-is-one-entry-of-the-class-path
  (temp/call-with-folder
    (fn [folder]
      (let [package (save-zip (io/file folder "package.zip")
                              "karamon/runtime/Bootstrap.class" nothing, "lib/a \"b\".jar" (zip "x" nothing))
            output  (io/file folder "image")]
        (with-out-str (image/create package output {:jdk (System/getProperty "java.home")}))
        (is (str/includes? (slurp (io/file output "java.options")) "\n-cp\n\"lib/function.jar:lib/a \\\"b\\\".jar\"\n"))))))

(deftest the-feature-number-of-a-jdk-is-read
  (is (= (.feature (Runtime/version)) (jdk/feature (System/getProperty "java.home")))))

(deftest flags-that-a-jvm-doesnt-know-are-left-out
  (is (true? (jdk/knows? (System/getProperty "java.home") ["-XX:+UseSerialGC"])))
  (is (false? (jdk/knows? (System/getProperty "java.home") ["-XX:-NoSuchFlagOfAJvm"]))))

(deftest profiles-are-kept-for-c2
  (is (archive/c2? ["-Xmx1g" "-XX:TieredStopAtLevel=4"]))
  (is (archive/c2? ["-XX:-TieredCompilation"]))
  (is (not (archive/c2? ["-XX:TieredStopAtLevel=1"])))
  (is (not (archive/c2? ["-XX:TieredStopAtLevel=4" "-XX:TieredStopAtLevel=1"])))
  (is (archive/c2? ["-XX:+UseSerialGC"])))

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
        (testing "a handler of a queue with messages of one"
          (spit config "functions:\n  a: {clj: x/a, events: [{sqs: 'arn:aws:sqs:eu-west-1:1:jobs'}]}\n")
          (is (= {"x/a" ["aws:sqs"]} (update-vals (train/training {:config config}) #(mapv (fn [e] (get-in e ["Records" 0 "eventSource"])) %)))))
        (is (= {"x/c" [1]} (paths (train/training {:config "none.yml", :handlers ["x/c"], :events [["x/c" event]]}))))
        (testing "missing and invalid files are reported"
          (is (= "No none.yml here: go to a project's folder, or name its file with --config"
                 (message #(train/training {:config "none.yml"}))))
          (spit event "{")
          (is (str/includes? (message #(train/training {:config config, :events [["x/a" event]]})) "event.json isn't JSON: "))
          (spit config "functions:\n  a: {handler: index.handler}\n")
          (is (str/includes? (message #(train/training {:config config})) "has no function with clj: namespace/name to train")))))))
