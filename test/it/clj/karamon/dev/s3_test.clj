(ns karamon.dev.s3-test
  "`./karamon s3` against the embedded server, with the arguments that people type."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.demo-server :as demo-server]
   [karamon.dev.main :as main]
   [karamon.dev.s3.uploads :as uploads]
   [karamon.local :as local]
   [karamon.s3 :as s3]
   [karamon.s3.client.call :as call]
   [karamon.test.temp :as temp])
  (:import
   (java.io File StringWriter)
   (java.nio.file Files)
   (java.util.regex Pattern)
   (karamon.json JsonReader Keys)
   (software.amazon.awssdk.core.sync RequestBody)))

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
  (demo-server/call-with-demo #(temp/call-with-folder f)))

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
      (testing "not by a dry run, which names what it can't know"
        (is (= (str "planned    s3://demo/parts.bin: unless the server ignores conditions, or its copies keep the ETag, "
                    "which a dry run can't find out\n")
               (second (call "s3" "md5" "s3://demo/parts.bin" "--dry-run")))))
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

(deftest a-key-cant-forge-a-line
  (with-demo
    (fn [folder]
      (let [key     "x\ny\u202e" ; XML has no others, such as those that terminals obey
            escaped "x\\ny\\u202e"
            address (str "s3://demo/" key)
            file    (doto (io/file folder "file") (spit "hello\n"))]
        (with-open [s3 ^java.io.Closeable (s3/client)]
          (call/call s3 :create-multipart-upload {:bucket "demo", :key key}))
        (doseq [[expected arguments] {(str "\\b1946ac92492d2347c6235b4d2611184  s3://demo/" escaped "\n") ["cp" file address]
                                      (str "\\" file " is s3://demo/" escaped ": the MD5 is the ETag\n")  ["verify" file address]
                                      (str "\\already    s3://demo/" escaped)                            ["md5" address]
                                      (str "\\s3://demo/" escaped "\n")                                  ["stat" address]}]
          (let [[code out err] (apply call "s3" arguments)]
            (is (= [0 ""] [code err]))
            (is (str/starts-with? out expected))))
        (doseq [command ["ls" "uploads"]]
          (is (re-matches (re-pattern (str "\\\\\\S.*  " (Pattern/quote escaped) "\n")) (second (call "s3" command "s3://demo/x")))))
        (testing "in errors too"
          (is (= (str "No object s3://demo/" escaped "2\n") (last (call "s3" "stat" (str address 2)))))
          (is (not (re-find #"(?s)\u202e|\n." (last (call "s3" "cp" (str address 2) file))))))))))

(deftest unfinished-uploads-are-listed-and-aborted
  (with-demo
    (fn [_]
      (with-open [s3 ^java.io.Closeable (s3/client)]
        (let [begin! (fn [key]
                       (let [upload (merge {:bucket "demo", :key key}
                                           (select-keys (call/call s3 :create-multipart-upload {:bucket "demo", :key key}) [:upload-id]))]
                         (call/call s3 :upload-part (assoc upload :part-number 1) (RequestBody/fromString "hello"))
                         upload))
              row    #(str "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ +\\d+s +5  " % "\n")]
          (begin! "a/1")
          (begin! "b")
          (let [[code out err] (call "s3" "uploads" "s3://demo")]
            (is (= [0 "2 unfinished uploads, 10 bytes\n"] [code err]))
            (is (re-matches (re-pattern (str (row "a/1") (row "b"))) out)))
          (testing "as JSON"
            (let [[code ^String out err] (call "s3" "uploads" "s3://demo/a" "--json")]
              (is (= [0 ""] [code err]))
              (is (= {:bucket "demo", :key "a/1", :size 5, :parts 1}
                     (select-keys (JsonReader/read out Keys/KEYWORDS) [:bucket :key :size :parts])))))
          (testing "by age"
            (is (= [0 "" "0 unfinished uploads, 0 bytes\n"] (call "s3" "uploads" "s3://demo" "--older-than" "1d")))
            (is (= [0 "" "0 unfinished uploads, 0 bytes\n"] (call "s3" "uploads" "s3://demo" "--abort" "--older-than" "1d"))))
          (testing "and aborted only on demand"
            (let [[code out] (call "s3" "uploads" "s3://demo/b" "--abort" "--older-than" "0s")]
              (is (= 0 code))
              (is (re-matches (re-pattern (str "aborted    " (row "b"))) out)))
            (is (= "1 unfinished uploads, 5 bytes\n" (last (call "s3" "uploads" "s3://demo"))))))))))

(deftest durations-are-a-number-and-a-unit
  (is (= [1 120 10800 345600 3024000 0] (map #(.toSeconds (uploads/duration %)) ["1s" "2m" "3h" "4d" "5w" "0s"])))
  (doseq [text ["" "1" "d" "1 d" "1.5d" "-1d" "1D" "1y" "9999999s" "1d2h"]]
    (testing text
      (let [[code _ err] (call "s3" "uploads" "s3://demo" "--older-than" text)]
        (is (= 2 code))
        (is (str/includes? err "must be a whole number and a unit, s, m, h, d or w, such as 1d")))))
  (let [[code _ err] (call "s3" "uploads" "s3://demo" "--abort")]
    (is (= 2 code))
    (is (str/starts-with? err "--abort needs --older-than, such as 1d"))))

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
          (is (= [2 "--role-arn is missing; karamon s3 batch --help explains it\n"]
                 ((juxt first last) (apply call "s3" "batch" "s3://demo" (drop-last 2 options)))))
          (is (= 2 (first (apply call "s3" "batch" "s3://demo" (concat options ["--account-id" "1"]))))))))))

(deftest the-embedded-server-brings-no-other-version-of-the-sdk
  (let [versions (into {} (map (comp vec next)) (re-seq #"/software/amazon/awssdk/([^/]+)/([^/]+)/" (System/getProperty "java.class.path")))]
    (is (< 20 (count versions)))
    (is (= 1 (count (set (vals versions)))) (pr-str versions))))
