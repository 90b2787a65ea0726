(ns todo.notify
  "Notifies users' browsers over WebSockets. A browser can't send a token with a handshake, so it sends a ticket, which is valid
  once, in the query."
  (:require
   [clojure.string :as str]
   [karamon.gateway :refer [defgateway]])
  (:import
   (java.net URI)
   (java.net.http HttpClient HttpRequest HttpRequest$BodyPublishers HttpResponse HttpResponse$BodyHandlers)
   (java.util UUID)
   (karamon.json JsonWriter)))

(set! *warn-on-reflection* true)

(def ^:private tickets
  "Ticket to user."
  (atom {}))

(def ^:private connections
  "Connection id to its user and the endpoint to push to."
  (atom {}))

(def ^:private client (delay (HttpClient/newHttpClient)))

(defn ticket!
  "Returns a new ticket for a user."
  [user]
  (let [ticket (str (UUID/randomUUID))]
    (swap! tickets assoc ticket user)
    ticket))

(defn- endpoint [{:keys [domain-name stage]}]
  (str (if (str/includes? domain-name ":") "http://" "https://") domain-name "/" stage))

(defgateway connect [{:keys [query context]} _]
  (let [[before _] (swap-vals! tickets dissoc (:ticket query))]
    (if-let [user (before (:ticket query))]
      (do (swap! connections assoc (:connection-id context) {:user user, :endpoint (endpoint context)})
          {:status 200})
      {:status 401})))

(defgateway disconnect [{:keys [context]} _]
  (swap! connections dissoc (:connection-id context))
  {:status 200})

(defn- post!
  "Sends a text to a connection. Returns the status. AWS wants the request signed: there, use the SDK's ApiGatewayManagementApi."
  [id endpoint text]
  (let [request (-> (HttpRequest/newBuilder (URI. (str endpoint "/@connections/" id)))
                    (.POST (HttpRequest$BodyPublishers/ofString text))
                    .build)]
    (.statusCode ^HttpResponse (.send ^HttpClient @client request (HttpResponse$BodyHandlers/discarding)))))

(defn push!
  "Sends a message to all connections of a user, and forgets those that are gone."
  [user message]
  (doseq [[id {:keys [endpoint] :as connection}] @connections :when (= user (:user connection))]
    (when (= 410 (post! id endpoint (JsonWriter/string message)))
      (swap! connections dissoc id))))
