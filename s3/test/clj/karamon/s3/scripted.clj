(ns karamon.s3.scripted
  "A small S3 in memory, on loopback, as strict as AWS, for features that the embedded server lacks and for errors at a chosen
  moment.

      (with-open [server (start)]
        (let [s3     (client server)
              bucket (bucket! server)]
          (add! server bucket \"big\" {:size 6000000000, :etag \"9b2cf535f27731c974343645a3985328-700\"})
          (script! server (fn [{:keys [operation nth]}]
                            (when (= [:copy-object 1] [operation nth]) {:cut :after})))
          …))

  It ignores signatures. karamon.s3.scripted.object describes its objects."
  (:require
   [clojure.string :as str]
   [karamon.s3 :as s3]
   [karamon.s3.scripted.object :as object]
   [karamon.s3.scripted.operations :as operations]
   [karamon.s3.scripted.store :as store]
   [karamon.s3.scripted.xml :as xml])
  (:import
   (clojure.lang ExceptionInfo PersistentQueue)
   (com.sun.net.httpserver HttpExchange HttpHandler HttpServer)
   (java.io ByteArrayInputStream ByteArrayOutputStream)
   (java.net InetAddress InetSocketAddress URLDecoder)
   (java.nio.charset StandardCharsets)
   (java.time Instant)
   (java.util.concurrent ExecutorService Executors)
   (karamon.etag Limits)))

(set! *warn-on-reflection* true)

(def ^:private logged
  "The number of requests in the log."
  1000)

(defn- line [^ByteArrayInputStream in]
  (loop [text (StringBuilder.)]
    (let [c (.read in)]
      (case c
        (-1 10) (str/trim (str text))
        (recur (.append text (char c)))))))

(defn- unchunked
  "Returns the bytes in the SDK's signed chunks, and the trailing headers."
  [^bytes sent]
  (let [in  (ByteArrayInputStream. sent)
        out (ByteArrayOutputStream.)]
    (loop []
      (let [size (Long/parseLong (first (str/split (line in) #";")) 16)]
        (when (pos? size)
          (.write out (.readNBytes in (int size)))
          (line in)
          (recur))))
    [(.toByteArray out)
     (into {} (map #(str/split % #":" 2)) (take-while seq (repeatedly #(line in))))]))

(defn- decoded [text]
  (URLDecoder/decode (str/replace text "+" "%2B") StandardCharsets/UTF_8))

(defn- request [^HttpExchange exchange]
  (let [uri             (.getRequestURI exchange)
        [_ bucket key]  (re-matches #"(?s)/([^/]*)(?:/(.*))?" (.getRawPath uri))
        headers         (into {} (map (fn [[k v]] [(str/lower-case k) (str/join "," v)])) (.getRequestHeaders exchange))
        sent            (.readAllBytes (.getRequestBody exchange))
        [body trailers] (if (some-> (headers "x-amz-content-sha256") (str/starts-with? "STREAMING"))
                          (unchunked sent)
                          [sent nil])
        query           (into {} (for [pair (str/split (or (.getRawQuery uri) "") #"&") :when (seq pair)]
                                   (let [[k v] (str/split pair #"=" 2)]
                                     [(decoded k) (decoded (or v ""))])))
        request         {:method  (.getRequestMethod exchange)
                         :bucket  (not-empty (decoded bucket))
                         :key     (some-> key decoded not-empty)
                         :query   (dissoc query "x-id")
                         :headers (merge headers trailers)
                         :body    body}]
    (assoc request :operation (operations/operation request))))

(defn- answer! [^HttpExchange exchange {:keys [status headers xml body code message] :or {status 200}}]
  (let [head?       (= "HEAD" (.getRequestMethod exchange))
        xml         (cond
                      xml  (xml/text xml)
                      code (xml/text [:Error [:Code code] [:Message (or message code)] [:RequestId "scripted"]]))
        ^bytes body (or body (some-> ^String xml (.getBytes StandardCharsets/UTF_8)))
        fields      (.getResponseHeaders exchange)]
    (doseq [[k v] headers
            :when (not (and (not head?) (= "content-length" (str/lower-case k))))]
      (.set fields k v))
    (.set fields "x-amz-request-id" "scripted")
    (when xml
      (.set fields "Content-Type" "application/xml"))
    (if (or head? (nil? body) (zero? (alength body)))
      (.sendResponseHeaders exchange status -1)
      (do
        (.sendResponseHeaders exchange status (alength body))
        (with-open [out (.getResponseBody exchange)]
          (.write out body))))
    (.close exchange)))

(defrecord Server [^HttpServer http ^ExecutorService threads options state counts log script]
  java.io.Closeable
  (close [_]
    (.stop http 0)
    (.shutdownNow threads)))

(defn- operate! [{:keys [state]} request]
  (try
    (locking state
      (let [operation (or (operations/operations (:operation request))
                          (object/fail 501 "NotImplemented" "A header you provided implies functionality that is not implemented"))
            answer    (operation @state request)]
        (some->> (:state answer) (reset! state))
        answer))
    (catch ExceptionInfo e
      (or (:answer (ex-data e)) (throw e)))))

(defn- count! [{:keys [counts log]} {:keys [operation] :as request}]
  (swap! log #(cond-> (conj % (dissoc request :body)) (<= logged (count %)) pop))
  (get (swap! counts update operation (fnil inc 0)) operation))

(defn- serve! [{:keys [script] :as server} ^HttpExchange exchange]
  (let [request                             (request exchange)
        nth                                 (count! server request)
        {:keys [before answer cut after reply]} (@script (assoc request :nth nth))]
    (when before
      (before))
    (if (= :before cut)
      (.close exchange)
      (let [answered (or answer (operate! server request))]
        (when after
          (after))
        (if (= :after cut)
          (.close exchange)
          (answer! exchange (or reply answered)))))))

(defn start
  "Starts a server. Options:

  * `:owner` -- the id of the sender of all requests (default \"me\"), `:account` its account number
  * `:min-part` -- the minimum size in bytes of all parts but the last (default 5 MiB, as on AWS)
  * `:quirks` -- differences from AWS: `:keeps-parts` (a copy keeps its ETag), `:drops-tags`, `:drops-metadata` (of copies),
    `:ignores-if-match` (on the replaced object), `:ignores-source-if-match`, `:wants-no-quotes` (of PutObject's If-Match),
    `:hides-versions` (of copies)"
  (^java.io.Closeable [] (start {}))
  (^java.io.Closeable [options]
   ;; Without this each answer waits for a delayed acknowledgement.
   (System/setProperty "sun.net.httpserver.nodelay" "true")
   (let [http    (HttpServer/create (InetSocketAddress. (InetAddress/getLoopbackAddress) 0) 0)
         threads (Executors/newCachedThreadPool)
         server  (->Server http threads
                           {:endpoint    (str "http://127.0.0.1:" (.getPort (.getAddress http)))
                            :region      "us-east-1"
                            :credentials {:access-key-id "anybody", :secret-access-key "anything"}}
                           (atom (merge {:owner "me", :account "111122223333", :min-part Limits/MIN_PART, :quirks #{}
                                         :serial 0, :buckets {}, :uploads {}} options))
                           (atom {})
                           (atom PersistentQueue/EMPTY)
                           (atom (constantly nil)))]
     (.setExecutor http threads)
     (.createContext http "/" (reify HttpHandler
                                (handle [_ exchange]
                                  (try
                                    (serve! server exchange)
                                    (catch Throwable e
                                      (answer! exchange {:status 500, :code "InternalError", :message (str e)}))))))
     (.start http)
     server)))

(defn client
  "Returns a new client of the server; `options` are karamon.s3/client's."
  (^java.io.Closeable [server] (client server {}))
  (^java.io.Closeable [server options] (s3/client (merge (:options server) options))))

(defn bucket!
  "Makes a bucket and returns its name. Options:

  * `:versioning` -- whether it has versions
  * `:ownership` -- default \"BucketOwnerEnforced\"; nil for none, \"ObjectWriter\" for ACLs
  * `:object-lock` -- whether objects may be locked
  * `:encryption` -- headers of its default encryption, such as {\"x-amz-server-side-encryption\" \"aws:kms\"}"
  ([server] (bucket! server {}))
  ([server options]
   (let [bucket (str "scripted-" (random-uuid))]
     (swap! (:state server) assoc-in [:buckets bucket] (merge {:ownership "BucketOwnerEnforced", :objects (sorted-map)} options))
     bucket)))

(defn- completed [state object]
  (-> (merge {:headers {}, :tags [], :owner (:owner state), :grants #{["FULL_CONTROL" (str "id=\"" (:owner state) "\"")]}
              :last-modified (Instant/now), :checksums {}, :checksum-type "FULL_OBJECT"}
             object)
      (update :headers #(merge {"content-type" "binary/octet-stream", "x-amz-server-side-encryption" "AES256"} %))))

(defn add!
  "Puts an object into a bucket without a request: a map as in karamon.s3.scripted.object, for which `:size` and `:etag` suffice;
  or `:bodies`, the byte arrays of its parts. Returns the stored object."
  [{:keys [state]} bucket key {:keys [bodies] :as object}]
  (locking state
    (let [parts         (mapv (fn [^bytes body]
                                {:size (alength body), :etag (object/hex (object/md5 body)), :checksums {"sha256" (object/checksum "sha256" body)}})
                              bodies)
          object        (completed @state (merge (when bodies
                                                   {:parts parts, :etag (object/part-tag parts), :size (reduce + (map :size parts))
                                                    :body  (object/joined bodies)})
                                                 (dissoc object :bodies)))
          [state' kept] (store/store @state bucket key object)]
      (reset! state state')
      kept)))

(defn fill!
  "Puts `n` objects that differ only in their keys into a bucket; calls `key-of` with 0, 1, …"
  [{:keys [state]} bucket n key-of object]
  (let [versions [(completed @state object)]]
    (swap! state update-in [:buckets bucket :objects] into (map (fn [i] [(key-of i) versions])) (range n))))

(defn object
  "Returns the stored object, or nil; `versions` returns all its versions."
  [server bucket key]
  (store/version (get-in @(:state server) [:buckets bucket]) key nil))

(defn versions [server bucket key]
  (get-in @(:state server) [:buckets bucket :objects key]))

(defn script!
  "Makes the server call `f` with each request, a map of `:operation`, `:nth` (its number among the requests of that operation,
  from 1), `:bucket`, `:key`, `:query` and `:headers`. `f` may return a map of changes to the server's behaviour:

  * `:before`, `:after` -- functions to call before and after the effect, such as another writer
  * `:answer` -- `{:status 503, :code \"SlowDown\"}`, without the effect
  * `:reply` -- the same, after the effect
  * `:cut` -- cuts the connection `:before` or `:after` the effect, without an answer"
  [server f]
  (reset! (:counts server) {})
  (reset! (:script server) f))

(defn counts
  "Returns the number of requests of each operation since the script was last set, or `forget!` was called."
  [server]
  @(:counts server))

(defn log
  "Returns the last requests, at most 1,000."
  [server]
  (vec @(:log server)))

(defn forget!
  "Resets the counts and the log."
  [server]
  (reset! (:counts server) {})
  (reset! (:log server) PersistentQueue/EMPTY))
