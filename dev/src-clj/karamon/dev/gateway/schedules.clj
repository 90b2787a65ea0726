(ns karamon.dev.gateway.schedules
  "The schedules of a service: `schedule` events, and `eventBridge` events with a `schedule`. With --schedules they fire as on AWS:
  each calls its function asynchronously, also while an earlier call runs."
  (:require
   [karamon.dev.console.record :as record]
   [karamon.dev.gateway.cron :as cron]
   [karamon.dev.gateway.function :as function]
   [karamon.dev.gateway.invocation :as invocation]
   [karamon.dev.gateway.place :as place]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)
   (java.time DateTimeException Duration Instant LocalDateTime ZoneId)
   (java.time.temporal ChronoUnit)
   (java.util UUID)
   (karamon.json JsonReader JsonWriter Keys)
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(defn- declared
  "Returns the settings of a schedule: those of its event, with the expressions in a list under `:expressions`. Nil if `other`, one of a
  function's `:others`, is no schedule."
  [{:keys [kind detail]}]
  (let [settings    (if (map? detail) detail {"rate" detail})
        expressions (case kind
                      "schedule"    (get settings "rate")
                      "eventBridge" (get settings "schedule")
                      nil)]
    (when expressions
      {:settings settings, :expressions (if (vector? expressions) expressions [expressions])})))

(defn- zone [{:strs [timezone method]}]
  (ZoneId/of (if (= "scheduler" method) (or timezone "UTC") "UTC")))

(defn- input-of
  "Returns the event that a schedule declares, as data; nil if it declares none."
  [{:strs [input]}]
  (if (string? input) (JsonReader/read ^String input Keys/STRINGS) input))

(defn- read-schedule
  "Returns a schedule, or a map of `:warning` if it can't fire."
  [function settings expression at]
  (let [schedule {:function function, :expression (str expression), :name (get settings "name" (:name function))
                  :scheduler (= "scheduler" (settings "method")), :enabled (not (contains? #{false "false"} (settings "enabled")))}
        warn     #(assoc schedule :warning (place/message at "the schedule " (Shown/text expression) " of " (:name function)
                                                          " doesn't fire: " %))]
    (try
      (if-let [unknown (some (set (keys settings)) ["inputPath" "inputTransformer"])]
        (warn (str unknown " isn't imitated"))
        (assoc schedule :times (cron/parse expression), :zone (zone settings), :input (input-of settings)))
      (catch ExceptionInfo e (warn (ex-message e)))
      (catch DateTimeException e (warn (ex-message e)))
      (catch RuntimeException e (warn (str "its input isn't JSON: " (ex-message e)))))))

(defn schedules
  "Returns the schedules of a service: maps of `:function`, `:expression`, `:name`, `:enabled`, whether it is one of EventBridge
  `:scheduler`, and

  * `:times`, `:zone` and `:input`, its event as data, if it has one; or
  * `:warning` -- why it can't fire"
  [{:keys [functions]}]
  (for [function   functions
        other      (:others function)
        :let       [{:keys [settings expressions]} (declared other)]
        expression expressions]
    (read-schedule function settings expression other)))

(defn event
  "Returns the event of a schedule that fires at `instant`, as data. Without an input it is the event of an EventBridge rule, or of
  EventBridge Scheduler."
  [{:keys [input scheduler name]} ^Instant instant]
  (or input
      (-> (local/sample :schedule)
          (assoc "id"        (str (UUID/randomUUID))
                 "time"      (str (.truncatedTo instant ChronoUnit/SECONDS))
                 "resources" [(str "arn:aws:events:eu-west-1:111122223333:rule/" name)])
          (cond-> scheduler (assoc "source"    "aws.scheduler"
                                   "detail"    "{}"
                                   "resources" [(str "arn:aws:scheduler:eu-west-1:111122223333:schedule/default/" name)])))))

(defn following
  "Returns the first instant after `instant` at which a schedule fires; nil if there is none."
  ^Instant [{:keys [times ^ZoneId zone]} ^Instant instant]
  (when-let [^LocalDateTime time (cron/following times (LocalDateTime/ofInstant instant zone))]
    (.toInstant (.atZone time zone))))

(defn- fire
  "Calls the function of a schedule as it is now, and logs how that ended."
  [{:keys [function expression] :as schedule} instant {:keys [service watcher log console domain]}]
  (let [begun   (System/nanoTime)
        request {:method  :post
                 :path    (invocation/path (:name function))
                 :headers {"Host" [(some-> domain deref)]}
                 :body    (JsonWriter/bytes ^Object (event schedule instant))}
        record  (doto (record/begin (:store console) request)
                  (record/note :service "schedule"))
        options {:log (record/logger record log), :watcher watcher}
        {:keys [status]} (record/finish record
                           (binding [record/*current* record]
                             (invocation/answer (:functions (service)) request
                               (function/refresh watcher (:log options) (:handler function)) options)))]
    (log (format "EVENT   %s  %s  %s  %d ms" (:name function) expression (if (= 200 status) "done" "failed")
           (quot (- (System/nanoTime) begun) 1000000)))))

(def ^:private check-ms
  "How often the clock is compared with the next time. Timers don't count the time in which a machine sleeps."
  60000)

(defn- wait-for
  "Calls `f` with the clock's time once it isn't before `next`."
  [^Instant next {:keys [now after] :as clock} f]
  (let [left (.toMillis (Duration/between (now) next))]
    (if (pos? left)
      (after (min left check-ms) #(wait-for next clock f))
      (f (now)))))

(defn- repeat-firing
  "Calls `run` with the schedule at its times, as long as `active?` returns true."
  [schedule planned {:keys [now] :as clock} active? run]
  ;; A rate counts from its last time, however late that was noticed. Times that are missed in between are skipped.
  (when-let [next (->> (iterate #(following schedule %) planned)
                       (drop-while #(and % (not (.isAfter ^Instant % (now)))))
                       first)]
    (wait-for next clock
      (fn [_]
        (when (active?)
          (run schedule next)
          (repeat-firing schedule next clock active? run))))))

(def ^:private look-ms
  "How often to look for saved schedules: nobody sends a request meanwhile."
  1000)

(defn- identified
  "Returns a map of the schedules of `service` that are enabled. The same one has the same key after the service was read again."
  [service]
  (into {} (for [[k same] (group-by #(-> % (update :function :name) (dissoc :times)) (filter :enabled (schedules service)))
                 [i schedule] (map-indexed vector same)]
             [[k i] schedule])))

(defn start
  "Makes the schedules that are enabled call their functions, from now on. Logs a warning about each that can't. A rate first fires
  when its time has passed once. When the service has changed, schedules that are gone stop, new ones start, and the others go on.

  * `:service` -- a function that returns the service as it is now
  * `:now` -- a function that returns the present Instant
  * `:after` -- a function of milliseconds and of a function to call after these
  * `:execute` -- a function that runs a function on a thread of invocations
  * `:domain` -- a delay of the gateway's host and port
  * `:watcher`, `:log`, `:console` -- as `karamon.dev.gateway.answer/answer` takes them"
  [{:keys [service now after execute log] :as options}]
  (let [active (atom {}) ; the key of each schedule to its begin: one that comes back begins again, and its earlier timer ends
        begin  (fn [[k {:keys [warning] :as schedule}]]
                 (if warning
                   (log warning)
                   (repeat-firing schedule (now) options
                     (let [begun (@active k)] #(identical? begun (@active k)))
                     (fn [schedule instant]
                       (execute #(fire schedule instant options))))))
        look   (fn look [seen]
                 (let [current (service)]
                   (when-not (identical? seen current)
                     (let [found (identified current)
                           more  (vec (remove (comp @active key) found))]
                       (reset! active (into (select-keys @active (keys found)) (for [[k] more] [k (Object.)])))
                       (run! begin more)))
                   (after look-ms #(execute (fn [] (look current))))))]
    (look nil)
    nil))
