(ns karamon.dev.s3.etag
  "`./karamon etag`: prints the ETags of files in the format of md5sum, or compares them. Exit code 1 if an ETag differs or a file
  can't be read; the other files are processed all the same."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.options :as options]
   [karamon.dev.s3.etag-list :as etag-list]
   [karamon.dev.s3.progress :as progress]
   [karamon.dev.s3.sizes :as sizes]
   [karamon.etag :as etag])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io File FileDescriptor FileInputStream UncheckedIOException)
   (java.nio.file FileVisitOption Files LinkOption)
   (karamon.json JsonWriter)))

(set! *warn-on-reflection* true)

(def ^:private specs
  [(sizes/part-size "the default; --like and --check find the size themselves")
   ["-l" "--like ETAG" "Compare with this ETag; any part size"]
   ["-c" "--check LIST" "Compare files with a list that this command wrote (- for standard input)"]
   ["-r" "--recursive" "Hash all files in directories"]
   ["-s" "--checksum NAME" "With --json: print a checksum too, crc32, crc32c, crc64nvme, sha1 or sha256; may be given several times"
    :id :checksums :parse-fn keyword :validate (options/one-of [:crc32 :crc32c :crc64nvme :sha1 :sha256])
    :assoc-fn (fn [m k v] (update m k (fnil conj []) v))]
   ["-t" "--threads N" "The number of threads that hash (default: one for each core)" :parse-fn parse-long
    :validate [#(and % (<= 1 % 1024)) "must be a whole number from 1 to 1024"]]
   [nil "--json" "Print a JSON object for each file"]])

(defn- print-error [message]
  (binding [*out* *err*] (println message)))

(defn- walk [^File directory]
  (try
    (with-open [paths (Files/walk (.toPath directory) (make-array FileVisitOption 0))]
      (->> (iterator-seq (.iterator paths))
           (filter #(Files/isRegularFile % (make-array LinkOption 0)))
           (mapv str)
           sort))
    (catch UncheckedIOException e
      (throw (ex-info (str "A directory can't be read: " (ex-message (ex-cause e))) {:type ::no-directory} e)))))

(defn- files
  "Returns the names of the files for an argument: with `recursive`, those in a directory; otherwise the argument itself."
  [recursive argument]
  (if (and recursive (not= "-" argument) (.isDirectory (io/file argument)))
    (walk (io/file argument))
    [argument]))

(defn- source
  "Returns the source for a name. For -, that is standard input, as a file if it is redirected from one."
  [file]
  (if (= "-" file)
    (let [channel (.getChannel (FileInputStream. FileDescriptor/in))]
      (if (try (zero? (.position channel)) (catch java.io.IOException _ false))
        (if (pos? (.size channel)) channel System/in)
        System/in))
    file))

(defn- hash-like
  "Returns the map of `karamon.etag/etags` for one file, with `:matches` if it was compared with an ETag."
  [file like {:keys [part-size] :as options}]
  (let [source (source file)
        opts   (select-keys options [:threads :checksums])]
    (if (and like (not part-size))
      (progress/call file nil
        (fn [step]
          (let [found (etag/matching source like (assoc (dissoc opts :checksums) :progress step))]
            (assoc found :matches (some? found)))))
      (progress/call file (etag/size-of source)
        (fn [step]
          (let [{[found] :etags, :keys [size checksums]}
                (etag/etags source (assoc opts :layouts [(or part-size :aws-cli)] :progress step))]
            (cond-> (assoc found :size size)
              checksums (assoc :whole checksums)
              like      (assoc :matches (= (:etag found) (:etag (etag/parse like)))))))))))

(defn- json [file found]
  (JsonWriter/string
    (into (array-map "file" file)
          (for [[k v] {"etag"      (:etag found), "size" (:size found), "parts" (:parts found), "partSize" (:part-size found)
                       "checksums" (:whole found), "partChecksums" (:checksums found), "matches" (:matches found)}
                :when (some? v)]
            [k v]))))

(defn- print-result
  "Prints the result for a file. Returns false if its ETag differs."
  [file found {:keys [like check part-size] :as options}]
  (cond
    (:json options)  (println (json file found))
    check            (println (str file ": " (if (:matches found) "OK" "FAILED")))
    (:etag found) (println (etag-list/line (:etag found) file)))
  (flush)
  (let [matches (:matches found true)]
    (when-not (or matches (:json options))
      (print-error (str file " differs from " like
                     (when (and (not part-size) (:parts (etag/parse like)))
                       ", or was put with a part size that isn't likely: give --part-size"))))
    matches))

(defn- one
  "Hashes a file and prints the result. Returns false if its ETag differs or the file can't be read."
  [file like options]
  (try
    (print-result file (hash-like file like options) (assoc options :like like))
    (catch ExceptionInfo e
      (when-not (= "karamon.etag" (namespace (:type (ex-data e) :none)))
        (throw e))
      (when (:check options)
        (println (str file ": FAILED")))
      (print-error (str (ex-message e) (when (.isDirectory (io/file file)) ": give --recursive")))
      false)))

(defn- all
  "Calls `f` with each item and returns the exit code: 0 if all results are true, else 1."
  [f items]
  (if (every? true? (mapv f items)) 0 1))

(defn- check [{list-file :check :as options}]
  (let [lines (try
                (str/split-lines (slurp (if (= "-" list-file) System/in list-file)))
                (catch java.io.IOException _
                  (throw (ex-info (str "Can't read the list " list-file) {:type ::no-list}))))
        read  (map #(or (etag-list/read-line-of %) {:bad %}) (remove str/blank? lines))]
    (when-not (some :etag read)
      (throw (ex-info (str list-file " has no line such as \"9b2cf535f27731c974343645a3985328-2  disk.img\"") {:type ::no-list})))
    (all (fn [{:keys [etag file bad]}]
           (if bad
             (print-error (str list-file " has a line that isn't an ETag and a name: " bad))
             (one file etag options)))
         read)))

(defn- checked [{:keys [like check checksums json part-size] :as options} arguments]
  (when like
    (let [{:keys [md5 parts]} (try (etag/parse like)
                                (catch ExceptionInfo e (throw (options/wrong (str "--like: " (ex-message e))))))]
      (when-not (or md5 parts)
        (throw (options/wrong (str "--like " like " isn't an MD5 and has no number of parts: it can't be compared with a file"))))))
  (when (and check (or like (seq arguments)))
    (throw (options/wrong "--check LIST names the files and their ETags: give no FILE and no --like with it")))
  (when (and checksums like (not part-size))
    (throw (options/wrong "--checksum with --like needs the --part-size")))
  (when (and checksums (not json))
    (throw (options/wrong "--checksum needs --json: without it a line has only the ETag")))
  (when-not (or check (seq arguments))
    (throw (options/wrong "Expected a FILE, - for standard input, or --check LIST; see ./karamon etag --help")))
  options)

(defn run
  "Prints or compares the ETags of files. Returns the exit code."
  [arguments]
  (if-let [{:keys [options arguments]} (options/parse "./karamon etag FILE… [OPTIONS]" specs [0 Long/MAX_VALUE] arguments)]
    (let [options (checked options arguments)]
      (if (:check options)
        (check options)
        (all #(one % (:like options) options) (mapcat #(files (:recursive options) %) arguments))))
    0))
