(ns karamon.dev.s3.etag
  "`./karamon etag`: the ETags of files, told as md5sum tells its sums, and compared. Returns 1 when one differs or a file
  can't be read; the others are told all the same."
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
  [(sizes/part-size "the default, but with --like and --check, which find it")
   ["-l" "--like ETAG" "Compare with this ETag, whatever the part size"]
   ["-c" "--check LIST" "Compare files with a list that this command wrote (- for standard input)"]
   ["-r" "--recursive" "Take all files in directories"]
   ["-s" "--checksum NAME" "With --json: a checksum too, crc32, crc32c, crc64nvme, sha1 or sha256; may be given several times"
    :id :checksums :parse-fn keyword :validate (options/one-of [:crc32 :crc32c :crc64nvme :sha1 :sha256])
    :assoc-fn (fn [m k v] (update m k (fnil conj []) v))]
   ["-t" "--threads N" "How many threads hash (default: one for each core)" :parse-fn parse-long
    :validate [#(and % (<= 1 % 1024)) "must be a whole number from 1 to 1024"]]
   [nil "--json" "Print a JSON object for each file"]])

(defn- complain [message]
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
  "Returns the names of files that an argument stands for; one that is no directory stands for itself."
  [recursive argument]
  (if (and recursive (not= "-" argument) (.isDirectory (io/file argument)))
    (walk (io/file argument))
    [argument]))

(defn- source
  "Returns what a name stands for: for - standard input, as a file where it is one."
  [file]
  (if (= "-" file)
    (let [channel (.getChannel (FileInputStream. FileDescriptor/in))]
      (if (try (zero? (.position channel)) (catch java.io.IOException _ false))
        (if (pos? (.size channel)) channel System/in)
        System/in))
    file))

(defn- hash-like
  "Returns the map of `karamon.etag/etags` for one file, with `:matches` where it was compared with an ETag."
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

(defn- tell
  "Prints what was found of a file and returns whether all is well."
  [file found {:keys [like check part-size] :as options}]
  (cond
    (:json options)  (println (json file found))
    check            (println (str file ": " (if (:matches found) "OK" "FAILED")))
    (:etag found) (println (etag-list/line (:etag found) file)))
  (flush)
  (let [well (:matches found true)]
    (when-not (or well (:json options))
      (complain (str file " differs from " like
                     (when (and (not part-size) (:parts (etag/parse like)))
                       ", or was put with a part size that isn't likely: give --part-size"))))
    well))

(defn- one
  "Hashes and tells a file; returns whether all is well."
  [file like options]
  (try
    (tell file (hash-like file like options) (assoc options :like like))
    (catch ExceptionInfo e
      (when-not (= "karamon.etag" (namespace (:type (ex-data e) :none)))
        (throw e))
      (when (:check options)
        (println (str file ": FAILED")))
      (complain (str (ex-message e) (when (.isDirectory (io/file file)) ": give --recursive")))
      false)))

(defn- all
  "Calls `f` with each item and returns the exit code: 0 when it always answered true."
  [f items]
  (if (every? true? (mapv f items)) 0 1))

(defn- check [{list-file :check :as options}]
  (let [lines (try
                (str/split-lines (slurp (if (= "-" list-file) System/in list-file)))
                (catch java.io.IOException _
                  (throw (ex-info (str "No list " list-file " that can be read") {:type ::no-list}))))
        read  (map #(or (etag-list/read-line-of %) {:bad %}) (remove str/blank? lines))]
    (when-not (some :etag read)
      (throw (ex-info (str list-file " has no line such as \"9b2cf535f27731c974343645a3985328-2  disk.img\"") {:type ::no-list})))
    (all (fn [{:keys [etag file bad]}]
           (if bad
             (complain (str list-file " has a line that is no ETag and name: " bad))
             (one file etag options)))
         read)))

(defn- checked [{:keys [like check checksums json part-size] :as options} arguments]
  (when like
    (let [{:keys [md5 parts]} (try (etag/parse like)
                                (catch ExceptionInfo e (throw (options/wrong (str "--like: " (ex-message e))))))]
      (when-not (or md5 parts)
        (throw (options/wrong (str "--like " like " is no MD5 and has no count of parts: no file can be compared with it"))))))
  (when (and check (or like (seq arguments)))
    (throw (options/wrong "--check LIST names the files and their ETags: give it alone")))
  (when (and checksums like (not part-size))
    (throw (options/wrong "--checksum with --like needs the --part-size")))
  (when (and checksums (not json))
    (throw (options/wrong "--checksum needs --json: a line has room for the ETag alone")))
  (when-not (or check (seq arguments))
    (throw (options/wrong "Expected a FILE, - for standard input, or --check LIST; ./karamon etag --help tells more")))
  options)

(defn run
  "Tells the ETags of files."
  [arguments]
  (if-let [{:keys [options arguments]} (options/parse "./karamon etag FILE… [OPTIONS]" specs [0 Long/MAX_VALUE] arguments)]
    (let [options (checked options arguments)]
      (if (:check options)
        (check options)
        (all #(one % (:like options) options) (mapcat #(files (:recursive options) %) arguments))))
    0))
