(ns karamon.dev.console.copy
  "An invocation as something to paste: a curl command, or a test."
  (:require
   [clojure.edn :as edn]
   [clojure.string :as str]
   [karamon.dev.console.layout :as layout]
   [karamon.dev.console.show :as show]
   [karamon.local.reply :as reply])
  (:import
   (java.nio ByteBuffer)
   (java.nio.charset CharacterCodingException StandardCharsets)
   (karamon.http MediaType Source)
   (karamon.json JsonReader JsonWriter Keys)
   (karamon.text Guard Shown)))

(set! *warn-on-reflection* true)

(defn- utf8
  "Returns the bytes as a string; nil if they aren't UTF-8."
  [^bytes bs]
  (try
    (str (.decode (.newDecoder StandardCharsets/UTF_8) (ByteBuffer/wrap bs)))
    (catch CharacterCodingException _ nil)))

(defn- quoted
  "Returns text as one word of a POSIX shell."
  [text]
  (str \' (str/replace text "'" "'\\''") \'))

(def ^:private of-curl
  "Headers that curl sets."
  #{"accept-encoding" "connection" "content-length" "host"})

(defn- header-values [headers ^String name]
  (mapcat val (filter #(.equalsIgnoreCase name (key %)) headers)))

(defn- command [words]
  (str/join " \\\n  " words))

(defn- curl-event [{:keys [function event request]}]
  (command [(str "curl -X POST " (quoted (str "http://" (or (first (header-values (:headers request) "host")) "127.0.0.1:3000")
                                              "/_karamon/invoke/" (:name function))))
            "-H 'content-type: application/json'"
            (str "--data-raw " (quoted (String. ^bytes event "UTF-8")))]))

(defn- curl-request [{:keys [method path query-string headers body]}]
  (let [method (str/upper-case (name method))]
    (command
      (concat
        [(str "curl -i " (case method "GET" "" "HEAD" "--head " (str "-X " (quoted method) " "))
              "--globoff --path-as-is "
              (quoted (str "http://" (or (first (header-values headers "host")) "127.0.0.1:3000") path (when query-string (str "?" query-string)))))]
        (for [[k vs] headers, v vs :when (not (of-curl (str/lower-case k)))]
          (str "-H " (quoted (if (str/blank? v) (str k ";") (str k ": " v)))))
        (when body [(str "--data-raw " (quoted (utf8 body)))])))))

(defn- masked-headers [record]
  (update-in record [:request :headers] #(into (empty %) (map (fn [[k vs]] [k (if (show/secret? k) [show/mask] vs)])) %)))

(defn- whole-body?
  "Returns true if the request's body was kept as it is, and curl can send it as text."
  [{:keys [body], {kept :body} :request}]
  (and (= (or body 0) (count kept)) (or (nil? kept) (some? (utf8 kept)))))

(defn- masked-event [event]
  (JsonWriter/bytes ^Object (show/masked (JsonReader/read ^bytes event Keys/STRINGS))))

(defn curl
  "Returns a curl command that makes the same request again; nil if its body wasn't kept. An event that came another way is posted
  to its function. Secrets are masked unless `reveal?`."
  [{:keys [asked function whole] :as record} reveal?]
  (cond
    (and (or asked (not function)) (whole-body? record)) (curl-request (:request (if reveal? record (masked-headers record))))
    whole (curl-event (if reveal? record (update record :event masked-event)))))

(defn- code
  "Returns plain data as Clojure's reader reads it, on lines of at most `width` characters; nil if it is too large."
  [x width]
  (let [text (Shown/of x (* 256 1024) (Guard/deadline))]
    (when (= x (try (edn/read-string text) (catch Exception _ nil)))
      (layout/layout text width))))

(defn- indented [text n]
  (str/replace text "\n" (str "\n" (apply str (repeat n \space)))))

(defn- request-map
  "Returns the argument of karamon.local/event that made the event; nil if a body isn't text."
  [{:keys [host client-ip multi-value ^bytes body] :as asked}]
  (let [text (when body (utf8 body))]
    (when (= (some? text) (some? body))
      (cond-> (into (array-map) (for [k [:source :method :path :query-string :resource :stage] :when (some? (k asked))] [k (k asked)]))
        (seq (:headers asked))     (assoc :headers (update-vals (:headers asked) #(if (= 1 (count %)) (first %) (vec %))))
        body                       (assoc :body text)
        multi-value                (assoc :multi-value true)
        (not= "localhost" host)    (assoc :host host)
        (not= "127.0.0.1" client-ip) (assoc :client-ip client-ip)))))

(defn- of-this-event?
  "Returns true if the reply has what differs in each event, such as its id."
  [event reply]
  (let [{:strs [requestId timeEpoch requestTimeEpoch]} (get event "requestContext")]
    (boolean (some #(and % (str/includes? (str reply) (str %))) [requestId timeEpoch requestTimeEpoch]))))

(defn- text-body [{:keys [headers ^bytes body]}]
  (let [type (first (headers "content-type"))]
    (when (and body (not (headers "content-encoding")) (or (nil? type) (MediaType/isText type)))
      (utf8 body))))

(defn- expected
  "Returns what karamon.local/invoke returns for the record: of a response only what a test can expect again."
  [{:keys [reply thrown]} source]
  (if source
    (let [response (reply/read-reply source reply)
          body     (text-body response)]
      (cond-> {:status (:status response)}
        (and body (not thrown)) (assoc :body body)))
    (JsonReader/read ^bytes reply Keys/STRINGS)))

(defn- test-name [{:keys [request function asked]} status]
  (let [words (if asked [(name (:method request)) (:path request) "answers" status] [(:name function) "handles" "its" "event"])
        text  (-> (str/join "-" (remove nil? words)) str/lower-case (str/replace #"[^a-z0-9]+" "-") (str/replace #"^-|-$" ""))]
    (if (re-find #"^[a-z]" text) text (str "test-" text))))

(defn- test-text [record call gateway? expected]
  (let [handler (get-in record [:function :handler])
        head    (str "(deftest " (test-name record (when gateway? (:status expected))) "\n  (is ")]
    (str ";; Needs (:require [clojure.test :refer [deftest is]] [karamon.local] [" (namespace (symbol handler)) "])\n"
         head
         (if (= ::throws expected)
           (str "(thrown? " (.getName (class (:thrown record))) "\n        " (indented call 8) ")")
           (str "(= " (indented (code expected 80) 9) "\n         "
                (if gateway?
                  (str "(select-keys " (indented call 22) "\n           [" (str/join " " (keys expected)) "])")
                  (indented call 9))
                ")"))
         "))\n")))

(defn as-test
  "Returns a deftest that makes the same invocation with karamon.local/invoke, and expects the same result; nil if the event or the
  reply weren't kept. `source` is the source of an HTTP event for a gateway handler. Secrets are masked unless `reveal?`."
  [{:keys [event whole asked reply reply-size thrown function] :as record} source reveal?]
  (let [kept?    (or (not reply) (= reply-size (count reply)))
        source   (when (and source (Source/of source)) source)]
    (when (and whole kept? (or reply thrown))
      (let [data     (JsonReader/read ^bytes event Keys/STRINGS)
            from     (when (and source asked (not (of-this-event? data (some-> ^bytes reply (String. "UTF-8")))))
                       (request-map asked))
            shown    (cond-> (or from data) (not reveal?) show/masked)
            argument (code shown 80)
            call     (str "(karamon.local/invoke #'" (:handler function) "\n  " (some-> argument (indented 2)) ")")
            expects  (if reply (expected record source) ::throws)]
        (when (and argument (or (= ::throws expects) (code expects 80)))
          (str (when (not= shown (or from data)) ";; Secrets are masked: reveal them in the console to copy them too.\n")
               (test-text record call (boolean source) expects)))))))
