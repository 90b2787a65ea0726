(ns karamon.s3.md5.journal
  "A file of what a run over many objects is about to do and has done, one JSON object a line.

      {\"run\":{\"bucket\":\"photos\",\"prefix\":\"2026/\"}}
      {\"intent\":\"2026/cat.jpg\",\"etag\":\"9b2c…-2\",\"size\":9000000,\"tags\":[[\"a\",\"b\"]]}
      {\"key\":\"2026/cat.jpg\",\"result\":\"done\",\"etag\":\"5d41…\"}
      {\"mark\":\"2026/cat.jpg\"}

  An intent is on disk before its object is touched. A mark says that all keys up to it, in S3's order, are settled. An
  incomplete last line is ignored."
  (:require
   [clojure.java.io :as io])
  (:import
   (java.io BufferedInputStream ByteArrayOutputStream Closeable IOException InputStream)
   (java.nio ByteBuffer)
   (java.nio.channels FileChannel)
   (java.nio.charset StandardCharsets)
   (java.nio.file Files NoSuchFileException OpenOption)
   (karamon.file OwnerOnly)
   (karamon.json JsonReader JsonWriter Keys MalformedJson)
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(defprotocol Lines
  (write! [journal line] "Appends a map as a line.")
  (sync! [journal] "Waits until all written lines are on disk."))

(deftype Journal [^FileChannel channel ^:volatile-mutable ^long synced lock]
  Lines
  (write! [_ line]
    (let [buffer (ByteBuffer/wrap (.getBytes (str (JsonWriter/string line) "\n") StandardCharsets/UTF_8))]
      (locking channel
        (while (.hasRemaining buffer)
          (.write channel buffer)))))
  (sync! [_]
    ;; Threads that wait for the lock find that their lines are on disk too.
    (let [written (.position channel)]
      (locking lock
        (when (< synced written)
          (let [now (.position channel)]
            (.force channel false)
            (set! synced now))))))
  Closeable
  (close [journal]
    (sync! journal)
    (.close channel)))

(defn- bad [path why]
  (ex-info (str path " " why) {:type :karamon.s3/bad-journal, :path (str path)}))

(defn- line
  "Returns the bytes of the next line; nil at the end of the file, and for an incomplete line."
  ^bytes [^InputStream in]
  (let [out (ByteArrayOutputStream.)]
    (loop []
      (let [c (.read in)]
        (case c
          -1 nil
          10 (.toByteArray out)
          (do (.write out c) (recur)))))))

(defn- parsed [path n ^bytes text]
  (try
    (JsonReader/read text Keys/KEYWORDS)
    (catch MalformedJson e
      (throw (bad path (str "isn't a journal: line " n " isn't JSON, " (ex-message e)))))))

(defn reduce-lines
  "Reduces the complete lines of a journal, maps with keywords. Returns `init` for a missing file. Throws ex-info of `:type`
  `:karamon.s3/bad-journal`."
  [f init path]
  (try
    (with-open [in (BufferedInputStream. (Files/newInputStream (.toPath (io/file path)) (make-array OpenOption 0)))]
      (loop [value init, n 1]
        (if-let [text (line in)]
          (recur (f value (assoc (parsed path n text) :bytes (inc (alength text)))) (inc n))
          value)))
    (catch NoSuchFileException _
      init)))

(defn state
  "Returns the state in a journal: `:run`, `:mark`, `:pending`, its intents without a known result, by key, and `:end`, the bytes
  of its complete lines."
  [path]
  (reduce-lines
    (fn [found {:keys [run intent key result mark bytes] :as line}]
      (cond-> (update found :end + bytes)
        run    (assoc :run run)
        intent (assoc-in [:pending intent] (dissoc line :bytes))
        mark   (assoc :mark mark)
        (and key (not (#{"failed" "unchecked"} result)))
        (update :pending dissoc key)))
    {:pending {}, :end 0}
    path))

(defn- opened ^FileChannel [path]
  (try
    (OwnerOnly/open (.toPath (io/file path)))
    (catch IOException e
      (throw (bad path (str "can't be written: " (ex-message e)))))))

(defn open!
  "Opens a journal for a run, a map such as `{:bucket \"photos\" :prefix \"2026/\"}`. Returns a pair of the journal and the
  state in it. Without `resume?` the file must be empty or missing. Throws ex-info of `:type` `:karamon.s3/bad-journal`."
  [path run resume?]
  (let [channel (opened path)]
    (try
      (let [{:keys [end] :as found} (state path)]
        (when (and (not resume?) (pos? (.size channel)))
          (throw (bad path "already exists: resume it, or name another file")))
        (when (and resume? (not (contains? #{nil run} (:run found))))
          (throw (bad path (str "is the journal of " (Shown/of (:run found)) ", not of " (Shown/of run)))))
        ;; Removes an incomplete line.
        (.truncate channel (long end))
        (.position channel (long end))
        (let [journal (Journal. channel 0 (Object.))]
          (when (nil? (:run found))
            (write! journal {:run run})
            (sync! journal))
          [journal found]))
      (catch Throwable e
        (.close channel)
        (throw e)))))
