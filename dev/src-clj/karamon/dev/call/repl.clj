(ns karamon.dev.call.repl
  "`./karamon repl`: Clojure's own REPL, with the project on the class path and its functions loaded."
  (:require
   [clojure.core.server :as socket]
   [clojure.java.io :as io]
   [clojure.main :as main]
   [clojure.string :as str]
   [karamon.dev.gateway.service :as service]
   [karamon.dev.options :as options]))

(set! *warn-on-reflection* true)

(def ^:private specs
  [(into ["-s" "--socket PORT" "Also serve REPLs on this port of 127.0.0.1; 0 picks a free one"] options/port)
   ["-c" "--config FILE" "The service whose functions to load" :default-desc "serverless.yml"]])

(defn- start-socket [port]
  (let [server (try
                 (socket/start-server {:name "karamon", :port port, :address "127.0.0.1", :accept 'clojure.core.server/repl})
                 (catch java.net.BindException _
                   (throw (ex-info (str "Port " port " on 127.0.0.1 is taken: choose another with --socket") {:type ::port-taken}))))]
    (println (str "Socket REPL on 127.0.0.1:" (.getLocalPort ^java.net.ServerSocket server)))))

(defn- example
  "Returns the text of an expression that invokes a loaded HTTP function of the service; nil if there is none."
  [service]
  (first (for [{:keys [handler routes]} (:functions service)
               {:keys [method path]}    routes
               :when (and (find-ns (symbol (namespace (symbol handler)))) (not (str/includes? path "{")))]
           (str "(local/invoke #'" handler " " (pr-str {:method (if (= :any method) :get method), :path path}) ")"))))

(defn- load-project [service]
  (require '[karamon.local :as local])
  (doseq [n (distinct (map (comp symbol namespace symbol :handler) (:functions service)))]
    (try
      (require n)
      (println (str "Loaded " n))
      (catch Exception e
        (println (str n " doesn't load: " (ex-message (or (ex-cause e) e)))))))
  (some->> (example service) (println "Try")))

(defn- read-service
  "Returns the service in `config`. If `config` is nil, returns the one in serverless.yml, or nil without that file."
  [config]
  (when (or config (.isFile (io/file "serverless.yml")))
    (service/load-service (or config "serverless.yml"))))

(defn run
  "Reads, evaluates and prints until the input ends."
  [arguments]
  (when-let [{:keys [options]} (options/parse "./karamon repl [OPTIONS]" specs [0 0] arguments)]
    (let [service (read-service (:config options))]
      (main/repl :init (fn []
                         (in-ns 'user)
                         (apply require main/repl-requires)
                         (load-project service)
                         (some-> (:socket options) start-socket)))))
  0)
