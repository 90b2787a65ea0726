(ns karamon.s3.transfer-faults-test
  "Uploads and downloads while S3 fails at a chosen moment."
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.test :refer [deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.etag :as etag]
   [karamon.s3 :as s3]
   [karamon.s3.scripted :as scripted]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io Closeable File)
   (java.nio.file Files)
   (java.util Arrays Random)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(def ^:private slow-down {:answer {:status 503, :code "SlowDown"}})

(defn- random-bytes ^bytes [n]
  (doto (byte-array n) (->> (.nextBytes (Random. n)))))

(defn- thrown [f]
  (try
    (f)
    nil
    (catch ExceptionInfo e
      (ex-data e))))

(defn- call-with-server
  "Calls `f` with a map of `:server`, `:s3`, `:object`, `:bytes` (10,007 of them) and `:folder`."
  ([f] (call-with-server {} f))
  ([client-options f]
   (temp/call-with-folder
     (fn [folder]
       (with-open [server ^Closeable (scripted/start {:min-part 1})
                   s3     ^Closeable (scripted/client server client-options)]
         (f {:server server, :s3 s3, :folder folder, :bytes (random-bytes 10007)
             :object {:bucket (scripted/bucket! server), :key "k"}}))))))

(defn- kept [server object]
  (when-let [{:keys [body]} (scripted/object server (:bucket object) (:key object))]
    (vec body)))

(defn- content [^File file]
  (vec (Files/readAllBytes (.toPath file))))

(defn- uploads [server]
  (count (:uploads @(:state server))))

(defn- fault
  "Returns a script that applies `what` to the first `n` requests of an operation."
  [operation n what]
  (fn [request]
    (when (and (= operation (:operation request)) (<= (:nth request) n))
      what)))

(deftest an-upload-survives-single-faults
  (call-with-server
    (fn [{:keys [server s3 object bytes]}]
      (doseq [operation [:create-multipart-upload :upload-part :complete-multipart-upload]
              what      [slow-down {:cut :before} {:cut :after} {:reply {:status 500, :code "InternalError"}}]
              options   [{} {:if-none-match "*"}]]
        (testing [operation what options]
          (s3/delete! s3 object)
          (scripted/script! server (fault operation 1 what))
          (is (= {:etag (etag/etag bytes {:part-size 1000}), :size 10007, :parts 11, :verified true, :proof :multipart-etag}
                 (select-keys (s3/upload! s3 object bytes (merge {:part-size 1000, :threads 3} options))
                              [:etag :size :parts :verified :proof])))
          (is (= (vec bytes) (kept server object))))))))

(deftest an-upload-that-fails-leaves-nothing
  (call-with-server {:max-attempts 1}
    (fn [{:keys [server s3 object bytes]}]
      (doseq [operation [:create-multipart-upload :upload-part :complete-multipart-upload]
              [type what] {:karamon.s3/slow-down slow-down, :karamon.s3/unreachable {:cut :before}}]
        (testing [operation type]
          (scripted/script! server (fault operation 1 what))
          (is (= type (:type (thrown #(s3/upload! s3 object bytes {:part-size 1000, :threads 3})))))
          (is (nil? (kept server object)))
          (is (= 0 (uploads server)))))
      (testing "but an upload that was completed, though S3's answer was lost, exists"
        (scripted/script! server (fault :complete-multipart-upload 1 {:cut :after}))
        (is (= [true :multipart-etag 10007] ((juxt :verified :proof :size) (s3/upload! s3 object bytes {:part-size 1000, :if-none-match "*"}))))
        (is (= (vec bytes) (kept server object)))
        (testing "which doesn't apply to another's object"
          (is (= :karamon.s3/precondition-failed (:type (thrown #(s3/upload! s3 object bytes {:part-size 1000, :if-none-match "*"})))))
          (is (= 0 (uploads server))))))))

(deftest a-resumed-upload-sends-only-missing-parts
  (call-with-server {:max-attempts 1}
    (fn [{:keys [server s3 object bytes folder]}]
      (let [file (io/file folder "source")]
        (io/copy bytes file)
        (dotimes [sent 11]
          (testing sent
            (scripted/script! server (fn [{:keys [operation nth]}]
                                       (when (and (= :upload-part operation) (< sent nth)) slow-down)))
            (is (= :karamon.s3/slow-down (:type (thrown #(s3/upload! s3 object file {:part-size 1000, :threads 1, :resume true})))))
            (scripted/script! server (constantly nil))
            (is (= [(- 11 sent) true]
                   ((juxt :sent :verified) (s3/upload! s3 object file {:part-size 1000, :threads 3, :resume true}))))
            (is (= (- 11 sent) (:upload-part (scripted/counts server))))
            (is (= (vec bytes) (kept server object)))
            (is (= 0 (uploads server)))))))))

(deftest encrypted-objects-are-verified-by-the-md5s-that-aws-compares
  (call-with-server
    (fn [{:keys [server s3 object bytes folder]}]
      (let [kms  {:server-side-encryption "aws:kms"}
            sent (s3/upload! s3 object bytes (assoc kms :part-size 1000))
            file (io/file folder "target")]
        (is (= [true :content-md5]
               ((juxt :verified :proof) (s3/upload! (assoc s3 :aws? true) (assoc object :key "k2") bytes kms))))
        (testing "other servers may not compare them"
          (is (false? (:verified sent)))
          (is (re-find #"^the sent bytes give the ETag \w{32}-11, and the server's is \w{32}-11, which proves nothing: " (:why sent))))
        (is (not= (etag/etag bytes {:part-size 1000}) (:etag sent)))
        (is (= (vec bytes) (kept server object)))
        (testing "and by the checksum of the whole"
          (is (= [true :checksum :crc32] ((juxt :verified :proof :algorithm) (s3/download! s3 object file)))))))))

(defn- ranged
  "Returns a reply to a request for a range of `bytes` with only the first `n` of them."
  [{:keys [headers]} etag ^bytes bytes n]
  (let [[from to] (map parse-long (rest (re-matches #"bytes=(\d+)-(\d+)" (headers "range"))))]
    {:reply {:status 206, :body (Arrays/copyOfRange bytes (int from) (int (min (inc to) (+ from n))))
             :headers {"ETag" (str \" etag \"), "Content-Range" (str "bytes " from "-" to "/" (alength bytes))}}}))

(deftest a-download-continues-where-it-was-cut
  (call-with-server
    (fn [{:keys [server s3 object bytes folder]}]
      (let [etag (:etag (s3/put! s3 object bytes))
            file (io/file folder "target")]
        (doseq [[name script requests] [["cut bodies" (fn [{:keys [operation nth] :as request}]
                                                        (when (and (= :get-object operation) (<= nth 4))
                                                          (ranged request etag bytes (* 10 nth)))) 15]
                                        ["503" (fault :get-object 2 slow-down) 13]
                                        ["cut before" (fault :get-object 2 {:cut :before}) 13]
                                        ["cut after" (fault :get-object 2 {:cut :after}) 13]]]
          (testing name
            (scripted/script! server script)
            (let [reported (atom 0)]
              (is (= [10007 true] ((juxt :fetched :verified) (s3/download! s3 object file {:part-size 1000, :threads 2, :progress #(swap! reported + %)}))))
              (is (= 10007 @reported))
              (is (= requests (:get-object (scripted/counts server))))
              (is (= (vec bytes) (content file)))
              (is (= ["target"] (vec (.list ^File folder)))))))))))

(deftest a-failed-download-leaves-the-file-unchanged
  (call-with-server {:max-attempts 1}
    (fn [{:keys [server s3 object bytes folder]}]
      (let [etag  (:etag (s3/put! s3 object bytes))
            file  (io/file folder "target")
            fails (fn [script options]
                    (scripted/script! server script)
                    (:type (thrown #(s3/download! s3 object file (merge {:part-size 1000, :threads 2} options)))))]
        (spit file "before")
        (doseq [[type script] [[:karamon.s3/slow-down (fn [{:keys [nth operation]}] (when (and (= :get-object operation) (< 3 nth)) slow-down))]
                               [:karamon.s3/mismatch (fn [{:keys [nth operation] :as request}]
                                                       (when (and (= :get-object operation) (= 3 nth))
                                                         (ranged request etag (byte-array 10007) 1000)))]
                               [:karamon.s3/unreachable (fn [{:keys [operation] :as request}]
                                                          (when (= :get-object operation)
                                                            (ranged request etag bytes 0)))]
                               [:karamon.s3/unsupported (fn [{:keys [operation] :as request}]
                                                          (when (= :get-object operation)
                                                            (update-in (ranged request etag bytes 10) [:reply :headers] dissoc "Content-Range")))]
                               [:karamon.s3/changed (fn [{:keys [operation nth] :as request}]
                                                      (when (and (= :get-object operation) (= 5 nth))
                                                        (ranged request "0123456789abcdef0123456789abcdef" bytes 1000)))]
                               [:karamon.s3/changed (fn [{:keys [operation nth]}]
                                                      (when (and (= :get-object operation) (= 5 nth))
                                                        {:before #(scripted/add! server (:bucket object) (:key object)
                                                                                 {:size 1, :body (byte-array 1), :etag "0123456789abcdef0123456789abcdef"})}))]]]
          (testing type
            (is (= type (fails script {})))
            (is (= "before" (slurp file)))
            (is (= ["target"] (vec (.list ^File folder))))))))))

(deftest a-resumed-download-fetches-only-missing-ranges
  (call-with-server {:max-attempts 1}
    (fn [{:keys [server s3 object bytes folder]}]
      (s3/put! s3 object bytes)
      (let [file (io/file folder "target")]
        (doseq [come (range 11)]
          (testing come
            (scripted/script! server (fn [{:keys [operation nth]}] (when (and (= :get-object operation) (< come nth)) slow-down)))
            (is (= :karamon.s3/slow-down (:type (thrown #(s3/download! s3 object file {:part-size 1000, :threads 1, :resume true})))))
            (is (not (.exists file)))
            (scripted/script! server (constantly nil))
            (is (= [(- 10007 (* 1000 come)) true]
                   ((juxt :fetched :verified) (s3/download! s3 object file {:part-size 1000, :threads 3, :resume true}))))
            (is (= (- 11 come) (:get-object (scripted/counts server))))
            (is (= (vec bytes) (content file)))
            (is (= ["target"] (vec (.list ^File folder))))
            (io/delete-file file)))))))

(defn- at-random
  "Returns a script that makes about one of `n` requests fail in a random way."
  [seed n etag bytes]
  (let [random (Random. seed)]
    (fn [{:keys [operation] :as request}]
      (locking random
        (when (zero? (.nextInt random (int n)))
          (case (.nextInt random 5)
            0 slow-down
            1 {:cut :before}
            2 {:cut :after}
            3 {:reply {:status 500, :code "InternalError"}}
            4 (when (= :get-object operation)
                (ranged request etag bytes (.nextInt random 1000)))))))))

(defn- until-done
  "Calls `f` until it no longer throws because of a fault. Returns its result."
  [f]
  (loop []
    (let [result (try
                   (f)
                   (catch ExceptionInfo e
                     (when-not (#{:karamon.s3/slow-down :karamon.s3/unreachable :karamon.s3/failed} (:type (ex-data e)))
                       (throw e))))]
      (or result (recur)))))

(defspec with-any-faults-finished-transfers-are-complete (Depth/times 10 40)
  (prop/for-all [seed    gen/large-integer
                 n       (gen/choose 3 20)
                 threads (gen/choose 1 5)]
    (call-with-server {:max-attempts 1}
      (fn [{:keys [server s3 object bytes folder]}]
        (let [etag    (etag/etag bytes {:part-size 1000})
              options {:part-size 1000, :threads threads, :resume true}
              file    (io/file folder "target")
              _       (scripted/script! server (at-random seed n etag bytes))
              put     (until-done #(s3/upload! s3 object bytes options))
              whole   (= (vec bytes) (kept server object))
              got     (until-done #(s3/download! s3 object file options))]
          (and whole
               (= [etag etag true] [(:etag put) (:etag got) (:verified got)])
               (= (vec bytes) (content file))
               (= ["target"] (vec (.list ^File folder)))))))))
