(ns karamon.lambda.dynamodb
  "Converts records of DynamoDB streams to plain records, and DynamoDB's attribute values to plain data and back.
  `karamon.lambda/defbatch` calls a function for each record of a batch."
  (:require
   [clojure.string :as str]
   [karamon.lambda.record :as record]
   [karamon.lambda.values :as values])
  (:import
   (clojure.lang BigInt Keyword Symbol)
   (karamon.json Keys Maps)))

(set! *warn-on-reflection* true)

(defn value
  "Returns the plain data of an attribute value, a map of one type to its content, with keywords or strings for keys:

  | `S` a string | `N` an exact number: a long, BigInt or BigDecimal | `BOOL` true or false | `NULL` nil |
  | `B` bytes | `L` a vector | `M` a map, its names as keywords | `SS`, `NS`, `BS` a set, which remembers its type |

  Throws ex-info of `:type` `:karamon.lambda/bad-value` for an unknown type, and for a number that DynamoDB doesn't have: of more
  than 38 digits, or out of the range from 1E-130 to 1E126."
  [attribute]
  (let [[k held] (when (map? attribute) (first attribute))
        type     (when k (name k))
        typed    #(with-meta (Maps/set (to-array %)) {::type type})]
    (case type
      "S"    held
      "N"    (values/number held)
      "BOOL" held
      "NULL" nil
      "B"    (values/bytes64 held)
      "L"    (mapv value held)
      "M"    (Maps/ofLast (to-array (mapcat (fn [[k v]] [(if (string? k) (.of Keys/KEYWORDS k) k) (value v)]) held)))
      "SS"   (typed held)
      "NS"   (typed (map values/number held))
      "BS"   (typed (map values/bytes64 held))
      (throw (ex-info (str "Expected an attribute value, such as {:S \"text\"}, found " (karamon.text.Shown/of attribute))
                      {:type :karamon.lambda/bad-value})))))

(defn item
  "Returns the plain data of an item, a map of names to attribute values, with keywords for names; nil for nil."
  [attributes]
  (when attributes
    (value {"M" attributes})))

(defn- unwritable [what x]
  (throw (ex-info (str "DynamoDB has no form for " what ": " (karamon.text.Shown/of x)) {:type :karamon.lambda/bad-value})))

(defn- number-text [x]
  (let [text (str (if (instance? BigInt x) (biginteger x) x))]
    (if (values/decimal text) text (unwritable "the number" x))))

(defn- set-type [xs]
  (let [kinds (into #{} (map #(cond (string? %) "SS", (number? %) "NS", (bytes? %) "BS")) xs)]
    (cond
      (empty? xs)                                    (or (::type (meta xs)) (unwritable "a set of no type" xs))
      (and (= 1 (count kinds)) (some? (first kinds))) (first kinds)
      :else                                          (unwritable "a set whose members aren't all strings, numbers or bytes" xs))))

(declare attribute)

(defn- members [m]
  (let [named (into {} (map (fn [[k v]] [(if (string? k) k (str/replace (str k) #"^:" "")) (attribute v)])) m)]
    (if (= (count named) (count m))
      named
      (unwritable "two keys of the same name" m))))

(defn attribute
  "Returns the attribute value for plain data, with strings for keys, as in DynamoDB's JSON: the inverse of `value`. Keywords
  and symbols become strings, and so do names. Throws ex-info of `:type` `:karamon.lambda/bad-value` for data that DynamoDB
  doesn't have: NaN, ratios, numbers of more than 38 digits or out of its range, mixed sets, an empty set that didn't come from
  DynamoDB, two keys of the same name such as `:a` and \"a\", other objects."
  [x]
  (cond
    (nil? x)        {"NULL" true}
    (string? x)     {"S" x}
    (boolean? x)    {"BOOL" x}
    (number? x)     {"N" (number-text x)}
    (bytes? x)      {"B" (values/base64 x)}
    (map? x)        {"M" (members x)}
    (sequential? x) {"L" (mapv attribute x)}
    (or (instance? Keyword x) (instance? Symbol x)) {"S" (str/replace (str x) #"^:" "")}
    (set? x)        (let [type (set-type x)]
                      {type (mapv (case type "SS" identity, "NS" number-text, "BS" values/base64) x)})
    :else           (unwritable (.getName (class x)) x)))

(defn attributes
  "Returns the item for a map, a map of names to attribute values: the inverse of `item`."
  [m]
  (get (attribute m) "M"))

(defn- creation-time
  "Returns the instant of a change. A stream has seconds. Kinesis Data Streams have milliseconds or microseconds, and their records
  from before 2024 don't say which: milliseconds."
  [{{time :approximate-creation-date-time, precision :approximate-creation-date-time-precision} :dynamodb, format :record-format}]
  (cond
    (= "MICROSECOND" precision) (values/instant (quot (long time) 1000))
    (or precision format)       (values/instant time)
    :else                       (values/instant-of-seconds time)))

(defn record
  "Converts a record of a DynamoDB stream's event to a plain record; also one that Kinesis Data Streams pass on, as
  `karamon.lambda/event` returns it for a Kinesis record's `:data`:

      {:event :modify :keys {:id 101} :new {:id 101 :total 3.50M} :old {:id 101} :sequence-number \"…\" :time #<Instant> …}

  * `:event` -- `:insert`, `:modify` or `:remove`
  * `:keys`, `:new`, `:old` -- plain data; `:new` and `:old` are nil if the stream's view or the event has none
  * `:expired?` -- whether DynamoDB itself removed the item because its time to live had passed
  * `:id`, `:table` (its name), `:stream-arn`, `:region`, `:size` (bytes)"
  [{:keys [dynamodb user-identity] :as record}]
  (let [arn (:event-source-arn record)]
    {:id              (:event-id record)
     :event           (some-> (:event-name record) str/lower-case keyword)
     :keys            (item (:keys dynamodb))
     :new             (item (:new-image dynamodb))
     :old             (item (:old-image dynamodb))
     :sequence-number (:sequence-number dynamodb)
     :time            (creation-time record)
     :size            (:size-bytes dynamodb)
     :expired?        (and (= "REMOVE" (:event-name record))
                           (= ["Service" "dynamodb.amazonaws.com"] [(:type user-identity) (:principal-id user-identity)]))
     :table           (or (:table-name record) (some->> arn (re-find #":table/([^/]+)") second))
     :stream-arn      arn
     :region          (:aws-region record)}))

(defn records
  "Returns the records of a DynamoDB stream's event, a vector. Throws ex-info of `:type` `:karamon.lambda/other-event` for
  any other event, and `:karamon.lambda/bad-value` for a record that can't be read."
  [event]
  (record/records event :dynamodb "a DynamoDB stream's event with :records" record))
