(ns karamon.metrics
  "CloudWatch metrics without an agent or an API call: writes lines in the embedded metric format to the log, and CloudWatch
  extracts the metrics.

      (metrics/add! {:orders 1, :latency {:value 12.5 :unit :milliseconds}}
                    {:namespace \"Shop\" :dimensions {:stage \"prod\"} :properties {:order 7}})

  Each call writes one line at once, or several if CloudWatch's limits require it. Nothing is buffered, so metrics can't get
  into another invocation or be lost when the process ends.

  The format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html"
  (:import
   (karamon.log Log Metrics)))

(set! *warn-on-reflection* true)

(def ^:private units
  "Keyword to CloudWatch's name of the unit:
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html"
  (let [sizes ["Bytes" "Kilobytes" "Megabytes" "Gigabytes" "Terabytes" "Bits" "Kilobits" "Megabits" "Gigabits" "Terabits"]
        all   (concat ["Seconds" "Microseconds" "Milliseconds" "Percent" "Count" "None" "Count/Second"]
                      sizes
                      (map #(str % "/Second") sizes))]
    (into {} (map (fn [^String unit] [(keyword (.toLowerCase unit java.util.Locale/ROOT)) unit])) all)))

(def ^:private max-metrics 100)
(def ^:private max-values 100)
(def ^:private max-dimensions 30)
(def ^:private max-characters 1024)

(def ^:private max-items
  "More items of any collection are a mistake, such as an endless sequence."
  100000)

(defn- refuse [type message data]
  (throw (ex-info message (assoc data :type type))))

(defn- bounded [what xs]
  (when (< max-items (bounded-count (inc max-items) xs))
    (refuse ::bad-value (str "Expected at most " max-items " " what ", found more") {}))
  xs)

(defn- check-keys [what known m]
  (when-not (or (nil? m) (and (map? m) (empty? m)))
    (karamon.text.Options/check m known what ::bad-option :key)))

(defn- member-name
  "Returns the name of a member: a string, or a keyword's name with its namespace."
  [what k]
  (let [s (cond
            (keyword? k) (subs (str k) 1)
            (string? k)  k)]
    (when-not (and s (re-find #"\S" s) (<= (count s) max-characters) (not= "_aws" s))
      (refuse ::bad-name (str "The name of a " what " must be a keyword or string of 1 to " max-characters " characters, and not _aws, found "
                              (karamon.text.Shown/of k))
              {:name k}))
    s))

(defn- number
  "Returns a metric's value as a JSON number. The bound: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html"
  [metric x]
  (let [n (when (number? x) (double x))]
    (when-not (and n (Double/isFinite n) (<= (Math/abs (double n)) (Math/pow 2 360)))
      (refuse ::bad-value (str "A value of the metric " metric " must be a finite number within 2^360, found " (karamon.text.Shown/of x))
              {:metric metric, :value x}))
    (if (instance? Long x) x n)))

(defn- metric
  "Returns the metric `k` as a map of `:name`, `:values` (a vector), `:unit` and `:resolution`."
  [[k given]]
  (let [name (member-name "metric" k)
        m    (if (map? given) given {:value given})
        _    (check-keys (str "the metric " name) #{:value :unit :resolution} m)
        vs   (:value m)
        unit (:unit m)
        res  (:resolution m 60)]
    (when-not (or (nil? unit) (and (keyword? unit) (units unit)) (and (string? unit) (some #{unit} (vals units))))
      (refuse ::bad-unit (karamon.text.Options/unknown "unit" unit (str "the metric " name) (keys units))
              {:metric name, :unit unit}))
    (when-not (and (int? res) (#{1 60} res))
      (refuse ::bad-value (str "The resolution of the metric " name " must be 1 or 60 (seconds), found " (karamon.text.Shown/of res))
              {:metric name, :value res}))
    (when (and (sequential? vs) (empty? vs))
      (refuse ::bad-value (str "The metric " name " has no values") {:metric name, :value vs}))
    {:name name, :values (mapv #(number name %) (if (sequential? vs) (bounded (str "values of the metric " name) vs) [vs])), :unit (units unit unit), :resolution res}))

(defn- dimension-value [name v]
  (let [s (cond
            (keyword? v) (member-name "dimension" v)
            (string? v)  v
            ;; The text of any other value may be anything.
            (and (some? v) (karamon.text.Known/is v)) (karamon.text.Shown/text v))]
    (when-not (and s (re-matches #"(?=.*[^ ])[ -~]{1,1024}" s))
      (refuse ::bad-value (str "The dimension " name " must have 1 to " max-characters " printable ASCII characters, found " (karamon.text.Shown/of v))
              {:dimension name, :value v}))
    s))

(defn- dimension-set [m]
  (when (< max-dimensions (count m))
    (refuse ::too-many-dimensions (str "A metric has at most " max-dimensions " dimensions, found " (count m)) {:count (count m)}))
  (into {} (for [[k v] m
                 :let  [name (member-name "dimension" k)]]
             [name (dimension-value name v)])))

(defn- check-distinct
  "Throws if a name occurs twice: all are members of the same JSON object."
  [names]
  (when-let [twice (first (for [[name n] (frequencies names) :when (< 1 n)] name))]
    (refuse ::bad-name (str "The name " twice " is used twice among the metrics, dimensions and properties: each needs its own name")
            {:name twice})))

(defn- pieces
  "Returns metrics in groups that fit into a line: 100 metrics, and 100 values of each."
  [metrics]
  (let [rounds (for [i (range (apply max (map #(quot (dec (count (:values %))) max-values) metrics)) -1 -1)]
                 (for [m     metrics
                       :let  [vs (drop (* i max-values) (:values m))]
                       :when (seq vs)]
                   (assoc m :values (vec (take max-values vs)))))]
    (mapcat #(partition-all max-metrics %) (reverse rounds))))

(defn- document
  "Returns the members of a line."
  [metrics namespace dimension-sets now]
  (into {"_aws" {"Timestamp"         now
                 "CloudWatchMetrics" [{"Namespace"  namespace
                                       "Dimensions" (mapv (comp vec keys) dimension-sets)
                                       "Metrics"    (for [{:keys [name unit resolution]} metrics]
                                                      (cond-> {"Name" name}
                                                        unit             (assoc "Unit" unit)
                                                        (= 1 resolution) (assoc "StorageResolution" 1)))}]}}
        (concat (apply merge dimension-sets)
                (for [{:keys [name values]} metrics]
                  [name (if (next values) values (first values))]))))

(defn- lines
  "Returns the lines for `metrics`; splits metrics in halves if their line is too long."
  [metrics properties document]
  (if-let [line (Metrics/line (document metrics) properties)]
    [line]
    (if (next metrics)
      (mapcat #(lines % properties document) (split-at (quot (count metrics) 2) metrics))
      (refuse ::too-large "The properties and dimensions don't fit into a log event of 256 KB together with a metric" {:metric (:name (first metrics))}))))

(defn- checked-namespace [given]
  (when-not (and (string? given) (re-matches #"(?=.*[^ ])[^:\p{Cntrl}][\p{ASCII}&&\P{Cntrl}]{0,254}" given))
    (refuse ::bad-namespace (str "Metrics need a namespace of 1 to 255 characters that doesn't begin with a colon, as the option :namespace or "
                                 "the environment variable KARAMON_METRICS_NAMESPACE, found " (karamon.text.Shown/of given))
            {:namespace given}))
  given)

(defn embedded
  "Returns the lines that `add!` would write for the same arguments, as byte arrays in UTF-8, each with its line feed."
  [metrics options]
  (check-keys "metrics" #{:namespace :dimensions :properties} options)
  (let [{:keys [dimensions properties]} options
        namespace  (checked-namespace (:namespace options (System/getenv "KARAMON_METRICS_NAMESPACE")))
        sets       (mapv dimension-set (if (map? dimensions) [dimensions] (or (seq (bounded "sets of dimensions" dimensions)) [{}])))
        metrics    (mapv metric (bounded "metrics" metrics))
        properties (into {} (map (fn [[k v]] [(member-name "property" k) v])) (bounded "properties" properties))
        values     (distinct (apply concat sets))]
    (check-distinct (concat (map :name metrics) (map first values) (keys properties)))
    (when (seq metrics)
      (let [now (System/currentTimeMillis)]
        (mapcat #(lines % properties (fn [some] (document some namespace sets now))) (pieces metrics))))))

(defn add!
  "Writes metrics to the log, at any log level. `metrics` is a map of name (keyword or string) to a number, a
  sequence of numbers, or a map of

  * `:value` -- a number or a sequence of numbers
  * `:unit` -- such as `:milliseconds`, `:bytes`, `:percent`, `:count`, `:bytes/second` (default none)
  * `:resolution` -- 1 or 60 seconds (default 60)

  Options:

  * `:namespace` -- of the metrics (default: the environment variable KARAMON_METRICS_NAMESPACE)
  * `:dimensions` -- a map of name to value, at most 30; or several maps: the metrics are counted by each (default none)
  * `:properties` -- a map of any other values to add to the line, which can be searched for but aren't counted. The
    invocation's request id and trace id are always added.

  Returns nil. More than 100 metrics, or 100 values of one, or 256 KB, become several lines. For metrics that CloudWatch would
  refuse, throws ex-info and writes nothing; its `:type` is `:karamon.metrics/bad-namespace`, `bad-name`, `bad-value`,
  `bad-unit`, `bad-option`, `too-many-dimensions` or `too-large`."
  ([metrics] (add! metrics {}))
  ([metrics options]
   (run! #(.print (Log/ofTheProcess) ^bytes %) (vec (embedded metrics options)))))
