(ns karamon.s3.batch-test
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.s3.batch :as batch]
   [karamon.s3.scripted :as scripted]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io File)
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(def ^:private in-parts {:bodies [(.getBytes "hello ") (.getBytes "world")]})

(def ^:private hello-world "5eb63bbbe01eeed093cb22bb8f5acdc3")

(def ^:private large {:size 5368709121, :etag "9b2cf535f27731c974343645a3985328-700"})

(defn- with-bucket [settings objects f]
  (with-open [server (scripted/start)
              s3     (scripted/client server {:max-attempts 1})]
    (let [bucket (scripted/bucket! server settings)]
      (doseq [[key object] objects]
        (scripted/add! server bucket key object))
      (f server (assoc s3 :aws? true) bucket))))

(def ^:private objects
  {"a/1 é+,%\".bin" in-parts
   "a/cold"         (assoc in-parts :headers {"x-amz-storage-class" "GLACIER"})
   "a/large"        large
   "a/md5"          {:size 5, :etag "5d41402abc4b2a76b9719d911017c592"}
   "b"              in-parts})

(defn- manifest [s3 address options]
  (temp/call-with-folder
    (fn [folder]
      (let [file (io/file folder "manifest.csv")]
        [(batch/manifest! s3 address file options) (str/split-lines (slurp file))]))))

(deftest a-manifest-has-the-multipart-objects
  (with-bucket {} objects
    (fn [_ s3 bucket]
      (is (= [{:objects 3, :bytes (+ 11 11 5368709121)}
              [(str bucket ",a/1%20%C3%A9%2B%2C%25%22.bin") (str bucket ",a/cold") (str bucket ",a/large")]]
             (manifest s3 {:bucket bucket, :key "a/"} {})))
      (testing "that can be copied, for our function"
        (is (= [{:objects 2, :bytes 22} [(str bucket ",a/1%20%C3%A9%2B%2C%25%22.bin") (str bucket ",b")]]
               (manifest s3 {:bucket bucket} {:operation :invoke-lambda}))))))
  (testing "with the newest versions"
    (with-bucket {:versioning true} (concat (for [n (range 1500)] [(format "%04d" n) in-parts]) [["0007" large]])
      (fn [server s3 bucket]
        (let [[total lines] (manifest s3 {:bucket bucket} {:versions true})]
          (is (= 1500 (:objects total)))
          (is (= (for [n (range 1500)
                       :let [key (format "%04d" n)]]
                   (str bucket "," key "," (:version-id (scripted/object server bucket key))))
                 lines)))))))

(deftest a-manifest-that-fails-changes-no-file
  (temp/call-with-folder
    (fn [^File folder]
      (with-bucket {} objects
        (fn [server s3 bucket]
          (let [file (io/file folder "manifest.csv")]
            (spit file "before")
            (scripted/script! server (constantly {:answer {:status 403, :code "AccessDenied"}}))
            (is (thrown? ExceptionInfo (batch/manifest! s3 {:bucket bucket} file)))
            (is (= "before" (slurp file)))
            (is (= ["manifest.csv"] (vec (.list folder))))))))))

(def ^:private options
  {:manifest   {:bucket "jobs", :key "manifest.csv", :etag "5d41402abc4b2a76b9719d911017c592", :size 5}
   :report     "s3://jobs/reports/"
   :account-id "111122223333"
   :role-arn   "arn:aws-cn:iam::111122223333:role/batch"
   :token      "t"})

(deftest a-job-is-create-jobs-request
  (is (= {"AccountId"            "111122223333"
          "ConfirmationRequired" true
          "Operation"            {"S3ComputeObjectChecksum" {"ChecksumAlgorithm" "MD5", "ChecksumType" "FULL_OBJECT"}}
          "Manifest"             {"Spec"     {"Format" "S3BatchOperations_CSV_20180820", "Fields" ["Bucket" "Key"]}
                                  "Location" {"ObjectArn" "arn:aws-cn:s3:::jobs/manifest.csv", "ETag" "5d41402abc4b2a76b9719d911017c592"}}
          "Report"               {"Bucket" "arn:aws-cn:s3:::jobs", "Prefix" "reports", "Format" "Report_CSV_20180820", "Enabled" true, "ReportScope" "AllTasks"}
          "Priority"             10
          "RoleArn"              "arn:aws-cn:iam::111122223333:role/batch"
          "Description"          "Compute MD5 checksums"
          "ClientRequestToken"   "t"}
         (batch/job options)))
  (let [job (batch/job (assoc options :operation :invoke-lambda, :function-arn "arn:aws:lambda:eu-west-1:111122223333:function:md5"
                              :versions true, :arguments {"dry-run" "true"}))]
    (is (= {"LambdaInvoke" {"FunctionArn"   "arn:aws:lambda:eu-west-1:111122223333:function:md5", "InvocationSchemaVersion" "2.0"
                            "UserArguments" {"dry-run" "true"}}}
           (job "Operation")))
    (is (= ["Bucket" "Key" "VersionId"] (get-in job ["Manifest" "Spec" "Fields"])))))

(deftest missing-and-wrong-options-of-a-job-are-errors
  (doseq [[wrong message] [[{:role-arn "batch"} "The option :role-arn must be a role's ARN, such as \"arn:aws:iam::111122223333:role/batch\", found \"batch\""]
                           [{:operation :invoke-lambda} "The option :function-arn is missing: it must be a function's ARN"]
                           [{:reprot "s3://x"} #"No option :reprot for job: .* Did you mean :report\?"]]]
    (let [actual (try
                   (batch/job (merge options wrong))
                   (catch ExceptionInfo e (ex-message e)))]
      (is (if (string? message) (= message actual) (re-matches message actual)))))
  (is (= "The option :report is missing: it must be an address, such as \"s3://jobs/reports\""
         (try
           (batch/job (dissoc options :report))
           (catch ExceptionInfo e (ex-message e))))))

(defn- event [schema bucket & tasks]
  {"invocationSchemaVersion" schema
   "invocationId"            "i"
   "job"                     {"id" "j"}
   "tasks"                   (vec (map-indexed (fn [n [key version]]
                                                 (cond-> {"taskId" (str n), "s3Key" key, "s3VersionId" version}
                                                   (= "1.0" schema) (assoc "s3BucketArn" (str "arn:aws:s3:::" bucket))
                                                   (= "2.0" schema) (assoc "s3Bucket" bucket)))
                                               tasks))})

(defn- results [answer]
  (mapv (juxt #(get % "resultCode") #(get % "resultString")) (get answer "results")))

(deftest each-task-is-answered
  (doseq [schema ["1.0" "2.0"]]
    (with-bucket {} objects
      (fn [server s3 bucket]
        (let [handler (batch/handler (delay s3) {:pause 0})
              answer  (handler (event schema bucket ["a/1%20%C3%A9%2B%2C%25%22.bin" nil] ["a/large" nil] ["a/md5" nil] ["none" nil]) nil)]
          (is (= {"invocationSchemaVersion" schema, "invocationId" "i", "treatMissingKeysAs" "TemporaryFailure"} (dissoc answer "results")))
          (is (= ["0" "1" "2" "3"] (map #(get % "taskId") (get answer "results"))))
          (is (= [["Succeeded" (str "done " hello-world)]
                  ["PermanentFailure" "too-large: a copy takes 5368709120 bytes at most, it has 5368709121: see karamon.s3.batch"]
                  ["Succeeded" "already: its ETag isn't multipart"]
                  ["PermanentFailure" "not-found: there is no such object"]]
                 (results answer)))
          (testing "and a bucket's properties are requested once"
            (handler (event schema bucket ["b" nil]) nil)
            (is (= 1 (:get-bucket-ownership-controls (scripted/counts server))))))))))

(deftest the-tasks-version-is-used
  (with-bucket {:versioning true} [["k" in-parts] ["k" in-parts]]
    (fn [server s3 bucket]
      (let [handler   (batch/handler (delay s3) {})
            [old new] (map :version-id (scripted/versions server bucket "k"))]
        (is (= [["PermanentFailure" "superseded: it isn't the newest version, and a copy of it would be"] ["Succeeded" (str "done " hello-world)]]
               (results (handler (event "2.0" bucket ["k" old] ["k" new]) nil))))))))

(deftest s3-retries-errors-that-may-pass
  (with-bucket {} objects
    (fn [server s3 bucket]
      (let [handler (batch/handler (delay s3) {:pause 0, :attempts 1})]
        (scripted/script! server (fn [{:keys [operation]}]
                                   (when (= :copy-object operation) {:answer {:status 503, :code "SlowDown"}})))
        (is (= [["TemporaryFailure" "failed"]] (map (fn [[code text]] [code (first (str/split text #":"))]) (results (handler (event "2.0" bucket ["b" nil]) nil)))))
        (scripted/script! server (fn [{:keys [operation]}]
                                   (when (= :copy-object operation) {:before #(scripted/add! server bucket "b" {:size 1, :etag "x"})})))
        (is (= "TemporaryFailure" (ffirst (results (handler (event "2.0" bucket ["b" nil]) nil)))))))))

(deftest a-dry-run-changes-nothing
  (with-bucket {} objects
    (fn [server s3 bucket]
      (let [handler (batch/handler (delay s3) {})]
        (is (= [["Succeeded" "planned"]]
               (results (handler (assoc-in (event "2.0" bucket ["b" nil]) ["job" "userArguments"] {"dry-run" "true"}) nil))))
        (is (nil? (:copy-object (scripted/counts server))))))))

(deftest what-a-dry-run-left-unknown-is-found-out-before-a-copy
  (with-bucket {} objects
    (fn [server s3 bucket]
      (swap! (:state server) assoc :quirks #{:ignores-source-if-match})
      (let [handler (batch/handler (delay (assoc s3 :aws? false)) {})
            event   (event "2.0" bucket ["b" nil])]
        (is (= [["Succeeded" "planned: unless the server ignores conditions, or its copies keep the ETag, which a dry run can't find out"]]
               (results (handler (assoc-in event ["job" "userArguments"] {"dry-run" "true"}) nil))))
        (is (str/starts-with? (second (first (results (handler event nil)))) "unguarded"))))))

(deftest tasks-of-each-schema-version-are-read
  (doseq [[version result] {"1.0" ["dGFzay0x" "PermanentFailure"] ; it names a version that isn't this object's
                            "2.0" ["dGFzay0y" "Succeeded"]}]
    (with-bucket {} {}
      (fn [server s3 _]
        (let [bucket "photos"]
          (swap! (:state server) assoc-in [:buckets bucket] {:ownership "BucketOwnerEnforced", :objects (sorted-map)})
          (scripted/add! server bucket "summer/my photo.jpg" in-parts)
          (let [sample (slurp (io/file "test/resources/events/aws" (str "s3-batch-" version ".json")))
                answer ((batch/handler (delay s3) {}) (JsonReader/read ^String sample Keys/STRINGS) nil)]
            (is (= result ((juxt #(get % "taskId") #(get % "resultCode")) (first (get answer "results")))))))))))
