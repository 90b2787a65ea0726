(ns karamon.dev.gateway.websocket.connections
  "The API Gateway Management API, on the gateway's own port: sends messages to the clients of the WebSocket API, describes and
  closes their connections. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/connections-connectionid.html
  Signatures aren't checked."
  (:require
   [clojure.string :as str]
   [karamon.dev.gateway.error :refer [message-response]]
   [karamon.dev.gateway.websocket :as websocket])
  (:import
   (java.time Instant)
   (karamon.text Percent)))

(set! *warn-on-reflection* true)

(defn connection-id
  "Returns the id of the connection that a request to `path` is about; nil if the path isn't of this API. SDKs encode @ and =."
  [{:keys [stage]} path]
  (when stage
    (let [[_ of id] (re-matches #"(?:/([^/]+))?/@connections/([^/]+)" (Percent/decode path false))]
      (when (or (nil? of) (= of stage))
        id))))

;; The types of errors are documented: GoneException "The connection with the provided id no longer exists", PayloadTooLargeException,
;; ForbiddenException. https://boto3.amazonaws.com/v1/documentation/api/latest/reference/services/apigatewaymanagementapi.html
;; Their bodies aren't, nor is the 400 for a malformed id: the messages are Karamon's own.
(defn- error [status type message]
  (assoc-in (message-response status {:message message}) [:headers "x-amzn-errortype"] [type]))

(defn- gone [id]
  (error 410 "GoneException" (str "No connection " id)))

(defn- instant [ms]
  (str (Instant/ofEpochMilli ms)))

(defn- description [{:keys [connected-at active client-ip user-agent]}]
  (message-response 200 {:connectedAt  (instant connected-at)
                         :identity     {:sourceIp client-ip, :userAgent user-agent}
                         :lastActiveAt (instant @active)}))

(defn- post [{:keys [id send!]} ^bytes body]
  (let [body (or body (byte-array 0))]
    (cond
      (> (alength body) (long websocket/max-message-bytes))
      (error 413 "PayloadTooLargeException" (str "A message may have " websocket/max-message-bytes " bytes, this one has " (alength body)))
      (send! (String. body "UTF-8")) {:status 200, :headers {}}
      :else (gone id))))

(defn answer
  "Returns the response to a request about the connection `id`."
  [{:keys [open]} id {:keys [method body]}]
  (let [connection (@open id)]
    (cond
      (not (#{:get :post :delete} method))
      (assoc-in (message-response 405 {:message (str (str/upper-case (name method)) ", expected GET, POST or DELETE")})
                [:headers "allow"] ["GET, POST, DELETE"])
      (not (re-matches #"[\w\-]{15}=" id)) (error 400 "BadRequestException" (str "Invalid connectionId: " id))
      (nil? connection)                     (gone id)
      (= :get method)                       (description connection)
      (= :post method)                      (post connection body)
      :else
      ;; As seen on AWS, which documents neither status nor reason: https://github.com/boto/boto3/issues/3789
      (do ((:close! connection) 1000 "Connection Closed Normally")
          {:status 204, :headers {}}))))
