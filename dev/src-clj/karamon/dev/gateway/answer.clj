(ns karamon.dev.gateway.answer
  "Answers a request as the imitated service would: finds its route, makes the AWS event, calls the function's handler with it
  as Lambda would, and reads the reply. Maps in, maps out; `karamon.dev.gateway.server` does the HTTP."
  (:require
   [clojure.string :as str]
   [karamon.dev.console :as console]
   [karamon.dev.console.record :as record]
   [karamon.dev.failure :as failure]
   [karamon.dev.gateway.access :as access]
   [karamon.dev.gateway.admission :as admission]
   [karamon.dev.gateway.alb :as alb]
   [karamon.dev.gateway.error :as error :refer [message-response]]
   [karamon.dev.gateway.failed :as failed]
   [karamon.dev.gateway.function :as function]
   [karamon.dev.gateway.invocation :as invocation]
   [karamon.dev.gateway.reload :as reload]
   [karamon.dev.gateway.routes :as routes]
   [karamon.dev.gateway.websocket.connections :as connections]
   [karamon.local :as local]
   [karamon.local.reply :as reply])
  (:import
   (java.util UUID)
   (karamon.json JsonWriter)
   (karamon.runtime InitError)))

(set! *warn-on-reflection* true)

(defn- event-source
  "Returns the source whose form the events of a route have: an HTTP API has two forms."
  [{:keys [source payload-1]}]
  (if (and payload-1 (= :http source)) :http-1.0 source))

(defn- event-request
  "Returns the argument of `karamon.local/event` for a request and its route."
  [request {:keys [source stage catch-all pattern multi-value host path] :as route}]
  (cond-> (assoc (select-keys request [:method :path :query-string :headers :client-ip :body])
                 :source      (event-source route)
                 :host        (or host "localhost")
                 :multi-value (boolean multi-value))
    stage           (assoc :stage stage, :path (routes/without-stage (:path request) stage))
    (= :alb source) (update :headers alb/with-own-host)
    (not (or catch-all pattern)) (assoc :resource path)))

(defn- call
  "Returns the response that a client of `source` gets for the function's reply to the event `payload`, bytes. It has the `:function`
  and the `:request-id` too."
  [{:keys [handler] :as function} event-source payload {:keys [log watcher as-aws]}]
  (let [id      (str (UUID/randomUUID))
        source  (if (= :http-1.0 event-source) :http event-source)
        thrown  (atom nil)
        files   (delay (reload/files watcher))
        options (delay {:as-aws? as-aws, :files @files})
        report  (fn [message e]
                  (reset! thrown e)
                  (log (failed/text message id @files e)))
        result  (try
                  (function/call function payload {:log log, :log-failure report, :request-id id, :wait-ms (error/waits source)})
                  (catch InitError e e))]
    (when (and (instance? Throwable result) (not (function/late? result)))
      (report (str handler (if (instance? InitError result) " can't be loaded" " threw")) result))
    (assoc (if (instance? Throwable result)
             (failed/response @options source id result)
             (let [{:keys [fault] :as seen} (reply/read-reply event-source result)]
               (if fault
                 (do (log (str handler ": the service would refuse the reply (request " id "): " fault))
                     (failed/refused @options source id fault))
                 (if @thrown (failed/explained @options seen id @thrown) seen))))
           :function   (:name function)
           :request-id id)))

(defn- invoke
  "Returns the response that a client gets for the function's reply to `event`, which `source` sends."
  [function source event options]
  (let [payload (JsonWriter/bytes ^Object event)]
    (if (> (alength payload) (long error/max-event-bytes))
      (error/too-large (alength payload))
      (call function source payload options))))

(defn call-by-name
  "Calls the function `name` with an event, bytes, as the console does. Returns the response of `source` to its client; without a
  source, the response to a POST to /_karamon/invoke/NAME. `options` are those of `answer`."
  [{:keys [service watcher log] :as options} name event source]
  (let [function (first (filter #(= name (:name %)) (:functions service)))
        broken   (function/refresh watcher log (:handler function))]
    (if (or (nil? source) (nil? function) (function/broken? broken (:handler function)))
      (invocation/answer (:functions service) {:method :post, :path (invocation/path name), :body event} broken options)
      (call function source event options))))

(defn- refusal
  "Returns the response to a request that must not be answered; nil for any other. The gateway's own paths are for programs on
  this machine and the gateway's own pages. The service's routes are for pages of any origin, as on AWS. But while only this
  machine can connect, they aren't for other hosts, but for those that a load balancer's conditions declare: a page could read what they
  answer to the developer's credentials. The management API of WebSockets is for programs, which sign their requests on AWS."
  [{:keys [host only-this-machine table]} request own? management?]
  (when-let [{:keys [status message]} (cond
                                        own?        (access/refusal request {:listening host})
                                        management? (access/refusal request {:listening host, :any-type true})
                                        (and only-this-machine (not (routes/declared-host? table (:host request))))
                                        (access/foreign-host request host))]
    (message-response status {:message message})))

(defn- admitted
  "Returns the response of the function of `route` to `request`, or that of the service if it refuses the request."
  [{:keys [admission] :as options} {:keys [function] :as route} request]
  (record/note record/*current* :asked request)
  (let [{:keys [response event]} (admission/admit admission route request (local/event request))]
    (or response (invoke function (event-source route) event options))))

(defn answer
  "Returns the response to a request.

  A request is a map of `:method`, `:host`, `:path`, `:query-string`, `:headers`, `:client-ip` and `:body`, bytes or nil. A
  response is a map of `:status`, `:headers` (string to vector) and `:body` (bytes or nil). Paths below /_karamon/ are the
  gateway's own.

  * `:service` -- as `karamon.dev.gateway.service` reads it
  * `:host` -- the host that the gateway was asked to listen on
  * `:only-this-machine` -- whether no other machine can connect to it
  * `:table` -- the routes, those in `:admission`
  * `:admission` -- as `karamon.dev.gateway.admission/prepare` returns it
  * `:websocket` -- the WebSocket API, as `karamon.dev.gateway.websocket/api` returns it; nil if there is none
  * `:console` -- the console, as `karamon.dev.console/console` returns it; nil for none. Its streams have `:events`
  * `:watcher` -- the watcher of the code, as `karamon.dev.gateway.reload/watch` returns it
  * `:as-aws` -- whether clients get only what AWS sends when a function fails (default: they get the cause)
  * `:log` -- a function that is called with each text for the terminal"
  [{:keys [service table admission websocket watcher log console] :as options} {:keys [method host path body] :as request}]
  (let [own?       (str/starts-with? path "/_karamon/")
        connection (connections/connection-id websocket path)]
    (or (refusal options request own? (some? connection))
        (when own? (console/answer console request))
        (let [route  (when-not own? (routes/find-route table host method path request))
              wanted (or (:function route) (invocation/function (:functions service) path))
              broken (function/refresh watcher log (:handler wanted))]
          (cond
            (invocation/invocation? path) (invocation/answer (:functions service) request broken options)
            connection                    (connections/answer websocket connection request)
            own?                          (error/no-route host method path table)
            :else
            (or (admission/preflight admission request route)
                (admission/finished admission request route
                  (cond
                    (nil? route) (cond->> (error/no-route host method path table)
                                   (not (routes/hosts host)) (console/routes-page console request))
                    (function/broken? broken (:handler (:function route))) (message-response 500 {:message (failure/load-text broken)})
                    (some-> ^bytes body alength (> (long error/max-event-bytes))) (error/too-large "more")
                    :else (admitted options route (event-request request route))))))))))
