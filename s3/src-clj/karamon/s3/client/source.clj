(ns karamon.s3.client.source
  "The data to send to S3: a file or bytes."
  (:require
   [clojure.java.io :as io]
   [karamon.etag :as etag])
  (:import
   (java.io File InputStream)
   (java.nio.file Path)
   (java.util Base64 HexFormat)
   (karamon.text Shown)
   (software.amazon.awssdk.core.internal.util Mimetype)
   (software.amazon.awssdk.core.sync RequestBody)))

(set! *warn-on-reflection* true)

(defn file
  "Returns the file of a source as a Path; nil for bytes."
  ^Path [source]
  (cond
    (bytes? source)         nil
    (instance? Path source) source
    (instance? File source) (.toPath ^File source)
    (string? source)        (.toPath (io/file source))))

(defn size
  "Returns the size of a source in bytes. Throws ex-info of `:type` `:karamon.etag/unreadable` if it can't be read, or its size is
  unknown."
  [source]
  (or (when-not (instance? InputStream source)
        (etag/size-of source))
      (throw (ex-info (str "Expected a file or bytes, whose size is known, found " (Shown/text source))
                      {:type :karamon.etag/unreadable, :source source}))))

(defn content-type
  "Returns the media type of a source, by its file's name."
  [source]
  (if-let [file (file source)]
    (.getMimetype (Mimetype/getInstance) file)
    "application/octet-stream"))

(defn body
  "Returns the SDK's request body for a source; retries can read it again."
  ^RequestBody [source]
  (if-let [file (file source)]
    (RequestBody/fromFile file)
    (RequestBody/fromBytes source)))

(defn base64
  "Converts hexadecimal digits to base64, as in S3's headers."
  [^String hex]
  (.encodeToString (Base64/getEncoder) (.parseHex (HexFormat/of) hex)))
