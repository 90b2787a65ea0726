(ns karamon.dev.s3.begun
  "Notes of the uploads in parts that processes of this user have begun, in `$XDG_STATE_HOME/karamon/uploads`, or
  `~/.local/state/karamon/uploads`. A process holds its note. Without that, S3 would keep, and charge for, the parts of an upload whose
  process was killed: the next upload to the same key finds the note, and aborts it."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.s3.options :as s3-options]
   [karamon.s3.client :as client]
   [karamon.s3.client.address :as address]
   [karamon.s3.transfer.unfinished :as unfinished])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io File IOException)
   (java.nio ByteBuffer)
   (java.nio.channels FileChannel)
   (java.nio.file Files)
   (java.util UUID)
   (java.util.function Consumer)
   (karamon.file Held OwnerOnly)
   (karamon.json JsonReader JsonWriter Keys MalformedJson)))

(set! *warn-on-reflection* true)

(defn- folder ^File []
  (io/file (or (not-empty (System/getenv "XDG_STATE_HOME")) (io/file (System/getProperty "user.home") ".local" "state"))
           "karamon" "uploads"))

(defn- mark
  "Returns the beginning of the names of all notes for an object."
  [s3 {:keys [bucket key]}]
  (str (UUID/nameUUIDFromBytes (.getBytes (str (client/endpoint-of (:sdk s3)) " " bucket " " key))) "."))

(defn- write!
  "Returns the note of an upload; nil if it can't be written."
  [s3 upload]
  (try
    (let [file   (.resolve (OwnerOnly/folder (.toPath (folder))) (str (mark s3 upload) (random-uuid)))
          held   (Held/hold file)
          buffer (ByteBuffer/wrap (JsonWriter/bytes ^Object upload))]
      (while (.hasRemaining buffer)
        (.write (.channel held) buffer))
      {:file file, :held held, :upload upload})
    (catch IOException _)))

(defn- read-upload
  "Returns the upload that a note names; nil if its process was killed while it wrote the note."
  [^FileChannel channel]
  (let [buffer (ByteBuffer/allocate (min 65536 (.size channel)))]
    (while (and (.hasRemaining buffer) (pos? (.read channel buffer))))
    (try
      (JsonReader/read (.array buffer) Keys/KEYWORDS)
      (catch MalformedJson _))))

(defn- abort!
  "Aborts an upload. Returns false and prints the reason if that fails."
  [s3 upload]
  (try
    (unfinished/abort! s3 upload {})
    true
    (catch ExceptionInfo e
      (s3-options/print-to-stderr (str "An unfinished upload to " (address/text upload) " stays on S3, which charges for it: " (ex-message e))))))

(defn- abort-unused!
  "Aborts the uploads to an object whose processes have ended, and deletes their notes."
  [s3 object]
  (let [mark (mark s3 object)]
    (doseq [^File file (.listFiles (folder))
            :when (str/starts-with? (.getName file) mark)]
      (Held/runIfUnused (.toPath file)
                        (reify Consumer
                          (accept [_ channel]
                            (let [upload (read-upload channel)]
                              (when (or (nil? upload) (abort! s3 upload))
                                (Files/deleteIfExists (.toPath file))))))))))

(defn- forget! [{:keys [file ^Held held]}]
  (Files/deleteIfExists file)
  (.close held))

(defn call
  "Calls `f`, which uploads to `object`, with a function to pass to karamon.s3/upload! as `:begun`. Returns the result of `f`. Aborts
  what earlier processes have left first, and the upload if `f` throws. `on-stop!` is that of karamon.dev.s3.stop/call."
  [s3 object on-stop! f]
  (abort-unused! s3 object)
  (let [note (atom nil)]
    (try
      (let [result (f (fn [upload]
                        (reset! note (write! s3 upload))
                        (on-stop! #(abort! s3 upload))))]
        (some-> @note forget!)
        result)
      (catch Throwable e
        ;; The upload has aborted itself, if it could. Only S3's answer to another request shows that.
        (when-let [{:keys [upload ^Held held] :as found} @note]
          (if (abort! s3 upload)
            (forget! found)
            (.close held)))
        (throw e)))))
