(ns karamon.dev.s3-server
  "An S3 server in this process, on loopback: S3Proxy, which takes signed requests and forgets all when it is closed. It
  makes an MD5 of the ETag of what was put in parts and is copied onto itself, as AWS does; it has no tags, no parts to ask
  for one by one, and no encryption."
  (:import
   (java.net URI)
   (java.util Properties)
   (java.util.concurrent TimeUnit)
   (java.util.concurrent.locks LockSupport)
   (org.gaul.s3proxy BlobStores S3Proxy)
   (org.gaul.s3proxy.auth AuthenticationType)))

(set! *warn-on-reflection* true)

(def credentials
  "Who may ask."
  {:access-key-id "local-identity", :secret-access-key "local-credential"})

(defrecord Server [^S3Proxy proxy options]
  java.io.Closeable
  (close [_] (.stop proxy)))

(defn start
  "Starts a server. Its `:options` are those of karamon.s3/client. `port` 0 picks a free one."
  (^java.io.Closeable [] (start 0))
  (^java.io.Closeable [port]
   (let [proxy (-> (S3Proxy/builder)
                   (.blobStore (BlobStores/create "transient-nio2" (Properties.)))
                   (.endpoint (URI/create (str "http://127.0.0.1:" port)))
                   ;; The SDK sends headers that it doesn't know, as of an upload's size.
                   (.ignoreUnknownHeaders true)
                   (.awsAuthentication AuthenticationType/AWS_V2_OR_V4
                                       (:access-key-id credentials) (:secret-access-key credentials))
                   (.build))]
     (.start proxy)
     (while (not= "STARTED" (.getState proxy))
       (LockSupport/parkNanos (.toNanos TimeUnit/MILLISECONDS 1)))
     (->Server proxy {:endpoint    (str "http://127.0.0.1:" (.getPort proxy))
                      :region      "us-east-1"
                      :credentials credentials}))))
