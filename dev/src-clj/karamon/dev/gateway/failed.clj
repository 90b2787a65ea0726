(ns karamon.dev.gateway.failed
  "Describes a failed invocation: in the terminal, and in the answer. The answer names the cause, or is the imitated service's own."
  (:require
   [clojure.string :as str]
   [karamon.dev.failure :as failure]
   [karamon.dev.failure.lines :as lines]
   [karamon.dev.gateway.error :as error]
   [karamon.dev.gateway.function :as function])
  (:import
   (karamon.json JsonReader JsonWriter Keys)
   (karamon.runtime InitError)
   (karamon.text Failure Shown)))

(set! *warn-on-reflection* true)

(def ^:private max-causes 10)

(def ^:private max-frames 50)

(def ^:private top
  "The number of frames to list if none is the project's."
  3)

(def ^:private max-message
  "The number of characters of a message in an answer. The terminal has all of it."
  10000)

(defn text
  "Returns `message` and the exception `e` for the terminal. An InitError says in its message all that is to know. `files` is a map of
  the project's namespaces to their files."
  [message request-id files e]
  (if (instance? InitError e)
    (str message " (request " request-id "): " (ex-message e))
    (str/join "\n" (cons (str message " (request " request-id ")") (lines/of-exception {:files files, :top top} e)))))

(defn- shown [e]
  {:errorType    (if (function/timed-out? e) "Sandbox.Timedout" (.getName (class e)))
   :errorMessage (some-> (failure/message e) (Shown/cut max-message))})

(defn details
  "Returns the exception as data for JSON, within bounds: `:errorType` and `:errorMessage`, and if they are known `:errorData`, the
  project's frames as `:stackTrace`, and the `:causes`."
  [files e]
  (let [chain (take max-causes (Failure/chain e))
        more  #(cond-> (shown %)
                 (and (lines/data %) (not (function/late? %))) (assoc :errorData (lines/data %)))]
    (cond-> (more e)
      (not (or (instance? InitError e) (function/late? e)))
      (cond->
        true         (assoc :stackTrace (vec (take max-frames (lines/frames {:files files, :top top} (last chain)))))
        (next chain) (assoc :causes (mapv more (rest chain)))))))

(def ^:private own-answers
  "What clients of each service get if the function fails. An HTTP API answers 500, the others 502.
  https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
  https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
  https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
  https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"
  {:rest         {:type "application/json", :body "{\"message\": \"Internal server error\"}"
                  :more {"x-amzn-errortype" ["InternalServerErrorException"]}}
   :http         {:type "application/json", :body "{\"message\":\"Internal Server Error\"}"}
   :function-url {:type "application/json", :body "Internal Server Error"}
   ;; AWS documents no body of VPC Lattice.
   :lattice      {:type "text/plain", :body ""}
   ;; AWS documents only the status; the page is as seen: https://github.com/CodeGenieApp/serverless-express/issues/688
   :alb          {:type "text/html", :more {"server" ["awselb/2.0"]}
                  :body (str "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
                             "<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n")}})

(defn- as-aws [source]
  (let [{:keys [type more ^String body]} (get own-answers source (:rest own-answers))] ; a WebSocket's event is sent again by the console
    {:status  (error/failure-status source)
     :headers (merge {"content-type" [type]} more)
     :body    (.getBytes body "UTF-8")}))

(defn- answered [{:keys [as-aws?]} source request-id data]
  (if as-aws?
    (as-aws source)
    (error/function-error source (assoc data :requestId request-id))))

(defn response
  "Returns the response of `source` when a handler threw `e`, or didn't return in time.

  * `:as-aws?` -- whether the client gets what the service sends, instead of the cause
  * `:files` -- a map of the project's namespaces to their files"
  [{:keys [files] :as options} source request-id e]
  (if (function/unanswered? e)
    (error/no-answer source)
    (answered options source request-id (details files e))))

(defn refused
  "Returns the response of `source` to a reply that it refuses, for the reason `fault`."
  [options source request-id fault]
  (answered options source request-id {:errorType "Karamon.BadReply", :errorMessage fault}))

(defn- generic
  "Returns the body of a response if it is the one that Karamon makes when a gateway handler threw, as data."
  [{:keys [status body]} request-id]
  (when (and (#{500 504} status) body (< (alength ^bytes body) 1000))
    (let [data (try (JsonReader/read ^bytes body Keys/STRINGS) (catch Exception _ nil))]
      (when (and (map? data) (= #{"message" "requestId"} (set (keys data))) (= request-id (data "requestId")))
        data))))

(defn explained
  "Returns the response with the cause in its body, if Karamon made it since a gateway handler threw `e`; else unchanged."
  [{:keys [as-aws? files]} response request-id e]
  (if-let [data (when (and e (not as-aws?)) (generic response request-id))]
    (assoc response :body (JsonWriter/bytes ^Object (merge {:message (data "message")} (details files e) {:requestId request-id})))
    response))
