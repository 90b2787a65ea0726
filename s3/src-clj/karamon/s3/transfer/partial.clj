(ns karamon.s3.transfer.partial
  "An incomplete file, next to its target, with a list of the finished ranges. Its name identifies the object, so anyone else who
  writes to it writes the same bytes to the same positions. A process holds the list meanwhile, so what a killed process left can
  be recognised."
  (:require
   [clojure.string :as str])
  (:import
   (java.io Closeable IOException)
   (java.nio ByteBuffer)
   (java.nio.channels FileChannel)
   (java.nio.charset StandardCharsets)
   (java.nio.file CopyOption Files NoSuchFileException Path StandardCopyOption)
   (java.util.function Consumer)
   (java.util.zip CRC32)
   (karamon.file Draft Held Leftovers OwnerOnly)))

(set! *warn-on-reflection* true)

(defrecord Partial [^Path target ^Path file ^Path list ^FileChannel channel ^Held done]
  Closeable
  (close [_]
    (.close channel)
    (.close done)
    (run! #(Leftovers/keep %) [file list])))

(def ^:private ending ".karamon-part")
(def ^:private list-ending ".karamon-done")

(defn- sibling ^Path [^Path target mark ending]
  (.resolveSibling target (str "." (.getFileName target) "." mark ending)))

(defn open!
  "Opens the partial file of `target` with `mark`, some letters and digits; creates it if it is missing. Unless `keep?`, deletes it
  if the process gets a signal to end."
  ^Closeable [target mark keep?]
  (let [file (sibling target mark ending)
        list (sibling target mark list-ending)]
    (when-not keep?
      (run! #(Leftovers/add %) [file list]))
    (try
      (let [done (Held/hold list)]
        (try
          (->Partial target file list (OwnerOnly/open file) done)
          (catch Throwable e
            (.close done)
            (throw e))))
      (catch Throwable e
        (run! #(Leftovers/keep %) [file list])
        (throw e)))))

(defn delete!
  "Deletes the partial file and its list."
  [{:keys [file list]}]
  (Files/deleteIfExists file)
  (Files/deleteIfExists list))

(defn- marks
  "Returns the marks of all partial files of a target."
  [^Path target]
  (let [start (str "." (.getFileName target) ".")]
    (with-open [siblings (Files/newDirectoryStream (.getParent target))]
      (into #{}
            (keep (fn [^Path other]
                    (let [name (str (.getFileName other))]
                      (when (str/starts-with? name start)
                        (second (re-matches #"([0-9a-f-]+)\.karamon-(?:part|done)" (subs name (count start))))))))
            siblings))))

(defn delete-unused!
  "Deletes the partial files of a target that no process holds, except those with a mark for which `keep?` returns true."
  [target keep?]
  (doseq [mark (remove keep? (marks target))
          :let [[file list] (map #(sibling target mark %) [ending list-ending])]]
    (Held/runIfUnused list (reify Consumer
                             (accept [_ _] (delete! {:file file, :list list}))))))

(defn- writing
  "Calls `f`, which writes to a file. Throws ex-info of `:type` `:karamon.s3/unwritable` if it throws an IOException."
  [file f]
  (try
    (f)
    (catch IOException e
      (throw (ex-info (str file " can't be written: " (or (ex-message e) (class e))) {:type :karamon.s3/unwritable, :file (str file)} e)))))

(defn write!
  "Writes the first `n` of `bytes` at a position. Throws ex-info of `:type` `:karamon.s3/unwritable`."
  [{:keys [^FileChannel channel file]} ^bytes bytes n at]
  (let [from (ByteBuffer/wrap bytes 0 n)]
    (writing file #(while (.hasRemaining from)
                     (.write channel from (+ at (.position from)))))))

(defn done!
  "Adds a range to the list of finished ones, with the CRC-32 of its bytes. Throws as `write!` does."
  [{:keys [^Held done list]} number ^CRC32 crc]
  (let [channel (.channel done)]
    (locking channel
      ;; One write of few bytes: all lines are complete, except one that a crash cut off.
      (writing list #(.write channel (ByteBuffer/wrap (.getBytes (str number " " (.getValue crc) ".\n"))) (.size channel))))))

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
  [{:keys [^Held done]}]
  (let [channel (.channel done)
        buffer  (ByteBuffer/allocate (.size channel))]
    (while (and (.hasRemaining buffer) (pos? (.read channel buffer (.position buffer)))))
    (into {}
          (map (fn [[_ number crc]] [(parse-long number) (parse-long crc)]))
          (re-seq #"(?m)^(\d+) (\d+)\.$" (String. (.array buffer) StandardCharsets/US_ASCII)))))

(defn holds?
  "Returns whether the bytes of a range have the CRC-32 `crc`."
  [partial range crc]
  (= crc (crc-of partial range)))

(defn finish!
  "Replaces the target with the file, atomically, and deletes all unused partial files of the target. The file gets the permissions
  of new files, unless `owner-only?`. Throws as `write!` does."
  [{:keys [^FileChannel channel file ^Path target list]} owner-only?]
  (writing file #(.force channel true))
  (try
    (if owner-only?
      (Files/move file target ^"[Ljava.nio.file.CopyOption;" (into-array CopyOption [StandardCopyOption/ATOMIC_MOVE]))
      (Draft/publish file target))
    (catch NoSuchFileException e
      (throw (ex-info (str file " is gone: another download of the same object to " target " has ended meanwhile")
                      {:type :karamon.s3/busy, :file (str target)} e)))
    (catch IOException e
      (throw (ex-info (str target " can't be written: " (or (ex-message e) (class e))) {:type :karamon.s3/unwritable, :file (str target)} e))))
  (Files/deleteIfExists list)
  (delete-unused! target (constantly false)))
