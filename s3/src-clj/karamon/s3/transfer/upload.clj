(ns karamon.s3.transfer.upload
  "Uploads a file, bytes or a stream to S3 in parts, several at once. karamon.s3/upload! documents the options.

  Hashes each part before sending it, and S3 compares the part with that MD5. Then compares S3's ETag of the whole with the one
  computed from the parts' ETags, so no part can be missing, duplicated or in the wrong place."
  (:require
   [clojure.string :as str]
   [karamon.etag :as etag]
   [karamon.s3.client.address :as address]
   [karamon.s3.client.call :as call :refer [call]]
   [karamon.s3.client.sdk :as sdk]
   [karamon.s3.client.source :as source]
   [karamon.s3.transfer :as transfer]
   [karamon.s3.transfer.parallel :as parallel]
   [karamon.s3.transfer.part :as part]
   [karamon.s3.transfer.unfinished :as unfinished]
   [karamon.s3.verify.kind :as kind]
   [karamon.s3.verify.proof :as proof])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io InputStream)
   (java.nio.channels FileChannel)
   (java.nio.file Files LinkOption OpenOption Path StandardOpenOption)
   (java.nio.file.attribute BasicFileAttributes)
   (karamon.etag Limits)
   (karamon.text Options Shown)
   (software.amazon.awssdk.services.s3.model CompletedPart CreateMultipartUploadRequest)))

(set! *warn-on-reflection* true)

(def ^:private known
  (delay
    (assoc (transfer/checks
             (disj (conj (sdk/field-keys (CreateMultipartUploadRequest/builder)) :if-match :if-none-match) :bucket :key))
           :begun ["a function" ifn?])))

(defn- s3-options [options]
  (dissoc (transfer/s3-options options) :begun))

(def ^:private part-checksums
  (delay (filterv #(str/starts-with? (name %) "checksum-") (sdk/field-keys (CompletedPart/builder)))))

(defn- layout [options]
  (or (:part-size options) (:layout options) :aws-cli))

(defn- check-sizes [client sizes layout]
  (doseq [[n size] (map-indexed vector sizes)
          :let     [last? (= (inc n) (count sizes))]]
    (when (or (< Limits/MAX_PART size) (and (:aws? client) (not last?) (< size Limits/MIN_PART)))
      (throw (ex-info (str "S3 takes parts of 5 MiB to 5 GiB, and a smaller one at the end; found one of " size " bytes")
                      {:type :karamon.etag/bad-layout, :layout layout})))))

(defn- put-whole [client object part {:keys [cancelled?] :as options}]
  (let [part   (part/checked part #(parallel/check cancelled?))
        md5    (part/md5 part)
        answer (try
                 (call client :put-object
                   (merge {:content-md5 (source/base64 md5)} (dissoc (s3-options options) :checksum-type) object)
                   (part/body part))
                 (catch ExceptionInfo e
                   ;; The SDK wraps what its body throws.
                   (parallel/check cancelled?)
                   (throw e)))]
    (when-let [progress (:progress options)]
      (progress (:size part)))
    (merge (select-keys answer [:etag :version-id]) {:size (:size part)} (proof/of-sent client object [options answer] md5))))

(defn- send-part
  "Sends a part unless S3 has it already, according to `there`. Returns the data that completing the upload needs."
  [client upload options part there]
  (let [md5    (part/md5 part)
        sent   (not (and (= md5 (:etag there)) (= (:size part) (:size there))))
        answer (if sent
                 (call client :upload-part
                   (merge {:part-number (:number part), :content-md5 (source/base64 md5)}
                          (select-keys options (conj unfinished/of-parts :checksum-algorithm))
                          upload)
                   (part/body part))
                 there)]
    (when (and (not= md5 (:etag answer)) (proof/disproves? client (proof/kind client upload [options answer])))
      (throw (proof/mismatch upload (:etag answer) md5)))
    {:sent      sent
     :size      (:size part)
     :md5       md5
     :completed (assoc (select-keys answer (conj @part-checksums :etag)) :part-number (:number part))}))

(defn- send-parts
  "Sends those of `parts` that S3 lacks. Returns the results of `send-part`, in order."
  [client upload options parts there]
  (let [done (atom (sorted-map))]
    (parallel/each! {:threads (:threads options 8), :cancelled? (:cancelled? options)}
                    (fn [{:keys [number] :as part} check]
                      (when (< Limits/MAX_PARTS number)
                        (throw (ex-info (str "S3 takes 10,000 parts at most: use a :part-size above " (:size part))
                                        {:type :karamon.etag/bad-layout, :layout (layout options)})))
                      (swap! done assoc number (send-part client upload options (part/checked part check) (there number)))
                      (check)
                      (when-let [progress (:progress options)]
                        (progress (:size part))))
                    parts)
    (vals @done)))

(defn- head [client object options]
  (call/when-found (call client :head-object (merge object (select-keys options unfinished/of-parts)))))

(defn- expect-conditions
  "Throws the error that S3 would if the conditions don't hold now: before much is sent, and for servers that don't check them
  when an upload is completed."
  [client object {:keys [if-match if-none-match] :as options}]
  (when (or if-match if-none-match)
    (let [found (try
                  (head client object options)
                  (catch ExceptionInfo e
                    ;; A caller who may put an object may not be allowed to read it. S3 checks the conditions at the end.
                    (when-not (= :karamon.s3/denied (:type (ex-data e)))
                      (throw e))
                    ::unknown))]
      (when-not (= ::unknown found)
        (when (or (and if-none-match found) (and if-match (not= (kind/normal if-match) (kind/normal (:etag found)))))
          (throw (ex-info (str (address/text object) (if found (str " exists and has the ETag " (:etag found)) " doesn't exist")
                               ": the condition doesn't hold")
                          {:type :karamon.s3/precondition-failed, :status 412, :bucket (:bucket object), :key (:key object)})))))))

(defn- complete
  "Completes an upload. If S3's answer is lost, or a second attempt finds no such upload, checks the object to find out whether
  the upload was completed."
  [client object upload options parts expected]
  (expect-conditions client object options)
  (try
    (let [answer (call client :complete-multipart-upload
                   (merge {:multipart-upload {:parts (mapv :completed parts)}}
                          (when (:aws? client) {:mpu-object-size (transduce (map :size) + parts)})
                          (select-keys options (conj unfinished/of-parts :if-match :if-none-match :checksum-type))
                          upload))]
      ;; Ceph 16 answers without an ETag.
      (if (seq (:etag answer))
        answer
        (head client object options)))
    (catch ExceptionInfo e
      (let [found (try
                    (when-not (unfinished/parts client upload options)
                      (head client object options))
                    (catch ExceptionInfo other
                      (.addSuppressed e other)))]
        (if (and expected (= expected (:etag found)))
          found
          (throw e))))))

(defn- put-in-parts [client object parts unchanged! {:keys [resume begun] :or {begun (fn [_])} :as options}]
  (expect-conditions client object options)
  (let [known     (when resume (unfinished/latest client object options))
        created   (when-not known
                    (call client :create-multipart-upload (merge (dissoc (s3-options options) :if-match :if-none-match) object)))
        upload    (assoc object :upload-id (or known (:upload-id created)))
        [sent answer expected]
        (try
          (begun upload)
          (let [sent     (send-parts client upload options parts (or (when known (unfinished/parts client upload options)) {}))
                etags    (map (comp :etag :completed) sent)
                expected (when (every? proof/md5? etags) (part/etag etags))]
            (unchanged! nil)
            [sent (complete client object upload options sent expected) expected])
          (catch Throwable e
            (when-not resume
              (unfinished/abort-after! client upload options e))
            (unchanged! e)
            (throw e)))]
    (merge (select-keys answer [:etag :version-id])
           {:size (transduce (map :size) + sent), :parts (count sent), :sent (count (filter :sent sent))}
           (proof/of-sent client object [options created answer] (part/etag (map :md5 sent))))))

(defn- stamp [^Path file]
  (let [found (Files/readAttributes file BasicFileAttributes ^"[Ljava.nio.file.LinkOption;" (make-array LinkOption 0))]
    [(.size found) (.lastModifiedTime found) (.fileKey found)]))

(defn- unchanged
  "Returns a function that throws if the file has been written to since; its argument is the cause, if there is one."
  [file]
  (let [before (stamp file)]
    (fn [cause]
      (when-not (= before (try (stamp file) (catch java.io.IOException _)))
        (throw (ex-info (str file " was written to while it was sent: nothing was put")
                        {:type :karamon.etag/changed, :source file} cause))))))

(defn- of-known-size [client object parts-of size unchanged! options]
  (let [layout (layout options)
        sizes  (etag/part-sizes layout size)]
    (check-sizes client (or sizes [size]) layout)
    (if sizes
      (put-in-parts client object (parts-of sizes) unchanged! options)
      (try
        (put-whole client object (first (parts-of [size])) options)
        (catch Exception e
          (unchanged! e)
          (throw e))))))

(defn- of-stream [client object ^InputStream in options]
  (let [layout    (layout options)
        part-size (cond
                    (= :aws-cli layout)                           transfer/part-size
                    (and (int? layout) (<= layout Integer/MAX_VALUE)) layout
                    :else
                    (throw (ex-info (str "The size of a stream is unknown, so its parts must be of one size below 2 GiB, found the layout "
                                         (Shown/of layout))
                                    {:type :karamon.etag/bad-layout, :layout layout})))
        parts     (part/of-stream in part-size)]
    (check-sizes client [part-size part-size] layout)
    (if (< (:size (first parts)) part-size)
      (put-whole client object (first parts) options)
      (put-in-parts client object parts (fn [_]) options))))

(defn upload
  "Uploads `source` as an object; karamon.s3/upload! documents the options and the result."
  [client object source options]
  (Options/check options @known "upload!" :karamon.s3/bad-option)
  (let [options (merge {:content-type (if (instance? InputStream source) "application/octet-stream" (source/content-type source))}
                       (when (and (= :when-supported (:checksums client)) (not (:checksum-algorithm options)))
                         ;; A checksum of the whole helps readers that don't know the parts.
                         {:checksum-algorithm "CRC32", :checksum-type "FULL_OBJECT"})
                       options)]
    (merge (select-keys object [:bucket :key])
           (cond
             (instance? InputStream source) (of-stream client object source options)
             (bytes? source)                (of-known-size client object #(part/of-bytes source %) (alength ^bytes source) (fn [_]) options)
             :else
             (let [size (source/size source)
                   file (or (source/file source)
                            (throw (ex-info (str "Expected a file, bytes or an InputStream, found " (Shown/of source))
                                            {:type :karamon.etag/unreadable, :source source})))]
               (with-open [channel (FileChannel/open file (into-array OpenOption [StandardOpenOption/READ]))]
                 (of-known-size client object #(part/of-file channel %) size (unchanged file) options)))))))
