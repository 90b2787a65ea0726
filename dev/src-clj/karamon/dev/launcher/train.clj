(ns karamon.dev.launcher.train
  "Runs typical commands in one process, so that the JVM can write an archive of the classes that they load:

      java -XX:ArchiveClassesAtExit=FILE -cp … clojure.main -m karamon.dev.launcher.train

  Prints nothing unless a command fails; that ends the process with 1."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.gateway.function :as function]
   [karamon.dev.gateway.server :as server]
   [karamon.dev.gateway.service :as service]
   [karamon.dev.main :as main])
  (:import
   (com.sun.net.httpserver HttpExchange HttpHandler HttpServer)
   (java.io Closeable File StringWriter)
   (java.net InetAddress InetSocketAddress)
   (java.nio.file Files)
   (java.nio.file.attribute FileAttribute)))

(set! *warn-on-reflection* true)

(def ^:private handler
  "The source of a handler. Commands compile people's sources, which takes more classes than running them."
  "(ns karamon.dev.launcher.trained
     \"A handler to invoke.\"
     (:require [clojure.string :as str] [karamon.gateway :refer [defgateway]] [karamon.response :as response]))
   (set! *warn-on-reflection* true)
   (defn- greeting [{:keys [query path-params]}]
     (let [names (for [n [(:name query) (:name path-params)] :when n] (str/upper-case n))]
       (if (seq names) (str/join \", \" names) \"world\")))
   (defgateway hello
     \"Greets.\"
     [request ctx]
     (try
       {:status 200, :headers {:content-type \"application/json\"}, :body {:hello (greeting request)}}
       (catch Exception e
         {:status 500, :body (ex-message e)})))")

(defn- start-s3
  "Starts a server on loopback that answers as S3 does to a HEAD of an object."
  ^HttpServer []
  (let [server (HttpServer/create (InetSocketAddress. (InetAddress/getLoopbackAddress) 0) 0)]
    (.createContext server "/"
                    (reify HttpHandler
                      (^void handle [_ ^HttpExchange exchange]
                        (doto (.getResponseHeaders exchange)
                          (.set "ETag" "\"d41d8cd98f00b204e9800998ecf8427e\"")
                          (.set "Last-Modified" "Thu, 01 Jan 2026 00:00:00 GMT"))
                        (.sendResponseHeaders exchange 200 -1)
                        (.close exchange))))
    (.start server)
    server))

(def ^:private configuration
  "A serverless.yml with the handler."
  "service: trained
functions:
  hello:
    clj: karamon.dev.launcher.trained/hello
    events:
      - http: GET /hello
")

(defn- serve
  "Serves the handler and requests it once, as `karamon serve` does, which would not end. `folder` is an empty one."
  [^File folder]
  (spit (io/file folder "serverless.yml") configuration)
  (spit (io/file folder "source.clj") "(ns source (:require [clojure.string]))")
  (let [service (service/load-service (str (io/file folder "serverless.yml")))]
    (function/load-all (:functions service) identity)
    (with-open [gateway ^Closeable (server/start {:service service, :folders [(str folder)], :host "127.0.0.1", :port 0
                                                  :log identity, :log-requests true})]
      (slurp (str "http://127.0.0.1:" (:port gateway) "/hello")))))

(defn- commands [^File file ^HttpServer s3]
  [["help"]
   ["event" "sqs"]
   ["invoke" "karamon.dev.launcher.trained/hello" "--query" "name=a"]
   ["etag" (str file)]
   ["s3" "stat" "s3://bucket/key" "--region" "us-east-1" "--endpoint" (str "http://127.0.0.1:" (.getPort (.getAddress s3)))]])

(defn- run
  "Runs a command and returns a message if it fails, else nil."
  [arguments]
  (let [output (StringWriter.)
        code   (binding [*out* output, *err* output] (main/run arguments))]
    (when-not (zero? code)
      (str (str/join " " arguments) " ended with " code ": " output))))

(defn -main
  "Runs the commands and ends the process."
  []
  (let [folder (.toFile (Files/createTempDirectory "karamon" (make-array FileAttribute 0)))
        file   (doto (io/file folder "file") (spit "a"))
        s3     (start-s3)
        _      (binding [*ns* *ns*] (load-string handler))
        failed (try
                 (serve folder)
                 (doall (keep run (commands file s3)))
                 (finally
                   (.stop s3 0)
                   (run! io/delete-file (reverse (file-seq folder)))))]
    (run! println failed)
    (flush)
    (shutdown-agents)
    (System/exit (if (seq failed) 1 0))))
