(ns karamon.s3.verify.layout
  "Finds how an object in S3 was cut into parts, if S3 returns that: GetObjectAttributes lists the parts of objects with a
  composite checksum, and a HEAD of a part returns its size."
  (:require
   [karamon.s3.verify.kind :as kind]
   [karamon.s3.verify.pinned :as pinned])
  (:import
   (java.util.concurrent ExecutionException ExecutorService Executors Future ThreadFactory)
   (karamon.etag Limits)))

(set! *warn-on-reflection* true)

(def ^:private at-once 8)

(defn- listed
  "Returns the sizes of the parts that GetObjectAttributes lists, or nil."
  [client head options]
  (loop [sizes [], marker nil]
    (let [{:keys [etag object-parts]} (pinned/unless-refused #(pinned/call client :get-object-attributes head
                                                                (merge options {:object-attributes ["ETag,ObjectParts"]
                                                                                :part-number-marker marker})))
          {:keys [parts is-truncated next-part-number-marker]} object-parts
          sizes                       (into sizes (map :size) parts)]
      ;; GetObjectAttributes takes no condition on the ETag.
      (when (and etag (not= (kind/normal etag) (kind/normal (:etag head))))
        (throw (pinned/changed head)))
      (if (and is-truncated (seq parts))
        (recur sizes next-part-number-marker)
        (not-empty sizes)))))

(defn- part-size
  "Returns the size of a part of an object in `n` parts, or nil. The other fields of such a HEAD are the object's on some servers,
  and the part's on others."
  [client head n number options]
  (let [part (pinned/unless-refused #(pinned/call client :head-object head (assoc options :part-number (int number))))]
    (when (= n (:parts-count part))
      (:content-length part))))

(defn- daemon ^ThreadFactory []
  (reify ThreadFactory
    (newThread [_ work]
      (doto (Thread. work "karamon-s3") (.setDaemon true)))))

(defn- part-sizes
  "Returns the sizes of the parts with the numbers `numbers`."
  [client head n numbers options]
  (let [^ExecutorService pool (Executors/newFixedThreadPool at-once (daemon))]
    (try
      (mapv #(.get ^Future %) (.invokeAll pool ^java.util.Collection (mapv (fn [number] #(part-size client head n number options)) numbers)))
      (catch ExecutionException e
        (throw (ex-cause e)))
      (finally
        (.shutdownNow pool)))))

(defn- uniform [size n part-size]
  (conj (vec (repeat (dec n) part-size)) (- size (* (dec n) part-size))))

(defn- fits? [size n sizes]
  (and (= n (count sizes)) (every? some? sizes) (= size (reduce + sizes))
       ;; An empty part can't be hashed unless it is the whole object.
       (or (= 1 n) (every? pos? sizes))))

(defn- asked [client {:keys [size] :as head} n exact? options]
  (when-let [one (part-size client head n 1 options)]
    (cond
      (= 1 n)
      {:sizes [one], :from :part-heads, :certain true}
      (and (< (* (dec n) one) size) (<= size (* n one)) (or (= 2 n) (not exact?)))
      {:sizes (uniform size n one), :from :part-heads, :certain (= 2 n)}
      :else
      (let [sizes (into [one] (part-sizes client head n (range 2 n) options))]
        (when (every? some? sizes)
          {:sizes (conj sizes (- size (reduce + sizes))), :from :part-heads, :certain true})))))

(defn layout
  "Returns how the object of `head` was cut into `n` parts: `:sizes`, the bytes of each; `:from`, which is `:single-part`,
  `:attributes` or `:part-heads`; and `:certain`, false if the sizes are derived from the first part's and no request was made
  for the others, or if only the ETag of a server other than AWS says that there is a single part. If S3 doesn't return the
  sizes: `{:sizes nil, :reason …, :why …}`.

  * `:exact` -- whether to make requests for all parts, so that the result is certain
  * `:attributes` -- false if S3 lists no parts, since there is no composite checksum (default true)
  * `:access` -- the options that give access to the object

  Throws ex-info of `:type` `:karamon.s3/changed` if the object is no longer the one that `head` describes."
  [client {:keys [size aws?] :as head} n {:keys [exact attributes access] :or {attributes true}}]
  (let [fitting (fn [{:keys [sizes] :as layout}] (when (fits? size n sizes) layout))]
    (or (when (and (= 1 n) (or aws? (not exact)))
          {:sizes [size], :from :single-part, :certain (boolean aws?)})
        (when (<= n Limits/MAX_PARTS)
          (or (when attributes
                (fitting {:sizes (listed client head access), :from :attributes, :certain true}))
              (fitting (pinned/part-heads client head access #(asked client head n exact %)))))
        {:sizes nil, :reason :layout-unknown, :why "S3 doesn't return the sizes of its parts"})))
