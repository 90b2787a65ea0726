(ns karamon.dev.demo-server
  "The embedded S3 server with the bucket demo, for tests."
  (:require
   [karamon.dev.gateway.demo :as demo]
   [karamon.dev.s3-server :as server]))

(set! *warn-on-reflection* true)

(defn call-with-demo
  "Calls `f`. Meanwhile clients without options use a server with the bucket demo. Sets system properties back afterwards."
  [f]
  (with-open [server ^java.io.Closeable (server/start)]
    (demo/fill! (:options server))
    (let [before (.clone (System/getProperties))]
      (try
        (server/use! server)
        (f)
        (finally (System/setProperties before))))))
