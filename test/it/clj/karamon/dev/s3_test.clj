(ns karamon.dev.s3-test
  "`./karamon s3` against the embedded server, with the arguments that people type."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.gateway.demo :as demo]
   [karamon.dev.main :as main]
   [karamon.dev.s3-server :as server]
   [karamon.local :as local]
   [karamon.s3 :as s3]
   [karamon.test.temp :as temp])
  (:import
   (java.io File StringWriter)
   (java.nio.file Files)
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(defn- call
  "Runs a command and returns its exit code, output and error output."
  [& arguments]
  (let [out (StringWriter.), err (StringWriter.)]
    [(binding [*out* out, *err* err] (main/run (map str arguments)))
     (str out)
     (str err)]))

(defn- with-demo
  "Calls `f` with a folder. Meanwhile clients without options use a server with the bucket demo."
  [f]
  (with-open [server ^java.io.Closeable (server/start)]
    (demo/fill! (:options server))
    (let [before (into {} (System/getProperties))]
      (try
        (server/use! server)
        (temp/call-with-folder f)
        (finally
          (doseq [property ["aws.endpointUrlS3" "aws.region" "aws.accessKeyId" "aws.secretAccessKey"
                            "aws.requestChecksumCalculation"]]
            (if-let [value (before property)]
              (System/setProperty property value)
              (System/clearProperty property))))))))

(defn- zeros [folder size]
  (let [file (io/file folder (str size))]
    (io/copy (byte-array size) file)
    file))

(deftest objects-are-listed-and-described
  (with-demo
    (fn [_]
      (is (= [0 (str "b1946ac92492d2347c6235b4d2611184       likely-md5               6  hello.txt\n"
                     "114916d04fbfb879db30457824daffc5-2     multipart          5243880  parts.bin\n")
              ""]
             (call "s3" "ls" "s3://demo")))
      (let [[_ ^String line] (call "s3" "ls" "s3://demo/hello" "--json")
            object (JsonReader/read line Keys/KEYWORDS)]
        (is (= ["hello.txt" 6 "likely-md5"] [(:key object) (:size object) (:kind (:kind object))])))
      (let [[code out err] (call "s3" "stat" "s3://demo/parts.bin" "s3://demo/none")]
        (is (= [1 "No object s3://demo/none\n"] [code err]))
        (is (str/includes? out "  kind                   multipart: the object was put in parts"))
        (is (str/includes? out "  metadata               camera: none"))))))

(deftest a-file-is-verified
  (with-demo
    (fn [folder]
      (let [same  (zeros folder 5243880)
            other (zeros folder 5243881)]
        (is (= [0 (str same " is s3://demo/parts.bin: the ETag of 2 parts is the same\n") ""] (call "s3" "verify" same "s3://demo/parts.bin")))
        (is (= [1 (str other " is not s3://demo/parts.bin: the source has 5243881 bytes, and the object 5243880 bytes\n") ""]
               (call "s3" "verify" other "s3://demo/parts.bin")))
        (is (= [1 "No object s3://demo/none\n"] ((juxt first last) (call "s3" "verify" other "s3://demo/none"))))))))

(deftest usage-errors-are-reported
  (doseq [[arguments message] {["s3" "vrify"]                             "No command s3 vrify. Did you mean verify?"
                               ["s3" "stat" "demo/x"]                     "Expected a bucket, such as"
                               ["s3" "stat"]                              "Expected 1 to"
                               ["s3" "ls" "s3://demo" "--endpoint" "demo"] "The option :endpoint must be an address"}]
    (testing (pr-str arguments)
      (let [[code _ err] (apply call arguments)]
        (is (= 2 code))
        (is (str/includes? err message))))))

(deftest the-examples-handlers-return-the-kinds-of-etags
  (with-demo
    (fn [_]
      (let [ask #(-> (local/invoke (requiring-resolve %1) %2) (update :body (fn [^String body] (JsonReader/read body Keys/KEYWORDS))))]
        (is (= [{:key "hello.txt", :kind "likely-md5"} {:key "parts.bin", :kind "multipart"}]
               (map #(select-keys % [:key :kind])
                    (:body (ask 'example.objects/kinds {:path "/objects/demo", :resource "/objects/{bucket}"})))))
        (is (= [404 {:message "No object none in demo"}]
               ((juxt :status :body) (ask 'example.objects/kind {:path "/objects/demo/none", :resource "/objects/{bucket}/{key+}"}))))))))

(deftest files-are-copied-to-s3-and-back
  (with-demo
    (fn [folder]
      (let [file  (zeros folder 6000000)
            there (io/file folder "back")]
        (testing "whole, under its own name"
          (let [[code out err] (call "s3" "cp" file "s3://demo/")]
            (is (= [0 ""] [code err]))
            (is (re-matches #"[0-9a-f]{32}  s3://demo/6000000\n" out))))
        (testing "in parts"
          (is (re-matches #"[0-9a-f]{32}-2  s3://demo/parts\n" (second (call "s3" "cp" file "s3://demo/parts" "--part-size" "5MiB"))))
          (is (= 0 (first (call "s3" "verify" file "s3://demo/parts")))))
        (testing "but not over another object, when that is said"
          (is (= 1 (first (call "s3" "cp" file "s3://demo/hello.txt" "--no-overwrite"))))
          (is (= 0 (first (call "s3" "verify" (doto (io/file folder "hello") (spit "hello\n")) "s3://demo/hello.txt" "--download")))))
        (testing "back, into a folder and to a name"
          (is (= 0 (first (call "s3" "cp" "s3://demo/parts" there))))
          (is (= -1 (Files/mismatch (.toPath ^File file) (.toPath ^File there))))
          (is (= 0 (first (call "s3" "cp" "s3://demo/hello.txt" folder))))
          (is (= "hello\n" (slurp (io/file folder "hello.txt"))))
          (is (= [1 "" (str there " exists already\n")] (call "s3" "cp" "s3://demo/parts" there "-n"))))
        (testing "within S3"
          (is (re-matches #"[0-9a-f]{32}  s3://demo/copy\n" (second (call "s3" "cp" "s3://demo/parts" "s3://demo/copy")))))
        (testing "and nowhere else"
          (is (= 2 (first (call "s3" "cp" file there))))
          (is (= 2 (first (call "s3" "cp" "-" "s3://demo"))))
          (is (= 2 (first (call "s3" "cp" "s3://demo/parts" "s3://demo/copy" "--resume"))))
          (is (= 1 (first (call "s3" "cp" "s3://demo/none" there)))))))))

(deftest etags-are-made-md5s
  (with-demo
    (fn [folder]
      (is (= [0 "planned    s3://demo/parts.bin\n" ""] (update (call "s3" "md5" "s3://demo/parts.bin" "--dry-run" "--force") 2 (constantly ""))))
      (let [journal (io/file folder "journal")
            [code out] (call "s3" "md5" "s3://demo" "--recursive" "--force" "--journal" journal)]
        (is (= 0 code))
        (is (re-matches #"done       s3://demo/parts.bin  114916d04fbfb879db30457824daffc5-2 is now ([0-9a-f]{32})(?s:.*)\n2 objects: 1 already, 1 done\n" out))
        (is (.isFile journal)))
      (testing "once"
        (let [[code out] (call "s3" "md5" "s3://demo/parts.bin")]
          (is (= 0 code))
          (is (str/starts-with? out "already    s3://demo/parts.bin"))))
      (is (= [2 2 2] (map #(first (apply call "s3" "md5" %))
                          [["s3://demo" "--resume"] ["s3://demo" "-r" "--resume"] ["s3://demo/a" "s3://demo/b" "-r"]]))))))

(deftest a-job-for-batch-operations-is-written
  (with-demo
    (fn [_]
      (let [options             ["--manifest" "s3://demo/jobs/manifest.csv" "--report" "s3://demo/reports"
                                 "--account-id" "111122223333" "--role-arn" "arn:aws:iam::111122223333:role/batch"]
            [code out err]      (apply call "s3" "batch" "s3://demo" options)
            {:strs [Operation Manifest]} (JsonReader/read ^String out Keys/STRINGS)]
        (is (= [0 "1 objects, 5243880 bytes\n"] [code err]))
        (is (= {"S3ComputeObjectChecksum" {"ChecksumAlgorithm" "MD5", "ChecksumType" "FULL_OBJECT"}} Operation))
        (is (= "arn:aws:s3:::demo/jobs/manifest.csv" (get-in Manifest ["Location" "ObjectArn"])))
        (is (= "demo,parts.bin\n" (with-open [s3 ^java.io.Closeable (s3/client)] (slurp (:body (s3/open s3 "s3://demo/jobs/manifest.csv"))))))
        (testing "or by a function"
          (is (str/includes? (second (apply call "s3" "batch" "s3://demo" "--invoke-lambda" "arn:aws:lambda:eu-west-1:111122223333:function:md5" options))
                             "\"LambdaInvoke\"")))
        (testing "but not without objects, and not with a missing option"
          (is (= [1 "No object under s3://demo/hello has an ETag of parts: nothing to do\n"]
                 ((juxt first last) (apply call "s3" "batch" "s3://demo/hello" options))))
          (is (= [2 "--role-arn is missing; ./karamon s3 batch --help explains it\n"]
                 ((juxt first last) (apply call "s3" "batch" "s3://demo" (drop-last 2 options)))))
          (is (= 2 (first (apply call "s3" "batch" "s3://demo" (concat options ["--account-id" "1"]))))))))))

(deftest the-embedded-server-brings-no-other-version-of-the-sdk
  (let [versions (into {} (map (comp vec next)) (re-seq #"/software/amazon/awssdk/([^/]+)/([^/]+)/" (System/getProperty "java.class.path")))]
    (is (< 20 (count versions)))
    (is (= 1 (count (set (vals versions)))) (pr-str versions))))
