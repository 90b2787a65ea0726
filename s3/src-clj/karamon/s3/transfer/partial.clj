(ns karamon.s3.transfer.partial
  "A file that isn't all there yet, beside the one it will be, with a list of the ranges that are done. Its name tells of which
  object it is, so that whoever else writes to it writes the same bytes to the same places."
  (:require
   [clojure.string :as str])
  (:import
   (java.io Closeable IOException)
   (java.nio ByteBuffer)
   (java.nio.channels FileChannel)
   (java.nio.file CopyOption Files NoSuchFileException OpenOption Path StandardCopyOption StandardOpenOption)
   (java.util.zip CRC32)))

(set! *warn-on-reflection* true)

(defrecord Partial [^Path target ^Path file ^Path list ^FileChannel channel ^FileChannel done]
  Closeable
  (close [_]
    (.close channel)
    (.close done)))

(def ^:private ending ".karamon-part")
(def ^:private list-ending ".karamon-done")

(defn- beside ^Path [^Path target mark ending]
  (.resolveSibling target (str "." (.getFileName target) "." mark ending)))

(defn- opened ^FileChannel [file & options]
  (FileChannel/open file ^"[Ljava.nio.file.OpenOption;" (into-array OpenOption options)))

(defn open!
  "Opens the partial file of `target` with `mark`, some letters and digits; it is made when it isn't there."
  ^Closeable [target mark]
  (let [file (beside target mark ending)
        list (beside target mark list-ending)]
    (->Partial target file list
               (opened file StandardOpenOption/CREATE StandardOpenOption/READ StandardOpenOption/WRITE)
               (opened list StandardOpenOption/CREATE StandardOpenOption/APPEND))))

(defn delete!
  "Deletes what is partial."
  [{:keys [file list]}]
  (Files/deleteIfExists file)
  (Files/deleteIfExists list))

(defn delete-others!
  "Deletes the partial files of the same target with other marks: the object has been replaced since."
  [{:keys [^Path target file list]}]
  (let [start (str "." (.getFileName target) ".")]
    (with-open [beside (Files/newDirectoryStream (.getParent target))]
      (doseq [^Path other (remove #{file list} beside)
              :let  [name (str (.getFileName other))]]
        (when (and (str/starts-with? name start)
                   (re-matches #"[0-9a-f-]+\.karamon-(part|done)" (subs name (count start))))
          (Files/deleteIfExists other))))))

(defn write!
  "Writes the first `n` of `bytes` at a place. Throws ex-info of `:type` `:karamon.s3/unwritable`."
  [{:keys [^FileChannel channel file]} ^bytes bytes n at]
  (let [from (ByteBuffer/wrap bytes 0 n)]
    (try
      (while (.hasRemaining from)
        (.write channel from (+ at (.position from))))
      (catch IOException e
        (throw (ex-info (str file " can't be written: " (ex-message e)) {:type :karamon.s3/unwritable, :file (str file)} e))))))

(defn done!
  "Lists a range as done, with the CRC-32 of its bytes."
  [{:keys [^FileChannel done]} number ^CRC32 crc]
  ;; One write of few bytes: a list holds whole lines, but for one that a crash cut off.
  (.write done (ByteBuffer/wrap (.getBytes (str number " " (.getValue crc) ".\n")))))

(defn- crc-of [{:keys [^FileChannel channel]} {:keys [from to]}]
  (let [crc    (CRC32.)
        buffer (ByteBuffer/allocate 65536)]
    (loop [at from]
      (let [n (.read channel (.limit (.clear buffer) (int (min 65536 (- to at)))) (long at))]
        (when (pos? n)
          (.update crc (.flip buffer))
          (recur (+ at n)))))
    (.getValue crc)))

(defn listed
  "Returns the ranges that are listed as done: their numbers, each with the CRC-32 of its bytes."
  [{:keys [^Path list]}]
  (into {} (map (fn [[_ number crc]] [(parse-long number) (parse-long crc)])) (re-seq #"(?m)^(\d+) (\d+)\.$" (slurp (.toFile list)))))

(defn holds?
  "Whether the bytes of a range have a CRC-32."
  [partial range crc]
  (= crc (crc-of partial range)))

(defn finish!
  "Puts the file in the target's place, all at once."
  [{:keys [^FileChannel channel file target list]}]
  (.force channel true)
  (try
    (Files/move file target ^"[Ljava.nio.file.CopyOption;" (into-array CopyOption [StandardCopyOption/ATOMIC_MOVE]))
    (catch NoSuchFileException e
      (throw (ex-info (str file " is gone: another download of the same object to " target " has ended meanwhile")
                      {:type :karamon.s3/busy, :file (str target)} e))))
  (Files/deleteIfExists list))
