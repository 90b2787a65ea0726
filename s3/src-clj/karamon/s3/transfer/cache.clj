(ns karamon.s3.transfer.cache
  "Copies of objects in a folder that processes may share: a folder for each object, in it a file for each ETag. A process
  holds the copies that it uses by a lock on a file beside, `.use`, which ends with the process, so that none is deleted that
  is in use."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io File IOException)
   (java.nio.channels FileChannel OverlappingFileLockException)
   (java.nio.file Files NoSuchFileException OpenOption StandardOpenOption)
   (java.util UUID)))

(set! *warn-on-reflection* true)

(def ^:private held
  "What this process holds: for each copy the channel of its lock and how many hold it."
  (atom {}))

(defn- uuid [text]
  (str (UUID/nameUUIDFromBytes (.getBytes ^String text))))

(defn copy
  "Returns the file of an object's copy; `object` is all that tells it from others, as text."
  ^File [root object etag]
  (io/file root (uuid object) (if (re-matches #"[0-9A-Za-z-]{1,100}" etag) etag (uuid etag))))

(defn- lock-file ^File [^File copy]
  (io/file (.getParentFile copy) (str (.getName copy) ".use")))

(defn- lock-channel ^FileChannel [copy]
  (FileChannel/open (.toPath (lock-file copy))
                    ^"[Ljava.nio.file.OpenOption;" (into-array OpenOption [StandardOpenOption/CREATE StandardOpenOption/READ StandardOpenOption/WRITE])))

(defn hold!
  "Keeps a copy, which may not be there yet, from being deleted until it is released as often. Throws
  ex-info of `:type` `:karamon.s3/unwritable`."
  [copy]
  (io/make-parents copy)
  (locking held
    (when-not (@held copy)
      (try
        (let [channel (lock-channel copy)]
          (.lock channel 0 Long/MAX_VALUE true)
          (swap! held assoc copy {:channel channel, :count 0, :monitor (Object.)}))
        (catch IOException e
          (throw (ex-info (str (.getParent (io/file copy)) " can't be written to: " (or (ex-message e) (class e)))
                          {:type :karamon.s3/unwritable, :file (str copy)} e)))))
    (swap! held update-in [copy :count] inc)))

(defn release!
  "Lets a copy be deleted."
  [copy]
  (locking held
    (let [{:keys [^FileChannel channel count]} (get-in (swap! held update-in [copy :count] dec) [copy])]
      (when (zero? count)
        (swap! held dissoc copy)
        (.close channel)))))

(defn monitor
  "Returns what threads of this process lock while they make a copy that they hold."
  [copy]
  (get-in @held [copy :monitor]))

(defn- copy-of
  "Returns the copy that a file in an object's folder is, is a part of, or locks."
  ^File [^File file]
  (io/file (.getParentFile file) (str/replace (.getName file) #"^\.([^.]+)\..*$|\.use$" "$1")))

(defn- delete-unused! [^File copy files]
  (with-open [channel (lock-channel copy)]
    (when (try (.tryLock channel) (catch OverlappingFileLockException _))
      (doseq [^File file (sort-by #(str/ends-with? (str %) ".use") files)]
        (Files/deleteIfExists (.toPath file))))))

(defn sweep!
  "Deletes the copies beside `copy`, and what is left of downloads, that no process holds."
  [^File copy]
  (locking held
    (doseq [[other files] (group-by copy-of (.listFiles (.getParentFile copy)))]
      (when-not (@held other)
        (delete-unused! other files)))))

(defn- size [file]
  (try
    (Files/size (.toPath ^File file))
    (catch NoSuchFileException _ 0)))

(defn expect-room!
  "Throws ex-info of `:type` `:karamon.s3/no-space` unless another `bytes` for `copy` fit into what all copies may take. What
  this process is downloading counts in full."
  [root copy bytes most]
  (locking held
    (let [there (transduce (comp (filter #(.isFile ^File %)) (remove #(or (= copy (copy-of %)) (get-in @held [(copy-of %) :bytes]))) (map size)) + (file-seq root))
          soon  (transduce (keep :bytes) + (vals (dissoc @held copy)))]
      (when (< most (+ there soon bytes))
        (throw (ex-info (str "The copies in " root " may take " most " bytes in all (:max-bytes): they take " (+ there soon)
                             ", those in use among them, and another " bytes " are needed")
                        {:type :karamon.s3/no-space, :size bytes, :most most, :taken (+ there soon)}))))
    (swap! held assoc-in [copy :bytes] bytes)))

(defn made!
  "Says that a copy is no longer being downloaded."
  [copy]
  (locking held
    (swap! held update copy dissoc :bytes)))
