(ns karamon.dev.repl
  "`./karamon repl`: Clojure's own REPL with the project's namespaces on the class path and its functions loaded."
  (:require
   [clojure.core.server :as socket]
   [clojure.java.io :as io]
   [clojure.main :as main]
   [karamon.dev.options :as options]
   [karamon.dev.service :as service]))

(set! *warn-on-reflection* true)

(def ^:private specs
  [(into ["-s" "--socket PORT" "Also serve REPLs on this port of 127.0.0.1; 0 picks a free one"] options/port)
   ["-c" "--config FILE" "The service whose functions to load" :default "serverless.yml"]])

(defn- start-socket [port]
  (let [server (try
                 (socket/start-server {:name "karamon", :port port, :address "127.0.0.1", :accept 'clojure.core.server/repl})
                 (catch java.net.BindException _
                   (throw (ex-info (str "Port " port " on 127.0.0.1 is taken: choose another with --socket") {:type ::port-taken}))))]
    (println (str "Socket REPL on 127.0.0.1:" (.getLocalPort ^java.net.ServerSocket server)))))

(defn- load-project [config]
  (require '[karamon.local :as local])
  (when (.isFile (io/file config))
    (doseq [n (distinct (map (comp symbol namespace symbol :handler) (:functions (service/load-service config))))]
      (try
        (require n)
        (println (str "Loaded " n))
        (catch Exception e
          (println (str n " doesn't load: " (ex-message (or (ex-cause e) e))))))))
  (println "Try (local/invoke #'example.core/hello {:query {:name \"hoge\"}})"))

(defn run
  "Reads, evaluates and prints until the input ends."
  [arguments]
  (when-let [{:keys [options]} (options/parse "./karamon repl [OPTIONS]" specs [0 0] arguments)]
    (main/repl :init (fn []
                       (in-ns 'user)
                       (apply require main/repl-requires)
                       (load-project (:config options))
                       (some-> (:socket options) start-socket))))
  0)
