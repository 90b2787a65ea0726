(ns karamon.s3.transfer.download
  "Downloads an object to a file, fetching several ranges at once. karamon.s3/download! documents the options.

  All ranges are of the object with the ETag of the first request. They go to a file next to the target, which replaces the
  target when all bytes are there and verified."
  (:require
   [clojure.set :as set]
   [karamon.etag :as etag]
   [karamon.s3.client.address :as address]
   [karamon.s3.client.call :refer [call]]
   [karamon.s3.client.retry :as retry]
   [karamon.s3.client.sdk :as sdk]
   [karamon.s3.client.source :as source]
   [karamon.s3.transfer :as transfer]
   [karamon.s3.transfer.parallel :as parallel]
   [karamon.s3.transfer.partial :as partial]
   [karamon.s3.verify.proof :as proof])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io Closeable IOException)
   (java.nio.file Files LinkOption Path)
   (java.nio.file.attribute FileAttribute)
   (java.util UUID)
   (java.util.zip CRC32)
   (karamon.file Draft)
   (karamon.text Options Shown)
   (software.amazon.awssdk.core ResponseInputStream)
   (software.amazon.awssdk.core.exception SdkException)
   (software.amazon.awssdk.services.s3.model GetObjectRequest)))

(set! *warn-on-reflection* true)

(def ^:private known
  (delay
    (transfer/checks
      (disj (sdk/field-keys (GetObjectRequest/builder)) :bucket :key :version-id :range :part-number :if-modified-since
        :if-unmodified-since))))

(def ^:private attempts
  "The number of attempts for a range without receiving a byte in between."
  5)

(defn- replaced [object etag cause]
  (ex-info (str (address/text object) " was replaced while it was downloaded: it had the ETag " etag)
           {:type :karamon.s3/changed, :bucket (:bucket object), :key (:key object), :etag etag} cause))

(defn- expect-range [object {:keys [etag size]} {:keys [to]} at answer]
  (when (not= etag (:etag answer))
    (throw (replaced object etag nil)))
  (let [expected (str "bytes " at "-" (dec to) "/" size)]
    (when (not= expected (:content-range answer))
      (throw (ex-info (str (address/text object) ": asked for " expected ", S3 sent " (:content-range answer "all of it"))
                      {:type :karamon.s3/unsupported, :bucket (:bucket object), :key (:key object)})))))

(defn- copy!
  "Writes the bytes of an answer's body up to `to`. Returns the position where the body ended."
  [partial ^ResponseInputStream body {:keys [to]} at ^CRC32 crc check progress]
  (let [buffer (byte-array 65536)]
    (loop [at at]
      (if (= at to)
        at
        (let [n (do
                  (check)
                  (try
                    (.read body buffer 0 (int (min 65536 (- to at))))
                    (catch IOException _ -1)
                    (catch SdkException _ -1)))]
          (if (pos? n)
            (do
              (partial/write! partial buffer n at)
              (.update crc buffer 0 n)
              (progress n)
              (recur (+ at n)))
            at))))))

(defn- fetch-range [client object found request partial {:keys [number from to] :as range} check progress]
  (let [crc (CRC32.)]
    (loop [at from, attempt 1]
      (check)
      (let [answer (try
                     (call client :get-object
                       (merge request object {:range (str "bytes=" at "-" (dec to)), :if-match (:etag found)}))
                     (catch ExceptionInfo e
                       (throw (if (= :karamon.s3/precondition-failed (:type (ex-data e)))
                                (replaced object (:etag found) e)
                                e))))
            body   ^ResponseInputStream (:body answer)
            now    (try
                     (expect-range object found range at answer)
                     (copy! partial body range at crc check progress)
                     (catch Throwable e
                       ;; Closing would read the rest of the body.
                       (.abort body)
                       (throw e)))]
        (if (= to now)
          (.close body)
          (.abort body))
        (cond
          (= to now)           (partial/done! partial number crc)
          (< at now)           (recur (long now) 1)
          (< attempt attempts) (do (retry/pause! 0.2 attempt) (recur (long at) (inc attempt)))
          :else
          (throw (ex-info (str (address/text object) ": the connection was cut at byte " at ", " attempts " times")
                          {:type :karamon.s3/unreachable, :bucket (:bucket object), :key (:key object)})))))))

(defn- ranges [size part-size]
  (map (fn [number from] {:number number, :from from, :to (min size (+ from part-size))})
       (range) (range 0 size part-size)))

(defn- fetch-all [client object found partial {:keys [part-size threads progress cancelled?] :as options}]
  (let [progress (or progress (fn [_]))
        listed   (partial/listed partial)
        request  (dissoc (transfer/s3-options options) :if-match :if-none-match)
        fetched  (atom 0)]
    (parallel/each! {:threads threads, :cancelled? cancelled?}
                    (fn [{:keys [number from to] :as range} check]
                      (if (and (listed number) (partial/holds? partial range (listed number)))
                        (progress (- to from))
                        (do
                          (fetch-range client object found request partial range check progress)
                          (swap! fetched + (- to from)))))
                    (ranges (:size found) part-size))
    @fetched))

(defn- expect-space [^Path folder {:keys [size]} {:keys [file]}]
  (let [there (Files/size file)
        free  (.getUsableSpace (Files/getFileStore folder))]
    (when (< free (- size there))
      (throw (ex-info (str folder " has " free " bytes left, and the object has " size)
                      {:type :karamon.s3/no-space, :size size, :free free})))))

(defn- target ^Path [file]
  (let [named  (or (source/file file)
                   (throw (ex-info (str "Expected a path, a File or a Path to download to, found " (Shown/of file))
                                   {:type :karamon.s3/unwritable})))
        target (.toAbsolutePath ^Path named)]
    (try
      (Files/createDirectories (.getParent target) (make-array FileAttribute 0))
      (catch IOException e
        (throw (ex-info (str (.getParent target) " can't be made a folder: " (ex-message e))
                        {:type :karamon.s3/unwritable, :file (str target)} e))))
    (when (Files/isDirectory target (make-array LinkOption 0))
      (throw (ex-info (str target " is a folder: name the file to download to") {:type :karamon.s3/unwritable, :file (str target)})))
    (try
      (Draft/expectReplaceable target)
      (catch IOException e
        (throw (ex-info (ex-message e) {:type :karamon.s3/unwritable, :file (str target)} e))))
    target))

(defn- mark
  "Returns the mark of a partial file. To resume it, the next call must find it; otherwise nobody may know its name."
  [object found {:keys [resume part-size]}]
  (str (if resume
         (UUID/nameUUIDFromBytes (.getBytes (pr-str [(address/text object) (:etag found) (:size found) part-size])))
         (random-uuid))))

(defn- nobody-resumes?
  "Returns whether a mark is a random UUID."
  [mark]
  (= \4 (nth mark 14 nil)))

(defn- partial-of ^Closeable [^Path target object found {:keys [resume] :as options}]
  (try
    (let [mark (mark object found options)]
      (partial/delete-unused! target (if resume #{mark} (complement nobody-resumes?)))
      (partial/open! target mark (boolean resume)))
    (catch IOException e
      (throw (ex-info (str target " can't be written: " (or (ex-message e) (class e)))
                      {:type :karamon.s3/unwritable, :file (str target)} e)))))

(def defaults
  "The defaults of the options."
  {:part-size transfer/part-size, :threads 8, :resume false})

(defn head
  "Returns the head of an object, with its checksums. Throws ex-info of `:type` `:karamon.s3/not-found`, or
  `:karamon.s3/not-modified` for `:if-none-match`."
  [client object options]
  (-> (merge object (call client :head-object (merge {:checksum-mode "ENABLED"} options object)))
      (set/rename-keys {:content-length :size})
      (assoc :aws? (:aws? client))))

(defn fetch
  "Downloads the object that `head` describes to a file, and returns the same as karamon.s3/download!. Calls `accept` with the
  proof before the file replaces the target; `accept` may throw. With `owner-only?` no other user may read the file."
  [client object head file {:keys [resume layout] :as options} accept owner-only?]
  (when layout
    (etag/part-sizes layout (:size head)))
  (let [target (target file)]
    (with-open [partial (partial-of target object head options)]
      (try
        (expect-space (.getParent target) head partial)
        (let [fetched (fetch-all client object head partial options)
              proof   (proof/of-file client head (:file partial) options)]
          (accept proof)
          (partial/finish! partial owner-only?)
          (merge (select-keys head [:bucket :key :etag :size :version-id :last-modified :metadata])
                 {:file (str target), :fetched fetched}
                 proof))
        (catch Throwable e
          ;; Wrong bytes are no use for the next attempt.
          (when (or (not resume) (contains? #{:karamon.s3/mismatch :karamon.s3/changed} (:type (ex-data e))))
            (partial/delete! partial))
          (throw e))))))

(defn download
  "Downloads an object to a file; karamon.s3/download! documents the options and the result."
  [client object file options]
  (Options/check options @known "download!" :karamon.s3/bad-option)
  (fetch client object (head client object (transfer/s3-options options)) file (merge defaults options) (fn [_]) false))
