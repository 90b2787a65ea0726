(ns karamon.dev.call.repl
  "`./karamon repl`: Clojure's own REPL, with the project on the class path and its functions loaded."
  (:require
   [clojure.core.server :as socket]
   [clojure.main :as main]
   [clojure.string :as str]
   [karamon.dev.failure :as failure]
   [karamon.dev.folders :as folders]
   [karamon.dev.gateway.service :as service]
   [karamon.dev.nrepl :as nrepl]
   [karamon.dev.options :as options]
   [karamon.dev.terminal :as terminal]
   [karamon.dev.terminal.repl :as line-repl])
  (:import
   (clojure.lang LineNumberingPushbackReader)
   (java.io BufferedReader)
   (java.net BindException ServerSocket)))

(set! *warn-on-reflection* true)

(def ^:private specs
  [(into ["-s" "--socket PORT" "Also serve REPLs on this port of 127.0.0.1; 0 picks a free one"] options/port)
   nrepl/option
   ["-c" "--config FILE" "The service whose functions to load" :default-desc "serverless.yml"]
   (folders/option "A source folder to load code from")])

(def ^:private not-clojure
  "Matches the beginning of an HTTP request of any version, and a control character, with which a TLS connection begins."
  #"[\x00-\x08\x0E-\x1F]|[!#$%&'*+.^_`|~\w-]+ \S+ HTTP/")

(def ^:private max-line
  "The longest beginning of a form to consider, in characters."
  8192)

(defn- browser?
  "Returns true if what the client sends isn't Clojure but HTTP or TLS, as web pages can send it to any port of this machine.
  Reads no further than it must to know that, and then resets the reader: so forms are evaluated as soon as they are complete."
  [^BufferedReader in]
  (.mark in (inc (long max-line)))
  (let [text    (StringBuilder.)
        matcher (re-matcher not-clojure text)]
    (loop []
      (let [c (.read in)]
        (when-not (neg? c)
          (.append text (char c)))
        (.reset matcher)
        (cond
          (or (.matches matcher) (= (.length text) (long max-line))) true
          (and (not (neg? c)) (.hitEnd matcher))                     (recur)
          :else                                                      (do (.reset in) false))))))

(defn accept
  "Serves a REPL to a client of the socket, as `clojure.core.server/repl` does. Hangs up on web pages, after dereferencing
  `warning`, a delay."
  [warning]
  (let [in   (BufferedReader. *in*)
        web? (delay (when (browser? in) @warning true))]
    (binding [*in* (LineNumberingPushbackReader. in)]
      (main/repl :init socket/repl-init
                 :read (fn [prompt exit]
                         (if @web? exit (socket/repl-read prompt exit)))))))

(defn start-socket
  "Starts a server of REPLs on `port` of 127.0.0.1, prints its address and returns its ServerSocket. Throws ex-info of `:type`
  `:karamon.dev.call.repl/port-taken`."
  ^ServerSocket [port]
  (let [err     *err*
        warning (delay (binding [*out* err]
                         (println (str "The socket REPL hung up on an HTTP or TLS client: it could be a web page that tries to run "
                                       "code here. This is reported once."))
                         (flush)))
        server  (try
                  (socket/start-server {:name "karamon", :port port, :address "127.0.0.1", :accept `accept, :args [warning]})
                  (catch BindException _
                    (throw (ex-info (str "Port " port " on 127.0.0.1 is taken: choose another with --socket") {:type ::port-taken}))))]
    (println (str "Socket REPL on 127.0.0.1:" (.getLocalPort ^ServerSocket server)))
    server))

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
        (println (failure/load-text {:namespace n, :exception e})))))
  (some->> (example service) (println "Try")))

(defn- read-service
  "Returns the service in `config`. If `config` is nil, returns the one in serverless.yml, or nil without that file."
  [config]
  (when (or config (service/find-file "serverless.yml"))
    (service/load-service (or config "serverless.yml"))))

(defn- start
  "Loads the project into the namespace user, and starts the servers that the options name."
  [service options]
  (in-ns 'user)
  (apply require main/repl-requires)
  (load-project service)
  (some-> (:nrepl options) nrepl/start)
  (some-> (:socket options) start-socket))

(defn run
  "Reads, evaluates and prints until the input ends."
  [arguments]
  (when-let [{:keys [options]} (options/parse "repl [OPTIONS]" specs [0 0] (nrepl/arguments arguments))]
    (let [service (read-service (:config options))
          init    #(start service options)]
      (when (:nrepl options)
        (nrepl/check))
      (folders/call-with
        (folders/with-tests (folders/existing (:sources options)))
        (fn []
          (if-let [terminal (terminal/system-terminal)]
            (with-open [terminal terminal]
              (line-repl/repl terminal (terminal/history-file "repl-history") init))
            (main/repl :init init))))))
  0)
