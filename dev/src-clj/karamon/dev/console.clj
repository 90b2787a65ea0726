(ns karamon.dev.console
  "The console of the local gateway: its page and its JSON, below /_karamon/. `karamon.dev.gateway` refuses requests of other hosts
  and other pages before they come here. Actions need the page's token too, in the header x-karamon-token."
  (:require
   [clojure.string :as str]
   [karamon.dev.console.page :as page]
   [karamon.dev.console.record :as record]
   [karamon.dev.console.view :as view]
   [karamon.dev.event-file :as event-file]
   [karamon.local :as local]
   [karamon.local.sample :as sample])
  (:import
   (clojure.lang ExceptionInfo)
   (java.security MessageDigest)
   (karamon.json JsonWriter)
   (karamon.text Nearest Shown)))

(set! *warn-on-reflection* true)

(defn console
  "Returns a console without records.

  * `:functions` -- a function of no arguments that returns the service's `:service` and `:functions`, each with `:name`,
    `:handler` and `:routes`, which have `:method`, `:path`, `:source` and perhaps `:host`
  * `:files` -- a function of no arguments that returns a map of the project's namespaces to their files
  * `:call` -- calls a function of the service by its name with the bytes of an event, keeps that in a record, and returns the
    response of a source, or without one the function's reply: `(call name event source record)`"
  [options]
  (assoc options :store (record/store) :token (page/token)))

(defn- json [status data]
  {:status  status
   :own     true
   :headers (assoc page/no-sniffing "content-type" ["application/json"])
   :body    (JsonWriter/bytes ^Object data)})

(defn- header [{:keys [headers]} ^String name]
  (first (mapcat val (filter #(.equalsIgnoreCase name (key %)) headers))))

(defn- page? [{:keys [token]} request]
  (MessageDigest/isEqual (.getBytes ^String token) (.getBytes (str (header request "x-karamon-token")))))

(defn- requests [{:keys [store]} _]
  (json 200 {:requests (map view/summary (record/records store))}))

(defn- request-detail [{:keys [store files] :as console} {:keys [path query-string] :as request}]
  (let [id      (subs path (count "/_karamon/requests/"))
        found   (some->> (parse-long id) (record/find-record store))
        reveal? (= "secrets=true" query-string)]
    (cond
      (not found)
      (json 404 {:message (str "No request " (Shown/text id) ": the console keeps the last " record/max-records)})
      (and reveal? (not (page? console request)))
      (json 403 {:message "Secrets are for the console's page, which sends its token in the header x-karamon-token"})
      :else (json 200 (view/detail found {:files (files), :reveal? reveal?})))))

(defn- functions [console _]
  (let [{:keys [service functions]} ((:functions console))]
    (json 200 {:service   service
               :functions (for [{:keys [name handler routes]} functions]
                            {:name    name
                             :handler handler
                             :routes  (for [{:keys [method path source host]} routes]
                                        {:method (str/upper-case (clojure.core/name method)), :path path, :source source, :host host})})
               :samples   sample/kinds})))

(defn- sample-event [_ {:keys [path]}]
  (try
    (json 200 (local/sample (keyword (subs path (count "/_karamon/samples/")))))
    (catch ExceptionInfo e
      (json 404 {:message (ex-message e)}))))

(defn- events
  "Returns the response whose body is a stream of server-sent events: `:events` is a function that is called with another one,
  which sends a text, and returns a function that ends this."
  [{:keys [store]} _]
  {:status  200
   :own     true
   :headers (assoc page/no-sniffing "content-type" ["text/event-stream"])
   :events  (fn [send]
              (record/listen! store #(send (str "data: " (JsonWriter/string (view/summary %)) "\n\n"))))})

(defn- call
  "Calls a function with the bytes of an event, and returns the number of the new record. `from` has what is kept of the request."
  [{:keys [store] :as console} name event source from]
  (let [record (record/begin store (:request from))]
    (doseq [k [:asked :replay-of] :when (k from)]
      (record/note record k (k from)))
    (let [{:keys [status]} (record/finish record ((:call console) name event source record))]
      (json 200 {:id (:id (record/known record)), :status status}))))

(defn- posted [{:keys [body]}]
  (try
    (let [data (event-file/parse "The body" (or body (.getBytes "{}")))]
      (if (map? data) data {}))
    (catch ExceptionInfo e {:wrong (ex-message e)})))

(defn- replay [{:keys [store] :as console} request]
  (let [{:strs [id] :keys [wrong]} (posted request)
        {:keys [function event whole] :as found} (when (int? id) (record/find-record store id))]
    (cond
      wrong         (json 400 {:message wrong})
      (not found)   (json 404 {:message (str "No request " (Shown/of id) ": expected {\"id\": NUMBER} with the number of a kept one")})
      (not whole)   (json 409 {:message (str "Request " id (if function " is too large: its event wasn't kept whole" " reached no function"))})
      :else         (call console (:name function) event (view/http-source event) (assoc found :replay-of id)))))

(defn- send-event [console request]
  (let [{:strs [function event id] :keys [wrong]} (posted request)
        names (map :name (:functions ((:functions console))))]
    (cond
      wrong (json 400 {:message wrong})
      (not (some #{function} names))
      (json 404 {:message (str "No function " (Shown/of function) ": there is " (str/join ", " names) "."
                               (Nearest/hint (str function) names))})
      :else (call console function (JsonWriter/bytes ^Object event) (view/http-source (JsonWriter/bytes ^Object event))
              {:request {:method :post, :path (str "/_karamon/invoke/" function), :headers (select-keys (:headers request) ["Host" "host"])}
               :replay-of (when (int? id) id)}))))

(defn- clear [{:keys [store]} _]
  (record/clear! store)
  (json 200 {:cleared true}))

(defn- page [{:keys [token]} _]
  (page/console token))

(defn- handler
  "Returns a function of the console and a request, by method and path; nil if there is none."
  [method path]
  (or ({[:get "/_karamon/"]          page
        [:get "/_karamon/requests"]  requests
        [:get "/_karamon/functions"] functions
        [:get "/_karamon/events"]    events
        [:post "/_karamon/replay"]   replay
        [:post "/_karamon/send"]     send-event
        [:post "/_karamon/clear"]    clear} [method path])
      (when (= :get method)
        (cond
          (str/starts-with? path "/_karamon/requests/") request-detail
          (str/starts-with? path "/_karamon/samples/")  sample-event))))

(defn answer
  "Returns the response to a request below /_karamon/; nil if the console has no such path. `:events` stands for the body of a
  stream: a function that is called with a function that sends a text, and returns a function that ends it."
  [console {:keys [method path] :as request}]
  (when-let [handler (when console (handler method path))]
    (if (and (= :post method) (not (page? console request)))
      (json 403 {:message "Actions are for the console's page, which sends its token in the header x-karamon-token. Programs use POST /_karamon/invoke/NAME."})
      (handler console request))))

(defn routes-page
  "Returns the page with the routes instead of `response`, which says that there is no route, if a browser asked for /, and the way
  to the console if its path lacks the last slash."
  [console {:keys [method path] :as request} response]
  (cond
    (not (and console (= :get method))) response
    (= "/_karamon" path)                {:status 302, :own true, :headers {"location" ["/_karamon/"]}}
    (and (= "/" path) (str/includes? (str (header request "accept")) "text/html")) (page/routes (:status response))
    :else response))
