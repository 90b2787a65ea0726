(ns karamon.lambda.values
  "Values in the records of several sources: base64, instants, numbers as text, message attributes."
  {:no-doc true}
  (:import
   (clojure.lang BigInt)
   (java.nio.charset StandardCharsets)
   (java.time Instant OffsetDateTime)
   (java.util Base64)
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(defn bytes64
  "Decodes the base64 `text`. Returns bytes, nil for nil. Throws ex-info of `:type` `:karamon.lambda/bad-value` for invalid
  base64."
  ^bytes [^String text]
  (when text
    (try
      (.decode (Base64/getDecoder) text)
      (catch IllegalArgumentException e
        (throw (ex-info (str "Expected base64, found " (pr-str (subs text 0 (min 40 (count text)))) ": " (ex-message e))
                        {:type :karamon.lambda/bad-value} e))))))

(defn base64
  "Returns the base64 text of bytes, or of a string in UTF-8."
  [data]
  (.encodeToString (Base64/getEncoder) (if (string? data) (.getBytes ^String data StandardCharsets/UTF_8) ^bytes data)))

(defn number
  "Parses a number exactly. Returns a long, a BigInt or a BigDecimal. Throws ex-info of `:type` `:karamon.lambda/bad-value`
  if `text` isn't a number."
  [^String text]
  (try
    (let [decimal (BigDecimal. text)]
      (if (pos? (.scale (.stripTrailingZeros decimal)))
        decimal
        (let [whole (.toBigIntegerExact decimal)]
          (if (< (.bitLength whole) 64) (.longValue whole) (BigInt/fromBigInteger whole)))))
    (catch NumberFormatException e
      (throw (ex-info (str "Expected a number, found " (pr-str text)) {:type :karamon.lambda/bad-value, :value text} e)))))

(defn instant
  "Returns the instant for a time in ISO 8601, or for milliseconds since 1970, as a number or text; nil for nil."
  [x]
  (cond
    (nil? x)                                    nil
    (number? x)                                 (Instant/ofEpochMilli (long x))
    (re-matches #"\d+" x)                       (Instant/ofEpochMilli (parse-long x))
    :else                                       (.toInstant (OffsetDateTime/parse ^String x))))

(defn instant-of-seconds
  "Returns the instant for seconds since 1970, which may have a fraction; nil for nil."
  [x]
  (when x
    (Instant/ofEpochMilli (Math/round (* 1000.0 (double x))))))

(defn attribute
  "Returns a message attribute's value by its type, such as \"Number\" or \"Number.float\": a string, an exact number, bytes,
  or for \"String.Array\" the data in its JSON."
  [^String type text binary]
  (cond
    (= "String.Array" type)      (JsonReader/read ^String text Keys/KEYWORDS)
    (.startsWith type "Number")  (number text)
    (.startsWith type "Binary")  (bytes64 binary)
    :else                        text))
