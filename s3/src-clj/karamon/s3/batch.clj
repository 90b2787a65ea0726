(ns karamon.s3.batch
  "S3 Batch Operations, AWS's own engine for more objects than one machine can process, and for objects that can't be copied:
  makes a manifest of the objects and the description of a job, and has the Lambda function that a job calls for each object.

      (manifest! s3 \"s3://photos/2026/\" \"manifest.csv\")
      (job {:manifest   (s3/put! s3 \"s3://jobs/manifest.csv\" \"manifest.csv\")
            :report     \"s3://jobs/reports\"
            :account-id \"111122223333\"
            :role-arn   \"arn:aws:iam::111122223333:role/batch\"})

  The job is CreateJob's request: write it as JSON and call `aws s3control create-job --cli-input-json file://job.json`. There
  are two operations:

  * `:compute-checksum` -- S3 computes an MD5 checksum of each object, of any size and class, also if encrypted by KMS, and
    rewrites nothing; the MD5 is in the job's report and becomes the object's `:checksum-md5`. Not with SSE-C
  * `:invoke-lambda` -- calls `normalise`, which turns the ETag into an MD5; up to 5 GiB

  The formats are those of the Amazon S3 User Guide (Batch Operations: Creating a job, Invoke Lambda function)."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.lambda.s3-batch :as s3-batch]
   [karamon.s3.client :as client]
   [karamon.s3.client.address :as address]
   [karamon.s3.client.call :refer [call]]
   [karamon.s3.md5.normalise :as normalise]
   [karamon.s3.md5.plan :as plan]
   [karamon.s3.md5.surroundings :as surroundings])
  (:import
   (java.io Writer)
   (java.net URLEncoder)
   (java.nio.charset StandardCharsets)
   (karamon.file Draft)
   (karamon.text Options)))

(set! *warn-on-reflection* true)

(def ^:private operation-check
  {:operation [":compute-checksum or :invoke-lambda" #{:compute-checksum :invoke-lambda}]})

(def ^:private manifest-checks
  (merge operation-check
         {:versions              ["true or false" boolean?]
          :expected-bucket-owner (:expected-bucket-owner normalise/checks)
          :request-payer         (:request-payer normalise/checks)}))

(defn- encoded
  "Returns a key in the encoding of a manifest."
  [key]
  (-> (URLEncoder/encode ^String key StandardCharsets/UTF_8)
      (str/replace "+" "%20")
      (str/replace "%2F" "/")))

(defn- rows
  "Returns the objects below an address, lazily; with `versions` the newest version of each."
  [client {:keys [bucket key]} versions common]
  (let [parameters (merge {:bucket bucket, :prefix key, :encoding-type "url"} common)]
    (if versions
      (eduction (mapcat :versions) (filter :is-latest)
                (iteration #(call client :list-object-versions (merge parameters %))
                           {:kf (fn [{:keys [is-truncated next-key-marker next-version-id-marker]}]
                                  (when is-truncated
                                    {:key-marker next-key-marker, :version-id-marker next-version-id-marker}))}))
      (eduction (mapcat :contents)
                (iteration #(call client :list-objects-v2 (assoc parameters :continuation-token %)) {:kf :next-continuation-token})))))

(defn- wanted? [operation row]
  (let [[result] (plan/listed-refusal row)]
    (or (nil? result)
        (and (= :compute-checksum operation) (#{:too-large :archived} result)))))

(defn manifest!
  "Writes a manifest of the objects below `address` with a multipart ETag to `file`, which is complete or unchanged. Returns a map of
  their number, `:objects`, and their size, `:bytes`.

  * `:operation` -- the operation of the job: `:compute-checksum` (the default) or `:invoke-lambda`, which leaves out objects
    above 5 GiB and archived ones
  * `:versions` -- whether to include the versions, so that a job touches no other version (default false)
  * `:expected-bucket-owner`, `:request-payer` -- as in S3"
  ([client address file] (manifest! client address file {}))
  ([client address file options]
   (Options/check options manifest-checks "manifest!" :karamon.s3/bad-option)
   (let [{:keys [operation versions] :or {operation :compute-checksum}} options
         {:keys [bucket] :as address} (address/bucket address)
         found (rows client address versions (select-keys options [:expected-bucket-owner :request-payer]))]
     (with-open [draft (Draft/file (.toPath (io/file file)))]
       (let [total (with-open [^Writer out (io/writer (.toFile (.path draft)))]
                     (reduce
                       (fn [total {:keys [key size version-id] :as row}]
                         (if (wanted? operation (assoc row :bucket bucket))
                           (do
                             (.write out (str bucket "," (encoded key) (when versions (str "," version-id)) "\n"))
                             (-> total (update :objects inc) (update :bytes + size)))
                           total))
                       {:objects 0, :bytes 0}
                       found))]
         (.moveTo draft (.toPath (io/file file)))
         total)))))

(defn- address? [value]
  (or (string? value) (map? value)))

(def ^:private job-checks
  (merge operation-check
         {:manifest     ["the map that put! returned for it, with :bucket, :key and :etag" #(and (map? %) (every? string? ((juxt :bucket :key :etag) %)))]
          :account-id   ["an account number of 12 digits" #(and (string? %) (re-matches #"\d{12}" %))]
          :role-arn     ["a role's ARN, such as \"arn:aws:iam::111122223333:role/batch\"" #(and (string? %) (re-matches #"arn:[^:]+:iam::\d{12}:role/.*" %))]
          :function-arn ["a function's ARN" #(and (string? %) (re-matches #"arn:[^:]+:lambda:.*" %))]
          :report       ["an address, such as \"s3://jobs/reports\"" address?]
          :report-scope ["\"AllTasks\" or \"FailedTasksOnly\"" #{"AllTasks" "FailedTasksOnly"}]
          :versions     ["true or false" boolean?]
          :priority     ["a whole number from 0 to 2147483647" #(and (int? %) (<= 0 % 2147483647))]
          :description  ["a text of up to 256 characters" #(and (string? %) (<= 1 (count %) 256))]
          :token        ["a text of up to 64 characters" #(and (string? %) (<= 1 (count %) 64))]
          :confirm      ["true or false" boolean?]
          :arguments    ["a map of up to 10 strings to strings" #(and (map? %) (<= (count %) 10) (every? string? (mapcat identity %)))]}))

(defn- operation [{:keys [operation function-arn arguments]}]
  (if (= :invoke-lambda operation)
    {"LambdaInvoke" (cond-> {"FunctionArn" function-arn, "InvocationSchemaVersion" "2.0"}
                      (seq arguments) (assoc "UserArguments" arguments))}
    {"S3ComputeObjectChecksum" {"ChecksumAlgorithm" "MD5", "ChecksumType" "FULL_OBJECT"}}))

(defn job
  "Returns CreateJob's request as a map with S3's own names, to write as JSON.

  * `:operation` -- `:compute-checksum` (the default) or `:invoke-lambda`
  * `:manifest` -- the map that `put!` returned for the manifest, with `:bucket`, `:key` and `:etag`; `:versions` whether the
    manifest has versions (default false)
  * `:account-id`, `:role-arn` -- the account of the job, and the role that it runs as
  * `:function-arn` -- the function whose handler is `karamon.s3.batch/normalise`; `:arguments` its arguments, see there
  * `:report` -- the address below which S3 writes the result of each object; `:report-scope` \"AllTasks\" (the default: includes
    the MD5s) or \"FailedTasksOnly\"
  * `:priority` (default 10), `:description`, `:confirm` -- whether the job waits for confirmation (default true)
  * `:token` -- S3 creates only one job from requests with the same token (default: a new one)

  Throws ex-info of `:type` `:karamon.s3/bad-option`."
  [{:keys [manifest account-id role-arn report report-scope versions priority description token confirm]
    :or   {report-scope "AllTasks", priority 10, confirm true}
    :as   options}]
  (Options/check options job-checks "job" :karamon.s3/bad-option)
  (Options/need options job-checks
                (cond-> [:manifest :account-id :role-arn :report] (= :invoke-lambda (:operation options)) (conj :function-arn))
                :karamon.s3/bad-option)
  (let [partition              (second (str/split role-arn #":"))
        arn                    #(str "arn:" partition ":s3:::" %)
        {:keys [bucket key]}   (address/bucket report)]
    {"AccountId"            account-id
     "ConfirmationRequired" confirm
     "Operation"            (operation options)
     "Manifest"             {"Spec"     {"Format" "S3BatchOperations_CSV_20180820", "Fields" (cond-> ["Bucket" "Key"] versions (conj "VersionId"))}
                             "Location" (cond-> {"ObjectArn" (arn (str (:bucket manifest) "/" (:key manifest))), "ETag" (:etag manifest)}
                                          (surroundings/versioned? manifest) (assoc "ObjectVersionId" (:version-id manifest)))}
     "Report"               (cond-> {"Bucket" (arn bucket), "Format" "Report_CSV_20180820", "Enabled" true, "ReportScope" report-scope}
                              key (assoc "Prefix" (str/replace key #"/$" "")))
     "Priority"             priority
     "RoleArn"              role-arn
     "Description"          (or description
                                (if (= :invoke-lambda (:operation options)) "Make multipart ETags MD5s" "Compute MD5 checksums"))
     "ClientRequestToken"   (or token (str (random-uuid)))}))

(defn- task-result [{:keys [result error]}]
  (cond
    (#{:done :already :planned} result)                              :succeeded
    (#{:changed :unchecked} result)                                  :temporary-failure
    (and (= :failed result) (not= :karamon.s3/denied (:type error))) :temporary-failure
    :else                                                            :permanent-failure))

(defn- shortened
  "Returns the text cut to the length that S3 shows in its report."
  [text]
  (subs text 0 (min 1024 (count text))))

(defn- task-answer [{:keys [result why etag] :as found}]
  {:result  (task-result found)
   :message (shortened (str (name result) (cond why (str ": " why), etag (str " " etag))))})

(defn- dry? [{:keys [arguments]}]
  (= "true" (:dry-run arguments)))

(defn handler
  "Returns a function of a Batch Operations event (schema 1.0 or 2.0) and a context that turns the ETag of each task's object
  into an MD5, such as `normalise`. `client` is a delay of a client. `options` are those of karamon.s3/md5-etag!."
  [client options]
  (Options/check options normalise/checks "handler" :karamon.s3/bad-option)
  (let [known (atom {})]
    (fn [event _]
      (s3-batch/response event
        (for [task (s3-batch/tasks event)
              :let [options      (cond-> options (dry? task) (assoc :dry-run true))
                    surroundings (fn [{:keys [bucket] :as object}]
                                   ;; A dry run knows less.
                                   (let [k [bucket (dry? task)]]
                                     (or (@known k)
                                         (get (swap! known assoc k (surroundings/surroundings @client object options)) k))))
                    address      (into {} (filter val) (select-keys task [:bucket :key :version-id]))]]
          (assoc (task-answer (normalise/md5-etag! @client address surroundings options)) :id (:id task)))
        {:missing :temporary-failure}))))

(def ^:private shared
  ;; S3 sends no data for minutes during a copy of 5 GB.
  (delay (client/client {:socket-timeout 600})))

(def ^:private shared-handler (delay (handler shared {})))

(defn normalise
  "A Lambda handler for S3 Batch Operations: calls karamon.s3/md5-etag! for the object of each task. Answers `Succeeded` (its
  ETag is an MD5 now, or was one already), `TemporaryFailure` (the outcome is unknown, or someone else wrote to it; S3 retries),
  or `PermanentFailure`, with the result and the reason as text, which S3 writes to the job's report. With `\"dry-run\"`
  `\"true\"` in the job's `:arguments`, it changes nothing.

  The function's role needs `s3:GetObject`, `s3:GetObjectVersion`, `s3:GetObjectTagging`, `s3:GetObjectVersionTagging`,
  `s3:PutObject`, `s3:PutObjectTagging` and `s3:GetBucketOwnershipControls`. If the bucket has ACLs, it also needs
  `s3:GetBucketAcl`, `s3:GetObjectAcl`, `s3:GetObjectVersionAcl` and `s3:PutObjectAcl`; if objects are locked,
  `s3:PutObjectRetention` and `s3:PutObjectLegalHold`. The function's timeout must allow a copy of 5 GB, which takes minutes."
  [event context]
  (@shared-handler event context))
