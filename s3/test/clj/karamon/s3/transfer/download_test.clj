(ns karamon.s3.transfer.download-test
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.s3 :as s3]
   [karamon.s3.embedded :as embedded]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io File RandomAccessFile)
   (java.nio.file Files)
   (java.util Arrays Random)
   (java.util.concurrent CancellationException)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(def ^:private part 5242880)

(defn- random-bytes ^bytes [n]
  (doto (byte-array n) (->> (.nextBytes (Random. n)))))

(defn- bytes-of ^bytes [^File file]
  (Files/readAllBytes (.toPath file)))

(defn- thrown [f]
  (try
    (f)
    nil
    (catch ExceptionInfo e
      (assoc (ex-data e) :message (ex-message e)))))

(defn- files [^File folder]
  (sort (.list folder)))

(defspec objects-put-in-parts-are-downloaded-in-ranges (Depth/times 3 8)
  (let [object {:bucket (embedded/bucket!), :key "round trip"}]
    (prop/for-all [parts   (gen/choose 0 2)
                   more    (gen/elements [-1 0 1 77])
                   ranges  (gen/elements [(dec part) part (inc part) 1000003])
                   threads (gen/choose 1 9)]
      (temp/call-with-folder
        (fn [folder]
          (let [bytes (random-bytes (max 0 (+ more (* parts part))))
                file  (io/file folder "target")
                put   (s3/upload! @embedded/client object bytes {:part-size part, :threads threads})
                got   (s3/download! @embedded/client object file {:part-size ranges, :threads threads})]
            (and (= [(:etag put) (alength bytes) (alength bytes) true (:proof put)]
                    ((juxt :etag :size :fetched :verified :proof) got))
                 (= ["target"] (files folder))
                 (Arrays/equals bytes (bytes-of file)))))))))

(defn- cancelled-after
  "Downloads that many bytes, then is cancelled."
  [object file ranges options]
  (let [come (atom 0)]
    (is (thrown? CancellationException
                 (s3/download! @embedded/client object file
                               (merge {:part-size 1000, :threads 1, :progress #(swap! come + %), :cancelled? #(<= (* 1000 ranges) @come)}
                                      options))))))

(deftest a-download-can-be-resumed
  (temp/call-with-folder
    (fn [folder]
      (let [object {:bucket (embedded/bucket!), :key "k"}
            file   (io/file folder "target")
            bytes  (random-bytes 10007)
            resume (fn []
                     (let [reported (atom 0)
                           result (s3/download! @embedded/client object file {:part-size 1000, :resume true, :progress #(swap! reported + %)})]
                       (is (= (:size result) @reported))
                       (is (true? (:verified result)))
                       (is (= ["target"] (files folder)))
                       (:fetched result)))
            part-file (fn [] (first (filter #(str/ends-with? % ".karamon-part") (files folder))))]
        (s3/put! @embedded/client object bytes)
        (testing "with the option"
          (cancelled-after object file 3 {})
          (is (= [] (files folder)))
          (cancelled-after object file 3 {:resume true})
          (is (= 2 (count (files folder))))
          (is (= 7007 (resume)))
          (is (Arrays/equals bytes (bytes-of file))))
        (testing "but fetches a range again if its bytes changed"
          (cancelled-after object file 3 {:resume true})
          (with-open [f (RandomAccessFile. (io/file folder (part-file)) "rw")]
            (.write f 1))
          (is (= 8007 (resume)))
          (is (Arrays/equals bytes (bytes-of file))))
        (testing "and starts again if the object has changed"
          (cancelled-after object file 3 {:resume true})
          (let [others (random-bytes 5000)]
            (s3/put! @embedded/client object others)
            (is (Arrays/equals bytes (bytes-of file)))
            (is (= 5000 (resume)))
            (is (Arrays/equals others (bytes-of file)))))))))

(deftest an-object-that-is-replaced-meanwhile-is-an-error
  (temp/call-with-folder
    (fn [folder]
      (let [object {:bucket (embedded/bucket!), :key "k"}
            file   (io/file folder "target")]
        (s3/put! @embedded/client object (random-bytes 10000))
        (doseq [options [{} {:resume true}]]
          (is (= {:type :karamon.s3/changed, :etag (:etag (s3/head @embedded/client object))}
                 (let [replace (delay (s3/put! @embedded/client object (random-bytes (+ 3000 (count options)))))]
                   (select-keys (thrown #(s3/download! @embedded/client object file
                                                       (merge {:part-size 1000, :threads 2, :progress (fn [_] @replace)} options)))
                                [:type :etag]))))
          (is (= [] (files folder))))))))

(deftest an-object-that-cant-be-verified-is-reported
  (temp/call-with-folder
    (fn [folder]
      (let [object {:bucket (embedded/bucket!), :key "odd"}
            layout [(+ part 1234567) (+ part 11) 5]
            file   (io/file folder "target")]
        (s3/upload! @embedded/client object (random-bytes (reduce + layout)) {:layout layout})
        (is (= {:verified false, :reason :layout-unknown
                :why      "S3 doesn't return the sizes of the 3 parts, and no likely one matches (6 were tried)"}
               (select-keys (s3/download! @embedded/client object file) [:verified :reason :why :proof])))
        (is (= {:verified true, :proof :multipart-etag}
               (select-keys (s3/download! @embedded/client object file {:layout layout}) [:verified :why :proof])))))))

(deftest wrong-options-and-targets-are-errors
  (temp/call-with-folder
    (fn [folder]
      (let [object {:bucket (embedded/bucket!), :key "k"}
            put    (s3/put! @embedded/client object (random-bytes 100))
            file   (io/file folder "a" "target")
            wrong  (fn
                     ([object file] (thrown #(s3/download! @embedded/client object file)))
                     ([object file options] (thrown #(s3/download! @embedded/client object file options))))]
        (is (= :karamon.s3/not-found (:type (wrong (assoc object :key "none") file))))
        (is (= [] (files folder)))
        (is (re-find #"^No option :thread for download!: .* Did you mean :threads\?$" (:message (wrong object file {:thread 1}))))
        (is (= (str folder " is a folder: name the file to download to") (:message (wrong object folder))))
        (is (= :karamon.s3/unwritable (:type (wrong object (byte-array 1)))))
        (is (= :karamon.s3/not-modified (:type (wrong object file {:if-none-match (:etag put)}))))
        (is (= :karamon.s3/precondition-failed (:type (wrong object file {:if-match "0"}))))
        (spit (io/file folder "plain") "")
        (is (= :karamon.s3/unwritable (:type (wrong object (io/file folder "plain" "target")))))
        (is (= ["plain"] (files folder)))
        (is (= 100 (:fetched (s3/download! @embedded/client object (str file)))))))))
