(ns karamon.s3.transfer.cache
  "Copies of objects in a folder that processes of one user may share: a folder for each object, in it a file for each ETag. A
  process holds a file next to each copy that it uses, `.use`, so the copy isn't deleted."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io File IOException)
   (java.nio.file Files NoSuchFileException)
   (java.util UUID)
   (java.util.function Consumer)
   (karamon.file Held OwnerOnly)))

(set! *warn-on-reflection* true)

(def ^:private held
  "The copies that this process holds: for each its `:use`, a Held, and the number of its holders."
  (atom {}))

(defn- uuid [text]
  (str (UUID/nameUUIDFromBytes (.getBytes ^String text))))

(defn copy
  "Returns the file of an object's copy; `object` is a text that identifies the object."
  ^File [root object etag]
  (io/file root (uuid object) (if (re-matches #"[0-9A-Za-z-]{1,100}" etag) etag (uuid etag))))

(defn- use-file [^File copy]
  (.toPath (io/file (.getParentFile copy) (str (.getName copy) ".use"))))

(defn hold!
  "Protects a copy, which may not exist yet, from being deleted, until it is released as often as it is held. Throws ex-info of
  `:type` `:karamon.s3/unwritable`, also if another user may have planted files in the copy's folders."
  [root ^File copy]
  (locking held
    (when-not (@held copy)
      (try
        (OwnerOnly/folder (.toPath (io/file root)))
        (OwnerOnly/folder (.toPath (.getParentFile copy)))
        (swap! held assoc copy {:use (Held/hold (use-file copy)), :count 0, :monitor (Object.)})
        (catch IOException e
          (throw (ex-info (str (.getParent copy) " can't be written to: " (or (ex-message e) (class e)))
                          {:type :karamon.s3/unwritable, :file (str copy)} e)))))
    (swap! held update-in [copy :count] inc)))

(defn release!
  "Releases a copy once, so that it may be deleted."
  [copy]
  (locking held
    (let [{:keys [^Held use count]} (get-in (swap! held update-in [copy :count] dec) [copy])]
      (when (zero? count)
        (swap! held dissoc copy)
        (.close use)))))

(defn monitor
  "Returns the monitor that threads of this process lock while they make a copy that they hold."
  [copy]
  (get-in @held [copy :monitor]))

(defn- copy-of
  "Returns the copy that a file in an object's folder belongs to: the copy itself, a partial download of it, or its lock."
  ^File [^File file]
  (io/file (.getParentFile file) (str/replace (.getName file) #"^\.([^.]+)\..*$|\.use$" "$1")))

(defn- delete-unused! [copy files]
  (Held/runIfUnused (use-file copy)
                    (reify Consumer
                      (accept [_ _]
                        (doseq [^File file (sort-by #(str/ends-with? (str %) ".use") files)]
                          (Files/deleteIfExists (.toPath file)))))))

(defn sweep!
  "Deletes the other copies of the same object, and unfinished downloads, that no process holds."
  [^File copy]
  (doseq [[other files] (group-by copy-of (.listFiles (.getParentFile copy)))]
    (delete-unused! other files)))

(defn- size [file]
  (try
    (Files/size (.toPath ^File file))
    (catch NoSuchFileException _ 0)))

(defn expect-room!
  "Throws ex-info of `:type` `:karamon.s3/no-space` unless another `bytes` for `copy` fit into `max-bytes` with all other copies.
  Copies that this process is downloading count with their full size."
  [root copy bytes max-bytes]
  (locking held
    (let [there (transduce (comp (filter #(.isFile ^File %)) (remove #(or (= copy (copy-of %)) (get-in @held [(copy-of %) :bytes]))) (map size)) + (file-seq root))
          soon  (transduce (keep :bytes) + (vals (dissoc @held copy)))]
      (when (< max-bytes (+ there soon bytes))
        (throw (ex-info (str "The copies in " root " may take " max-bytes " bytes in all (:max-bytes): they take " (+ there soon)
                             ", including those in use, and another " bytes " are needed")
                        {:type :karamon.s3/no-space, :size bytes, :max max-bytes, :taken (+ there soon)}))))
    (swap! held assoc-in [copy :bytes] bytes)))

(defn made!
  "Records that a copy is no longer being downloaded."
  [copy]
  (locking held
    (swap! held update copy dissoc :bytes)))
