(ns example.people
  "Handlers for a table of people on a remote Spark. A statement becomes a Livy batch, and clients ask for its state later. New
  rows that needn't be visible at once go to S3, to be loaded later."
  (:require
   [clojure.string :as str]
   [karamon.context :as context]
   [karamon.gateway :as gateway :refer [defgateway]]
   [karamon.log :as log]
   [karamon.s3 :as s3])
  (:import
   (java.io IOException)
   (java.net URI)
   (java.net.http HttpClient HttpRequest HttpRequest$BodyPublishers HttpResponse HttpResponse$BodyHandlers)
   (java.time Duration)
   (karamon.json JsonReader JsonWriter Keys)))

(set! *warn-on-reflection* true)

(def ^:private http
  (delay (.build (.connectTimeout (HttpClient/newBuilder) (Duration/ofSeconds 2)))))

(def ^:private bucket-client (delay (s3/client)))

(defn- setting [ctx k]
  (or (context/env ctx k)
      (throw (ex-info (str "The environment variable " (name k) " isn't set: ./karamon table livy prints its value") {}))))

(defn- livy
  "Sends a request to Livy: a POST with `body` as JSON, or a GET if it is nil. Returns the response's `:status` and `:body`."
  [ctx path body]
  (let [request  (doto (HttpRequest/newBuilder (URI/create (str (setting ctx :LIVY_URL) path)))
                   (.timeout (Duration/ofSeconds 10))
                   ;; Livy can require this header, so that web pages in a browser can't send batches.
                   (.header "X-Requested-By" "karamon"))
        request  (if body
                   (doto request
                     (.header "Content-Type" "application/json")
                     (.POST (HttpRequest$BodyPublishers/ofByteArray (JsonWriter/bytes ^Object body))))
                   request)
        ^HttpResponse response (.send ^HttpClient @http (.build request) (HttpResponse$BodyHandlers/ofByteArray))]
    {:status (.statusCode response)
     :body   (JsonReader/read ^bytes (.body response) Keys/KEYWORDS)}))

(defn- batch
  "Returns the batch that runs a statement. It waits while another batch uses the warehouse. Parameters are separate arguments,
  never inserted into the statement."
  [ctx statement & parameters]
  {:file      (setting ctx :TABLE_JAR)
   :className "clojure.main"
   :args      (into ["-m" "karamon.table.main" "sql"
                     "--warehouse" (setting ctx :TABLE_WAREHOUSE) "--format" (setting ctx :TABLE_FORMAT) "--wait" "600"
                     "--" statement]
                    (map pr-str)
                    parameters)})

(defn- unreachable
  "Returns the response when Livy can't be reached; nil for other exceptions."
  [exception _event _ctx]
  (when (instance? IOException exception)
    (log/error exception "Can't reach Livy")
    {:status 503, :headers {:retry-after "30"}, :body {:message "The tables are temporarily unavailable"}}))

(def ^:private update-city
  "Each format's UPDATE statement."
  {"carbondata" "UPDATE people SET (city) = (?) WHERE id = ?"
   "iceberg"    "UPDATE people SET city = ? WHERE id = ?"})

(defgateway move
  "Moves a person to another city: PUT /people/{id}/city with {\"city\": \"kyoto\"}. Responds with the job that does it."
  {:on-error unreachable}
  [{{:keys [id]} :path-parameters, :as event} ctx]
  (let [{:keys [city]} (gateway/json event)]
    (if-not (and (string? city) (not (str/blank? city)))
      {:status 400, :body {:message "Expected a city, such as {\"city\": \"kyoto\"}"}}
      (let [{:keys [status body]} (livy ctx "/batches" (batch ctx (update-city (setting ctx :TABLE_FORMAT)) city id))]
        (if (= 201 status)
          {:status 202, :headers {:location (str "/jobs/" (:id body))}, :body {:job (:id body), :state "accepted"}}
          (do
            (log/error "Livy refused a batch" {:status status, :answer body})
            {:status 502, :body {:message "Spark doesn't accept jobs at the moment"}}))))))

(def ^:private states
  "Livy's states of ended batches to ours."
  {"success" "done", "dead" "failed", "killed" "failed", "error" "failed"})

(defn- last-printed
  "Returns the last line that a batch printed; skips the headings in its log."
  [log]
  (last (remove #(re-matches #"(stdout|stderr|YARN Diagnostics): *|" %) (map str/trim log))))

(defgateway job
  "Responds with the state of a job: GET /jobs/{job}. A failed job has a message."
  {:on-error unreachable}
  [{{:keys [job]} :path-parameters} ctx]
  (let [{:keys [status body]} (when (re-matches #"\d{1,9}" job) (livy ctx (str "/batches/" job) nil))
        state                 (get states (:state body) "running")]
    (if (= 200 status)
      {:body (cond-> {:job (:id body), :state state}
               (= "failed" state) (assoc :message (last-printed (:log body))))}
      {:status 404, :body {:message (str "No job " job)}})))

(defgateway arrive
  "Accepts people to load later: POST /people with [{\"id\": \"4\", \"name\": \"duke\", \"city\": \"menlopark\", \"age\": 28}].
  Writes them to S3 as an object of JSON lines, under a key that no other invocation uses."
  [event {:keys [aws-request-id] :as ctx}]
  (let [people (gateway/json event)]
    (if-not (and (vector? people) (seq people)
                 (every? (fn [{:keys [id name city age]}] (and (every? string? [id name city]) (int? age))) people))
      {:status 400, :body {:message "Expected a list of people, each with id, name and city as text, and age as a whole number"}}
      (let [key   (str "people/" aws-request-id ".json")
            lines (str/join (map #(str (JsonWriter/string (select-keys % [:id :name :city :age])) "\n") people))]
        (s3/put! @bucket-client {:bucket (setting ctx :TABLE_BUCKET), :key key} (.getBytes ^String lines "UTF-8")
          {:content-type "application/json", :if-none-match "*"})
        {:status 202, :body {:key key}}))))
