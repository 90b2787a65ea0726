(ns karamon.dev.gateway.serve
  "`./karamon serve`: starts the local gateway for a project's serverless.yml."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.gateway.function :as function]
   [karamon.dev.gateway.parent :as parent]
   [karamon.dev.gateway.routes :as routes]
   [karamon.dev.gateway.server :as server]
   [karamon.dev.gateway.service :as service]
   [karamon.dev.options :as options])
  (:import
   (java.io File)))

(set! *warn-on-reflection* true)

(def ^:private specs
  [(into ["-p" "--port PORT" "Port to listen on; 0 picks a free one" :default 3000] options/port)
   [nil "--host HOST" "Address to listen on" :default "127.0.0.1"]
   [nil "--stage STAGE" "Serve REST and HTTP API routes under /STAGE/, as AWS does"
    :parse-fn #(str/replace % #"^/|/$" "") :validate [#(re-matches #"[^/\s]+" %) "must be one name, such as dev"]]
   [nil "--source SOURCE" "Imitate this source for every route: rest, http, function-url, alb"
    :parse-fn keyword :validate (options/one-of [:rest :http :function-url :alb])]
   ["-c" "--config FILE" "The service; - reads it as JSON from the first line of standard input, and runs until that ends"
    :default "serverless.yml"]
   [nil "--sources FOLDERS" "Source folders to reload on save; missing ones are ignored"
    :default (str/join File/pathSeparator ["src-clj" "s3/src-clj" "example/src-clj"])]
   [nil "--s3" "Also start an S3 server with a bucket demo, which the handlers then use"]
   (into [nil "--s3-port PORT" "Port of the S3 server; 0 picks a free one" :default 3001] options/port)])

(def ^:private source-names
  {:rest "REST API", :http "HTTP API", :function-url "function URL", :alb "ALB"})

(defn- rows [routes host port]
  (for [{:keys [catch-all source method] :as route} routes
        :let [host (or (:host route) (:other-host route) host)]]
    [(str/upper-case (name method))
     (str "http://" host ":" port (routes/full-path (cond-> route catch-all (assoc :path "/"))))
     (source-names source)
     (get-in route [:function :handler])]))

(defn- invocation-rows
  "Returns the rows of the functions without routes or URL."
  [{:keys [functions]} host port]
  (for [{:keys [name handler routes url]} functions :when (not (or (seq routes) url))]
    ["POST" (str "http://" host ":" port "/_karamon/invoke/" name) "any event" handler]))

(defn print-table
  "Prints rows of strings in columns."
  [rows]
  (let [widths (apply map (fn [& cells] (apply max (map count cells))) rows)]
    (doseq [row rows]
      (println (str "  " (str/trimr (str/join "  " (map (fn [cell width] (format (str "%-" width "s") cell)) row widths))))))))

(defn- print-routes [service {:keys [config host] :as options} port]
  (println (str "Serving " (or (:service service) config) ":\n"))
  (if-let [all (seq (concat (rows (routes/table service options) host port) (invocation-rows service host port)))]
    (print-table all)
    (println (str "  no functions: none in " config " has clj: namespace/name"))))

(defn- read-service
  "Returns the service that `config` names, and the name of its file for messages."
  [config]
  (if (= "-" config)
    [(service/parse (parent/follow!) "serverless.yml") "serverless.yml"]
    [(service/load-service config) config]))

(defn- log [text]
  (binding [*out* *err*] (println text)))

(defn- start-s3
  "Starts an S3 server, which ends with this process, and prints the environment variables with which other programs use it.
  Throws ex-info of `:type` `:karamon.dev.options/wrong` if karamon-dev-s3 isn't on the class path."
  [port]
  (when-not (io/resource "karamon/dev/s3_server.clj")
    (throw (options/wrong (str "serve --s3 needs karamon-dev-s3, which isn't on the class path: add the dependency "
                               "karamon:karamon-dev-s3 in the same version as karamon-dev"))))
  (let [server ((requiring-resolve 'karamon.dev.s3-server/start) port)
        {:keys [endpoint region credentials]} (:options server)]
    ((requiring-resolve 'karamon.dev.gateway.demo/fill!) (:options server))
    ((requiring-resolve 'karamon.dev.s3-server/use!) server)
    (println (str "S3 server with a bucket demo. To use it from other programs:\n\n"
                  "  export AWS_ENDPOINT_URL_S3=" endpoint " AWS_REGION=" region
                  " AWS_ACCESS_KEY_ID=" (:access-key-id credentials) " AWS_SECRET_ACCESS_KEY=" (:secret-access-key credentials)
                  "\n  export AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED\n"))))

(defn folders
  "Returns the existing folders in `paths`, a string with the system's path separator between them."
  [paths]
  (filter #(.isDirectory (File. ^String %)) (str/split paths (re-pattern File/pathSeparator))))

(defn run
  "Serves until the process gets a signal to end."
  [arguments]
  (if-let [{:keys [options]} (options/parse "./karamon serve [OPTIONS]" specs [0 0] arguments)]
    (let [[service config] (read-service (:config options))
          options (assoc options :imitate (:source options) :config config)]
      (run! log (:warnings service))
      (when (:s3 options)
        (start-s3 (:s3-port options)))
      (function/load-all (:functions service) log)
      (let [gateway (server/start (assoc options :service service :folders (folders (:sources options)) :log-requests true))
            stopped (promise)]
        (.addShutdownHook (Runtime/getRuntime) (Thread. #(do (.close gateway) (println "Stopped.") (deliver stopped true))))
        (print-routes service options (:port gateway))
        (println "\nSaved code is live. Ctrl-C stops.")
        (flush)
        @stopped
        0))
    0))
