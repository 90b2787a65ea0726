(ns karamon.dev.image.train
  "`./karamon train`: makes the archive of classes of a folder that `./karamon image` wrote. It runs the handlers on our own
  runtime with sample events, then ends the process."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.event-file :as event-file]
   [karamon.dev.gateway.service :as service]
   [karamon.dev.image.archive :as archive]
   [karamon.dev.image.events :as events]
   [karamon.dev.image.failures :as failures]
   [karamon.dev.image.requests :as requests]
   [karamon.dev.image.runtime-api :as runtime-api]
   [karamon.dev.options :as options]
   [karamon.local :as local])
  (:import
   (java.util.concurrent CompletableFuture TimeUnit)
   (karamon.json JsonWriter)))

(set! *warn-on-reflection* true)

(def ^:private calls
  "The number of calls of each handler: as many as priming before a snapshot makes."
  200)

(defn- await-answers
  "Waits until all calls are answered, and warns of handlers that failed."
  [^Process process apis log]
  (let [all (CompletableFuture/allOf (into-array CompletableFuture (map :done (vals apis))))
        end (CompletableFuture/anyOf (into-array CompletableFuture [all (.onExit process)]))]
    (try
      (.get end archive/minutes TimeUnit/MINUTES)
      (catch java.util.concurrent.TimeoutException _
        (archive/fail log (str "The handlers didn't answer within " archive/minutes " minutes"))))
    (when-not (.isDone all)
      (archive/fail log (str "The training run ended early, with exit code " (.exitValue process)))))
  (doseq [[handler {:keys [done answered]}] apis
          :let [failures @done]
          :when (seq failures)]
    (binding [*out* *err*]
      (println (str "karamon: " (count failures) " of " answered " calls of " handler " failed in training, so the archive may lack "
                    "classes that it needs. --event " handler "=FILE calls it with an event of yours. The first failure:"))
      (run! println (map #(str "  " %) (failures/reason handler (first failures) (slurp log)))))))

(defn train
  "Makes the archive of `folder` with the JVM at `home`, and writes a java.options that uses it. `training` is a map of a
  handler's name to its events, as data. An earlier archive stays until the new one is complete. Throws ex-info of `:type`
  `:karamon.dev.image.archive/failed`."
  [folder home training]
  (let [apis (into {} (for [[handler events] training]
                        [handler (runtime-api/start (mapv #(JsonWriter/bytes ^Object %) events) calls)]))]
    (try
      (let [made (archive/make folder home
                               {:arguments   (cons "karamon.runtime.Training"
                                                   (for [[handler {:keys [address]}] apis] (str handler "@" address)))
                                :environment {"LAMBDA_TASK_ROOT"                (.getAbsolutePath (io/file folder))
                                              "AWS_LAMBDA_FUNCTION_NAME"        "training"
                                              "AWS_LAMBDA_FUNCTION_VERSION"     "$LATEST"
                                              "AWS_LAMBDA_FUNCTION_MEMORY_SIZE" "1769"}
                                :train       #(await-answers %1 apis %2)})]
        (println (str made ", trained by " (str/join ", " (keys training)))))
      (finally
        (run! #((:close %)) (vals apis))))))

(defn- service-events
  "Returns a map of handler to the events of its functions in serverless.yml."
  [config]
  (apply merge-with into (for [{:keys [handler] :as function} (:functions (service/load-service config))]
                           {handler (events/of-function function)})))

(def specs
  "The tools.cli options that choose handlers and events for training."
  [["-c" "--config FILE" "The service's functions and routes (default serverless.yml)" :default "serverless.yml" :default-desc ""]
   [nil "--handler NAME" "A handler to train, instead of those of --config; may be given several times"
    :id :handlers :multi true :update-fn (fnil conj [])]
   ["-e" "--event NAME=FILE" (str "An event to call a handler with, as JSON, instead of the requests to its routes; may be "
                                  "given several times")
    :id :events :multi true :update-fn (fnil conj [])
    :parse-fn #(vec (rest (re-matches #"([^=]+)=(.+)" %))) :validate [seq "must be namespace/name=FILE"]]])

(def ^:private any-request
  "The events for a handler without a route: a request from each HTTP source."
  (delay (mapv #(local/event {:source %}) [:rest :http :function-url :alb])))

(defn training
  "Returns the argument of `train` for the options in `specs`: a map of each handler to its events. Handlers without events or
  routes get a plain GET from each HTTP source."
  [{:keys [config handlers events]}]
  (let [given  (update-vals (group-by first events) #(mapv (comp event-file/read-event second) %))
        routes (if (and handlers (not (service/find-file config))) {} (service-events config))
        names  (distinct (concat (or handlers (keys routes)) (keys given)))]
    (when (empty? names)
      (throw (ex-info (str config " has no function with clj: namespace/name to train: name one with --handler")
                      {:type ::no-handler})))
    (into (sorted-map)
          (for [handler names]
            [handler (or (seq (given handler)) (seq (routes handler)) @any-request)]))))

(defn run
  "Trains the folder that `arguments` name."
  [arguments]
  (when-let [{[folder] :arguments, :keys [options]}
             (options/parse "train [FOLDER] [OPTIONS]"
                            (conj specs [nil "--jdk HOME" "The JVM to train if the folder has no jre (default: the one this runs on)"
                                         :default (System/getProperty "java.home") :default-desc ""])
                            [0 1] arguments)]
    (let [folder (io/file (or folder "target/karamon-image"))
          jre    (io/file folder "jre")]
      (when-not (.isFile (io/file folder "bootstrap"))
        (throw (ex-info (str "No " folder "/bootstrap: make the folder with " (options/command "image")) {:type ::no-image})))
      ((if (archive/server? folder) requests/train #(train %1 %2 (training options)))
       folder (if (.exists jre) jre (:jdk options)))))
  0)
