(ns karamon.dev.image.train
  "`./karamon train`: makes the archive of classes of a folder that `./karamon image` wrote. It runs the handlers on our own
  runtime with sample events, then ends the process. The JVM writes the archive of the loaded classes when it ends: an AOT cache
  on JDK 25 and later, an AppCDS archive before that."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.event-file :as event-file]
   [karamon.dev.gateway.service :as service]
   [karamon.dev.image.jdk :as jdk]
   [karamon.dev.image.runtime-api :as runtime-api]
   [karamon.dev.options :as options]
   [karamon.local :as local])
  (:import
   (java.io File)
   (java.nio.file CopyOption Files StandardCopyOption)
   (java.util.concurrent CompletableFuture TimeUnit)
   (karamon.json JsonWriter)))

(set! *warn-on-reflection* true)

(def ^:private calls
  "The number of calls of each handler: as many as priming before a snapshot makes."
  200)

(def ^:private minutes
  "The time limit of a training run, in minutes."
  5)

(def ^:private flags
  "The JVM's flags, chosen for a fast start: only the client compiler, the simplest collector, no file of figures for jps. The
  heap is larger than the JVM's default of a quarter of the memory, which is meant for machines that run other programs too."
  ["-XX:TieredStopAtLevel=1" "-XX:+UseSerialGC" "-XX:-UsePerfData" "-XX:MaxRAMPercentage=75"])

(defn- class-path
  "Returns the class path, relative to the folder, with function.jar first."
  [folder]
  (->> (.listFiles (io/file folder "lib"))
       (map #(str "lib/" (.getName ^File %)))
       (sort-by #(vector (not= "lib/function.jar" %) %))
       (str/join File/pathSeparator)))

(defn- archive
  "Returns the archive's file name, the flag that makes it and the flag that uses it, for a JVM of that feature number."
  [feature]
  (if (>= feature 25)
    {:file "function.aot", :make "-XX:AOTCacheOutput=", :use "-XX:AOTCache="}
    {:file "function.jsa", :make "-XX:ArchiveClassesAtExit=", :use "-XX:SharedArchiveFile="}))

(defn- next-file
  "Returns the name of an archive while the JVM writes it."
  [archive]
  (str (:file archive) ".next"))

(defn- options [folder & more]
  (concat flags more ["-cp" (class-path folder)]))

(defn write-options
  "Writes the folder's java.options for the JVM at `home`. `archive` may be nil."
  [folder home archive]
  (spit (io/file folder "java.options")
        (str "# For JDK " (jdk/feature home) ": flags of the JVM, then the class path.\n"
             (str/join "\n" (apply options folder (when archive [(str (:use archive) (:file archive))])))
             "\n")))

(defn- start ^Process [folder home archive apis ^File log]
  (let [command (concat [(jdk/tool (.getAbsolutePath (io/file home)) "java")]
                        (options folder (str (:make archive) (next-file archive)))
                        ["karamon.runtime.Training"]
                        (for [[handler {:keys [address]}] apis] (str handler "@" address)))
        builder (doto (ProcessBuilder. ^java.util.List (vec command))
                  (.directory (io/file folder))
                  (.redirectErrorStream true)
                  (.redirectOutput log))]
    (doto (.environment builder)
      ;; Without credentials a handler that calls AWS fails at once: it doesn't look for EC2's metadata service 200 times.
      (.putIfAbsent "AWS_EC2_METADATA_DISABLED" "true")
      (.put "LAMBDA_TASK_ROOT" (.getAbsolutePath (io/file folder)))
      (.put "AWS_LAMBDA_FUNCTION_NAME" "training")
      (.put "AWS_LAMBDA_FUNCTION_VERSION" "$LATEST")
      (.put "AWS_LAMBDA_FUNCTION_MEMORY_SIZE" "1769"))
    (.start builder)))

(defn- fail
  "Throws with the output of the process. Leaves out what JDK 25 prints about the cache, which it makes however the process ends."
  [log message]
  (let [lines (take-while #(not (str/starts-with? % "Temporary AOTConfiguration")) (str/split-lines (slurp log)))]
    (throw (ex-info (str message ". It printed:\n" (str/join "\n" lines)) {:type ::failed}))))

(defn- await-answers
  "Waits until all calls are answered, and warns of handlers that failed."
  [^Process process apis log]
  (let [all (CompletableFuture/allOf (into-array CompletableFuture (map :done (vals apis))))
        end (CompletableFuture/anyOf (into-array CompletableFuture [all (.onExit process)]))]
    (try
      (.get end minutes TimeUnit/MINUTES)
      (catch java.util.concurrent.TimeoutException _
        (fail log (str "The handlers didn't answer within " minutes " minutes"))))
    (when-not (.isDone all)
      (fail log (str "The training run ended early, with exit code " (.exitValue process)))))
  (doseq [[handler {:keys [done]}] apis
          :let [failures @done]
          :when (seq failures)]
    (binding [*out* *err*]
      (println (str "karamon: " (count failures) " calls of " handler " failed in training, so the archive may lack classes that "
                    "it needs. The first failure: " (first failures))))))

(defn- end-process
  "Ends the process, which then writes its archive, and replaces an earlier archive with it."
  [folder ^Process process archive log]
  (.destroy process)
  (when-not (.waitFor process minutes TimeUnit/MINUTES)
    (fail log (str "The training run didn't end within " minutes " minutes")))
  (let [made (io/file folder (next-file archive))]
    (when-not (.isFile made)
      (fail log (str "The training run made no " (:file archive))))
    (Files/move (.toPath made) (.toPath (io/file folder (:file archive)))
                (into-array CopyOption [StandardCopyOption/REPLACE_EXISTING StandardCopyOption/ATOMIC_MOVE]))))

(defn train
  "Makes the archive of `folder` with the JVM at `home`, and writes a java.options that uses it. `training` is a map of a
  handler's name to its events, as data. An earlier archive stays until the new one is complete. Throws ex-info of `:type`
  `:karamon.dev.image.train/failed`."
  [folder home training]
  (let [archive (archive (jdk/feature home))
        log     (File/createTempFile "karamon-training" ".log")
        apis    (into {} (for [[handler events] training]
                           [handler (runtime-api/start (mapv #(JsonWriter/bytes ^Object %) events) calls)]))]
    (try
      (let [process (start folder home archive apis log)]
        (try
          (await-answers process apis log)
          (end-process folder process archive log)
          (finally (.destroyForcibly process))))
      (finally
        (run! #((:close %)) (vals apis))
        (io/delete-file log)
        (io/delete-file (io/file folder (next-file archive)) true)))
    (write-options folder home archive)
    (println (str (:file archive) ", trained by " (str/join ", " (keys training))))))

(defn- route-event
  "Returns the event of a request to a route, with sample values for its parameters."
  [{:keys [source method path]}]
  (let [sample (str/replace path #"\{[^}]+\}" "sample")]
    (local/event {:source source, :method (if (= :any method) :get method), :path sample, :resource path})))

(defn- service-events
  "Returns a map of handler to the events of its routes in serverless.yml."
  [config]
  (apply merge-with into (for [{:keys [handler routes url]} (:functions (service/load-service config))]
                           {handler (cond-> (mapv route-event routes)
                                      url (conj (local/event {:source :function-url})))})))

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
        routes (if (and handlers (not (.isFile (io/file config)))) {} (service-events config))
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
             (options/parse "./karamon train [FOLDER] [OPTIONS]"
                            (conj specs [nil "--jdk HOME" "The JVM to train if the folder has no jre (default: the one this runs on)"
                                         :default (System/getProperty "java.home") :default-desc ""])
                            [0 1] arguments)]
    (let [folder (io/file (or folder "target/karamon-image"))
          jre    (io/file folder "jre")]
      (when-not (.isFile (io/file folder "bootstrap"))
        (throw (ex-info (str "No " folder "/bootstrap: make the folder with ./karamon image") {:type ::no-image})))
      (train folder (if (.exists jre) jre (:jdk options)) (training options))))
  0)
