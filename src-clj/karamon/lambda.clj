(ns karamon.lambda
  "Handlers for every event that isn't HTTP: queues, topics, streams, schedules, user pools and events of your own.

      (deflambda tally [event ctx]
        (count (:records event)))

      (defbatch settle [message ctx]
        (pay! (json (:body message))))

  The event is data with keywords for keys. AWS's own names are in kebab case (`:event-source-arn`). Names that people chose
  (message attributes, DynamoDB attributes, headers, an EventBridge `:detail`) keep their form; docs/events.md lists them.
  Events of any other kind keep all names as sent. The result, now or later, is written as JSON. An exception fails the
  invocation, so the calling service can retry.

  `karamon.lambda.sqs`, `sns`, `s3`, `dynamodb`, `kinesis`, `kafka`, `firehose`, `eventbridge`, `logs`, `cognito`,
  `authorizer`, `cloudformation`, `s3-batch` and `bedrock` turn events into plain records, and make the answers that AWS
  expects; `karamon.lambda.answer` makes those of other services."
  (:import
   (clojure.lang RT)
   (java.nio.charset StandardCharsets)
   (karamon.event LambdaEvent)
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(defn event
  "Returns the event that a handler gets when AWS sends `sent`: JSON, as a string or bytes, or data with string keys. Returns
  an event that is converted already unchanged. Its metadata has `:karamon/raw` and `:karamon/kind`."
  [sent]
  (LambdaEvent/from sent))

(defn raw
  "Returns an event, or a record of a batch, as AWS sent it, with string keys; nil for data that didn't come from AWS."
  [event]
  (:karamon/raw (meta event)))

(defn kind
  "Returns the kind of an event, such as `:sqs`; nil for an unknown one. docs/events.md lists the kinds. The kind of a vector of
  events is that of the first."
  [event]
  (:karamon/kind (meta event)))

(def ^:private decimals-check [":double or :exact" #{:double :exact}])

(defn json
  "Parses JSON, a string or bytes. Returns data with keywords for keys. Throws `karamon.json.MalformedJson`, which says what
  is wrong and where.

  * `:decimals` -- what numbers that aren't whole become: `:double`, or `:exact` for BigDecimal, which keeps every digit
    (default `:double`)"
  ([text] (json text nil))
  ([text opts]
   (when opts
     (karamon.text.Options/check opts {:decimals decimals-check} "json" ::bad-option))
   (let [exact (= :exact (:decimals opts))]
     (if (bytes? text)
       (JsonReader/read ^bytes text Keys/KEYWORDS exact)
       (JsonReader/read ^String text Keys/KEYWORDS exact)))))

(defn text
  "Decodes `bytes`, such as a stream record's `:data`, as UTF-8. Returns a string."
  [^bytes bytes]
  (String. bytes StandardCharsets/UTF_8))

(def ^:private prime-check
  ["a vector of events as AWS sends them: maps with strings for keys, or paths of JSON files on the class path"
   #(and (vector? %)
         (every? (fn [event] (or (string? event) (and (map? event) (every? string? (keys event))))) %))])

(def ^:private lambda-checks
  {:decimals decimals-check, :prime prime-check})

(def ^:private batch-checks
  {:on-failure           ["a function of the exception, the record and the context"
                          ifn?]
   :on-window            ["a function of the window's state, the window and the context"
                          ifn?]
   :prime                prime-check
   :reduce               ["a function of the window's state and a record's result"
                          ifn?]
   :threads              ["a whole number from 1 to 1000"
                          #(and (int? %) (<= 1 % 1000))]
   :throw-when-all-fail  ["true or false"
                          boolean?]})

(defn- check [checks what m]
  (when-not (or (nil? m) (and (map? m) (empty? m)))
    (karamon.text.Options/check m checks what ::bad-option))
  (or m {}))

(defn options
  "Checks and returns the options of a lambda handler. `deflambda` puts them into the var's metadata under
  `:karamon/lambda`.

  * `:decimals` -- what numbers that aren't whole become: `:double`, or `:exact` for BigDecimal (default `:double`)
  * `:prime` -- a vector of events to call the handler with before a SnapStart snapshot: events as AWS sends them, as maps
    with strings for keys or as paths of JSON files on the class path (default none)

  Throws ex-info of `:type` `:karamon.lambda/bad-option` for an unknown key or a value of the wrong kind."
  [m]
  (check lambda-checks "a lambda handler" m))

(defn batch-options
  "Checks and returns the options of a batch handler, as `defbatch` takes them.

  * `:on-failure` -- `(fn [exception record ctx])`: called for each record that fails, instead of logging it. The exception of
    a record that isn't finished in time is ex-info of `:type` `:karamon.lambda/unfinished`
  * `:on-window` -- `(fn [state window ctx])`: called when a tumbling window ends, before the answer; `window` has `:start` and
    `:end`, instants, `:shard` and `:stream-arn`. If it throws, the invocation fails, and AWS calls it again
  * `:prime` -- as for `options`
  * `:reduce` -- `(fn [state result])`: adds a record's result to the state of a tumbling window, which is `{}` at first (default:
    the state stays as it is). Records that AWS sends again aren't added
  * `:threads` -- the number of records processed at once; order is kept where it matters (default 1)
  * `:throw-when-all-fail` -- whether the invocation fails if no record of a batch succeeds, so that it counts among the
    function's errors, instead of reporting each record (default true)

  Throws ex-info of `:type` `:karamon.lambda/bad-option`."
  [m]
  (check batch-checks "a batch handler" m))

(defn batch
  "Returns a lambda handler, a function of an event and a context, that calls `f` with each record of the event and the
  context, and returns the partial batch response. `opts` is the result of `batch-options`; logs use `name`.
  `karamon.lambda.batch` describes how it treats the records of each source."
  [name opts f]
  ;; Under Clojure's own lock: else one thread could find a var that another has only begun to load.
  ((locking RT/REQUIRE_LOCK (requiring-resolve 'karamon.lambda.batch/handler)) name opts f))

(def ^:private ordinary-metadata
  "Keys of an attr-map that are Clojure's usual metadata, not options of Karamon."
  #{:added :arglists :author :deprecated :doc :no-doc :private :see-also :since :static :tag})

(defn- parts
  "Parses a macro's arguments. Returns `:name` with its metadata, `:options`, `:arguments` and `:body`."
  [macro-name argument-names name more]
  (let [[docstring more]   (if (string? (first more)) [(first more) (rest more)] [nil more])
        [attributes more]  (if (map? (first more)) [(first more) (rest more)] [nil more])
        [arguments & body] more
        option?            (fn [[k _]] (and (simple-keyword? k) (not (ordinary-metadata k))))]
    (when-not (and (simple-symbol? name) (vector? arguments) (= 2 (count arguments)))
      (throw (IllegalArgumentException.
               (str macro-name " needs a name and two arguments, (" macro-name " " name " " argument-names " …), found "
                    (karamon.text.Shown/of (if (simple-symbol? name) arguments name))))))
    {:name      (vary-meta name merge (when docstring {:doc docstring}) (into {} (remove option?) attributes))
     :options   (into {} (filter option?) attributes)
     :arguments arguments
     :body      body}))

(defmacro deflambda
  "Defines `name` as a lambda handler: a function of two arguments, the event and the context map, whose result, now or
  later, is written as JSON. Takes a docstring and an attr-map as `defn` does; the attr-map may have the options that
  `karamon.lambda/options` lists as well as ordinary metadata.

      (deflambda tally
        \"Counts the records.\"
        [{:keys [records]} ctx]
        {:count (count records)})

  The same by hand: `(defn ^{:karamon/lambda (options {…})} tally [event ctx] …)`."
  {:arglists '([name docstring? attr-map? [event ctx] & body])}
  [name & more]
  (let [{:keys [name options arguments body]} (parts "deflambda" "[event ctx]" name more)]
    `(defn ~(vary-meta name assoc :karamon/lambda `(options ~options) :karamon/prime (:prime options))
       ~arguments
       ~@body)))

(defmacro defbatch
  "Defines `name` as a lambda handler of batches: its body gets one record at a time, and the context map. If the body
  throws for a record, or its result fails (a later one, or an item of a sequence), or it isn't finished when the invocation's
  time is nearly up, the record is reported to AWS as failed, and AWS sends only that record again; on streams and FIFO queues also those after it. Takes a
  docstring and an attr-map as `defn` does; the attr-map may have the options that `karamon.lambda/batch-options` lists as well
  as ordinary metadata.

      (defbatch settle
        \"Pays each order.\"
        {:threads 4}
        [{:keys [body]} ctx]
        (pay! (json body)))

  A record is a map as the source's namespace returns it: `karamon.lambda.sqs/message`, `karamon.lambda.kinesis/record`,
  `karamon.lambda.dynamodb/record`, `karamon.lambda.kafka/record`. The event source mapping must have
  ReportBatchItemFailures in its function response types. Without it AWS treats every answer as success."
  {:arglists '([name docstring? attr-map? [record ctx] & body])}
  [name & more]
  (let [{:keys [options arguments body] var-name :name} (parts "defbatch" "[record ctx]" name more)]
    `(let [options# (batch-options ~options)]
       (def ~(vary-meta var-name assoc
                        :karamon/lambda true
                        :karamon/prime (:prime options)
                        :arglists ''([event ctx]))
         (batch ~(str *ns* "/" name) options# (fn ~(symbol (str name "-record")) ~arguments ~@body))))))
