(ns karamon.etag-test
  "ETags from Clojure, compared with Python's hashlib, or without Python with the JDK's MessageDigest."
  (:require
   [clojure.java.io :as io]
   [clojure.java.shell :as shell]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.etag :as etag])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io ByteArrayInputStream File)
   (java.nio.channels FileChannel)
   (java.nio.file OpenOption)
   (java.security MessageDigest)
   (java.util HexFormat Random)
   (java.util.concurrent CancellationException)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(def ^:private md5 "9b2cf535f27731c974343645a3985328")

(defn- random-bytes ^bytes [^long size]
  (let [bytes (byte-array size)]
    (.nextBytes (Random. size) bytes)
    bytes))

(defn- call-with-file
  "Calls `f` with a file of `bytes`; deletes it afterwards."
  [^bytes bytes f]
  (let [file (File/createTempFile "karamon" ".bin")]
    (try
      (io/copy bytes file)
      (f file)
      (finally (.delete file)))))

(def ^:private python
  "A program that prints the ETags of the first bytes of a file, for given sizes and part sizes."
  "import hashlib, sys
data = open(sys.argv[1], 'rb').read()
for line in sys.stdin:
    size, part = map(int, line.split())
    parts = [hashlib.md5(data[i:min(i + part, size)]).digest() for i in range(0, max(size, 1), part)]
    if size < part:
        print(parts[0].hex())
    else:
        print(hashlib.md5(b''.join(parts)).hexdigest() + '-' + str(len(parts)))
")

(defn- by-jdk [^bytes bytes [size part]]
  (let [digest  #(.digest (MessageDigest/getInstance "MD5") %)
        parts   (for [start (range 0 (max size 1) part)]
                  (digest (java.util.Arrays/copyOfRange bytes (int start) (int (min size (+ start part))))))
        hex     #(.formatHex (HexFormat/of) %)]
    (if (< size part)
      (hex (first parts))
      (str (hex (digest (byte-array (mapcat seq parts)))) "-" (count parts)))))

(defn- by-python
  "Returns Python's results, nil without Python."
  [^File file pairs]
  (let [{:keys [exit out]} (try
                             (shell/sh "python3" "-c" python (str file) :in (str/join (map (fn [[s p]] (str s " " p "\n")) pairs)))
                             (catch java.io.IOException _ {:exit 1}))]
    (when (zero? exit)
      (str/split-lines out))))

(deftest sizes-and-part-sizes-agree-with-an-independent-computation
  (let [random (Random. 3)
        bytes  (random-bytes 100000)
        n      (Depth/times 200 1000)
        pairs  (repeatedly n #(let [size (.nextInt random 100001)]
                                   [size (max (inc (.nextInt random 40000)) (quot size 200))]))]
    (call-with-file bytes
      (fn [file]
        (let [expected (or (by-python file pairs) (map #(by-jdk bytes %) pairs))]
          (is (= n (count expected)))
          (is (= [] (remove nil? (map (fn [[size part] e]
                                        (let [some-bytes (java.util.Arrays/copyOf ^bytes bytes (int size))
                                              found      (etag/etag some-bytes {:part-size part})]
                                          (when (not= e found) [size part e found])))
                                      pairs expected)))))))))

(deftest a-source-is-a-file-bytes-a-stream-or-a-channel
  (let [bytes    (random-bytes 30000)
        expected (by-jdk bytes [30000 10000])
        options  {:part-size 10000}]
    (call-with-file bytes
      (fn [^File file]
        (with-open [channel (FileChannel/open (.toPath file) (make-array OpenOption 0))]
          (doseq [source [file (str file) (.toPath file) bytes (ByteArrayInputStream. bytes) channel]]
            (is (= expected (etag/etag source options)) (str (class source)))))))))

(deftest without-options-the-etag-is-the-aws-clis
  (let [mib8 (* 8 1024 1024)]
    (are [size ending] (= ending (re-find #"-\d+$|$" (etag/etag (byte-array size))))
      (dec mib8) ""
      mib8       "-1"
      (inc mib8) "-2")))

(deftest several-layouts-and-checksums-take-one-pass
  (let [done  (atom 0)
        bytes (.getBytes "123456789")
        found (etag/etags bytes {:layouts   [:md5 4 [5 4] :console :rclone]
                                 :checksums [:crc64nvme :crc32]
                                 :threads   1
                                 :progress  #(swap! done + %)})]
    (is (= {:size 9, :checksums {:crc64nvme "rosUhgp5mIg=", :crc32 "y/Q5Jg=="}} (dissoc found :etags)))
    (is (= ["25f9e794323b453885f5181f1b624d0b" (by-jdk bytes [9 4]) (by-jdk bytes [9 5]) "25f9e794323b453885f5181f1b624d0b"
            "25f9e794323b453885f5181f1b624d0b"]
           (map :etag (:etags found))))
    (is (= [nil 3 2 nil nil] (map :parts (:etags found))))
    (is (= [9 4 5 9 9] (map :part-size (:etags found))))
    (is (= [nil #{:crc32} #{:crc32} nil nil] (map #(some-> % :checksums keys set) (:etags found))))
    (is (= 45 @done))))

(deftest an-etag-is-parsed-in-each-form
  (are [text expected] (= expected (etag/parse text))
    (str "W/\"" (str/upper-case md5) "\"") {:etag md5, :md5 md5}
    (str "\"" md5 "-12\"")                 {:etag (str md5 "-12"), :parts 12}
    "BdM1MiX0"                             {:etag "BdM1MiX0"}))

(deftest the-part-size-is-inferred-and-matched
  (is (= {:min-part-size 15710527, :max-part-size 15751978, :likely [15728640 15710527 15751978]} (etag/infer (str md5 "-380") 5970000000)))
  (is (= [8388608] (:likely (etag/infer (str md5 "-2") 9000000 1))))
  (is (nil? (etag/infer md5 100)))
  (is (nil? (etag/infer (str md5 "-9") 5)))
  (let [bytes (random-bytes 20000000)]
    (doseq [part-size [8388608 17179870 16777216 10000000]]
      (is (= {:etag (by-jdk bytes [20000000 part-size]), :part-size part-size, :parts (inc (quot 19999999 part-size))}
             (update (etag/matching bytes (by-jdk bytes [20000000 part-size])) :parts identity))))
    (is (= {:etag (by-jdk bytes [20000000 99999999]), :part-size 20000000} (etag/matching bytes (by-jdk bytes [20000000 99999999]))))
    (is (nil? (etag/matching bytes (str md5 "-2"))))
    (is (nil? (etag/matching bytes (str md5 "-9999"))))))

(deftest a-wrong-call-is-an-error-with-the-nearest-name
  (let [bytes (byte-array 10)]
    (are [type message call] (= [type message] (try call (catch ExceptionInfo e [(:type (ex-data e)) (ex-message e)])))
      ::etag/bad-option "No option :part-siz for etag: there are :cancelled?, :layout, :part-size, :progress, :threads. Did you mean :part-size?"
      (etag/etag bytes {:part-siz 1})
      ::etag/bad-option (str "No checksum :crc: there are :crc32, :crc32c, :crc64nvme, :sha1, :sha256. Did you mean :crc32?")
      (etag/etags bytes {:checksums [:crc]})
      ::etag/bad-option "The option :threads must be a whole number from 1 to 1024, found 0"
      (etag/etag bytes {:threads 0})
      ::etag/bad-layout (str "No layout :rclon: there are :aws-cli, :console, :md5, :minio, :rclone, :s3cmd, :s5cmd, :sdk-go, :sdk-java-2."
                             " Did you mean :rclone?")
      (etag/etag bytes {:layout :rclon})
      ::etag/bad-layout "Expected a part size of at least 1 byte, found 0"
      (etag/etag bytes {:part-size 0})
      ::etag/bad-layout "The parts' sizes add up to 3 bytes, but there are 10"
      (etag/etag bytes {:layout [1 2]})
      ::etag/malformed (str "Expected an ETag such as \"" md5 "-2\", with both quotes or none, found a b")
      (etag/parse "a b")
      ::etag/unreadable "nowhere/at-all can't be read: there is no such file"
      (etag/etag "nowhere/at-all")
      ::etag/unreadable "src-clj can't be read: it is a directory"
      (etag/etag "src-clj")
      ::etag/unreadable "Expected a path, File, byte array, InputStream or FileChannel, found nil"
      (etag/etag nil)))
  (testing "a stream has no size to infer from"
    (is (= ::etag/bad-layout (try (etag/matching (ByteArrayInputStream. (byte-array 9)) (str md5 "-2"))
                               (catch ExceptionInfo e (:type (ex-data e))))))))

(deftest a-changed-file-and-cancelling-throw-different-errors
  (is (thrown? CancellationException (etag/etag (byte-array 10) {:cancelled? (constantly true)})))
  (call-with-file (random-bytes 100)
    (fn [^File file]
      (is (= ::etag/changed (try (etag/etag file {:progress (fn [_] (io/copy (byte-array 101) file))})
                              (catch ExceptionInfo e (:type (ex-data e)))))))))
