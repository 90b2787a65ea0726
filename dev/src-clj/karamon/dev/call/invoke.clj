(ns karamon.dev.call.invoke
  "`./karamon invoke`: one invocation, with a request built from options or with an event from a file."
  (:require
   [clojure.string :as str]
   [karamon.dev.event-file :as event-file]
   [karamon.dev.failure :as failure]
   [karamon.dev.folders :as folders]
   [karamon.dev.options :as options]
   [karamon.local :as local])
  (:import
   (java.io OutputStream)
   (karamon.http NotHttpEvent)
   (karamon.runtime Handlers)
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(defn- collect [m k [name value]]
  (update-in m [k name] (fnil conj []) value))

(def ^:private specs
  [["-e" "--event FILE" "Send the event in this JSON file (- for standard input) instead of making one"]
   ["-X" "--method METHOD" "The request's method (default GET, or POST with --data)"]
   [nil "--path PATH" "The request's path (default /)"]
   [nil "--resource ROUTE" "The route that the path belongs to, such as /hello/{name}"]
   ["-q" "--query NAME=VALUE" "A query parameter; may be given several times" :id :query :parse-fn (options/pair "=")
    :validate [some? "must be NAME=VALUE"] :assoc-fn collect]
   ["-H" "--header NAME:VALUE" "A header; may be given several times" :id :headers :parse-fn (options/pair ":")
    :validate [some? "must be NAME:VALUE"] :assoc-fn collect]
   ["-d" "--data TEXT" "The request's body; for anything but a gateway handler, the event as JSON"]
   [nil "--source SOURCE" "The source to imitate: rest, http, http-1.0, function-url, alb, lattice, websocket (default rest)"
    :parse-fn keyword :validate (options/one-of options/sources)]
   ["-c" "--config FILE" "The service that declares the function, if that is given by its name" :default "serverless.yml"]
   (into [nil "--stage STAGE" "The stage, for the variables of serverless.yml (default the provider's, or dev)"] options/stage)
   options/param
   (folders/option "A source folder to load the handler from")
   [nil "--function-name NAME" "The function's name in its context (default its own, or local)" :id :function-name]
   [nil "--timeout SECONDS" "The function's timeout (default its own, or 29)" :id :timeout-ms
    :parse-fn #(some-> (parse-long %) (* 1000)) :validate [#(and % (<= 1000 % 900000)) "must be a whole number from 1 to 900"]]
   [nil "--memory MB" "The function's memory in its context (default its own, or 1769)" :id :memory-mb
    :parse-fn parse-long :validate [#(and % (<= 128 % 10240)) "must be a whole number from 128 to 10240"]]
   ["-i" "--include" "Print the status and the headers too"]
   [nil "--raw" "Print the reply as the handler returns it to Lambda"]])

(def ^:private request-options
  {:method "--method", :path "--path", :resource "--resource", :query "--query", :headers "--header", :data "--data"
   :source "--source"})

(defn- refuse
  "Throws if `options` has any of `refused`. `why` is the reason in the message."
  [options refused why]
  (when-let [given (seq (sort (keep #(when (contains? options (key %)) (val %)) refused)))]
    (throw (options/wrong (str why ", without " (str/join ", " given))))))

(defn- request [{:keys [method data] :as options}]
  (-> (select-keys options [:path :resource :query :headers :source])
      (assoc :method (keyword (str/lower-case (or method (if data "post" "get")))))
      (cond-> data (assoc :body data))))

(defn- plain-event [handler-name {:keys [event data] :as options}]
  (refuse options (assoc (dissoc request-options :data) :include "--include")
          (str handler-name " isn't a gateway handler: give it an event with --event FILE or --data JSON"))
  (cond
    event (event-file/read-event event)
    data  (event-file/parse "--data" (.getBytes ^String data "UTF-8"))
    :else {}))

(defn- write-body [body]
  (if (bytes? body)
    (do (flush)
        (.write ^OutputStream System/out ^bytes body)
        (.flush ^OutputStream System/out))
    (println (or body ""))))

(defn- print-response [{:keys [status headers cookies body fault]} include]
  (when fault
    (binding [*out* *err*] (println (str "The service would answer 502: " fault))))
  (when include
    (println (str "HTTP " status))
    (doseq [[k v] (sort headers)] (println (str (name k) ": " v)))
    (doseq [cookie cookies] (println (str "set-cookie: " cookie)))
    (println))
  (write-body body)
  (if (< status 500) 0 1))

(defn- with-output-to-stderr
  "Calls `f` and sends what it prints to standard error, where logs go. Standard output is for the result."
  [f]
  (let [out System/out]
    (System/setOut System/err)
    (try
      (binding [*out* *err*] (f))
      (finally (System/setOut out)))))

(def ^:private context-options [:function-name :timeout-ms :memory-mb])

(defn- invoke-plain [handler-name handler options]
  (let [event (plain-event handler-name options)]
    (try
      (println (String. ^bytes (with-output-to-stderr #(local/invoke-bytes handler event (select-keys options context-options))) "UTF-8"))
      0
      (catch Throwable e
        (binding [*out* *err*] (println (str handler-name " threw " (failure/trace e))))
        1))))

(defn- invoke-gateway [handler-var handler {:keys [event raw include] :as options}]
  (let [request (if event (event-file/read-event event) (request options))
        context (select-keys options context-options)]
    (try
      (if raw
        (let [event (if event request (local/event request))]
          (println (String. ^bytes (with-output-to-stderr #(local/invoke-bytes handler event context)) "UTF-8"))
          0)
        (print-response (with-output-to-stderr #(local/invoke handler-var request context)) include))
      (catch NotHttpEvent e
        (binding [*out* *err*] (println (ex-message e)))
        1))))

(defn- invoke [{:keys [handler] :as options}]
  (let [loaded      (with-output-to-stderr #(Handlers/load handler))
        handler-var (find-var (symbol handler))]
    (if (Handlers/options handler-var)
      (invoke-gateway handler-var loaded options)
      (invoke-plain handler loaded options))))

(defn run
  "Invokes `namespace/name`, or the function of that name in serverless.yml. Returns 1 if the status is 500 or more, or if the
  invocation fails."
  [arguments]
  (if-let [{[name] :arguments, :keys [options]}
           (options/parse "invoke NAMESPACE/NAME|FUNCTION [OPTIONS]" specs [1 1] arguments)]
    (let [call (fn [options] (folders/call-with (folders/existing (:sources options)) #(invoke options)))]
      (when (:event options)
        (refuse options request-options "--event is a whole event: give it alone"))
      (cond
        (re-matches #"[^/\s]+/[^\s]+" name) (call (assoc options :handler name))
        (re-find #"[/\s]" name) (throw (options/wrong (str "Expected NAMESPACE/NAME, such as example.core/hello, or a function's name, "
                                                           "found " (Shown/text name))))
        :else ((requiring-resolve 'karamon.dev.call.function/run) name options (cons "invoke" arguments) call)))
    0))
