(ns karamon.s3.transfer.upload-test
  (:require
   [clojure.java.io :as io]
   [clojure.test :refer [deftest is testing]]
   [karamon.etag :as etag]
   [karamon.s3 :as s3]
   [karamon.s3.client.call :refer [call]]
   [karamon.s3.embedded :as embedded]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io ByteArrayInputStream File InputStream)
   (java.nio.channels FileChannel)
   (java.nio.file Files OpenOption StandardOpenOption)
   (java.util Arrays Random)
   (java.util.concurrent CancellationException)))

(set! *warn-on-reflection* true)

(def ^:private mib 1048576)
(def ^:private part (* 5 mib))

(defn- random-bytes ^bytes [n]
  (doto (byte-array n) (->> (.nextBytes (Random. n)))))

(defn- write! [^File file ^bytes bytes & options]
  (Files/write (.toPath file) bytes ^"[Ljava.nio.file.OpenOption;" (into-array OpenOption options)))

(defn- file-of ^File [folder bytes]
  (doto (io/file folder "source.bin") (write! bytes)))

(defn- body ^bytes [client object]
  (with-open [in ^InputStream (:body (s3/open client object))]
    (.readAllBytes in)))

(defn- thrown [f]
  (try
    (f)
    nil
    (catch ExceptionInfo e
      (assoc (ex-data e) :message (ex-message e)))))

(defn- unfinished [bucket]
  (:uploads (call @embedded/client :list-multipart-uploads {:bucket bucket})))

(deftest an-upload-has-the-etag-of-its-layout
  (temp/call-with-folder
    (fn [folder]
      (let [bucket (embedded/bucket!)
            object {:bucket bucket, :key "in parts/ü +"}
            bytes  (random-bytes (+ (* 2 part) 7))
            file   (file-of folder bytes)]
        (doseq [[source options] [[file {:part-size part, :metadata {"who" "me"}, :content-type "text/plain"}]
                                  [bytes {:layout [part (+ part 7)]}]
                                  [(str file) {}]
                                  [(.toPath file) {:layout :s3cmd, :threads 1}]]
                :let [known  (select-keys options [:layout :part-size])
                      result (s3/upload! @embedded/client object source options)]]
          (testing known
            (is (= {:etag (etag/etag source known), :size (alength bytes), :verified true, :proof (if (:parts result) :multipart-etag :md5-etag)}
                   (select-keys result [:etag :size :verified :proof])))
            (is (= (:etag result) (:etag (s3/head @embedded/client object))))
            (is (Arrays/equals bytes (body @embedded/client object)))
            (when (:metadata options)
              (is (= {:metadata {"who" "me"}, :content-type "text/plain"}
                     (select-keys (s3/head @embedded/client object) [:metadata :content-type]))))))
        (is (nil? (unfinished bucket)))))))

(deftest sizes-at-part-boundaries-are-put-as-by-other-clients
  (temp/call-with-folder
    (fn [folder]
      (let [object {:bucket (embedded/bucket!), :key "border"}]
        (doseq [size [0 1 (dec part) part (inc part) (dec (* 2 part)) (* 2 part) (inc (* 2 part))]
                :let [bytes (random-bytes size)
                      tag   (etag/etag bytes {:part-size part})]
                source [bytes (file-of folder bytes) (ByteArrayInputStream. bytes)]]
          (testing [size (class source)]
            (let [result (s3/upload! @embedded/client object source {:part-size part})]
              (is (= [tag size true] ((juxt :etag :size :verified) result)))
              (is (Arrays/equals bytes (body @embedded/client object))))))))))

(deftest conditions-hold-at-the-end
  (let [bucket (embedded/bucket!)
        object {:bucket bucket, :key "once"}
        bytes  (random-bytes (inc part))
        first! (s3/upload! @embedded/client object bytes {:part-size part, :if-none-match "*"})]
    (is (= :karamon.s3/precondition-failed
           (:type (thrown #(s3/upload! @embedded/client object (random-bytes (* 2 part)) {:part-size part, :if-none-match "*"})))))
    (is (= (:etag first!) (:etag (s3/head @embedded/client object))))
    (testing "and S3 keeps nothing of a refused upload"
      (is (nil? (unfinished bucket))))))

(deftest a-file-that-changes-meanwhile-creates-no-object
  (temp/call-with-folder
    (fn [folder]
      (let [bucket (embedded/bucket!)
            object {:bucket bucket, :key "changing"}
            file   (file-of folder (random-bytes (* 2 part)))]
        (doseq [option [StandardOpenOption/APPEND StandardOpenOption/TRUNCATE_EXISTING]]
          (is (= {:type :karamon.etag/changed, :message (str file " was written to while it was sent: nothing was put")}
                 (select-keys
                   (thrown #(s3/upload! @embedded/client object file
                                        {:part-size part, :threads 1
                                         :progress  (fn [_] (write! file (byte-array 1) option))}))
                   [:type :message])))
          (is (nil? (s3/head @embedded/client object)))
          (is (nil? (unfinished bucket))))))))

(deftest a-cancelled-upload-leaves-nothing-or-can-be-resumed
  (let [bucket (embedded/bucket!)
        object {:bucket bucket, :key "k"}
        bytes  (random-bytes (+ 3 (* 4 part)))
        after  (fn [n options]
                 (let [sent (atom 0)]
                   (is (thrown? CancellationException
                                (s3/upload! @embedded/client object bytes
                                            (merge {:part-size  part, :threads 1
                                                    :progress   (fn [n] (swap! sent + n))
                                                    :cancelled? #(<= (* n part) @sent)} options))))
                   @sent))]
    (is (= (* 2 part) (after 2 {})))
    (is (nil? (unfinished bucket)))
    (s3/put! @embedded/client (assoc object :key "k2") (random-bytes 1))
    (is (= (* 3 part) (after 3 {:resume true})))
    (is (= 1 (count (unfinished bucket))))
    (aset-byte bytes 0 (unchecked-byte (inc (aget bytes 0))))
    (testing "only the missing part and the one that differs are sent"
      (let [reported (atom 0)
            result (s3/upload! @embedded/client object bytes {:part-size part, :resume true, :progress #(swap! reported + %)})]
        (is (= {:parts 5, :sent 3, :verified true, :etag (etag/etag bytes {:part-size part})}
               (select-keys result [:parts :sent :verified :etag])))
        (is (= (alength bytes) @reported))))
    (is (Arrays/equals bytes (body @embedded/client object)))
    (is (nil? (unfinished bucket)))))

(deftest wrong-options-and-sources-are-errors
  (let [object {:bucket (embedded/bucket!), :key "k"}
        bytes  (random-bytes (* 2 part))
        wrong  (fn [source options] (thrown #(s3/upload! @embedded/client object source options)))]
    (is (re-find #"^No option :part-sise for upload!: .* Did you mean :part-size\?$" (:message (wrong bytes {:part-sise 1}))))
    (is (= "The option :threads must be a whole number from 1 to 256, found 0" (:message (wrong bytes {:threads 0}))))
    (is (= :karamon.etag/bad-layout (:type (wrong bytes {:part-size 1}))))
    (is (= :karamon.etag/bad-layout (:type (wrong bytes {:layout [1 2]}))))
    (is (= :karamon.etag/bad-layout (:type (wrong bytes {:layout :aws}))))
    (is (= :karamon.etag/bad-layout (:type (wrong (ByteArrayInputStream. bytes) {:layout :rclone}))))
    (is (= :karamon.etag/unreadable (:type (wrong "no-such-file" {}))))
    (with-open [channel (FileChannel/open (.toPath (io/file "pom.xml")) ^"[Ljava.nio.file.OpenOption;" (make-array OpenOption 0))]
      (is (= :karamon.etag/unreadable (:type (wrong channel {})))))
    (is (= :karamon.s3/no-bucket (:type (thrown #(s3/upload! @embedded/client "s3://no-such-bucket/k" bytes {:part-size part})))))))
