(ns karamon.server.model-test
  "The example's model is replaced while its server answers 200 requests a second: each answer is by one whole model."
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.dev.s3-server :as s3-server]
   [karamon.s3 :as s3]
   [karamon.s3.client.call :refer [call]]
   [karamon.server.process :as process]
   [karamon.test.client :as client]
   [karamon.test.temp :as temp])
  (:import
   (java.util.concurrent Executors TimeUnit)
   (karamon.dev.s3_server Server)
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(def ^:private per-second 200)

(def ^:private areas
  "Enough for a model that isn't read or written at once."
  20000)

(defn- model
  "Returns the text of the model of a version, all of whose numbers are the version."
  [version]
  (pr-str {:version version, :base version, :areas (zipmap (range areas) (repeat version))}))

(defn- address [name]
  (str "s3://demo/models/" name ".edn"))

(defn- release!
  "Makes a version the current one, as docs/kubernetes.md does."
  [store version]
  (s3/copy! store (address version) (address "current")))

(defn- ask [port]
  (let [{:keys [status body]} (client/request {:port port, :path "/price?from=0&to=999"})
        {:strs [version price]} (when (= 200 status) (JsonReader/read ^String body Keys/STRINGS))]
    {:status status, :version version, :whole (= price (when version (* 1001 version)))}))

(defn- load!
  "Sends requests at a steady rate until `done` is delivered. Returns the answers in the order in which they came."
  [port answers done]
  (let [clock   (Executors/newScheduledThreadPool 1)
        workers (Executors/newFixedThreadPool 16)
        send    #(.execute workers (fn [] (swap! answers conj (try (ask port) (catch Exception e {:status e})))))]
    (.scheduleAtFixedRate clock send 0 (quot 1000000 (long per-second)) TimeUnit/MICROSECONDS)
    @done
    (.shutdownNow clock)
    (.shutdown workers)
    (is (.awaitTermination workers 30 TimeUnit/SECONDS))
    @answers))

(defn- await-answers
  "Waits until the answers pass a test, for half a minute at most."
  [answers enough?]
  (let [end (+ (System/nanoTime) 30000000000)]
    (loop []
      (when-not (or (enough? @answers) (< end (System/nanoTime)))
        (Thread/sleep 20)
        (recur)))))

(defn- variables [{:keys [endpoint region credentials]}]
  {"KARAMON_HANDLER"                  "example.prices/price"
   "MODEL_SECONDS"                    "1"
   "AWS_ENDPOINT_URL_S3"              endpoint
   "AWS_REGION"                       region
   "AWS_ACCESS_KEY_ID"                (:access-key-id credentials)
   "AWS_SECRET_ACCESS_KEY"            (:secret-access-key credentials)
   "AWS_REQUEST_CHECKSUM_CALCULATION" "WHEN_REQUIRED"})

(defn- released
  "Returns the answers while the versions are released one after the other."
  [store port versions]
  (let [answers (atom [])
        done    (promise)
        sent    (future (load! port answers done))]
    (doseq [version versions]
      (release! store version)
      (await-answers answers #(some (fn [answer] (= version (:version answer))) (take-last 20 %)))
      (Thread/sleep 500))
    (await-answers answers #(<= 1000 (count %)))
    (deliver done true)
    @sent))

(deftest a-model-is-released-and-rolled-back-while-the-server-answers
  (temp/call-with-folder
    (fn [folder]
      (with-open [server ^Server (s3-server/start)
                  store  (s3/client (:options server))]
        (call store :create-bucket {:bucket "demo"})
        (doseq [version [1 2 3]]
          (s3/put! store (address version) (.getBytes ^String (model version))))
        (release! store 1)
        (let [port    (process/free-port)
              process (process/start port (variables (:options server)) (str "-Djava.io.tmpdir=" folder))]
          (try
            (process/await-answer process port "/price?from=0&to=1")
            (let [answers (released store port [1 2 3 2 1])]
              (is (<= 1000 (count answers)))
              (is (= {200 (count answers)} (frequencies (map :status answers))) "none failed")
              (is (every? :whole answers))
              (is (= #{1 2 3} (set (map :version answers))))
              (is (= 1 (:version (last answers)))))
            (finally
              (is (= 0 (process/stop process))))))))))
