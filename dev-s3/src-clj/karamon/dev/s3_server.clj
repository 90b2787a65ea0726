(ns karamon.dev.s3-server
  "An S3 server in this process, on loopback: S3Proxy. It accepts signed requests and loses all data when it is closed. Like AWS,
  it changes the ETag of a multipart object into an MD5 when the object is copied onto itself. It doesn't support tags, reading
  single parts, or encryption."
  (:import
   (java.io Closeable)
   (java.net BindException URI)
   (java.util Properties)
   (org.gaul.s3proxy BlobStores S3Proxy)
   (org.gaul.s3proxy.auth AuthenticationType)))

(set! *warn-on-reflection* true)

(def credentials
  "The credentials it accepts. The secret is another one in each process: a web page that knew it could sign requests."
  {:access-key-id "local-identity", :secret-access-key (str (random-uuid))})

(defrecord Server [^S3Proxy proxy options]
  Closeable
  (close [_] (.stop proxy)))

(defn- start-proxy [port]
  (let [proxy (-> (S3Proxy/builder)
                  (.blobStore (BlobStores/create "transient-nio2" (Properties.)))
                  (.endpoint (URI/create (str "http://127.0.0.1:" port)))
                  ;; The SDK sends headers that the proxy doesn't know, such as that for an upload's size.
                  (.ignoreUnknownHeaders true)
                  ;; Else it waits for clients to close their idle connections.
                  (.stopTimeout 0)
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
  "Starts a server and returns it, a Closeable. Its `:options` are those of karamon.s3/client. `port` 0, the default, picks a free
  one. Throws ex-info of `:type` `:karamon.dev.s3-server/port-taken`."
  (^Closeable [] (start 0))
  (^Closeable [port]
   (let [proxy ^S3Proxy (start-proxy port)]
     (->Server proxy {:endpoint    (str "http://127.0.0.1:" (.getPort proxy))
                      :region      "us-east-1"
                      :credentials credentials
                      ;; The proxy answers and closes the connection before it has read a checksum that follows the bytes. A
                      ;; client that is still sending the checksum then loses the answer.
                      :checksums   :when-required}))))

(defn use!
  "Makes clients without options in this JVM use `server`, by setting the SDK's own system properties."
  [^Server server]
  (let [{:keys [endpoint region credentials]} (:options server)]
    (doseq [[property value] {"aws.endpointUrlS3"   endpoint
                              "aws.region"          region
                              "aws.accessKeyId"     (:access-key-id credentials)
                              "aws.secretAccessKey" (:secret-access-key credentials)
                              "aws.requestChecksumCalculation" "WHEN_REQUIRED"}]
      (System/setProperty property value))))
