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
   (java.nio.file Files LinkOption)
   (java.nio.file.attribute FileAttribute PosixFilePermissions)
   (java.util Arrays List Random)
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

(defn- mode [file]
  (PosixFilePermissions/toString (Files/getPosixFilePermissions (.toPath ^File file) (make-array LinkOption 0))))

(deftest only-the-complete-file-has-the-usual-permissions
  (temp/call-with-folder
    (fn [^File folder]
      (let [object {:bucket (embedded/bucket!), :key "k"}
            file   (io/file folder "target")
            seen   (atom #{})]
        (s3/put! @embedded/client object (random-bytes 10007))
        (spit file "before")
        (let [usual (mode file)]
          (s3/download! @embedded/client object file
                        {:part-size 1000, :progress (fn [_] (swap! seen into (map mode) (remove #{file} (.listFiles folder))))})
          (is (= #{"rw-------"} @seen))
          (is (= usual (mode file))))))))

(deftest a-link-planted-at-the-name-of-a-partial-file-isnt-followed
  (temp/call-with-folder
    (fn [^File folder]
      (let [object   {:bucket (embedded/bucket!), :key "k"}
            file     (io/file folder "target")
            precious (io/file folder "precious")
            resume   #(thrown (fn [] (s3/download! @embedded/client object file {:part-size 1000, :resume true})))]
        (spit precious "mine")
        (s3/put! @embedded/client object (random-bytes 10007))
        (cancelled-after object file 3 {:resume true})
        (doseq [name  (remove #{"precious"} (files folder))
                :let  [partial (io/file folder name)]]
          (testing name
            (io/delete-file partial)
            (Files/createSymbolicLink (.toPath partial) (.toPath precious) (make-array FileAttribute 0))
            (is (= {:type    :karamon.s3/unwritable
                    :message (str file " can't be written: " partial " is a link, or something else than a file: delete it")}
                   (select-keys (resume) [:type :message])))
            (io/delete-file partial)))
        (is (= "mine" (slurp precious)))
        (is (nil? (resume)))
        (is (= ["precious" "target"] (files folder)))))))

(defn- plant!
  "Writes the partial files that a killed process leaves, and returns their names."
  [^File folder mark]
  (doall (for [ending ["part" "done"]
               :let   [name (str ".target." mark ".karamon-" ending)]]
           (do (spit (io/file folder name) "")
               name))))

(deftest what-a-killed-process-left-is-deleted-by-the-next-download-to-the-same-file
  (temp/call-with-folder
    (fn [folder]
      (let [object {:bucket (embedded/bucket!), :key "k"}
            file   (io/file folder "target")
            left   (plant! folder (random-uuid))
            seen   (atom nil)]
        (spit (io/file folder ".target2.a.karamon-part") "of another file")
        (s3/put! @embedded/client object (random-bytes 10007))
        (testing "at its start, which may need the space"
          (s3/download! @embedded/client object file {:part-size 1000, :progress (fn [_] (reset! seen (files folder)))})
          (is (not-any? (set left) @seen)))
        (testing "but a resumable one only at its end"
          (cancelled-after object file 3 {:resume true})
          (let [resumable (set (remove #{"target" ".target2.a.karamon-part"} (files folder)))]
            (is (= 2 (count resumable)))
            (s3/download! @embedded/client object file {:part-size 1000, :threads 1, :progress (fn [_] (reset! seen (files folder)))})
            (is (every? (set @seen) resumable))))
        (is (= [".target2.a.karamon-part" "target"] (files folder)))))))

(deftest the-partial-file-of-a-running-download-is-left-alone
  (temp/call-with-folder
    (fn [folder]
      (let [object {:bucket (embedded/bucket!), :key "k"}
            file   (io/file folder "target")
            bytes  (random-bytes 10007)
            other  (delay (s3/download! @embedded/client object file {:part-size 1000, :resume true}))]
        (s3/put! @embedded/client object bytes)
        (is (= 10007 (:fetched (s3/download! @embedded/client object file {:part-size 1000, :threads 1, :progress (fn [_] @other)}))))
        (is (true? (:verified @other)))
        (is (Arrays/equals bytes (bytes-of file)))
        (is (= ["target"] (files folder)))))))

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
        (testing "a pipe or a device isn't replaced by a file"
          (let [pipe (io/file folder "pipe")]
            (is (= 0 (.waitFor (.start (ProcessBuilder. ^List (list "mkfifo" (str pipe)))))))
            (is (= (str pipe " is a device or a pipe, and can't be replaced: name a file") (:message (wrong object pipe))))
            (is (= ["pipe"] (files folder)))
            (.delete pipe)))
        (is (= :karamon.s3/not-modified (:type (wrong object file {:if-none-match (:etag put)}))))
        (is (= :karamon.s3/precondition-failed (:type (wrong object file {:if-match "0"}))))
        (spit (io/file folder "plain") "")
        (is (= :karamon.s3/unwritable (:type (wrong object (io/file folder "plain" "target")))))
        (is (= ["plain"] (files folder)))
        (is (= 100 (:fetched (s3/download! @embedded/client object (str file)))))))))
