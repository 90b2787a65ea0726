(ns karamon.s3.stored
  "What the stored bytes of an object hash to: the last resort, for it downloads them all."
  (:require
   [karamon.s3.pinned :as pinned])
  (:import
   (java.io IOException InputStream)
   (java.security MessageDigest)
   (java.util Base64)))

(set! *warn-on-reflection* true)

(def ^:private piece (* 8 1024 1024))
(def ^:private attempts 3)

(defn- once [client head from to options]
  (with-open [^InputStream body (:body (pinned/call client :get-object head (assoc options :range (str "bytes=" from "-" (dec to)))))]
    (.readAllBytes body)))

(defn- range-of
  "Returns the bytes from `from` to before `to`. A connection that is cut while they come is not the SDK's to mend."
  ^bytes [client head from to options]
  (loop [attempt 1]
    (let [found (try
                  (once client head from to options)
                  (catch IOException e
                    (when (= attempts attempt)
                      (throw (ex-info (str "s3://" (:bucket head) "/" (:key head) ": the connection was cut " attempts
                                           " times: " (ex-message e))
                                      {:type :karamon.s3/unreachable, :bucket (:bucket head), :key (:key head)}
                                      e)))))]
      (cond
        (nil? found)                              (recur (inc attempt))
        (= (- to from) (alength ^bytes found))    found
        :else                                     (throw (pinned/changed head))))))

(defn sha256
  "Returns the SHA-256 of the bytes of the object of which `head` tells, in Base64. Holds 8 MiB of them at a time."
  [client {:keys [size] :as head} options]
  (let [digest (MessageDigest/getInstance "SHA-256")]
    (doseq [from (range 0 size piece)]
      (.update digest (range-of client head from (min size (+ from piece)) options)))
    (.encodeToString (Base64/getEncoder) (.digest digest))))
