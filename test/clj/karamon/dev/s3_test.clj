(ns karamon.dev.s3-test
  "`./karamon s3` against the embedded server, by the arguments that people type."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.main :as main]
   [karamon.dev.s3-server :as server]
   [karamon.dev.temp :as temp]
   [karamon.local :as local])
  (:import
   (java.io StringWriter)
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(defn- call
  "Runs a command and returns its exit code and what it printed."
  [& arguments]
  (let [out (StringWriter.), err (StringWriter.)]
    [(binding [*out* out, *err* err] (main/run (map str arguments)))
     (str out)
     (str err)]))

(defn- with-demo
  "Calls `f` with a folder, while clients without options ask a server with the bucket demo."
  [f]
  (with-open [demo ^java.io.Closeable (server/start)]
    (server/fill-demo! demo)
    (let [before (into {} (System/getProperties))]
      (try
        (server/use! demo)
        (temp/call-with-folder f)
        (finally
          (doseq [property ["aws.endpointUrlS3" "aws.region" "aws.accessKeyId" "aws.secretAccessKey"]]
            (if-let [value (before property)]
              (System/setProperty property value)
              (System/clearProperty property))))))))

(defn- zeros [folder size]
  (let [file (io/file folder (str size))]
    (io/copy (byte-array size) file)
    file))

(deftest objects-are-listed-and-told
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

(deftest wrong-calls-are-told
  (doseq [[arguments message] {["s3" "vrify"]                             "No command s3 vrify. Did you mean verify?"
                               ["s3" "stat" "demo/x"]                     "Expected a bucket, such as"
                               ["s3" "stat"]                              "Expected 1 to"
                               ["s3" "ls" "s3://demo" "--endpoint" "demo"] "The option :endpoint must be an address"}]
    (testing (pr-str arguments)
      (let [[code _ err] (apply call arguments)]
        (is (= 2 code))
        (is (str/includes? err message))))))

(deftest the-examples-handlers-tell-kinds
  (with-demo
    (fn [_]
      (let [ask #(-> (local/invoke (requiring-resolve %1) %2) (update :body (fn [^String body] (JsonReader/read body Keys/KEYWORDS))))]
        (is (= [{:key "hello.txt", :kind "likely-md5"} {:key "parts.bin", :kind "multipart"}]
               (map #(select-keys % [:key :kind])
                    (:body (ask 'example.objects/kinds {:path "/objects/demo", :resource "/objects/{bucket}"})))))
        (is (= [404 {:message "No object none in demo"}]
               ((juxt :status :body) (ask 'example.objects/kind {:path "/objects/demo/none", :resource "/objects/{bucket}/{key+}"}))))))))
