(ns karamon.dev.manifests.plan
  "What a service is in containers: one server for all functions with routes, a consumer for each queue, a job for each schedule."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.gateway.events :as events]
   [karamon.dev.gateway.place :as place]
   [karamon.dev.gateway.schedules :as schedules]
   [karamon.dev.gateway.service :as service]
   [karamon.dev.manifests.crontab :as crontab])
  (:import
   (clojure.lang ExceptionInfo)
   (java.time ZoneId)
   (karamon.json JsonWriter)
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(def ^:private max-name
  "The maximum length of a name, that of a CronJob: its jobs' names have 11 more characters.
  https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/"
  52)

(defn- fail [& words]
  (throw (ex-info (apply str words) {:type ::wrong})))

(defn dns-name
  "Returns a name as Kubernetes has them: lower case, digits and hyphens. `createOrder` is `create-order`. Throws ex-info of `:type`
  `:karamon.dev.manifests.plan/wrong` if there is none."
  [& parts]
  (let [text (str/join "-" parts)
        name (-> text (str/replace #"(?<=[a-z0-9])(?=[A-Z])" "-") (str/replace #"[_.]" "-") str/lower-case)]
    (if (and (re-matches #"[a-z]([a-z0-9-]*[a-z0-9])?" name) (<= (count name) max-name))
      name
      (fail (Shown/of text) " can't be a name in Kubernetes: expected at most " max-name
            " letters, digits and hyphens, the first one a letter; rename the service or the function"))))

(defn- unknown-value? [v]
  (or (events/variable? v) (str/includes? (str v) "${")))

(defn- known
  "Returns the environment of a function without the values that only Serverless or the shell knows, and warnings about these."
  [{:keys [name environment]}]
  (let [{unknown true, known false} (group-by (comp boolean unknown-value? val) environment)]
    {:environment (into {} known)
     :warnings    (when unknown
                    [(str (str/join ", " (sort (keys unknown))) " of " name ": the value isn't in serverless.yml, left out: "
                          "put it into the Secret, see docs/kubernetes.md")])}))

(defn- merged
  "Returns the environment that functions share. One process has one environment."
  [functions]
  (reduce (fn [found {:keys [name environment]}]
            (reduce (fn [found [k v]]
                      (let [[earlier of] (found k)]
                        (if (and of (not= earlier v))
                          (fail k " is " (Shown/of earlier) " for " of " and " (Shown/of v) " for " name
                                ": one server has one environment; give both the same value, or different variables")
                          (assoc found k (or (found k) [v name])))))
                    found environment))
          {} functions))

(defn- whole [environment k default]
  (let [text (get environment k (str default))]
    (if (re-matches #"\d{1,6}" text)
      (parse-long text)
      (fail k " is " (Shown/of text) ", expected a whole number"))))

(defn- process
  "Returns what all processes have. `functions` are those that run in it. `wait` is how long the process may wait for something to do
  after SIGTERM, in seconds."
  [functions & [wait]]
  (let [timeout     (apply max (map #(quot (+ 999 (:timeout-ms %)) 1000) functions))
        environment (merge {"KARAMON_DRAIN_DELAY"     "5"
                            "KARAMON_DRAIN_TIMEOUT"   (str (+ timeout (or wait 0)))
                            "KARAMON_REQUEST_TIMEOUT" (str timeout)}
                           (update-vals (merged functions) first))]
    {:memory-mb   (apply max (map :memory-mb functions))
     :timeout     timeout
     :environment environment
     :grace       (+ (whole environment "KARAMON_DRAIN_DELAY" 0) (whole environment "KARAMON_DRAIN_TIMEOUT" 0) 10)}))

(defn- management [environment]
  (let [port (whole environment "KARAMON_MANAGEMENT_PORT" 8081)]
    (if (pos? port)
      port
      (fail "KARAMON_MANAGEMENT_PORT is 0, but probes need the port: leave it out, or give another number"))))

(defn- server [name functions]
  (when-let [functions (seq (filter #(or (seq (:routes %)) (:url %)) functions))]
    (let [{:keys [environment] :as process} (process functions)]
      (assoc process
             :name       name
             :port       (whole environment "PORT" 8080)
             :management (management environment)))))

(defn- queue-arn [detail]
  (let [arn (if (map? detail) (get detail "arn") detail)]
    (when (and (string? arn) (re-matches #"arn:aws[\w-]*:sqs:[\w-]+:\d{12}:[\w.-]+" arn))
      arn)))

(defn- queue-url
  "Returns the URL of a queue. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html"
  [arn]
  (let [[_ partition _ region account queue] (str/split arn #":")]
    (str "https://sqs." region ".amazonaws.com" (when (= "aws-cn" partition) ".cn") "/" account "/" queue)))

(defn- distinctly
  "Returns the names with a number added to those that occurred before."
  [names]
  (map second (reductions (fn [[seen _] name]
                            (let [n (inc (seen name 0))]
                              [(assoc seen name n) (if (= 1 n) name (str name "-" n))]))
                          [{} nil] names)))

(defn- numbered [things]
  (map #(assoc %1 :name (dns-name %2)) things (rest (distinctly (map :name things)))))

(def ^:private poll-seconds
  "How long karamon.server.Sqs waits for messages."
  20)

(defn- filtered?
  "Returns true if an event of a queue takes only some messages. Lambda deletes the others; a consumer would handle them."
  [{:keys [kind detail]}]
  (and (= "sqs" kind) (map? detail) (some? (detail "filterPatterns"))))

(defn- consumers [name functions]
  (for [function functions
        {:keys [kind detail] :as other} (:others function) :when (and (= "sqs" kind) (not (filtered? other)))
        :let [arn      (queue-arn detail)
              settings (when (map? detail) detail)
              size     (get settings "batchSize")
              process  (process [function] poll-seconds)]]
    (-> process
        (assoc :name (dns-name name (:name function)), :function (:name function), :place other, :queue arn
               :management (management (:environment process)), :enabled (not (contains? #{false "false"} (get settings "enabled"))))
        (update :environment merge
                {"KARAMON_HANDLER" (:handler function)}
                (when arn {"KARAMON_QUEUE_URL" (queue-url arn)})
                (when size {"KARAMON_BATCH_SIZE" (str (min 10 size))})))))

(defn- job [name {:keys [function expression enabled times zone input warning]}]
  (try
    (if warning
      {:warning warning}
      (-> (process [function])
          (assoc :name     (dns-name name (:name function))
                 :schedule (crontab/of times)
                 :zone     (let [id (.getId ^ZoneId zone)] (if (#{"UTC" "Z"} id) "Etc/UTC" id))
                 :enabled  enabled)
          (update :environment merge
                  {"KARAMON_HANDLER" (:handler function)}
                  (when input {"KARAMON_EVENT" (JsonWriter/string ^Object input)}))))
    (catch ExceptionInfo e
      (if (= ::crontab/impossible (:type (ex-data e)))
        {:warning (str "the schedule " (Shown/text expression) " of " (:name function) " is left out: " (ex-message e))}
        (throw e)))))

(def ^:private supported #{"sqs" "schedule"})

(defn- left-out [{:keys [name others websocket]}]
  (concat (for [other others :when (filtered? other)]
            (place/message other "the queue of " name " is left out: the consumer has no filterPatterns, and would handle the other messages too"))
          (for [{:keys [kind] :as other} others :when (not (or (supported kind) (and (= "eventBridge" kind) (get (:detail other) "schedule"))))]
            (place/message other "the event " kind " of " name " is left out: a container can't subscribe to it"))
          (when (seq websocket)
            [(str "the WebSocket routes of " name " are left out: the server has only HTTP")])))

(defn plan
  "Returns what a service, as `karamon.dev.gateway.service/parse` returns it, is in containers:

      {:name \"shop\", :stage \"dev\"
       :server {:name \"shop\" :memory-mb 1024 :timeout 29 :environment {…} :grace 44 :port 8080 :management 8081}
       :consumers [{:name \"shop-settle\" :queue \"arn:…\" :management 8081 :enabled true …}]
       :jobs [{:name \"shop-tick\" :schedule \"0 * * * *\" :zone \"Etc/UTC\" :enabled true …}]
       :warnings […]}

  `:server` is nil if no function has a route. Consumers and jobs have what `:server` has, without ports. Throws ex-info of `:type`
  `:karamon.dev.manifests.plan/wrong` if it can't run in containers."
  [{:keys [service stage functions warnings] :as parsed}]
  (let [name      (dns-name service)
        known     (map #(assoc (known %) :function %) functions)
        functions (map #(assoc (:function %) :environment (:environment %)) known)
        jobs      (map #(job name %) (schedules/schedules (assoc parsed :functions functions)))
        consumers (consumers name functions)
        ;; A function may have a queue and a schedule; each process has a ConfigMap of its name.
        others    (numbered (concat consumers (remove :warning jobs)))
        plan      {:name      name
                   :stage     stage
                   :server    (server name functions)
                   :consumers (take (count consumers) others)
                   :jobs      (drop (count consumers) others)}]
    (when-let [twice (some (fn [[name n]] (when (< 1 n) name)) (frequencies (map :name others)))]
      (fail twice " would be the name of two objects in Kubernetes: rename one of the functions"))
    (when-not (some #(seq (plan %)) [:server :consumers :jobs])
      (fail "serverless.yml has no function with clj: and a route, a queue or a schedule: there is nothing to run in containers"))
    (assoc plan :warnings (concat warnings (mapcat :warnings known) (keep :warning jobs) (mapcat left-out functions)))))

(defn- elsewhere
  "Returns warnings about the variables of functions whose values aren't in serverless.yml itself: secrets are often kept in another
  file, or given as a parameter."
  [{:keys [functions]} text file options]
  (let [;; Finds no other file, since serverless.yml isn't a folder.
        alone  (try
                 (service/parse text (str (io/file file "-" (.getName (io/file file)))) (dissoc options :params))
                 (catch ExceptionInfo _ nil))
        within (into {} (map (juxt :name :environment)) (:functions alone))]
    (for [{:keys [name environment]} functions
          :let  [inside (within name)
                 names  (when inside (sort (for [[k v] environment :when (not (or (= v (inside k)) (unknown-value? v)))] k)))]
          :when (seq names)]
      (str (str/join ", " names) " of " name ": the value comes from --param or another file, and the files for containers have it as it is: "
           "put secrets into the Secret instead, see docs/kubernetes.md"))))

(defn load-plan
  "Returns the plan of the service in `file`. Values of the shell's environment and of .env are taken for unknown, since they may be
  secret, and manifests are files to commit. Those of parameters and of other files are warned about.

  * `:stage`, `:params` -- as `karamon.dev.gateway.service/parse` takes them"
  [file options]
  (let [found   (or (service/find-file file)
                    (throw (ex-info (str "No " file " here: go to a project's folder, or name its file with --config") {:type ::no-file})))
        text    (slurp (io/file found))
        options (assoc options :env {})
        parsed  (service/parse text found options)]
    (update (plan parsed) :warnings concat (elsewhere parsed text found options))))
