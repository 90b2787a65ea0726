(ns karamon.dev.s3.etag-test
  "The output and exit codes of `./karamon etag`."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.main :as main]
   [karamon.dev.s3.etag-list :as etag-list]
   [karamon.test.temp :as temp])
  (:import
   (java.io File RandomAccessFile)
   (java.lang ProcessBuilder$Redirect)
   (java.util Random)))

(set! *warn-on-reflection* true)

(defn- run
  "Returns the exit code, output and error output of `./karamon etag`, run in this process. Paths in `folder` are shown relative
  to it."
  [folder & arguments]
  (let [out   (java.io.StringWriter.)
        err   (java.io.StringWriter.)
        plain #(str/replace (str %) (str folder "/") "")]
    (binding [*out* out, *err* err]
      (let [exit (main/run (cons "etag" arguments))]
        {:exit exit, :out (plain out), :err (plain err)}))))

(def ^:private empty-md5 "d41d8cd98f00b204e9800998ecf8427e")
(def ^:private digits-md5 "25f9e794323b453885f5181f1b624d0b")
;; Made of the MD5s of 1234, 5678 and 9 with Python's hashlib, like the CRC-32s below.
(def ^:private digits-by-4 "393e928fcf5925fcbd3a06aaf20b2d38-3")

(defn- call-with-files
  "Calls `f` with a folder that has some files, and a function from a name in it to its path."
  [f]
  (temp/call-with-folder
    (fn [folder]
      (spit (io/file folder "digits") "123456789")
      (io/make-parents (io/file folder "sub/empty"))
      (spit (io/file folder "sub/empty") "")
      (f folder #(str (io/file folder %))))))

(deftest etags-are-printed-as-md5sum-prints-sums
  (call-with-files
    (fn [folder path]
      (are [arguments out] (= {:exit 0, :out out, :err ""} (apply run folder arguments))
        [(path "digits") (path "sub/empty")]            (str digits-md5 "  digits\n" empty-md5 "  sub/empty\n")
        [(path "digits") "--part-size" "4" "-t" "1"]    (str digits-by-4 "  digits\n")
        [(path "digits") "-p" "md5"]                    (str digits-md5 "  digits\n")
        [(path "digits") "-p" "1KiB"]                   (str digits-md5 "  digits\n")
        ["--recursive" (str folder)]                    (str digits-md5 "  digits\n" empty-md5 "  sub/empty\n")
        [(path "digits") "-p" "4" "--like" (str "\"" (str/upper-case digits-by-4) "\"")] (str digits-by-4 "  digits\n")
        [(path "digits") "--like" digits-by-4]          (str digits-by-4 "  digits\n")
        [(path "digits") "--json" "-p" "4" "-s" "crc32"]
        (str "{\"file\":\"digits\",\"etag\":\"" digits-by-4 "\",\"size\":9,\"parts\":3,\"partSize\":4,"
             "\"checksums\":{\"crc32\":\"y/Q5Jg==\"},\"partChecksums\":{\"crc32\":\"+vEo6Q==-3\"}}\n")))))

(deftest a-different-or-unreadable-file-exits-with-1-and-the-others-are-printed
  (call-with-files
    (fn [folder path]
      (is (= {:exit 1
              :out  (str digits-md5 "  digits\n")
              :err  "nowhere can't be read: there is no such file\nsub can't be read: it is a directory: give --recursive\n"}
             (run folder (path "nowhere") (path "sub") (path "digits"))))
      (is (= {:exit 1, :out (str digits-md5 "  digits\n"), :err (str "digits differs from " empty-md5 "\n")}
             (run folder (path "digits") "--like" empty-md5 "-p" "4KiB")))
      (is (= {:exit 1, :out "", :err (str "digits differs from " empty-md5 "-2, or was put with a part size that isn't likely: "
                                          "give --part-size\n")}
             (run folder (path "digits") "--like" (str empty-md5 "-2"))))
      (is (= {:exit 1, :out "{\"file\":\"digits\",\"matches\":false}\n", :err ""}
             (run folder (path "digits") "--json" "--like" (str empty-md5 "-2")))))))

(deftest a-written-list-is-checked-and-a-flipped-bit-is-found
  (call-with-files
    (fn [^File folder path]
      (let [large (path "large\n\\file")
            bytes (byte-array 17000000)]
        (.nextBytes (Random. 1) bytes)
        (io/copy bytes (io/file large))
        (let [list-file (path "list")
              {:keys [out]} (run "no folder" "-r" (str folder))]
          (spit list-file out)
          (is (= {:exit 0, :out "digits: OK\nlarge\n\\file: OK\nsub/empty: OK\n", :err ""} (run folder "--check" list-file)))
          (with-open [file (RandomAccessFile. ^String large "rw")]
            (.seek file 9000000)
            (let [b (.read file)]
              (.seek file 9000000)
              (.write file (bit-xor b 16))))
          (io/delete-file (path "sub/empty"))
          (let [{:keys [exit out err]} (run folder "--check" list-file)]
            (is (= [1 "digits: OK\nlarge\n\\file: FAILED\nsub/empty: FAILED\n"] [exit out]))
            (is (str/includes? err "large\n\\file differs from "))
            (is (str/includes? err "sub/empty can't be read: there is no such file"))))))))

(deftest a-list-is-read-as-it-was-written
  (doseq [file ["a" " a  b " "a\\nb" "a\nb\r" "太郎" "*x"]]
    (is (= {:etag digits-by-4, :file file} (etag-list/read-line-of (etag-list/line digits-by-4 file))) file))
  (testing "and md5sum's own lines for binary files"
    (is (= {:etag digits-md5, :file "x y"} (etag-list/read-line-of (str digits-md5 " *x y")))))
  (is (nil? (etag-list/read-line-of "hello"))))

(deftest an-invalid-list-is-reported
  (call-with-files
    (fn [folder path]
      (is (= {:exit 1, :out "", :err "digits has no line such as \"9b2cf535f27731c974343645a3985328-2  disk.img\"\n"}
             (run folder "--check" (path "digits"))))
      (is (= {:exit 1, :out "", :err "Can't read the list nowhere\n"} (run folder "--check" (path "nowhere"))))
      (spit (path "list") (str empty-md5 "  " (path "sub/empty") "\nwhat\n"))
      (is (= {:exit 1, :out "sub/empty: OK\n", :err "list has a line that isn't an ETag and a name: what\n"}
             (run folder "--check" (path "list")))))))

(deftest standard-input-is-hashed-from-a-pipe-and-from-a-file
  (call-with-files
    (fn [_ path]
      (doseq [redirect [ProcessBuilder$Redirect/PIPE (ProcessBuilder$Redirect/from (io/file (path "digits")))]]
        (let [^java.util.List command
              [(str (System/getProperty "java.home") "/bin/java") "-XX:TieredStopAtLevel=1" "-cp" (System/getProperty "java.class.path")
               "karamon.etag.Ahead" "clojure.main" "-m" "karamon.dev.main" "etag" "-" "-p" "4"]
              builder (doto (ProcessBuilder. command) (.redirectErrorStream true) (.redirectInput ^ProcessBuilder$Redirect redirect))
              process (.start builder)]
          (with-open [in (.getOutputStream process)]
            (when (= ProcessBuilder$Redirect/PIPE redirect)
              (.write in (.getBytes "123456789"))))
          (is (= [(str digits-by-4 "  -\n") 0] [(slurp (.getInputStream process)) (.waitFor process)])))))))

(deftest usage-errors-exit-with-2
  (are [arguments message] (let [{:keys [exit out err]} (apply run "no folder" arguments)]
                             (and (= [2 ""] [exit out]) (str/starts-with? err message)))
    []                               "Expected a FILE, - for standard input, or --check LIST"
    ["x" "--part-size" "8MX"]        "Failed to validate \"--part-size 8MX\": must be auto, a client's name, or a size"
    ["x" "-p" "0"]                   "Failed to validate \"-p 0\""
    ["x" "-p" "6GiB"]                "Failed to validate \"-p 6GiB\""
    ["x" "--like" "a b"]             "--like: Expected an ETag such as"
    ["x" "--like" "abc"]             "--like abc isn't an MD5 and has no number of parts"
    ["x" "--check" "y"]              "--check LIST names the files and their ETags: give no FILE"
    ["x" "-s" "crc32"]               "--checksum needs --json"
    ["x" "-s" "crc32" "--json" "--like" empty-md5] "--checksum with --like needs the --part-size"
    ["x" "-s" "crc"]                 "Failed to validate \"-s crc\": must be one of"
    ["x" "--threads" "0"]            "Failed to validate \"--threads 0\""
    ["x" "--recursiv"]               "No option --recursiv. Did you mean --recursive?"))
