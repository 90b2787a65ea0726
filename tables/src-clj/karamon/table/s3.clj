(ns karamon.table.s3
  "A session's option `:s3`: checks it, converts it to settings of Hadoop's s3a, which Spark uses for s3a:// paths, and reports
  errors of S3 as one sentence."
  (:require
   [clojure.string :as str])
  (:import
   (karamon.text Options)
   (software.amazon.awssdk.auth.credentials DefaultCredentialsProvider)
   (software.amazon.awssdk.awscore.exception AwsServiceException)
   (software.amazon.awssdk.core.exception SdkClientException SdkException)
   (software.amazon.awssdk.regions.providers AwsProfileRegionProvider AwsRegionProvider SystemSettingsRegionProvider)))

(set! *warn-on-reflection* true)

(def ^:private known #{:endpoint :region :access-key :secret-key :session-token :path-style})

(defn- wrong
  "Returns an exception for a wrong option. Its message must contain no secret."
  [option & message]
  (ex-info (apply str message) {:type :karamon.table/bad-option, :option [:s3 option]}))

(defn- check-text [s3 option]
  (let [value (get s3 option)]
    (when-not (or (nil? value) (and (string? value) (not (str/blank? value))))
      (throw (wrong option option " of :s3 must be text, found "
               (if (string? value) "blank text" (str "a " (.getName (class value)))))))))

(defn- check-together [s3 option other]
  (when (and (get s3 option) (not (get s3 other)))
    (throw (wrong other option " of :s3 needs " other ", which is missing: give both, or neither to "
             "use the SDK's usual credentials"))))

(defn check
  "Throws ex-info of `:type` `:karamon.table/bad-option` unless `s3` is nil or a valid `:s3` of `karamon.table/session`."
  [s3]
  (when-not (or (nil? s3) (map? s3))
    (throw (wrong nil ":s3 must be a map, such as {:endpoint \"http://127.0.0.1:9000\"}, found a " (.getName (class s3)))))
  (doseq [option (keys s3)]
    (when-not (known option)
      (throw (wrong option (Options/unknown "option" option ":s3" known)))))
  (run! #(check-text s3 %) [:endpoint :region :access-key :secret-key :session-token])
  (check-together s3 :access-key :secret-key)
  (check-together s3 :secret-key :access-key)
  (check-together s3 :session-token :access-key)
  (let [{:keys [^String endpoint path-style]} s3]
    (when-not (or (nil? endpoint) (re-matches #"(?i)https?://[^/?#@\s]+/?" endpoint))
      (throw (wrong :endpoint ":endpoint of :s3 must be an http or https URL without a path, such as \"http://127.0.0.1:9000\"")))
    (when-not (or (nil? path-style) (boolean? path-style))
      (throw (wrong :path-style ":path-style of :s3 must be true or false, found a " (.getName (class path-style)))))))

(defn- usual-region
  "Returns the region from the environment, a system property or a profile; nil when none is set."
  []
  (some (fn [^AwsRegionProvider provider]
          (try
            (some-> (.getRegion provider) str)
            (catch SdkClientException _ nil)))
        [(SystemSettingsRegionProvider.) (AwsProfileRegionProvider.)]))

(defn configuration
  "Returns Spark's settings for `s3`, a map, possibly empty, or nil. Missing credentials and region come from the SDK's usual
  sources; with an endpoint and no region, the region is us-east-1."
  [{:keys [endpoint region access-key secret-key session-token path-style]}]
  (into {}
        (for [[k v] {"aws.credentials.provider"     (cond
                                                      session-token "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider"
                                                      access-key    "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider"
                                                      :else         (.getName DefaultCredentialsProvider))
                     "endpoint"                     endpoint
                     "endpoint.region"              (or region (usual-region) (when endpoint "us-east-1"))
                     "access.key"                   access-key
                     "secret.key"                   secret-key
                     "session.token"                session-token
                     "path.style.access"            (if (nil? path-style) (some? endpoint) path-style)
                     ;; By default Hadoop retries an unreachable server for many minutes. Its minimum for these times is 15 s.
                     "attempts.maximum"             "2"
                     "retry.limit"                  "1"
                     "connection.establish.timeout" "15s"
                     "connection.timeout"           "15s"
                     "connection.request.timeout"   "15s"}
              :when (some? v)]
          [(str "spark.hadoop.fs.s3a." k) (str v)])))

(defn- refused [^AwsServiceException e path]
  (let [details (some-> (.awsErrorDetails e) .errorMessage)
        status  (.statusCode e)]
    (str "S3 refuses " path
         (cond
           (= 403 status)                                  ": the credentials are wrong, or don't allow it"
           (not (or (nil? details) (str/blank? details)))  (str ": " (str/replace details #"\.$" ""))
           :else                                           (str " with status " status)))))

(defn sentence
  "Returns the S3 error among an exception's causes as one sentence; nil when there is none."
  [causes]
  (when-let [e (some #(when (instance? SdkException %) %) causes)]
    (let [path (or (some #(re-find #"s3a://[^\s:`',]+" (str (ex-message %))) causes) "the request")]
      (cond
        (instance? AwsServiceException e) (refused e path)
        (str/includes? (str (ex-message e)) "load credentials")
        (str "No credentials for " path ": set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give a session "
             "an :access-key and a :secret-key in :s3")
        :else (str "Can't reach S3 for " path ": " (first (str/split-lines (str (ex-message e)))))))))
