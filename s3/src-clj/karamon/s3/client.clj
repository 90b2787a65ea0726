(ns karamon.s3.client
  "Makes the client that karamon.s3 uses, the SDK's, from a map of options."
  (:require
   [clojure.string :as str])
  (:import
   (java.net URI)
   (java.time Duration)
   (karamon.text Options)
   (software.amazon.awssdk.auth.credentials AnonymousCredentialsProvider AwsBasicCredentials AwsCredentialsProvider AwsSessionCredentials DefaultCredentialsProvider StaticCredentialsProvider)
   (software.amazon.awssdk.core.checksums RequestChecksumCalculation ResponseChecksumValidation)
   (software.amazon.awssdk.core.client.config ClientOverrideConfiguration ClientOverrideConfiguration$Builder)
   (software.amazon.awssdk.core.exception SdkClientException)
   (software.amazon.awssdk.http.urlconnection UrlConnectionHttpClient)
   (software.amazon.awssdk.regions PartitionMetadata Region)
   (software.amazon.awssdk.regions.providers DefaultAwsRegionProviderChain)
   (software.amazon.awssdk.retries StandardRetryStrategy StandardRetryStrategy$Builder)
   (software.amazon.awssdk.services.s3 S3Client S3ClientBuilder S3Configuration S3Configuration$Builder)
   (software.amazon.awssdk.services.s3.presigner S3Presigner S3Presigner$Builder)))

(set! *warn-on-reflection* true)

;; The presigner is a delay: few clients need it.
(defrecord Client [^S3Client sdk presigner aws? checksums]
  java.io.Closeable
  (close [_]
    (when (realized? presigner)
      (.close ^S3Presigner @presigner))
    (.close sdk)))

(def ^:private checks
  {:region         ["a region's name, such as \"eu-west-1\"" #(and (string? %) (re-matches #"[a-z0-9-]+" %))]
   :endpoint       ["an address, such as \"http://127.0.0.1:9000\"" #(and (string? %) (re-matches #"https?://[^\s/]+/?" %))]
   :path-style     ["true or false" boolean?]
   :credentials    ["a map of :access-key-id and :secret-access-key, :anonymous, or a provider of the SDK"
                    #(or (= :anonymous %) (instance? AwsCredentialsProvider %)
                         (and (map? %) (string? (:access-key-id %)) (string? (:secret-access-key %))
                              (every? #{:access-key-id :secret-access-key :session-token} (keys %))))
                    :secret]
   :max-attempts   ["a whole number from 1 to 20" #(and (int? %) (<= 1 % 20))]
   :socket-timeout ["a whole number of seconds, at least 1" #(and (int? %) (<= 1 % 86400))]
   :checksums      [":when-supported or :when-required" #{:when-supported :when-required}]})

(defn- provider ^AwsCredentialsProvider [credentials]
  (cond
    (nil? credentials)         (.build (DefaultCredentialsProvider/builder))
    (= :anonymous credentials) (AnonymousCredentialsProvider/create)
    (map? credentials)
    (let [{:keys [access-key-id secret-access-key session-token]} credentials]
      (StaticCredentialsProvider/create
        (if session-token
          (AwsSessionCredentials/create access-key-id secret-access-key session-token)
          (AwsBasicCredentials/create access-key-id secret-access-key))))
    :else                      credentials))

(defn- other-endpoint
  "Returns an endpoint other than AWS's own, if an option, a property or the environment has one."
  [options]
  (or (:endpoint options)
      (some not-empty [(System/getProperty "aws.endpointUrlS3") (System/getenv "AWS_ENDPOINT_URL_S3")
                       (System/getProperty "aws.endpointUrl") (System/getenv "AWS_ENDPOINT_URL")])))

(defn- region ^Region [options]
  (Region/of
    (or (:region options)
        ;; Other servers accept any region. The SDK would finally ask the metadata service of AWS, which they lack.
        (when (other-endpoint options)
          (or (System/getProperty "aws.region") (not-empty (System/getenv "AWS_REGION")) "us-east-1"))
        (try
          (str (.getRegion (DefaultAwsRegionProviderChain.)))
          (catch SdkClientException e
            (throw (ex-info "No region: give the option :region, or set AWS_REGION" {:type :karamon.s3/no-region} e)))))))

(defn- overrides ^ClientOverrideConfiguration [{:keys [max-attempts] :or {max-attempts 3}}]
  (let [strategy (-> ^StandardRetryStrategy$Builder (StandardRetryStrategy/builder)
                     (.maxAttempts (int max-attempts)))
        builder  (ClientOverrideConfiguration/builder)]
    (.retryStrategy ^ClientOverrideConfiguration$Builder builder
                    (.build ^StandardRetryStrategy$Builder strategy))
    (.build builder)))

(defn- configuration ^S3Configuration [path-style checksums]
  (-> ^S3Configuration$Builder (S3Configuration/builder)
      (.pathStyleAccessEnabled (boolean path-style))
      (.chunkedEncodingEnabled (not= :when-required checksums))
      (.build)))

(defn- checksums-by-default
  "Returns the SDK's own setting."
  []
  (let [setting (or (System/getProperty "aws.requestChecksumCalculation") (System/getenv "AWS_REQUEST_CHECKSUM_CALCULATION"))]
    (if (= "when_required" (some-> setting str/lower-case)) :when-required :when-supported)))

(defn- sdk-client ^S3Client [{:keys [endpoint checksums socket-timeout] :as options} ^Region region ^AwsCredentialsProvider provider path-style]
  (let [s3 ^S3ClientBuilder (S3Client/builder)]
    (doto s3
      (.region region)
      (.credentialsProvider provider)
      (.serviceConfiguration (configuration path-style checksums))
      (.overrideConfiguration (overrides options))
      (.httpClientBuilder (-> (UrlConnectionHttpClient/builder)
                              (.socketTimeout (Duration/ofSeconds socket-timeout)))))
    (when (= :when-required checksums)
      (.requestChecksumCalculation s3 RequestChecksumCalculation/WHEN_REQUIRED)
      (.responseChecksumValidation s3 ResponseChecksumValidation/WHEN_REQUIRED))
    (when endpoint
      (.endpointOverride s3 (URI/create endpoint)))
    (.build s3)))

(defn endpoint-of
  "Returns the endpoint of a client of the SDK, wherever it was configured; nil for AWS's own."
  ^URI [^S3Client s3]
  (.orElse (.endpointOverride (.serviceClientConfiguration s3)) nil))

(defn- aws?
  "Returns whether an endpoint is AWS's: nil, or a name that only AWS has a certificate for, such as that of a VPC endpoint. All
  else is another server, whatever its headers say: some servers send `Server: AmazonS3`."
  [^Region region ^URI endpoint]
  (or (nil? endpoint)
      (and (= "https" (.getScheme endpoint))
           (str/ends-with? (str/lower-case (.getHost endpoint)) (str "." (.dnsSuffix (PartitionMetadata/of region)))))))

(defn- presigner ^S3Presigner [{:keys [checksums]} ^Region region ^AwsCredentialsProvider provider path-style ^URI endpoint]
  (let [presigner ^S3Presigner$Builder (S3Presigner/builder)]
    (doto presigner
      (.region region)
      (.credentialsProvider provider)
      (.serviceConfiguration (configuration path-style checksums)))
    (when endpoint
      (.endpointOverride presigner endpoint))
    (.build presigner)))

(defn client
  "Makes a Client; karamon.s3/client documents the options."
  [options]
  (Options/check options checks "a client" :karamon.s3/bad-option)
  (let [options    (merge {:checksums (checksums-by-default), :socket-timeout 60} options)
        region     (region options)
        provider   (provider (:credentials options))
        style      #(:path-style options (some? %))
        likely     (style (other-endpoint options))
        s3         (sdk-client options region provider likely)
        endpoint   (endpoint-of s3)
        path-style (style endpoint)
        ;; A profile may name an endpoint too, which only the SDK finds.
        s3         (if (= likely path-style)
                     s3
                     (do
                       (.close s3)
                       (sdk-client options region provider path-style)))]
    (->Client s3 (delay (presigner options region provider path-style endpoint)) (aws? region endpoint) (:checksums options))))
