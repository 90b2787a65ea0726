(ns karamon.dev.gateway.access
  "Decides which requests a server on a developer's machine answers: those of programs on it, and of pages from the server
  itself.

  Any web page that a developer visits can send requests to a port of the machine. By DNS rebinding, a domain that first
  resolves to the page's own server and then to 127.0.0.1, it can even read the answers. But no page can choose the headers
  Host, Origin and Sec-Fetch-Site. Nor can it send JSON to another origin: the browser first asks that server, which never
  agrees."
  (:require
   [clojure.string :as str])
  (:import
   (com.sun.net.httpserver HttpExchange HttpHandler)
   (java.net InetAddress UnknownHostException)
   (karamon.json JsonWriter)))

(set! *warn-on-reflection* true)

(def ^:private ip-literal
  #"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}|\[?[0-9a-f.]*:[0-9a-f.:]*\]?")

(defn- address
  "Returns the address that `host`, in lower case, is; nil if it is a name. Never asks DNS."
  ^InetAddress [host]
  (when (re-matches ip-literal host)
    (try
      (InetAddress/getByName host)
      (catch UnknownHostException _ nil))))

(defn loopback?
  "Returns true if `host` is an address of the loopback interface, localhost or a name under it. Browsers resolve no such name
  to another machine (https://www.w3.org/TR/secure-contexts/#localhost)."
  [host]
  (let [host (str/lower-case host)]
    (boolean (or (re-find #"(?:^|\.)localhost\.?$" host)
                 (some-> (address host) .isLoopbackAddress)))))

(defn only-this-machine?
  "Returns true if only this machine can connect to a server that listens on `host`, an address or a name of one. Asks DNS."
  [^String host]
  (or (loopback? host)
      (try
        (.isLoopbackAddress (InetAddress/getByName host))
        (catch UnknownHostException _ false))))

(defn- allowed?
  "Returns true if a Host header may have `host`, when the server listens on `listening`. All addresses may be meant by
  0.0.0.0; a page on an address of another machine can't be of that address."
  [host listening]
  (or (loopback? host)
      (let [[host listening] (map str/lower-case [host listening])
            wanted           (address listening)]
        (cond
          (nil? wanted)             (= host listening)
          (.isAnyLocalAddress wanted) (some? (address host))
          :else                     (= wanted (address host))))))

(defn- header
  "Returns all values of a header; `headers` may have its name in any case."
  [headers ^String name]
  (mapcat val (filter #(.equalsIgnoreCase name (key %)) headers)))

(defn foreign-host
  "Returns the refusal of a request for another host than this machine, a map of `:status` and `:message`; nil if its Host header
  is one of the loopback interface, or is `listening`, the host that the server was asked to listen on. `request` has `:headers`,
  names to collections of values."
  [{:keys [headers]} listening]
  (let [hosts (header headers "host")]
    (when-not (and (seq hosts) (every? #(allowed? (str/replace % #":\d*$" "") listening) hosts))
      {:status  421
       :message (str "The Host header is " (if (seq hosts) (str/join ", " hosts) "missing") ", expected localhost, a name under it or a "
                     "loopback address: a web page could use this server under another name. --host NAME allows NAME.")})))

(defn- foreign-page
  "Returns the refusal of a request from a page of another origin; nil if it comes from a program or from this server's own page."
  [{:keys [headers]}]
  (let [own    (str "http://" (first (header headers "host")))
        origin (first (remove #(.equalsIgnoreCase own %) (header headers "origin")))
        site   (first (remove #{"same-origin" "none"} (header headers "sec-fetch-site")))
        [name value expected] (cond
                                origin ["Origin" origin own]
                                site   ["Sec-Fetch-Site" site "same-origin"])]
    (when name
      {:status  403
       :message (str "The header " name " is " value ", expected none or " expected ": other web pages may not use this server.")})))

(defn foreign-socket
  "Returns the refusal of a WebSocket handshake by a page of another machine; nil if it comes from a program, from a page of this
  machine or of an origin in `origins`. Browsers send no preflight before a handshake, so CORS can't decide. Any page could use
  the functions, and read their messages."
  [{:keys [headers]} origins]
  (let [own      (str "http://" (first (header headers "host")))
        allowed? (fn [^String origin]
                   (let [[_ host] (re-matches #"(?i)https?://(\[[^\]]*\]|[^/:@]+)(?::\d*)?" origin)]
                     (or (some #(.equalsIgnoreCase origin %) (cons own origins))
                         (and host (loopback? host)))))
        origin   (first (remove allowed? (header headers "origin")))]
    (when origin
      {:status  403
       :message (str "The header Origin is " origin ", expected none or one of this machine: other web pages may not open a WebSocket. "
                     "--origin " origin " allows it.")})))

(defn- not-json
  "Returns the refusal of a POST that a page could send to another origin without asking first; nil for any other request."
  [{:keys [method headers]}]
  (let [types (header headers "content-type")]
    (when (and (= :post method)
               (not (and (seq types) (every? #(re-matches #"(?i)application/json\s*(?:;.*)?" (str/trim %)) types))))
      {:status  415
       :message (str "The Content-Type is " (if (seq types) (str/join ", " types) "missing")
                     ", expected application/json: curl -H 'content-type: application/json'")})))

(defn refusal
  "Returns the refusal of a request, a map of `:status` and `:message`; nil if the server should answer it. `request` has
  `:method`, a keyword, and `:headers`, names to collections of values.

  * `:listening` -- the host that the server was asked to listen on (default \"127.0.0.1\")
  * `:any-type` -- whether a POST may be of any type (default false: of application/json)"
  [request {:keys [listening any-type] :or {listening "127.0.0.1"}}]
  (or (foreign-host request listening)
      (foreign-page request)
      (when-not any-type (not-json request))))

(defn- request-map [^HttpExchange exchange]
  {:method  (keyword (str/lower-case (.getRequestMethod exchange)))
   :headers (into {} (.getRequestHeaders exchange))})

(defn guarded
  "Returns a handler for the JDK's HTTP server that calls `handle` with each exchange that isn't refused, and closes it. For
  servers whose clients are programs that post any type."
  ^HttpHandler [handle]
  (reify HttpHandler
    (handle [_ exchange]
      (with-open [exchange exchange]
        (if-let [{:keys [status message]} (refusal (request-map exchange) {:any-type true})]
          (let [body (JsonWriter/bytes ^Object {:message message})]
            (.set (.getResponseHeaders exchange) "content-type" "application/json")
            (.sendResponseHeaders exchange status (alength body))
            (.write (.getResponseBody exchange) body))
          (handle exchange))))))
