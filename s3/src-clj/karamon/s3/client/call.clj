(ns karamon.s3.client.call
  "Calls S3: maps in, a map out, and errors as ex-info with the operation and the object."
  (:require
   [clojure.string :as str]
   [karamon.s3.client]
   [karamon.s3.client.address :as address]
   [karamon.s3.client.sdk :as sdk])
  (:import
   (karamon.s3.client Client)
   (karamon.text Escaped)
   (software.amazon.awssdk.awscore.exception AwsServiceException)
   (software.amazon.awssdk.core ResponseInputStream)
   (software.amazon.awssdk.core.exception AbortedException SdkException)
   (software.amazon.awssdk.core.sync RequestBody)
   (software.amazon.awssdk.services.s3 S3Client)
   (software.amazon.awssdk.services.s3.model AbortMultipartUploadRequest CompleteMultipartUploadRequest CopyObjectRequest CreateBucketRequest CreateMultipartUploadRequest DeleteObjectRequest GetBucketAclRequest GetBucketEncryptionRequest GetBucketOwnershipControlsRequest GetBucketVersioningRequest GetObjectAclRequest GetObjectAttributesRequest GetObjectRequest GetObjectTaggingRequest HeadBucketRequest HeadObjectRequest ListBucketsRequest ListMultipartUploadsRequest ListObjectVersionsRequest ListObjectsV2Request ListPartsRequest PutObjectRequest PutObjectTaggingRequest UploadPartRequest)
   (software.amazon.awssdk.utils.builder Buildable)))

(set! *warn-on-reflection* true)

(defmacro ^:private operation
  "Expands to the pair of a function that makes a request's builder and one that sends the request; `body` if it sends bytes."
  [request method & [body]]
  (let [s3 (with-meta (gensym "s3") {:tag `S3Client})
        r  (with-meta (gensym "request") {:tag request})
        b  (with-meta (gensym "body") {:tag `RequestBody})]
    `[(fn [] (. ~request ~'builder))
      (fn [~s3 ~r ~b] (~method ~s3 ~r ~@(when body [b])))]))

(def ^:private operations
  {:abort-multipart-upload        (operation AbortMultipartUploadRequest .abortMultipartUpload)
   :complete-multipart-upload     (operation CompleteMultipartUploadRequest .completeMultipartUpload)
   :copy-object                   (operation CopyObjectRequest .copyObject)
   :create-bucket                 (operation CreateBucketRequest .createBucket)
   :create-multipart-upload       (operation CreateMultipartUploadRequest .createMultipartUpload)
   :delete-object                 (operation DeleteObjectRequest .deleteObject)
   :get-bucket-acl                (operation GetBucketAclRequest .getBucketAcl)
   :get-bucket-encryption         (operation GetBucketEncryptionRequest .getBucketEncryption)
   :get-bucket-ownership-controls (operation GetBucketOwnershipControlsRequest .getBucketOwnershipControls)
   :get-bucket-versioning         (operation GetBucketVersioningRequest .getBucketVersioning)
   :get-object                    (operation GetObjectRequest .getObject)
   :get-object-acl                (operation GetObjectAclRequest .getObjectAcl)
   :get-object-attributes         (operation GetObjectAttributesRequest .getObjectAttributes)
   :get-object-tagging            (operation GetObjectTaggingRequest .getObjectTagging)
   :head-bucket                   (operation HeadBucketRequest .headBucket)
   :head-object                   (operation HeadObjectRequest .headObject)
   :list-buckets                  (operation ListBucketsRequest .listBuckets)
   :list-multipart-uploads        (operation ListMultipartUploadsRequest .listMultipartUploads)
   :list-object-versions          (operation ListObjectVersionsRequest .listObjectVersions)
   :list-objects-v2               (operation ListObjectsV2Request .listObjectsV2)
   :list-parts                    (operation ListPartsRequest .listParts)
   :put-object                    (operation PutObjectRequest .putObject :body)
   :put-object-tagging            (operation PutObjectTaggingRequest .putObjectTagging)
   :upload-part                   (operation UploadPartRequest .uploadPart :body)})

(defn- kind [status code]
  (cond
    (= 304 status)                          :karamon.s3/not-modified
    (contains? #{"NoSuchBucket"} code)      :karamon.s3/no-bucket
    (= 404 status)                          :karamon.s3/not-found
    (= 412 status)                          :karamon.s3/precondition-failed
    (= 409 status)                          :karamon.s3/conflict
    (= 403 status)                          :karamon.s3/denied
    (= 501 status)                          :karamon.s3/unsupported
    (or (= 503 status) (= "SlowDown" code)) :karamon.s3/slow-down
    :else                                   :karamon.s3/failed))

(defn- what [operation {:keys [bucket key] :as parameters}]
  (str (name operation) (when bucket (str " of " (if key (address/text parameters) (str "s3://" bucket))))))

(defn- refused [operation parameters ^AwsServiceException e]
  (let [status  (.statusCode e)
        details (.awsErrorDetails e)
        code    (some-> details .errorCode not-empty)
        message (some-> details .errorMessage not-empty)]
    (ex-info (str (what operation parameters) ": S3 answered " status (when code (str " " code)) (when message (str ", " (Escaped/line message))))
             (merge {:type (kind status code), :operation operation, :status status}
                    (select-keys parameters [:bucket :key :version-id])
                    (when-let [attempts (.numAttempts e)] {:attempts attempts})
                    (when code {:code code})
                    (when-let [id (.requestId e)] {:request-id id}))
             e)))

(defn- unreachable [operation parameters ^SdkException e]
  (let [message (str (ex-message e))]
    (if (re-find #"(?i)unable to load credentials" message)
      (ex-info "No AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, or give the option :credentials"
               {:type :karamon.s3/no-credentials} e)
      (let [root (last (take-while some? (iterate ex-cause e)))]
        (ex-info (str (what operation parameters) ": no answer from S3: " (str/replace (or (ex-message root) (str (class root))) #"\s+" " "))
                 (merge {:type :karamon.s3/unreachable, :operation operation} (select-keys parameters [:bucket :key :version-id]))
                 e)))))

(defn call
  "Calls `operation`, a keyword such as `:head-object`, with a map of its parameters. Returns its response as a map, for
  `:get-object` also with `:body`, an InputStream. `body` is a RequestBody for operations that send bytes.

  Throws ex-info with `:operation`, `:bucket`, `:key`, and `:status`, `:code`, `:request-id` and `:attempts` (the number of
  requests) if S3 answered; its `:type` is `:karamon.s3/not-found`, `/no-bucket`, `/not-modified`,
  `/precondition-failed`, `/conflict`, `/denied`, `/unsupported`, `/slow-down`, `/failed`, `/unreachable` or
  `/no-credentials`."
  ([client operation parameters] (call client operation parameters nil))
  ([^Client client operation parameters body]
   (let [[builder send] (operations operation)
         request        (.build ^Buildable (sdk/map->builder (builder) parameters))]
     (try
       (let [response (send (.sdk client) request body)]
         (if (instance? ResponseInputStream response)
           (assoc (sdk/object->map (.response ^ResponseInputStream response)) :body response)
           (sdk/object->map response)))
       (catch AwsServiceException e
         (throw (refused operation parameters e)))
       (catch AbortedException e
         (throw e))
       (catch SdkException e
         (throw (unreachable operation parameters e)))))))

(defmacro when-found
  "Evaluates `body`; nil if there is no such object."
  [& body]
  `(try
     ~@body
     (catch clojure.lang.ExceptionInfo e#
       (when-not (= :karamon.s3/not-found (:type (ex-data e#)))
         (throw e#)))))
