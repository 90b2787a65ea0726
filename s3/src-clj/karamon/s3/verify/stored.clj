(ns karamon.s3.verify.stored
  "Hashes the stored bytes of an object: the last resort, since it downloads them all."
  (:require
   [karamon.s3.verify.pinned :as pinned])
  (:import
   (java.io IOException InputStream)
   (java.security MessageDigest)
   (java.util Base64)))

(set! *warn-on-reflection* true)

(def ^:private piece (* 8 1024 1024))
(def ^:private attempts 3)

(defn- once
  "Returns the bytes from `from` to before `to`, or nil if the connection was cut meanwhile. The SDK doesn't retry then, and the
  JDK's streams may just end."
  ^bytes [client head from to options]
  (try
    (with-open [^InputStream body (:body (pinned/call client :get-object head (assoc options :range (str "bytes=" from "-" (dec to)))))]
      (let [bytes (.readNBytes body (int (- to from)))]
        (when (= (- to from) (alength bytes))
          bytes)))
    (catch IOException _
      nil)))

(defn- range-of ^bytes [client {:keys [bucket key] :as head} from to options]
  (or (some (fn [_] (once client head from to options)) (range attempts))
      (throw (ex-info (str "s3://" bucket "/" key ": the connection was cut " attempts " times during the download")
                      {:type :karamon.s3/unreachable, :bucket bucket, :key key}))))

(defn sha256
  "Returns the SHA-256 of the bytes of the object that `head` describes, in Base64. Holds 8 MiB of them at a time."
  [client {:keys [size] :as head} options]
  (let [digest (MessageDigest/getInstance "SHA-256")]
    (doseq [from (range 0 size piece)]
      (.update digest (range-of client head from (min size (+ from piece)) options)))
    (.encodeToString (Base64/getEncoder) (.digest digest))))
