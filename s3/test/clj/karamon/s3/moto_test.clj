(ns karamon.s3.moto-test
  "Objects that aws-cli and boto3 put on moto, a server whose checksums mean something else than AWS's. Skipped unless all three
  are installed."
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.java.shell :as shell]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.s3 :as s3]
   [karamon.s3.client.call :refer [call]]
   [karamon.test.hostile :refer [sampled]]
   [karamon.test.temp :as temp])
  (:import
   (java.io BufferedReader File IOException)
   (java.nio.file Files)
   (java.util Arrays List Random)
   (org.opentest4j TestAbortedException)))

(set! *warn-on-reflection* true)

(def ^:private credentials {:access-key-id "anybody", :secret-access-key "anything"})

(defn- run
  "Runs a program with a map of environment variables. Returns its exit code, output and error output."
  [variables command]
  (try
    (apply shell/sh (concat command [:env (merge (into {} (System/getenv)) variables)]))
    (catch IOException e
      {:exit 127, :out "", :err (ex-message e)})))

(defn- expect-installed []
  (doseq [[what & command] [["moto" "moto_server" "--help"]
                            ["aws-cli" "aws" "--version"]
                            ["boto3" "python3" "-c" "import boto3"]]]
    (when-not (zero? (:exit (run {} command)))
      (println (str "skipped  karamon.s3.moto-test: " what " isn't installed; pip install 'moto[server]' awscli boto3"))
      (throw (TestAbortedException. (str what " isn't installed"))))))

(defn- endpoint
  "Returns the address that a server prints when it has started. Reads the rest of its output in the background."
  [^BufferedReader output]
  (let [found (some #(re-find #"http://127\.0\.0\.1:\d+" %) (line-seq output))]
    (future (run! identity (line-seq output)))
    found))

(defn- with-moto
  "Calls `f` with a client of a new server, and the variables with which other programs find it."
  [f]
  (let [^List command ["moto_server" "-H" "127.0.0.1" "-p" "0"]
        process       (.start (.redirectErrorStream (ProcessBuilder. command) true))]
    (try
      (let [endpoint (endpoint (.inputReader process))]
        (with-open [s3 (s3/client {:endpoint endpoint, :credentials credentials})]
          (f s3 {"AWS_ENDPOINT_URL"  endpoint, "AWS_DEFAULT_REGION" "us-east-1"
                 "AWS_ACCESS_KEY_ID" (:access-key-id credentials), "AWS_SECRET_ACCESS_KEY" (:secret-access-key credentials)})))
      (finally
        (.waitFor (.destroyForcibly process))))))

(defn- random-file ^File [folder size]
  (let [file  (io/file folder (str size))
        bytes (byte-array size)]
    (.nextBytes (Random. size) bytes)
    (io/copy bytes file)
    file))

(defn- content ^bytes [^File file]
  (Files/readAllBytes (.toPath file)))

(defn- flipped
  "Returns the bytes of a file with one changed."
  [file]
  (let [bytes (content file)]
    (aset-byte bytes 0 (unchecked-byte (inc (aget bytes 0))))
    bytes))

(defn- aws-cli [file object]
  ["aws" "s3" "cp" "--no-progress" (str file) (str "s3://" (:bucket object) "/" (:key object))])

(defn- boto3 [algorithm]
  (fn [file object]
    ["python3" "-c" (str "import boto3, sys; boto3.client('s3').upload_file(*sys.argv[1:4], ExtraArgs={" algorithm "})")
     (str file) (:bucket object) (:key object)]))

(deftest files-are-the-objects-that-other-clients-put
  (expect-installed)
  (temp/call-with-folder
    (fn [folder]
      (with-moto
        (fn [s3 variables]
          (call s3 :create-bucket {:bucket "photos"})
          (doseq [[[writer command] [size proof]]
                  (sampled 2 (for [writer {"aws-cli"            aws-cli
                                           "boto3"              (boto3 "")
                                           "boto3 with SHA-256" (boto3 "'ChecksumAlgorithm': 'SHA256'")}
                                   size   {1000 :md5-etag, 20000000 :multipart-etag, (* 33 1024 1024) :multipart-etag}]
                               [writer size]))
                  :let [file   (random-file folder size)
                        target (io/file folder "target")
                        object {:bucket "photos", :key (str writer size)}]]
            (testing [writer size]
              (is (= [0 ""] ((juxt :exit :err) (run variables (command file object)))))
              (is (= [:match proof] ((juxt :result :proof) (s3/verify s3 file object))))
              (with-open [in (io/input-stream file)]
                (is (= [:match proof] ((juxt :result :proof) (s3/verify s3 in object)))))
              (is (= :mismatch (:result (s3/verify s3 (flipped file) object))))
              (is (true? (:verified (s3/download! s3 object target))))
              (is (Arrays/equals (content file) (content target)))
              (when (= :multipart-etag proof)
                (testing "turned into an MD5"
                  (let [{:keys [result warnings]} (s3/md5-etag! s3 object {:force true, :pause 0})]
                    (is (= :done result))
                    (is (str/starts-with? (str (first warnings)) "its ACL isn't kept, since the server doesn't return it: ")))
                  (is (= [:match :md5-etag] ((juxt :result :proof) (s3/verify s3 file object))))
                  ;; moto still reports the parts.
                  (is (= [:inconclusive :parts-without-count]
                         ((juxt :result :reason) (s3/verify s3 (flipped file) object)))))))))))))

(deftest uploads-are-verified-by-their-etags
  (expect-installed)
  (temp/call-with-folder
    (fn [folder]
      (with-moto
        (fn [s3 _]
          (call s3 :create-bucket {:bucket "photos"})
          (doseq [size    [1000 20000000]
                  options [{} {:server-side-encryption "aws:kms"} {:checksum-algorithm "SHA256"}]
                  :let    [file   (random-file folder size)
                           object {:bucket "photos", :key "k"}]]
            (testing [size options]
              (is (true? (:verified (s3/upload! s3 object file options))))
              (is (= :match (:result (s3/verify s3 file object)))))))))))
