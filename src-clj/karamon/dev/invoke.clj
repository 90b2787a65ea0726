(ns karamon.dev.invoke
  "`./karamon invoke`: one invocation, from a request described by options or from an event in a file."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.options :as options]
   [karamon.local :as local])
  (:import
   (java.io InputStream OutputStream)
   (karamon.http NotHttpEvent)
   (karamon.json JsonReader JsonWriter Keys MalformedJson)
   (karamon.runtime Handler Handlers)))

(set! *warn-on-reflection* true)

(defn- pair
  "Returns the parser of an option that is a name and a value with `separator` between them."
  [^String separator]
  (fn [^String text]
    (let [at (.indexOf text separator)]
      (when (pos? at)
        [(subs text 0 at) (str/trim (subs text (inc at)))]))))

(defn- collect [m k [name value]]
  (update-in m [k name] (fnil conj []) value))

(def ^:private specs
  [["-e" "--event FILE" "Send the event in this JSON file (- for standard input) instead of making one"]
   ["-X" "--method METHOD" "The request's method (default GET, or POST with --data)"]
   [nil "--path PATH" "The request's path (default /)"]
   [nil "--resource ROUTE" "The route that the path is of, such as /hello/{name}"]
   ["-q" "--query NAME=VALUE" "A query parameter; may be given several times" :id :query :parse-fn (pair "=")
    :validate [some? "must be NAME=VALUE"] :assoc-fn collect]
   ["-H" "--header NAME:VALUE" "A header; may be given several times" :id :headers :parse-fn (pair ":")
    :validate [some? "must be NAME:VALUE"] :assoc-fn collect]
   ["-d" "--data TEXT" "The request's body"]
   [nil "--source SOURCE" "The source to imitate: rest, http, function-url, alb, websocket (default rest)"
    :parse-fn keyword :validate (options/one-of options/sources)]
   ["-i" "--include" "Print the status and the headers too"]
   [nil "--raw" "Print the reply as Lambda would pass it on"]])

(defn- read-event [file]
  (let [bytes (try
                (with-open [in (if (= "-" file) System/in (io/input-stream file))]
                  (.readAllBytes ^InputStream in))
                (catch java.io.FileNotFoundException _
                  (throw (ex-info (str "No event file " file) {:type ::no-file}))))]
    (try
      (JsonReader/read ^bytes bytes Keys/STRINGS)
      (catch MalformedJson e
        (throw (ex-info (str file " isn't JSON: " (ex-message e)) {:type ::bad-file} e))))))

(defn- request [{:keys [event method data] :as options}]
  (if event
    (read-event event)
    (-> (select-keys options [:path :resource :query :headers :source])
        (assoc :method (keyword (str/lower-case (or method (if data "post" "get")))))
        (cond-> data (assoc :body data)))))

(defn- write-body [body]
  (if (bytes? body)
    (do (flush)
        (.write ^OutputStream System/out ^bytes body)
        (.flush ^OutputStream System/out))
    (println (or body ""))))

(defn- print-response [{:keys [status headers cookies body fault]} include]
  (when fault
    (binding [*out* *err*] (println (str "A 502, as the service would answer, since " fault))))
  (when include
    (println (str "HTTP " status))
    (doseq [[k v] (sort headers)] (println (str (name k) ": " v)))
    (doseq [cookie cookies] (println (str "set-cookie: " cookie)))
    (println))
  (write-body body)
  (if (< status 500) 0 1))

(defn run
  "Invokes `namespace/name`. Returns 1 for a reply of 500 and more, or an invocation error."
  [arguments]
  (if-let [{:keys [options arguments]}
           (options/parse "./karamon invoke NAMESPACE/NAME [OPTIONS]" specs [1 1] arguments)]
    (let [handler-name (first arguments)
          handler      (Handlers/load handler-name)
          handler-var  (find-var (symbol handler-name))
          request      (request options)
          gateway      (:karamon/gateway (meta handler-var))]
      (try
        (cond
          (:raw options) (let [m (if (or (:event options) (not gateway)) request (local/event request))]
                           (println (String. (local/invoke-bytes handler m {}) "UTF-8"))
                           0)
          gateway        (print-response (local/invoke handler-var request) (:include options))
          :else          (do (println (JsonWriter/string (local/invoke handler-var request))) 0))
        (catch NotHttpEvent e
          (binding [*out* *err*] (println (ex-message e)))
          1)))
    0))
