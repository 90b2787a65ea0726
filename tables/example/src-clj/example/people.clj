(ns example.people
  "Handlers for a table of people, which a Spark elsewhere has: a statement becomes a batch of Livy's, and its state is asked for
  later; rows that may come later are put on S3, to be loaded."
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
      (throw (ex-info (str "The environment variable " (name k) " isn't set: ./karamon table livy tells what it is to be") {}))))

(defn- livy
  "Sends a request to Livy, with a body of data if it is a POST; returns the answer's `:status` and `:body`."
  [ctx path body]
  (let [request  (doto (HttpRequest/newBuilder (URI/create (str (setting ctx :LIVY_URL) path)))
                   (.timeout (Duration/ofSeconds 10))
                   ;; Livy can ask for it, so that no page in a browser can send batches.
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
  "Returns the batch that runs a statement: it waits for the warehouse while another has it. Parameters go beside the statement, and
  never into it."
  [ctx statement & parameters]
  {:file      (setting ctx :TABLE_JAR)
   :className "clojure.main"
   :args      (into ["-m" "karamon.table.main" "sql"
                     "--warehouse" (setting ctx :TABLE_WAREHOUSE) "--format" (setting ctx :TABLE_FORMAT) "--wait" "600"
                     "--" statement]
                    (map pr-str)
                    parameters)})

(defn- out-of-reach
  "Answers for a Livy that can't be reached."
  [exception _event _ctx]
  (when (instance? IOException exception)
    (log/error exception "Livy can't be reached")
    {:status 503, :headers {:retry-after "30"}, :body {:message "The tables can't be reached just now"}}))

(def ^:private update-city
  "Each format's own UPDATE."
  {"carbondata" "UPDATE people SET (city) = (?) WHERE id = ?"
   "iceberg"    "UPDATE people SET city = ? WHERE id = ?"})

(defgateway move
  "Moves someone to another city: PUT /people/{id}/city with {\"city\": \"kyoto\"}. Answers with the job that will have done it."
  {:on-error out-of-reach}
  [{{:keys [id]} :path-parameters, :as event} ctx]
  (let [{:keys [city]} (gateway/json event)]
    (if-not (and (string? city) (not (str/blank? city)))
      {:status 400, :body {:message "Expected a city, such as {\"city\": \"kyoto\"}"}}
      (let [{:keys [status body]} (livy ctx "/batches" (batch ctx (update-city (setting ctx :TABLE_FORMAT)) city id))]
        (if (= 201 status)
          {:status 202, :headers {:location (str "/jobs/" (:id body))}, :body {:job (:id body), :state "accepted"}}
          (do
            (log/error "Livy refused a batch" {:status status, :answer body})
            {:status 502, :body {:message "The tables' Spark takes no jobs just now"}}))))))

(def ^:private states
  "Livy's states of a batch that has ended to ours."
  {"success" "done", "dead" "failed", "killed" "failed", "error" "failed"})

(defn- last-printed
  "Returns the last line that a batch printed. Its log has headings too."
  [log]
  (last (remove #(re-matches #"(stdout|stderr|YARN Diagnostics): *|" %) (map str/trim log))))

(defgateway job
  "Tells how a job is: GET /jobs/{job}. A failed one has a message."
  {:on-error out-of-reach}
  [{{:keys [job]} :path-parameters} ctx]
  (let [{:keys [status body]} (when (re-matches #"\d{1,9}" job) (livy ctx (str "/batches/" job) nil))
        state                 (get states (:state body) "running")]
    (if (= 200 status)
      {:body (cond-> {:job (:id body), :state state}
               (= "failed" state) (assoc :message (last-printed (:log body))))}
      {:status 404, :body {:message (str "No job " job)}})))

(defgateway arrive
  "Takes people to be loaded later: POST /people with [{\"id\": \"4\", \"name\": \"duke\", \"city\": \"menlopark\", \"age\": 28}].
  They become an object of JSON lines, under a key that no other invocation has."
  [event {:keys [aws-request-id] :as ctx}]
  (let [people (gateway/json event)]
    (if-not (and (vector? people) (seq people)
                 (every? (fn [{:keys [id name city age]}] (and (every? string? [id name city]) (int? age))) people))
      {:status 400, :body {:message "Expected a list of people, each with id, name, city, all text, and age, a whole number"}}
      (let [key   (str "people/" aws-request-id ".json")
            lines (str/join (map #(str (JsonWriter/string (select-keys % [:id :name :city :age])) "\n") people))]
        (s3/put! @bucket-client {:bucket (setting ctx :TABLE_BUCKET), :key key} (.getBytes ^String lines "UTF-8")
          {:content-type "application/json", :if-none-match "*"})
        {:status 202, :body {:key key}}))))
