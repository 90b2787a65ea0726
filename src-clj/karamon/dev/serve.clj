(ns karamon.dev.serve
  "`./karamon serve`: the local gateway over a project's serverless.yml."
  (:require
   [clojure.string :as str]
   [karamon.dev.options :as options]
   [karamon.dev.routes :as routes]
   [karamon.dev.server :as server]
   [karamon.dev.service :as service])
  (:import
   (karamon.runtime Handlers InitError)))

(set! *warn-on-reflection* true)

(def source-folders
  "Where a project keeps its Clojure; those that are there are live."
  ["src-clj" "example/src-clj"])

(def ^:private specs
  [(into ["-p" "--port PORT" "Port to listen on; 0 picks a free one" :default 3000] options/port)
   [nil "--host HOST" "Address to listen on" :default "127.0.0.1"]
   [nil "--stage STAGE" "Serve REST and HTTP API routes under /STAGE/, as AWS does"
    :parse-fn #(str/replace % #"^/|/$" "") :validate [#(re-matches #"[^/\s]+" %) "must be one name, such as dev"]]
   [nil "--source SOURCE" "Imitate this source whatever the events declare: rest, http, function-url, alb"
    :parse-fn keyword :validate (options/one-of [:rest :http :function-url :alb])]
   ["-c" "--config FILE" "The service to serve" :default "serverless.yml"]])

(def ^:private source-names
  {:rest "REST API", :http "HTTP API", :function-url "function URL", :alb "ALB"})

(defn- rows [routes host port]
  (for [{:keys [catch-all source method] :as route} routes
        :let [there (or (:host route) (:other-host route) host)]]
    [(str/upper-case (name method))
     (str "http://" there ":" port (routes/full-path (cond-> route catch-all (assoc :path "/"))))
     (source-names source)
     (get-in route [:function :handler])]))

(defn print-table
  "Prints rows of strings in columns."
  [rows]
  (let [widths (apply map (fn [& cells] (apply max (map count cells))) rows)]
    (doseq [row rows]
      (println (str "  " (str/trimr (str/join "  " (map (fn [cell width] (format (str "%-" width "s") cell)) row widths))))))))

(defn- load-handlers
  "Loads every function before the first request, so that what is broken is told at once and nothing is slow later."
  [{:keys [functions]}]
  (doseq [{:keys [name handler]} functions]
    (try
      (Handlers/load handler)
      (catch InitError e
        (binding [*out* *err*] (println (str "function " name ": " (ex-message e))))))))

(defn- print-routes [service {:keys [config host] :as options} port]
  (let [routes (routes/table service options)]
    (println (str "Serving " (or (:service service) config) ":\n"))
    (cond
      (seq routes)              (print-table (rows routes host port))
      (seq (:functions service)) (println (str "  no HTTP route: no function in " config " has an http, httpApi or alb event, or a url"))
      :else                     (println (str "  no function: none in " config " has clj: namespace/name")))))

(defn run
  "Serves until the process is told to end."
  [arguments]
  (if-let [{:keys [options]} (options/parse "./karamon serve [OPTIONS]" specs [0 0] arguments)]
    (let [options (assoc options :imitate (:source options))
          service (service/load-service (:config options))
          folders (filter #(.isDirectory (java.io.File. ^String %)) source-folders)]
      (doseq [warning (:warnings service)]
        (binding [*out* *err*] (println warning)))
      (load-handlers service)
      (let [gateway (server/start (assoc options :service service :folders folders :log-requests true))
            stopped (promise)]
        (.addShutdownHook (Runtime/getRuntime) (Thread. #(do (.close gateway) (println "Stopped.") (deliver stopped true))))
        (print-routes service options (:port gateway))
        (println "\nSaved code is live. Ctrl-C stops.")
        (flush)
        @stopped
        0))
    0))
