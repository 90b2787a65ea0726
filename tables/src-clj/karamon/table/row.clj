(ns karamon.table.row
  "Converts Spark's rows to Clojure data."
  (:import
   (java.sql Date Timestamp)
   (java.util Iterator)
   (org.apache.spark.sql Row)
   (org.apache.spark.sql.catalyst.util DateTimeUtils)
   (org.apache.spark.sql.types StructType)
   (scala Tuple2)))

(set! *warn-on-reflection* true)

(defn- elements
  "Returns the elements of a Scala collection as a vector."
  [^scala.collection.Iterable coll]
  (let [^scala.collection.Iterator it (.iterator coll)]
    (loop [found (transient [])]
      (if (.hasNext it)
        (recur (conj! found (.next it)))
        (persistent! found)))))

(defn columns
  "Returns the keywords of a row's or result's columns. A repeated name gets a number, as in `:id-2`."
  [^StructType schema]
  (loop [[column & more] (.fieldNames schema), seen {}, found []]
    (if (nil? column)
      found
      (let [n (inc (seen column 0))]
        (recur more (assoc seen column n) (conj found (keyword (if (= 1 n) column (str column "-" n)))))))))

(declare row->map)

(defn value
  "Returns a Spark value as Clojure data: whole numbers as longs, decimals as BigDecimal, a date as java.time.LocalDate,
  a timestamp as java.time.Instant (Spark's functions convert these two, since java.sql's have the Julian calendar before 1582),
  binary as a byte array, an array as a vector, a struct as a map with keywords."
  [v]
  (condp instance? v
    Integer               (long v)
    Short                 (long v)
    Byte                  (long v)
    Timestamp             (DateTimeUtils/microsToInstant (DateTimeUtils/fromJavaTimestamp v))
    Date                  (DateTimeUtils/daysToLocalDate (DateTimeUtils/fromJavaDate v))
    Row                   (row->map (columns (.schema ^Row v)) v)
    scala.collection.Map  (into {} (map (fn [^Tuple2 t] [(value (._1 t)) (value (._2 t))])) (elements v))
    scala.collection.Iterable (mapv value (elements v))
    v))

(defn row->map
  "Returns a row as a map of its `columns`, in their order."
  [columns ^Row row]
  (apply array-map (mapcat (fn [i column] [column (value (.get row (int i)))]) (range) columns)))

(defn reducible
  "Returns a reducible of rows as maps. It calls `open` for each reduction; `open` returns [schema iterator]."
  [open]
  (reify clojure.lang.IReduceInit
    (reduce [_ f start]
      (let [[schema ^Iterator rows] (open)
            columns (columns schema)]
        (loop [result start]
          (cond
            (reduced? result) @result
            (.hasNext rows)   (recur (f result (row->map columns (.next rows))))
            :else             result))))))
