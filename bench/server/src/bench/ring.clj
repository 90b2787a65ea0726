(ns bench.ring
  "The same handler as a Ring app with wrap-params, and an adapter for Jetty 12 as short as ring-jetty-adapter's."
  (:require
   [clojure.string :as str]
   [ring.middleware.params :refer [wrap-params]])
  (:import
   (bench Floor)
   (java.nio ByteBuffer)
   (karamon.json JsonWriter)
   (org.eclipse.jetty.http HttpField)
   (org.eclipse.jetty.io Content$Source)
   (org.eclipse.jetty.server Handler$Abstract Request Response))
  (:gen-class))

(set! *warn-on-reflection* true)

(defn hello [request]
  {:status  200
   :headers {"content-type" "application/json"}
   :body    (JsonWriter/string {:hello (get-in request [:params "name"] "world")})})

(defn- request-map [^Request request]
  {:server-port    (Request/getServerPort request)
   :server-name    (Request/getServerName request)
   :remote-addr    (Request/getRemoteAddr request)
   :uri            (.getPath (.getHttpURI request))
   :query-string   (.getQuery (.getHttpURI request))
   :scheme         :http
   :request-method (keyword (str/lower-case (.getMethod request)))
   :protocol       (.getProtocol (.getConnectionMetaData request))
   :headers        (persistent!
                     (reduce (fn [m ^HttpField field]
                               (let [k (.getLowerCaseName field), v (.getValue field)]
                                 (assoc! m k (if-let [earlier (get m k)] (str earlier "," v) v))))
                             (transient {})
                             (.getHeaders request)))
   :body           (Content$Source/asInputStream request)})

(defn- jetty-handler [app]
  (proxy [Handler$Abstract] []
    (handle [request ^Response response callback]
      (let [{:keys [status headers ^String body]} (app (request-map request))]
        (.setStatus response (int status))
        (doseq [[k v] headers]
          (.put (.getHeaders response) ^String k ^String v))
        (.write response true (ByteBuffer/wrap (.getBytes body "UTF-8")) callback)
        true))))

(defn -main [& _]
  (Floor/serve (jetty-handler (wrap-params hello)) (parse-long (System/getenv "PORT"))))
