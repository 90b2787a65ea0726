(ns karamon.dev.gateway.serve
  "`./karamon serve`: starts the local gateway for a project's serverless.yml."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.folders :as folders]
   [karamon.dev.gateway.access :as access]
   [karamon.dev.gateway.alb :as alb]
   [karamon.dev.gateway.environment :as environment]
   [karamon.dev.gateway.environment.child :as child]
   [karamon.dev.gateway.function :as function]
   [karamon.dev.gateway.live :as live]
   [karamon.dev.gateway.others :as others]
   [karamon.dev.gateway.parent :as parent]
   [karamon.dev.gateway.reload :as reload]
   [karamon.dev.gateway.routes :as routes]
   [karamon.dev.gateway.server :as server]
   [karamon.dev.gateway.service :as service]
   [karamon.dev.nrepl :as nrepl]
   [karamon.dev.options :as options]))

(set! *warn-on-reflection* true)

(def ^:private specs
  [(into ["-p" "--port PORT" "Port to listen on; 0 picks a free one" :default 3000] options/port)
   [nil "--host HOST" "Address to listen on, or a name of it; requests may name it in their Host header" :default "127.0.0.1"]
   (into [nil "--stage STAGE" "The stage, for the variables of serverless.yml; REST and HTTP API routes are then under /STAGE/"]
         options/stage)
   [nil "--no-stage-path" "Serve routes without /STAGE/ in front, even with --stage"]
   options/param
   [nil "--source SOURCE" "Imitate this source for every route: rest, http, http-1.0, function-url, alb, lattice"
    :parse-fn keyword :validate (options/one-of options/served-sources)]
   ["-c" "--config FILE" "The service; - reads it as JSON from the first line of standard input, and runs until that ends"
    :default "serverless.yml"]
   [nil "--jwks PLACE" "A file or URL with the keys of tokens (JWKS), by which JWT and Cognito authorizers check signatures"]
   (folders/option "A source folder to load and to reload on save; a missing one is ignored")
   [nil "--schedules" "Fire the schedules of the functions"]
   [nil "--origin ORIGIN" "Let web pages of this origin open WebSockets; may be given several times"
    :id :origins :multi true :default [] :default-desc "" :update-fn conj]
   [nil "--s3" "Also start an S3 server with a bucket demo, which the handlers then use"]
   (into [nil "--s3-port PORT" "Port of the S3 server; 0 picks a free one" :default 3001] options/port)
   [nil "--as-aws" "Answer failures of functions as AWS does, without the cause"]
   [nil "--no-console" "Serve no console at /_karamon/, and keep no requests in memory"]
   nrepl/option])

(def ^:private source-names
  {:rest "REST API", :http "HTTP API", :function-url "function URL", :alb "ALB", :lattice "VPC Lattice"})

(defn- rows [routes host port]
  (for [{:keys [catch-all source method conditions hidden] :as route} routes
        :when (not hidden)
        :let [host (or (:host route) (:other-host route) host)]]
    [(str/upper-case (name method))
     (str "http://" host ":" port (routes/full-path (cond-> route catch-all (assoc :path (if (= :function-url source) "/" "/*")))))
     (str (source-names source) (when (:payload-1 route) ", payload 1.0") (some->> (alb/description conditions) (str ", ")))
     (get-in route [:function :handler])]))

(defn- websocket-rows [{:keys [functions]} host port]
  (for [{:keys [handler websocket]} functions, {:keys [route]} websocket]
    [route (str "ws://" host ":" port "/") "WebSocket API" handler]))

(defn- invocation-rows
  "Returns the rows of the functions without routes or URL."
  [{:keys [functions]} host port]
  (for [{:keys [name handler routes websocket url]} functions :when (not (or (seq routes) (seq websocket) url))]
    ["POST" (str "http://" host ":" port "/_karamon/invoke/" name) "any event" handler]))

(defn print-table
  "Prints rows of strings in columns."
  [rows]
  (let [widths (apply map (fn [& cells] (apply max (map count cells))) rows)]
    (doseq [row rows]
      (println (str "  " (str/trimr (str/join "  " (map (fn [cell width] (format (str "%-" width "s") cell)) row widths))))))))

(defn- print-routes [service {:keys [config host] :as options} port]
  (println (str "Serving " (or (:service service) config) ":\n"))
  (if-let [all (seq (concat (rows (routes/table service options) host port)
                      (websocket-rows service host port)
                      (invocation-rows service host port)))]
    (print-table all)
    (println (str "  no functions: none in " config " has clj: namespace/name")))
  (when-let [others (seq (others/rows service options port))]
    (println (str "\nOther events, and how to send a sample of each" (others/hint service (:schedules options)) ":\n"))
    (print-table others)))

(defn- read-service
  "Returns the service that the options name."
  [{:keys [config] :as options}]
  (if (= "-" config)
    (service/parse (parent/follow!) "serverless.yml" {:resolved true})
    (service/load-service config (select-keys options [:stage :params]))))

(defn- log [text]
  (binding [*out* *err*]
    (print (str text "\n")) ; one write, since requests are answered at once
    (flush)))

(defn warning
  "Returns the warning about a host to listen on that other machines may reach; nil if they can't."
  [host]
  (when-not (access/only-this-machine? host)
    (str "Listening on " host ": everybody who reaches it can call the functions, which have your credentials, and see the console. "
         "Without --host, only this machine can.")))

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

(defn start
  "Starts the gateway, and prints its routes. `options` are those of the command, once read, and may have `:log`, as
  `karamon.dev.gateway.server/start` takes it. Returns what that returns."
  ^java.io.Closeable [{:keys [s3 s3-port host sources log no-console] :or {log log} :as options}]
  (let [service (read-service options)
        again   (when-not (= "-" (:config options))
                  #(let [service (read-service options)]
                     (update service :warnings concat (environment/warnings service))))
        options (cond-> (assoc options :imitate (:source options), :config (first (:files service)))
                  (:no-stage-path options) (dissoc :stage))]
    (run! log (:warnings service))
    (run! log (environment/warnings service))
    (when s3
      (start-s3 s3-port))
    (function/load-all (:functions service) log)
    (let [gateway (server/start (assoc options
                                       :service service
                                       :read-service again
                                       :class-folders (live/class-folders)
                                       :folders (folders/existing sources)
                                       :scan-ms reload/scan-ms
                                       :log-requests true))]
      (some-> (warning host) log)
      (print-routes service options (:port gateway))
      (when-not no-console
        (println (str "\nConsole: http://" host ":" (:port gateway) "/_karamon/")))
      gateway)))

(defn- serve [{:keys [nrepl] :as options}]
  (when nrepl
    (nrepl/check))
  (folders/call-with
    (cond-> (folders/existing (:sources options)) nrepl folders/with-tests)
    (fn []
      (let [gateway (start options)
            stopped (promise)]
        (.addShutdownHook (Runtime/getRuntime) (Thread. #(do (.close gateway) (println "Stopped.") (deliver stopped true))))
        (some-> nrepl nrepl/start)
        (println "\nSaved code is live. Ctrl-C stops.")
        (flush)
        @stopped
        0))))

(defn run
  "Serves until the process gets a signal to end."
  [arguments]
  (if-let [{:keys [options]} (options/parse "serve [OPTIONS]" specs [0 0] (nrepl/arguments arguments))]
    (or (when-not (= "-" (:config options))
          (environment/run-in-child (read-service options) (cons "serve" arguments)))
        (do (child/follow-parent!)
            (serve options)))
    0))
