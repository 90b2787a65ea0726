(ns serve-load
  "The client of bench/serve-load."
  (:import
   (java.net Socket URI)
   (java.net.http HttpClient HttpClient$Version HttpRequest HttpResponse$BodyHandlers)
   (java.time Duration)
   (java.util.concurrent Callable CompletableFuture ExecutorService Executors Future TimeUnit)
   (java.util.concurrent.atomic AtomicLong)))

(set! *warn-on-reflection* true)

(def ^:private ^HttpClient client
  (.build (.version (HttpClient/newBuilder) HttpClient$Version/HTTP_1_1)))

(defn- request ^HttpRequest [port path host]
  (.build (doto (HttpRequest/newBuilder (URI. (str "http://127.0.0.1:" port path)))
            (.header "host" (str host ":" port))
            (.timeout (Duration/ofMinutes 20)))))

(defn- block
  "Starts a request that is never answered. Returns its future."
  ^CompletableFuture [port]
  (.sendAsync client (request port "/" "block.lambda-url.localhost") (HttpResponse$BodyHandlers/ofString)))

(defn- slow
  "Returns a connection on which a body has begun."
  ^Socket [port]
  (doto (Socket. "127.0.0.1" (int port))
    (-> .getOutputStream
        (.write (.getBytes "POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")))))

(defn- ask
  "Returns nil if a request is answered as it must be, else what is wrong; adds its time to `times`."
  [port ^long n ^longs times]
  (let [start (System/nanoTime)]
    (try
      (let [response (.send client (request port (str "/hello?name=n" n) "localhost") (HttpResponse$BodyHandlers/ofString))]
        (aset times n (- (System/nanoTime) start))
        (when-not (= [200 (str "{\"hello\":\"n" n "\"}")] [(.statusCode response) (.body response)])
          (str (.statusCode response) " " (.body response))))
      (catch Exception e
        (str e)))))

(defn- stage
  "Sends `requests` with `concurrency` threads. Prints what that took and returns what went wrong."
  [port concurrency requests]
  (let [^ExecutorService threads (Executors/newFixedThreadPool concurrency)
        next-request (AtomicLong.)
        times        (long-array requests)
        start        (System/nanoTime)
        work         (fn []
                       (loop [wrong []]
                         (let [n (.getAndIncrement next-request)]
                           (if (< n (long requests))
                             (recur (if-let [what (ask port n times)] (conj wrong what) wrong))
                             wrong))))
        wrong        (into [] (mapcat #(.get ^Future %)) (mapv (fn [_] (.submit threads ^Callable work)) (range concurrency)))
        seconds      (/ (- (System/nanoTime) start) 1e9)
        sorted       (doto times java.util.Arrays/sort)
        ms           #(/ (aget sorted (min (dec (long requests)) (long (* % requests)))) 1e6)]
    (.shutdown threads)
    (println (format "%3d at once: %,d requests, %d lost, %.1f s, %,.0f a second; median %.1f ms, 99 %% %.1f ms, longest %.1f ms"
               concurrency requests (count wrong) seconds (/ requests seconds) (ms 0.5) (ms 0.99) (ms 1)))
    wrong))

(defn- measure [port requests blocked slow-clients]
  (let [blocked (vec (repeatedly blocked #(block port)))
        sockets (vec (repeatedly slow-clients #(slow port)))
        drip    (Executors/newSingleThreadScheduledExecutor)
        broken  (AtomicLong.)]
    (.scheduleAtFixedRate drip
      (fn []
        (doseq [^Socket socket sockets]
          (try
            (.write (.getOutputStream socket) 97)
            (catch Exception _ (.incrementAndGet broken)))))
      0 1 TimeUnit/SECONDS)
    (let [stages [16 32 64 128 256]
          wrong  (into [] (mapcat #(stage port % (quot requests (count stages)))) stages)]
      (.shutdownNow drip)
      (println (format "%d requests to handlers that never return, of which %d were answered; %d clients that sent slowly, %d bytes refused"
                 (count blocked) (count (filter #(.isDone ^CompletableFuture %) blocked)) (count sockets) (.get broken)))
      (doseq [[what times] (take 10 (frequencies wrong))]
        (println (str times " × " what)))
      (System/exit (if (seq wrong) 1 0)))))

(apply measure (map parse-long *command-line-args*))
