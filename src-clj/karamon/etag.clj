(ns karamon.etag
  "Computes S3's ETags on all cores, using each core's vector lanes.

      (etag \"disk.img\")                            ;; \"9b2cf535f27731c974343645a3985328-38\", as after `aws s3 cp`
      (etag \"disk.img\" {:part-size (* 16 1024 1024)})
      (etags \"disk.img\" {:layouts [:md5 :console 8388608]})
      (infer \"9b2cf535f27731c974343645a3985328-38\" 314572800)
      (matching \"disk.img\" \"9b2cf535f27731c974343645a3985328-38\")

  A source is a file (a path, a java.io.File or a java.nio.file.Path), a byte array, an InputStream, which is read to its end,
  or a FileChannel. A layout says how a source is cut into parts:

  * a client's name, for that client's default -- `:aws-cli` (boto3 too), `:sdk-java-2`, `:console`, `:sdk-go`, `:rclone`,
    `:s5cmd`, `:s3cmd` or `:minio`; karamon.etag.UploadClient has the rule of each and its source
  * a number -- the bytes of each part but the last; a source smaller than a part is put whole, as most clients do
  * a vector of numbers -- the bytes of each part
  * `:md5` -- the whole source, not cut

  The JVM's option `--add-modules jdk.incubator.vector` makes a core hash about five times as fast, after two seconds of
  warm-up. It helps with large parts of one file, at least five of them for each thread.

  All functions throw ex-info of `:type` `:karamon.etag/bad-option` for an unknown option, `:karamon.etag/bad-layout` for an
  unknown layout or one that doesn't fit the source's size, `:karamon.etag/malformed` for an invalid ETag,
  `:karamon.etag/changed` if a file is written to while it is hashed, and `:karamon.etag/unreadable` if a source can't be
  read."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io File IOException InputStream)
   (java.nio.channels FileChannel)
   (java.nio.file AccessDeniedException Files InvalidPathException LinkOption NoSuchFileException Path)
   (java.util List Set)
   (java.util.function BooleanSupplier LongConsumer)
   (karamon.etag Checksum ETag ETagHasher Hashes Hashes$OfLayout PartLayout PartSizes SourceChanged UploadClient Watch)
   (karamon.text Options Shown)))

(set! *warn-on-reflection* true)

(def ^:private clients
  (into {} (map (fn [^UploadClient client] [(keyword (str/replace (str/lower-case (.name client)) "_" "-")) client]))
        (UploadClient/values)))

(def ^:private checksums
  (into {} (map (fn [^Checksum checksum] [(keyword (str/lower-case (.name checksum))) checksum])) (Checksum/values)))

(def layouts
  "The named layouts."
  (into #{:md5} (keys clients)))

(defn- look-up [what known k]
  (or (when (keyword? k) (known k))
      (throw (ex-info (Options/unknown what k (keys known))
                      {:type (if (= "layout" what) ::bad-layout ::bad-option), what k}))))

(defn- bad-layout [layout cause]
  (ex-info (ex-message cause) {:type ::bad-layout, :layout layout} cause))

(defn- layout-of
  "Returns the PartLayout for `layout`; `size` is nil if unknown."
  ^PartLayout [layout size]
  (try
    (cond
      (= :md5 layout)     (PartLayout/whole)
      (int? layout)       (PartLayout/upload layout)
      (sequential? layout) (PartLayout/of (mapv long layout))
      :else
      (.layout ^UploadClient (look-up "layout" (assoc clients :md5 nil) layout) (or size 0)))
    (catch IllegalArgumentException e
      (throw (bad-layout layout e)))))

(defn parse
  "Parses an ETag as S3, its SDKs and proxies write it, with or without quotes. Returns a map of

  * `:etag` -- the text between the quotes
  * `:md5` -- the text, if it is just 32 hexadecimal digits. (With SSE-KMS or SSE-C it still isn't the MD5 of the object.)
  * `:parts` -- the number of parts, for a multipart ETag

  Any other ETag, such as a directory bucket's, has `:etag` alone."
  [text]
  (try
    (let [tag (ETag/parse text)]
      (cond-> {:etag (.text tag)}
        (.md5 tag)           (assoc :md5 (.md5 tag))
        (pos? (.parts tag)) (assoc :parts (.parts tag))))
    (catch IllegalArgumentException e
      (throw (ex-info (ex-message e) {:type ::malformed, :etag text} e)))))

(defn- tag ^ETag [text]
  (ETag. (:etag (parse text))))

(defn infer
  "Returns the part sizes that an object of `size` bytes with the multipart ETag `text` may have been put with. Returns nil if
  no part size gives that number of parts, or if the ETag isn't multipart.

  * `:min-part-size`, `:max-part-size` -- bytes; every size between them gives the ETag's number of parts
  * `:likely` -- part sizes, the likeliest first: those of common clients, then whole MiB and MB; at most `limit` (default
    16)"
  ([text size] (infer text size 16))
  ([text size limit]
   (let [etag (tag text)]
     (when (pos? (.parts etag))
       (when-let [^PartSizes fitting (PartSizes/fitting size (.parts etag))]
         {:min-part-size (.min fitting)
          :max-part-size (.max fitting)
          :likely        (mapv #(.partSize ^PartLayout %) (PartSizes/likely etag size limit))})))))

(defn- watch [{:keys [progress cancelled?]}]
  (Watch. (reify LongConsumer (accept [_ n] (when progress (progress n))))
          (reify BooleanSupplier (getAsBoolean [_] (boolean (when cancelled? (cancelled?)))))))

(defn- hasher ^ETagHasher [{:keys [threads] :as options}]
  (let [threads (or threads (.availableProcessors (Runtime/getRuntime)))]
    (when-not (and (int? threads) (<= 1 threads 1024))
      (throw (Options/wrong :threads threads "a whole number from 1 to 1024" ::bad-option)))
    (ETagHasher. (int threads) ^Set (into #{} (map #(look-up "checksum" checksums %)) (:checksums options)) (watch options))))

(defn- unreadable [source e]
  (let [why (cond
              (instance? NoSuchFileException e)   (if (str/includes? (str source) "\ufffd")
                                                    "its name has bytes that aren't UTF-8, so Java can't open it: rename it"
                                                    "there is no such file")
              (instance? AccessDeniedException e) "permission denied"
              (re-find #"directory" (str (ex-message e))) "it is a directory"
              :else                               (ex-message e))]
    (ex-info (str (Shown/text source) " can't be read: " why) {:type ::unreadable, :source source} e)))

(defn- path-of
  "Returns the path of a File. The locale may not have the characters of its name."
  ^Path [^File file]
  (try
    (.toPath file)
    (catch InvalidPathException e
      (throw (ex-info (str (Shown/text file) " can't be read: " (.getReason e)
                           (when-not (str/includes? (str file) "\u0000")
                             (str ", in the locale's encoding, " (System/getProperty "sun.jnu.encoding")
                                  ": set LC_ALL to a locale with UTF-8, such as C.UTF-8")))
                      {:type ::unreadable, :source file} e)))))

(defn- path ^Path [source]
  (cond
    (instance? Path source) source
    (instance? File source) (path-of source)
    (string? source)        (path-of (io/file source))
    :else
    (throw (ex-info (str "Expected a path, File, byte array, InputStream or FileChannel, found "
                         (if (nil? source) "nil" (.getName (class source))))
                    {:type ::unreadable, :source source}))))

(defn size-of
  "Returns the size of a source in bytes, or nil if it is unknown before the source's end."
  [source]
  (cond
    (bytes? source)                  (alength ^bytes source)
    (instance? InputStream source)   nil
    (instance? FileChannel source)   (.size ^FileChannel source)
    :else
    (let [file (path source)]
      (try
        (let [size (Files/size file)]
          (when (Files/isRegularFile file (make-array LinkOption 0))
            size))
        (catch IOException e
          (throw (unreadable source e)))))))

(defn part-sizes
  "Returns the size in bytes of each part that `layout` cuts `size` bytes into; nil if it doesn't cut them. Throws ex-info of
  `:type` `:karamon.etag/bad-layout` if the layout doesn't fit the size."
  [layout size]
  (let [cut (layout-of layout size)]
    (try
      (when (.isMultipart cut size)
        (vec (.lengths cut size)))
      (catch IllegalArgumentException e
        (throw (bad-layout layout e))))))

(defn- hashes ^Hashes [source ^List layouts options]
  (let [hasher (hasher options)]
    (try
      (cond
        (bytes? source)                (.bytes hasher source layouts)
        (instance? InputStream source) (.stream hasher source layouts)
        (instance? FileChannel source) (.channel hasher source "The file" layouts)
        :else                          (.file hasher (path source) layouts))
      (catch SourceChanged e
        (throw (ex-info (ex-message e) {:type ::changed, :source source} e)))
      (catch IOException e
        (throw (unreadable source e)))
      (catch IllegalArgumentException e
        (throw (bad-layout (vec layouts) e))))))

(defn- checksum-map [sums]
  (into {} (map (fn [[^Checksum checksum text]] [(keyword (str/lower-case (.name checksum))) text])) sums))

(defn- of-layout [^Hashes$OfLayout of]
  (let [parts (.parts (.etag of))]
    (cond-> {:etag (.text (.etag of)), :part-size (.partSize of)}
      (pos? parts)            (assoc :parts parts)
      (seq (.checksums of)) (assoc :checksums (checksum-map (.checksums of))))))

(def ^:private watching #{:threads :progress :cancelled? :checksums})

(defn etags
  "Returns the ETags of a source for several layouts, computed in one pass:

  * `:size` -- bytes
  * `:etags` -- for each layout a map of `:etag`, `:part-size` (bytes of the largest part), `:parts` if it is multipart, and
    `:checksums`, the composite checksums that S3 stores for a multipart object
  * `:checksums` -- the checksums of the whole source

  Options:

  * `:layouts` -- default `[:aws-cli]`
  * `:checksums` -- the checksums to compute as well: `:crc32 :crc32c :crc64nvme :sha1 :sha256` (default none)
  * `:threads` -- default: one for each core
  * `:progress` -- a function of the bytes hashed since its last call, called from any thread; they add up to the size times
    the number of layouts
  * `:cancelled?` -- a function called as often; when it returns true, this throws
    java.util.concurrent.CancellationException"
  ([source] (etags source {}))
  ([source options]
   (Options/check options (conj watching :layouts) "etags" ::bad-option)
   (let [size    (size-of source)
         layouts (mapv #(layout-of % size) (:layouts options [:aws-cli]))
         found   (hashes source layouts options)]
     (cond-> {:size (.size found), :etags (mapv of-layout (.layouts found))}
       (seq (.checksums found)) (assoc :checksums (checksum-map (.checksums found)))))))

(defn etag
  "Returns the ETag of a source, without quotes.

  * `:layout` -- how the source is cut into parts (default `:aws-cli`)
  * `:part-size` -- the same, in bytes
  * `:threads`, `:progress`, `:cancelled?` -- as for `etags`"
  ([source] (etag source {}))
  ([source options]
   (Options/check options #{:layout :part-size :threads :progress :cancelled?} "etag" ::bad-option)
   (let [layout (or (:part-size options) (:layout options) :aws-cli)]
     (:etag (first (:etags (etags source (-> options (dissoc :layout :part-size) (assoc :layouts [layout])))))))))

(defn matching
  "Finds how the source was cut into parts if it was put with the ETag `text`. Returns the map that `etags` returns for that
  layout; nil if no likely layout gives that ETag. Tries the likeliest layout first, then all others in one pass. A match is
  proof. No match proves little if the object may be encrypted with SSE-KMS or SSE-C.

  * `:limit` -- the number of part sizes to try (default 16)
  * `:threads`, `:progress`, `:cancelled?` -- as for `etags`

  The source's size must be known: for a stream this throws ex-info of `:type` `:karamon.etag/bad-layout`."
  ([source text] (matching source text {}))
  ([source text options]
   (Options/check options #{:limit :threads :progress :cancelled?} "matching" ::bad-option)
   (let [wanted (tag text)
         size   (or (size-of source)
                    (throw (ex-info (str "The size of " (Shown/text source) " isn't known before its end, so a part size can't be inferred: give one")
                                    {:type ::bad-layout})))]
     ;; The likeliest first: it usually matches, and trying one costs as much as trying all the others.
     (let [[likeliest others] (split-at 1 (PartSizes/likely wanted size (:limit options 16)))]
       (some (fn [layouts]
               (when (seq layouts)
                 (first (filter #(= (.text wanted) (:etag %)) (map of-layout (.layouts (hashes source (vec layouts) options)))))))
             [likeliest others])))))
