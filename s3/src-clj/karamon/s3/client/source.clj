(ns karamon.s3.client.source
  "What is sent to S3: a file or bytes, all or a part."
  (:require
   [clojure.java.io :as io]
   [karamon.etag :as etag])
  (:import
   (java.io File InputStream)
   (java.nio.file Path)
   (java.util Base64 HexFormat)
   (software.amazon.awssdk.core.internal.util Mimetype)
   (software.amazon.awssdk.core.sync RequestBody)))

(set! *warn-on-reflection* true)

(defn file
  "Returns the file of a source as a Path; nil of bytes."
  ^Path [source]
  (cond
    (bytes? source)         nil
    (instance? Path source) source
    (instance? File source) (.toPath ^File source)
    (string? source)        (.toPath (io/file source))))

(defn size
  "Returns the bytes of a source. Throws ex-info of `:type` `:karamon.etag/unreadable` when it can't be read, or its size isn't
  known."
  [source]
  (or (when-not (instance? InputStream source)
        (etag/size-of source))
      (throw (ex-info (str "Expected a file or bytes, whose size is known, found " source)
                      {:type :karamon.etag/unreadable, :source source}))))

(defn content-type
  "Returns the media type that the name of a source's file tells."
  [source]
  (if-let [file (file source)]
    (.getMimetype (Mimetype/getInstance) file)
    "application/octet-stream"))

(defn body
  "Returns what the SDK sends a source by, as often as it tries."
  ^RequestBody [source]
  (if-let [file (file source)]
    (RequestBody/fromFile file)
    (RequestBody/fromBytes source)))

(defn base64
  "Returns hexadecimal digits as S3's headers have them."
  [^String hex]
  (.encodeToString (Base64/getEncoder) (.parseHex (HexFormat/of) hex)))
