(ns karamon.dev.s3.stop-test
  "`./karamon s3 cp` in processes of its own that get signals, or are killed, at chosen bytes of a transfer with the embedded server."
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.s3-server :as server]
   [karamon.s3 :as s3]
   [karamon.s3.client.call :refer [call]]
   [karamon.test.hostile :as hostile]
   [karamon.test.temp :as temp])
  (:import
   (java.io Closeable File InputStream OutputStream)
   (java.net InetAddress ServerSocket Socket)
   (java.util List Random)
   (java.util.concurrent CountDownLatch TimeUnit)))

(set! *warn-on-reflection* true)

(def ^:private mib 1048576)

(defn- copy-until!
  "Copies bytes. After `n` of them, counts `reached` down and waits for `open`."
  [^InputStream in ^OutputStream out n ^CountDownLatch reached ^CountDownLatch open]
  (let [buffer (byte-array 65536)]
    (loop [left n]
      (let [m (.read in buffer)]
        (when (pos? m)
          (when (< left m)
            (.countDown reached)
            (.await open))
          (.write out buffer 0 m)
          (recur (- left m)))))))

(defn- background [f]
  (doto (Thread. ^Runnable (fn [] (try (f) (catch java.io.IOException _))))
    (.setDaemon true)
    (.start)))

(defn- relay
  "Starts a relay to a port: a map of its `:port`, and `:stops`, an atom for `stop-at!`."
  [port]
  (let [socket (ServerSocket. 0 50 (InetAddress/getLoopbackAddress))
        stops  (atom {})]
    (background
      #(while true
         (let [near (.accept socket)
               far  (Socket. (InetAddress/getLoopbackAddress) (int port))
               both (fn [f] (fn [] (with-open [_ near, _ far] (f))))
               {:keys [up down reached open]} @stops]
           (background (both (fn [] (copy-until! (.getInputStream near) (.getOutputStream far) (or up Long/MAX_VALUE) reached open))))
           (background (both (fn [] (copy-until! (.getInputStream far) (.getOutputStream near) (or down Long/MAX_VALUE) reached open)))))))
    {:port (.getLocalPort socket), :stops stops}))

(defn- stop-at!
  "Makes a relay stop each new connection after `:up` bytes to the server, or `:down` bytes from it; nil for none. Returns two latches:
  the relay counts the first down when it stops a connection, and goes on when the second is counted down."
  [{:keys [stops]} limits]
  (let [[reached open] [(CountDownLatch. 1) (CountDownLatch. 1)]]
    (reset! stops (assoc limits :reached reached, :open open))
    [reached open]))

(defn- start
  "Starts `./karamon s3 cp` with the server behind a relay, without the launcher. Its output goes to the file `out` in `work`."
  ^Process [{:keys [work] relayed :relay} & arguments]
  (let [^List command (concat [(str (io/file (System/getProperty "java.home") "bin" "java")) "-Xshare:auto" "-XX:TieredStopAtLevel=1"
                               "-cp" (System/getProperty "java.class.path") "clojure.main" "-m" "karamon.dev.main" "s3" "cp"]
                        (map str arguments))
        builder       (doto (ProcessBuilder. command)
                        (.redirectErrorStream true)
                        (.redirectOutput (io/file work "out")))]
    (doto (.environment builder)
      (.put "XDG_STATE_HOME" (str (io/file work "state")))
      (.put "AWS_ENDPOINT_URL_S3" (str "http://127.0.0.1:" (:port relayed)))
      (.put "AWS_REGION" "us-east-1")
      (.put "AWS_ACCESS_KEY_ID" (:access-key-id server/credentials))
      (.put "AWS_SECRET_ACCESS_KEY" (:secret-access-key server/credentials))
      (.put "AWS_REQUEST_CHECKSUM_CALCULATION" "WHEN_REQUIRED"))
    (.start builder)))

(defn- await-end [^Process process]
  (if (.waitFor process 60 TimeUnit/SECONDS)
    (.exitValue process)
    (do (.destroyForcibly process) :still-running)))

(defn- run
  "Runs a copy through the relay, which doesn't stop it. Returns its exit code and output."
  [{:keys [work] :as demo} & arguments]
  (stop-at! (:relay demo) nil)
  [(await-end (apply start demo arguments)) (slurp (io/file work "out"))])

(defn- signal! [^Process process signal]
  (let [^List command ["kill" (str "-" signal) (str (.pid process))]]
    (.waitFor (.start (ProcessBuilder. command)))))

(def ^:private exit-codes {"INT" 130, "TERM" 143, "KILL" 137})

(defn- call-with-demo
  "Calls `f` with a map of a client `:s3`, a `:relay` to its server, a `:folder` for the transfers, and `:work` for anything else."
  [f]
  (temp/call-with-folder
    (fn [work]
      (with-open [server ^Closeable (server/start)
                  s3     ^Closeable (s3/client (:options server))]
        (call s3 :create-bucket {:bucket "demo"})
        (let [folder (io/file work "files")]
          (.mkdir folder)
          (f {:s3 s3, :work work, :folder folder, :relay (relay (parse-long (re-find #"\d+$" (:endpoint (:options server)))))}))))))

(defn- random-file ^File [folder size]
  (let [bytes (byte-array size)
        file  (io/file folder "source")]
    (.nextBytes (Random. 1) bytes)
    (io/copy bytes file)
    file))

(defn- names [^File folder]
  (sort (.list folder)))

(defn- uploads [s3]
  (map :key (:uploads (call s3 :list-multipart-uploads {:bucket "demo"}))))

(defn- await-latch
  "Waits for a latch, as long as a process runs. Returns whether it was counted down."
  [^Process process ^CountDownLatch latch]
  (loop []
    (or (.await latch 100 TimeUnit/MILLISECONDS)
        (and (.isAlive process) (recur)))))

(defn- interrupted
  "Starts a copy through the relay, and sends it a signal when the relay has stopped; then lets the bytes pass if `passes?`. Returns the
  exit code."
  [{:keys [work] :as demo} limits signal passes? & arguments]
  (let [[reached ^CountDownLatch open] (stop-at! (:relay demo) limits)
        ^Process process (apply start demo arguments)]
    (try
      (is (await-latch process reached) (slurp (io/file work "out")))
      (signal! process signal)
      (when passes?
        (.countDown open))
      (await-end process)
      (finally
        (.destroyForcibly process)
        (.countDown open)))))

(defn- call-while-running
  "Starts a copy through the relay, calls `f` when the relay has stopped, and lets the bytes pass afterwards. Returns the exit code."
  [demo limits f & arguments]
  (let [[reached ^CountDownLatch open] (stop-at! (:relay demo) limits)
        ^Process process (apply start demo arguments)]
    (try
      (is (await-latch process reached))
      (f)
      (.countDown open)
      (await-end process)
      (finally
        (.destroyForcibly process)
        (.countDown open)))))

(deftest a-stopped-download-leaves-nothing
  (call-with-demo
    (fn [{:keys [s3 work folder] :as demo}]
      (let [to (io/file folder "to")]
        (s3/put! s3 "s3://demo/from" (random-file work (* 20 mib)))
        (doseq [[signal down passes?] (hostile/sampled 3 [["TERM" 2000 false] ["INT" 100000 true] ["TERM" (* 7 mib) true]])]
          (testing [signal down passes?]
            (is (= (exit-codes signal) (interrupted demo {:down down} signal passes? "s3://demo/from" to)))
            (is (contains? #{[] ["to"]} (names folder)))
            (io/delete-file to true)))
        (testing "except with --resume"
          (is (= 143 (interrupted demo {:down (* 9 mib)} "TERM" false "s3://demo/from" to "--resume" "-t" "1")))
          (is (= 2 (count (names folder))))
          (let [[code out] (run demo "s3://demo/from" to "--resume" "--json")]
            (is (= 0 code))
            (is (str/includes? out (str "\"fetched\":" (* 12 mib) ","))))
          (is (= ["to"] (names folder))))))))

(deftest the-next-download-deletes-what-a-killed-one-left-but-not-what-a-running-one-uses
  (call-with-demo
    (fn [{:keys [s3 work folder] :as demo}]
      (let [to (io/file folder "to")]
        (s3/put! s3 "s3://demo/from" (random-file work (* 20 mib)))
        (is (= 137 (interrupted demo {:down (* 3 mib)} "KILL" false "s3://demo/from" to)))
        (let [left (names folder)]
          (is (= 2 (count left)))
          (is (= 0 (call-while-running demo {:down (* 3 mib)}
                     (fn []
                       (let [used (names folder)]
                         (is (= 2 (count used)))
                         (is (not-any? (set left) used))
                         (is (= 0 (first (run demo "s3://demo/from" to))))
                         (is (= (sort (cons "to" used)) (names folder)))))
                     "s3://demo/from" to)))
          (is (= ["to"] (names folder))))))))

(deftest a-stopped-upload-leaves-nothing-on-s3
  (call-with-demo
    (fn [{:keys [s3 work] :as demo}]
      (let [from (random-file work (* 17 mib))]
        (doseq [[signal up passes?] (hostile/sampled 3 [["INT" (* 3 mib) true] ["TERM" (* 2 mib) false] ["TERM" 100000 true]])]
          (testing [signal up passes?]
            (is (= (exit-codes signal) (interrupted demo {:up up} signal passes? from "s3://demo/to" "-p" "5MiB" "-t" "2")))
            (is (= [] (uploads s3)))))
        (testing "except with --resume"
          (is (= 143 (interrupted demo {:up (* 6 mib)} "TERM" false from "s3://demo/to" "-p" "5MiB" "-t" "1" "--resume")))
          (is (= ["to"] (uploads s3)))
          (is (= 0 (first (run demo from "s3://demo/to" "-p" "5MiB" "--resume"))))
          (is (= [] (uploads s3))))))))

(deftest an-upload-from-a-pipe-that-sends-nothing-more-can-be-stopped
  (call-with-demo
    (fn [{:keys [s3] :as demo}]
      (stop-at! (:relay demo) nil)
      (let [process (start demo "-" "s3://demo/to" "-p" "5MiB")]
        (try
          (doto (.getOutputStream process)
            (.write (byte-array (* 6 mib)))
            (.flush))
          (while (and (.isAlive process) (empty? (uploads s3)))
            (Thread/onSpinWait))
          (signal! process "TERM")
          (is (= 143 (await-end process)))
          (is (= [] (uploads s3)))
          (finally
            (.destroyForcibly process)))))))

(deftest the-next-upload-aborts-what-a-killed-one-left-but-not-a-running-one
  (call-with-demo
    (fn [{:keys [s3 work] :as demo}]
      (let [from  (random-file work (* 17 mib))
            state (fn [] [(uploads s3) (count (.list (io/file work "state/karamon/uploads")))])]
        (is (= 137 (interrupted demo {:up (* 3 mib)} "KILL" false from "s3://demo/to" "-p" "5MiB")))
        (is (= [["to"] 1] (state)))
        (is (= 0 (call-while-running demo {:up (* 3 mib)}
                   (fn []
                     (testing "the running one has aborted it"
                       (is (= [["to"] 1] (state))))
                     (is (= 0 (first (run demo from "s3://demo/to" "-p" "5MiB"))))
                     (testing "and is left alone"
                       (is (= [["to"] 1] (state)))))
                   from "s3://demo/to" "-p" "5MiB")))
        (is (= [[] 0] (state)))))))
