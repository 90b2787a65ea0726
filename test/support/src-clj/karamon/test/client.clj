(ns karamon.test.client
  "A plain HTTP client for tests: the JDK's, which the build allows to set any Host header."
  (:require
   [clojure.string :as str])
  (:import
   (java.net URI)
   (java.net.http HttpClient HttpClient$Version HttpRequest HttpRequest$BodyPublishers HttpResponse HttpResponse$BodyHandlers)
   (java.time Duration)))

(set! *warn-on-reflection* true)

(def ^:private client
  (delay (.build (.version (HttpClient/newBuilder) HttpClient$Version/HTTP_1_1))))

(defn request
  "Returns the response to a request: `:status`, `:headers` (repeats joined), `:cookies`, `:bytes` and `:body` (its text)."
  [{:keys [port host method path headers body] :or {host "127.0.0.1", method "GET"}}]
  (let [publisher (cond (nil? body)    (HttpRequest$BodyPublishers/noBody)
                        (string? body) (HttpRequest$BodyPublishers/ofString body)
                        :else          (HttpRequest$BodyPublishers/ofByteArray body))
        builder   (-> (HttpRequest/newBuilder (URI. (str "http://127.0.0.1:" port path)))
                      (.timeout (Duration/ofSeconds 30))
                      (.header "host" (str host ":" port))
                      (.method method publisher))]
    (doseq [[k v] headers] (.header builder k v))
    (let [^HttpResponse response (.send ^HttpClient @client (.build builder) (HttpResponse$BodyHandlers/ofByteArray))
          all (.map (.headers response))]
      {:status  (.statusCode response)
       :headers (into {} (map (fn [[k vs]] [k (str/join "," vs)])) all)
       :cookies (vec (get all "set-cookie"))
       :bytes   (.body response)
       :body    (String. ^bytes (.body response) "UTF-8")})))
