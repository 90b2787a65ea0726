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

(defn- bad-value
  "Returns the exception for a value that isn't `expected`."
  [expected x cause]
  (let [short #(subs % 0 (min 60 (count %)))]
    (ex-info (str "Expected " expected ", found " (short (karamon.text.Shown/of x)) (some->> (ex-message cause) short (str ": ")))
             {:type :karamon.lambda/bad-value}
             cause)))

(defn bytes64
  "Decodes the base64 `text`. Returns bytes, nil for nil. Throws ex-info of `:type` `:karamon.lambda/bad-value` for anything
  else."
  ^bytes [text]
  (when (some? text)
    (try
      (.decode (Base64/getDecoder) ^String text)
      (catch RuntimeException e
        (throw (bad-value "base64" text e))))))

(defn base64
  "Returns the base64 text of bytes, or of a string in UTF-8."
  [data]
  (.encodeToString (Base64/getEncoder) (if (string? data) (.getBytes ^String data StandardCharsets/UTF_8) ^bytes data)))

(def ^:private max-length
  "The length of the longest text that is read as a number. Without an exponent, the longest number in range has 170 characters."
  256)

(defn decimal
  "Returns the BigDecimal that `text` holds; nil if it isn't a number of the range that AWS documents, which keeps all that is
  done with it cheap: up to 38 significant digits, and 0 or a magnitude from 1E-130 to 1E126.
  https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
  https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html"
  ^BigDecimal [text]
  (when (and (string? text) (<= (count text) (long max-length)))
    (try
      (let [decimal (BigDecimal. ^String text)
            plain   (.abs (.stripTrailingZeros decimal))]
        (when (and (<= (.precision plain) 38) (or (zero? (.signum plain)) (<= 1E-130M plain 1E126M)))
          decimal))
      (catch NumberFormatException _ nil)
      (catch ArithmeticException _ nil))))

(defn number
  "Parses a number exactly. Returns a long, a BigInt or a BigDecimal. Throws ex-info of `:type` `:karamon.lambda/bad-value` if
  `text` isn't a number, or is one that AWS doesn't have."
  [text]
  (let [exact (or (decimal text) (throw (bad-value "a number of up to 38 digits, from 1E-130 to 1E126" text nil)))
        plain (.stripTrailingZeros ^BigDecimal exact)]
    (if (pos? (.scale plain))
      exact
      (let [whole (.toBigIntegerExact plain)]
        (if (< (.bitLength whole) 64) (.longValue whole) (BigInt/fromBigInteger whole))))))

(defn instant
  "Returns the instant for a time in ISO 8601, or for milliseconds since 1970, as a number or text; nil for nil. Throws ex-info
  of `:type` `:karamon.lambda/bad-value` for anything else."
  [x]
  (try
    (cond
      (nil? x)               nil
      (number? x)            (Instant/ofEpochMilli (long x))
      (re-matches #"\d+" x)  (Instant/ofEpochMilli (Long/parseLong x))
      :else                  (.toInstant (OffsetDateTime/parse ^String x)))
    (catch RuntimeException e
      (throw (bad-value "a time in ISO 8601 or in milliseconds since 1970" x e)))))

(defn instant-of-seconds
  "Returns the instant for seconds since 1970, which may have a fraction; nil for nil. Throws ex-info of `:type`
  `:karamon.lambda/bad-value` for anything else."
  [x]
  (when x
    (try
      (Instant/ofEpochMilli (Math/round (* 1000.0 (double x))))
      (catch RuntimeException e
        (throw (bad-value "a number of seconds since 1970" x e))))))

(defn attribute
  "Returns a message attribute's value by its type, such as \"Number\" or \"Number.float\": a string, an exact number, bytes,
  or for \"String.Array\" the data in its JSON."
  [^String type text binary]
  (cond
    (= "String.Array" type)      (JsonReader/read ^String text Keys/KEYWORDS)
    (.startsWith type "Number")  (number text)
    (.startsWith type "Binary")  (bytes64 binary)
    :else                        text))
