(ns karamon.s3.transfer.part
  "The parts of a source: each is a map of `:number`, from 1, `:size` in bytes, and `:open`, a function that returns a new
  InputStream of the part at each call."
  (:import
   (java.io ByteArrayInputStream InputStream)
   (java.nio ByteBuffer)
   (java.nio.channels Channels FileChannel ReadableByteChannel)
   (java.security MessageDigest)
   (java.util HexFormat)
   (karamon.etag ETag)
   (software.amazon.awssdk.core.sync RequestBody)
   (software.amazon.awssdk.http ContentStreamProvider)))

(set! *warn-on-reflection* true)

(defn- range-of
  "Returns a channel that reads a file from one position to another. Several channels may read one file at once."
  ^ReadableByteChannel [^FileChannel file from to]
  (let [at (volatile! from)]
    (reify ReadableByteChannel
      (isOpen [_] true)
      (close [_])
      (read [_ into]
        (if (= @at to)
          -1
          (let [n (min (- to @at) (.remaining into))
                n (.read file (.limit (.slice into) (int n)) (long @at))]
            ;; A file that was truncated meanwhile ends early.
            (when (pos? n)
              (.position into (+ (.position into) n))
              (vswap! at + n))
            n))))))

(defn- ranges [sizes open]
  (map (fn [number offset size] {:number number, :size size, :open #(open offset size)})
       (range 1 Long/MAX_VALUE) (reductions + 0 sizes) sizes))

(defn of-file
  "Returns the parts of an open file."
  [file sizes]
  (ranges sizes (fn [offset size] (Channels/newInputStream (range-of file offset (+ offset size))))))

(defn of-bytes
  "Returns the parts of a byte array."
  [^bytes bytes sizes]
  (ranges sizes (fn [offset size] (ByteArrayInputStream. bytes (int offset) (int size)))))

(defn of-stream
  "Returns the parts of the rest of a stream, `size` bytes each but the last, read one by one as the sequence is realized."
  [^InputStream in size]
  ((fn after [number]
     (lazy-seq
       (let [bytes (.readNBytes in (int size))]
         (when (or (pos? (alength bytes)) (= 1 number))
           (cons {:number number, :size (alength bytes), :open #(ByteArrayInputStream. bytes), :bytes bytes}
                 (after (inc number)))))))
   1))

(defn checked
  "Returns the part with streams that call `check` at each read, so a slow transfer can be stopped within a part."
  [{:keys [open] :as part} check]
  (assoc part :open #(let [channel (Channels/newChannel ^InputStream (open))]
                       (Channels/newInputStream
                         (reify ReadableByteChannel
                           (isOpen [_] true)
                           (close [_] (.close channel))
                           (read [_ into]
                             (check)
                             (.read channel into)))))))

(defn md5
  "Returns the MD5 of a part as hexadecimal digits."
  [{:keys [open]}]
  (let [digest (MessageDigest/getInstance "MD5")
        buffer (byte-array 65536)]
    (with-open [in ^InputStream (open)]
      (loop []
        (let [n (.read in buffer)]
          (when (pos? n)
            (.update digest buffer 0 n)
            (recur)))))
    (.formatHex (HexFormat/of) (.digest digest))))

(defn body
  "Returns the SDK's request body for a part; retries can read it again."
  ^RequestBody [{:keys [open size]}]
  (RequestBody/fromContentProvider (reify ContentStreamProvider (newStream [_] (open)))
                                   (long size) "application/octet-stream"))

(defn etag
  "Returns the multipart ETag that S3 computes from the ETags of an object's parts, which are MD5s."
  [etags]
  (.text (ETag/ofParts (mapv #(.parseHex (HexFormat/of) ^String %) etags))))
