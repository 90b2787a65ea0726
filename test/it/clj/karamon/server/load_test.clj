(ns karamon.server.load-test
  "Ten times as many requests at once as the server's limit: for some seconds, or with -Ddepth=full for a minute."
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.server.process :as process]
   [karamon.server.shown]
   [karamon.test.client :as client])
  (:import
   (java.nio.file Files Path)
   (java.util.concurrent Executors TimeUnit)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(def ^:private limit 20)

(def ^:private seconds (Depth/times 6 60))

(defn- resident-mb
  "Returns the memory that a process has, in mebibytes, on Linux."
  [^Process process]
  (let [status (Files/readString (Path/of (str "/proc/" (.pid process) "/status") (make-array String 0)))]
    (quot (parse-long (second (re-find #"VmRSS:\s+(\d+)" status))) 1024)))

(defn- metric [port name]
  (some->> (:body (client/request {:port port, :path "/metrics"}))
           (re-find (re-pattern (str "(?m)^" name " (\\S+)$")))
           second
           parse-double))

(defn- ask [port]
  (let [{:keys [status headers]} (client/request {:port port, :path "/"})]
    [status (headers "retry-after")]))

(defn- load!
  "Sends requests from `clients` threads for some seconds, one after the other; returns how often each answer came."
  [port clients seconds]
  (let [end     (+ (System/nanoTime) (* 1000000000 (long seconds)))
        workers (Executors/newFixedThreadPool clients)
        counts  (atom {})]
    (dotimes [_ clients]
      (.execute workers
                (fn []
                  (while (< (System/nanoTime) end)
                    (swap! counts update (try (ask port) (catch Exception e [(str e)])) (fnil inc 0))))))
    (.shutdown workers)
    (is (.awaitTermination workers (+ 60 (long seconds)) TimeUnit/SECONDS))
    @counts))

(deftest beyond-the-limit-requests-are-refused-and-memory-stays-flat
  (let [port       (process/free-port)
        management (process/free-port)
        process    (process/start port {"KARAMON_HANDLER"         "karamon.server.shown/slow"
                                        "KARAMON_MAX_CONCURRENT"  (str limit)
                                        "KARAMON_MANAGEMENT_PORT" (str management)}
                                  "-Xmx96m" "-XX:+UseSerialGC")]
    (try
      (process/await-answer process port "/")
      (is (= [[200 nil]] (keys (load! port (quot limit 2) 2))) "the usual load")
      ;; Until the heap has grown and the code is compiled.
      (load! port (* 10 limit) 4)
      (let [before  (resident-mb process)
            counts  (load! port (* 10 limit) seconds)
            after   (resident-mb process)
            figures (str counts ", " before " MB before, " after " MB after")]
        (println (str "Ten times the load for " seconds " s: " figures))
        (is (= #{[200 nil] [503 "1"]} (set (keys counts))) figures)
        ;; The limit allows 1,000 in a second: 20 at once, 20 ms each.
        (is (<= (* 200 seconds) (counts [200 nil])) figures)
        (is (< (- after before) 24) figures)
        (is (= 0.0 (loop []
                     ;; A request is counted until its answer is written, which may be later than it is read.
                     (let [open (metric management "karamon_http_requests_in_flight")]
                       (if (pos? open) (recur) open)))))
        (is (= [[200 nil]] (keys (load! port (quot limit 2) 2))) "back to normal"))
      (finally
        (is (= 0 (process/stop process)))))))
