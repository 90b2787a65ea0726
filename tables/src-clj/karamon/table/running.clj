(ns karamon.table.running
  "Runs a statement so that another thread can cancel its Spark jobs, and its progress is drawn while its rows are waited for."
  (:require
   [clojure.string :as str])
  (:import
   (org.apache.spark SparkContext SparkJobInfo SparkStageInfo SparkStatusTracker)
   (org.apache.spark.sql SparkSession)
   (scala Option)))

(set! *warn-on-reflection* true)

(def ^:private tick-ms 100)

(def ^:private patience-ms
  "How long a statement may run before its progress is drawn."
  700)

(defn- found [^Option option]
  (when (.isDefined option) (.get option)))

(defn- tasks
  "Returns how many tasks of the active jobs are done, and how many they have."
  [^SparkStatusTracker tracker]
  (let [stages (for [job   (.getActiveJobIds tracker)
                     :let  [^SparkJobInfo info (found (.getJobInfo tracker (int job)))]
                     :when info
                     stage (.stageIds info)
                     :let  [^SparkStageInfo stage (found (.getStageInfo tracker (int stage)))]
                     :when stage]
                 [(.numCompletedTasks stage) (.numTasks stage)])]
    [(reduce + (map first stages)) (reduce + (map second stages))]))

(defn bar
  "Returns a line of at most `cells` cells: how many of all tasks are done, as a bar and in numbers, and the seconds since the
  statement began. All are ASCII or block characters of one cell each."
  [cells done all seconds cancelled?]
  (let [note  (str (when (pos? all) (str " " done "/" all " tasks")) " " seconds " s" (when cancelled? " cancelling"))
        room  (min 24 (- cells (count note) 1))
        whole (if (pos? all) (quot (* room done) all) 0)
        line  (if (and (pos? all) (< 3 room))
                (str (str/join (repeat whole \█)) (str/join (repeat (- room whole) \░)) note)
                (subs note 1))]
    (subs line 0 (max 0 (min (count line) (dec cells))))))

(defn- cancel-jobs
  "Cancels the active jobs, also those of threads that Spark starts for a statement, except those in `others`."
  [^SparkContext context others]
  (doseq [job (.getActiveJobIds (.statusTracker context))
          :when (not (others job))]
    (.cancelJob context (int job) "by Ctrl-C")))

(defn- look
  "Cancels jobs, or draws the progress, as the state says; in a thread of its own."
  [state ^SparkContext context others {:keys [draw columns]}]
  (let [{:keys [cancelled began]} @state
        ms (quot (- (System/nanoTime) (long began)) 1000000)]
    (when cancelled
      (cancel-jobs context others))
    (when (and draw (<= patience-ms ms))
      (locking state
        (when (:waiting @state)
          (let [[done all] (tasks (.statusTracker context))
                line       (bar (columns) done all (quot ms 1000) cancelled)]
            (when (not= line (:line @state))
              (draw (str "\r" line (str/join (repeat (- (:drawn @state) (count line)) \space))))
              (swap! state #(-> % (assoc :line line) (update :drawn max (count line)))))))))))

(defn- erase [state {:keys [draw]}]
  (locking state
    (swap! state assoc :waiting false)
    (when (pos? (:drawn @state))
      (draw (str "\r" (str/join (repeat (:drawn @state) \space)) "\r"))
      (swap! state assoc :drawn 0 :line nil))))

(defn- wait-for [state options f]
  (if-not (:draw options)
    (f)
    (do (swap! state assoc :waiting true)
        (try
          (f)
          (finally (erase state options))))))

(defn call
  "Calls `f` with a map of functions, and returns its result:

  * `:waiting` -- calls a function that may wait for Spark; progress is drawn only meanwhile
  * `:cancel` -- cancels all that Spark does for `f`, until it returns; for any thread. Returns for how many milliseconds that has
    been tried already, nil the first time
  * `:cancelled?` -- returns whether `:cancel` was called

  Options: `:draw`, a function that prints text to the terminal (default: draw nothing), and `:columns`, a function that returns
  the terminal's width."
  [{:keys [^SparkSession spark]} options f]
  (let [context (.sparkContext spark)
        others  (set (.getActiveJobIds (.statusTracker context)))
        state   (atom {:began (System/nanoTime), :drawn 0})
        ended   (promise)
        cancel  (fn []
                  (let [now      (System/nanoTime)
                        [before] (swap-vals! state #(cond-> % (not (:cancelled %)) (assoc :cancelled now)))]
                    (some-> (:cancelled before) (->> long (- now)) (quot 1000000))))
        watcher (doto (Thread. #(while (= ::no (deref ended tick-ms ::no))
                                  (look state context others options))
                        "karamon-statement")
                  (.setDaemon true)
                  (.start))]
    (.setJobGroup context (str "karamon-" (System/nanoTime)) "a statement" true)
    (try
      (f {:waiting #(wait-for state options %), :cancel cancel, :cancelled? #(boolean (:cancelled @state))})
      (finally
        (.clearJobGroup context)
        ;; A cancelled job may leave its caller interrupted.
        (Thread/interrupted)
        (deliver ended true)
        (.join watcher)))))
