(ns karamon.dev.test.output
  "Captures the beginning of what a test prints, however much that is."
  (:import
   (java.io ByteArrayOutputStream OutputStream OutputStreamWriter PrintStream PrintWriter)
   (java.nio.charset StandardCharsets)))

(set! *warn-on-reflection* true)

(def ^:private max-characters 10000)

(def ^:private max-bytes
  "As many bytes as that many characters can have in UTF-8."
  (* 4 (long max-characters)))

(defn- first-bytes
  "Returns a stream that writes its first bytes to `kept`, and adds the number of all to the volatile `total`. For one thread at a
  time."
  ^OutputStream [^ByteArrayOutputStream kept total]
  (proxy [OutputStream] []
    (write
      ([b] (if (bytes? b)
             (.write ^OutputStream this ^bytes b 0 (alength ^bytes b))
             (.write ^OutputStream this (byte-array [(unchecked-byte b)]) 0 1)))
      ([bytes offset length]
       (vswap! total + length)
       (.write kept ^bytes bytes (int offset) (int (min (long length) (- (long max-bytes) (.size kept)))))))))

(defn captured
  "Calls `f`. Returns its result, and what it printed to `*out*`, `*err*`, `System/out` and `System/err`: a map of `:text`, at most
  its first 10,000 characters, and `:left-out`, the number of bytes that follow them."
  [f]
  (let [kept   (ByteArrayOutputStream.)
        total  (volatile! 0)
        stream (PrintStream. (first-bytes kept total) true StandardCharsets/UTF_8)
        writer (PrintWriter. (OutputStreamWriter. stream StandardCharsets/UTF_8) true)
        out    System/out
        err    System/err]
    (System/setOut stream)
    (System/setErr stream)
    (let [result (try
                   (binding [*out* writer, *err* writer] (f))
                   (finally
                     (System/setOut out)
                     (System/setErr err)))
          _      (.flush writer)
          all    (.toString kept StandardCharsets/UTF_8)
          text   (subs all 0 (min (count all) (long max-characters)))]
      [result {:text text, :left-out (- (long @total) (alength (.getBytes text StandardCharsets/UTF_8)))}])))
