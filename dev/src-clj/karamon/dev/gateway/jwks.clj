(ns karamon.dev.gateway.jwks
  "The keys that sign tokens, a JSON Web Key Set (RFC 7517) in a file or at a URL."
  (:require
   [clojure.java.io :as io]
   [karamon.dev.options :as options])
  (:import
   (java.io File IOException InputStream)
   (java.net URI)
   (java.net.http HttpClient HttpClient$Redirect HttpRequest HttpResponse HttpResponse$BodyHandlers)
   (java.time Duration)
   (karamon.json JsonReader Keys)
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(def ^:private max-bytes 1048576)

(def ^:private max-age-ms
  "How long keys from a URL are kept."
  300000)

(def ^:private retry-ms
  "How long an unknown key isn't looked for again, so that tokens can't make the gateway send a request each."
  10000)

(defn- url? [place]
  (boolean (re-find #"(?i)^https?://" place)))

(defn- limited ^bytes [^InputStream in]
  (let [bytes (.readNBytes in (inc (long max-bytes)))]
    (when (> (alength bytes) (long max-bytes))
      (throw (IOException. (str "it has more than " max-bytes " bytes"))))
    bytes))

(defn- fetch ^bytes [^String url]
  (let [client   (-> (HttpClient/newBuilder)
                     (.connectTimeout (Duration/ofSeconds 5))
                     (.followRedirects HttpClient$Redirect/NORMAL)
                     .build)
        request  (-> (HttpRequest/newBuilder (URI/create url)) (.timeout (Duration/ofSeconds 10)) .build)
        ^HttpResponse response (.send client request (HttpResponse$BodyHandlers/ofInputStream))]
    (with-open [^InputStream in (.body response)]
      (when-not (= 200 (.statusCode response))
        (throw (IOException. (str "its status is " (.statusCode response)))))
      (limited in))))

(defn- content ^bytes [^String place]
  (if (url? place)
    (fetch place)
    (with-open [in (io/input-stream (io/file place))]
      (limited in))))

(defn- read-keys
  "Returns the keys in the JWKS at `place`, maps with string keys. Throws ex-info of `:type` `:karamon.dev.options/wrong`."
  [place]
  (let [wrong #(options/wrong (str "--jwks " place ": " %))
        bytes (try
                (content place)
                (catch Exception e
                  (throw (wrong (str "can't be read: " (or (ex-message e) (.getSimpleName (class e))))))))
        data  (try
                (JsonReader/read ^bytes bytes Keys/STRINGS)
                (catch Exception _ (throw (wrong "isn't JSON"))))
        found (when (map? data) (data "keys"))]
    (when-not (and (vector? found) (every? map? found))
      (throw (wrong (str "expected a JWKS, an object with a list of keys, such as {\"keys\": [{\"kty\": \"RSA\", …}]}, found " (Shown/of data)))))
    found))

(defn key-set
  "Returns the key set at `place`, a file or a URL. Throws ex-info of `:type` `:karamon.dev.options/wrong` if there is none."
  [place]
  (atom {:place place, :keys (read-keys place), :read-at (System/currentTimeMillis), :modified (.lastModified (io/file place))}))

(defn- stale? [{:keys [place read-at modified]} now known?]
  (let [age (- now read-at)]
    (if (url? place)
      (or (> age max-age-ms) (and (not known?) (> age retry-ms)))
      (not= modified (.lastModified (File. ^String place))))))

(defn current
  "Returns the keys of a key set. Reads them again if they may have changed: a file when it was saved, a URL every 5 minutes, and
  earlier if `knows?` returns false for the keys. If that fails, logs why with `log` and returns the keys read before."
  [key-set knows? log]
  (let [now  (System/currentTimeMillis)
        seen @key-set]
    (when (and (stale? seen now (knows? (:keys seen)))
               (compare-and-set! key-set seen (assoc seen :read-at now, :modified (.lastModified (io/file (:place seen))))))
      (try
        (swap! key-set assoc :keys (read-keys (:place seen)))
        (catch Exception e
          (log (str (ex-message e) "; the keys read before stay in use")))))
    (:keys @key-set)))
