(ns karamon.s3.transfer.partial
  "An incomplete file, next to its target, with a list of the finished ranges. Its name identifies the object, so anyone else who
  writes to it writes the same bytes to the same positions."
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

(defn- sibling ^Path [^Path target mark ending]
  (.resolveSibling target (str "." (.getFileName target) "." mark ending)))

(defn- opened ^FileChannel [file & options]
  (FileChannel/open file ^"[Ljava.nio.file.OpenOption;" (into-array OpenOption options)))

(defn open!
  "Opens the partial file of `target` with `mark`, some letters and digits; creates it if it is missing."
  ^Closeable [target mark]
  (let [file (sibling target mark ending)
        list (sibling target mark list-ending)]
    (->Partial target file list
               (opened file StandardOpenOption/CREATE StandardOpenOption/READ StandardOpenOption/WRITE)
               (opened list StandardOpenOption/CREATE StandardOpenOption/APPEND))))

(defn delete!
  "Deletes the partial file and its list."
  [{:keys [file list]}]
  (Files/deleteIfExists file)
  (Files/deleteIfExists list))

(defn delete-others!
  "Deletes the partial files of the same target with other marks, since the object has been replaced."
  [{:keys [^Path target file list]}]
  (let [start (str "." (.getFileName target) ".")]
    (with-open [siblings (Files/newDirectoryStream (.getParent target))]
      (doseq [^Path other (remove #{file list} siblings)
              :let  [name (str (.getFileName other))]]
        (when (and (str/starts-with? name start)
                   (re-matches #"[0-9a-f-]+\.karamon-(part|done)" (subs name (count start))))
          (Files/deleteIfExists other))))))

(defn write!
  "Writes the first `n` of `bytes` at a position. Throws ex-info of `:type` `:karamon.s3/unwritable`."
  [{:keys [^FileChannel channel file]} ^bytes bytes n at]
  (let [from (ByteBuffer/wrap bytes 0 n)]
    (try
      (while (.hasRemaining from)
        (.write channel from (+ at (.position from))))
      (catch IOException e
        (throw (ex-info (str file " can't be written: " (ex-message e)) {:type :karamon.s3/unwritable, :file (str file)} e))))))

(defn done!
  "Adds a range to the list of finished ones, with the CRC-32 of its bytes."
  [{:keys [^FileChannel done]} number ^CRC32 crc]
  ;; One write of few bytes: all lines are complete, except one that a crash cut off.
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
  "Returns the finished ranges: their numbers, each with the CRC-32 of its bytes."
  [{:keys [^Path list]}]
  (into {} (map (fn [[_ number crc]] [(parse-long number) (parse-long crc)])) (re-seq #"(?m)^(\d+) (\d+)\.$" (slurp (.toFile list)))))

(defn holds?
  "Returns whether the bytes of a range have the CRC-32 `crc`."
  [partial range crc]
  (= crc (crc-of partial range)))

(defn finish!
  "Replaces the target with the file, atomically."
  [{:keys [^FileChannel channel file target list]}]
  (.force channel true)
  (try
    (Files/move file target ^"[Ljava.nio.file.CopyOption;" (into-array CopyOption [StandardCopyOption/ATOMIC_MOVE]))
    (catch NoSuchFileException e
      (throw (ex-info (str file " is gone: another download of the same object to " target " has ended meanwhile")
                      {:type :karamon.s3/busy, :file (str target)} e))))
  (Files/deleteIfExists list))
