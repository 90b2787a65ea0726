(ns karamon.dev.s3-server
  "An S3 server in this process, on loopback: S3Proxy, which takes signed requests and forgets all when it is closed. It
  makes an MD5 of the ETag of what was put in parts and is copied onto itself, as AWS does; it has no tags, no parts to ask
  for one by one, and no encryption."
  (:import
   (java.io Closeable)
   (java.net BindException URI)
   (java.util Properties)
   (org.gaul.s3proxy BlobStores S3Proxy)
   (org.gaul.s3proxy.auth AuthenticationType)))

(set! *warn-on-reflection* true)

(def credentials
  "Who may ask."
  {:access-key-id "local-identity", :secret-access-key "local-credential"})

(defrecord Server [^S3Proxy proxy options]
  Closeable
  (close [_] (.stop proxy)))

(defn- start-proxy [port]
  (let [proxy (-> (S3Proxy/builder)
                  (.blobStore (BlobStores/create "transient-nio2" (Properties.)))
                  (.endpoint (URI/create (str "http://127.0.0.1:" port)))
                  ;; The SDK sends headers that it doesn't know, as of an upload's size.
                  (.ignoreUnknownHeaders true)
                  (.awsAuthentication AuthenticationType/AWS_V2_OR_V4
                                      (:access-key-id credentials) (:secret-access-key credentials))
                  (.build))]
    (try
      (.start proxy)
      (catch java.io.IOException e
        (throw (if (instance? BindException (ex-cause e))
                 (ex-info (str "Port " port " is taken: choose another for S3, or 0 for a free one") {:type ::port-taken, :port port} e)
                 e))))
    proxy))

(defn start
  "Starts a server. Its `:options` are those of karamon.s3/client. `port` 0, the default, picks a free one. Throws ex-info of
  `:type` `:karamon.dev.s3-server/port-taken`."
  (^Closeable [] (start 0))
  (^Closeable [port]
   (let [proxy ^S3Proxy (start-proxy port)]
     (->Server proxy {:endpoint    (str "http://127.0.0.1:" (.getPort proxy))
                      :region      "us-east-1"
                      :credentials credentials
                      ;; It answers, and hangs up, before it has read a checksum that comes behind the bytes; whoever still
                      ;; sends that then takes the answer for lost.
                      :checksums   :when-required}))))

(defn use!
  "Makes this JVM's clients that have no options ask `server`, as the SDK's own system properties say."
  [^Server server]
  (let [{:keys [endpoint region credentials]} (:options server)]
    (doseq [[property value] {"aws.endpointUrlS3"   endpoint
                              "aws.region"          region
                              "aws.accessKeyId"     (:access-key-id credentials)
                              "aws.secretAccessKey" (:secret-access-key credentials)
                              "aws.requestChecksumCalculation" "WHEN_REQUIRED"}]
      (System/setProperty property value))))
