(ns karamon.dev.image.train
  "`./karamon train`: makes the archive of classes of a folder that `./karamon image` wrote, by running its handlers on
  our own runtime over sample events and ending the process, which then writes down what it had loaded. JDK 25 and later
  make an AOT cache, earlier ones an AppCDS archive."
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
  "Of each handler: as many as priming before a snapshot makes."
  200)

(def ^:private minutes
  "The time that a training run has."
  5)

(def ^:private flags
  "Those that start fastest: the client compiler alone, the simplest collector, no file of figures for jps. A quarter of
  the memory, the JVM's default for its heap, is for machines with other programs on them."
  ["-XX:TieredStopAtLevel=1" "-XX:+UseSerialGC" "-XX:-UsePerfData" "-XX:MaxRAMPercentage=75"])

(defn- class-path
  "Returns the class path, relative to the folder: the function's own first."
  [folder]
  (->> (.listFiles (io/file folder "lib"))
       (map #(str "lib/" (.getName ^File %)))
       (sort-by #(vector (not= "lib/function.jar" %) %))
       (str/join File/pathSeparator)))

(defn- archive
  "Returns the archive's file name, the flag that makes it and the one that uses it, for a JVM of that number."
  [feature]
  (if (>= feature 25)
    {:file "function.aot", :make "-XX:AOTCacheOutput=", :use "-XX:AOTCache="}
    {:file "function.jsa", :make "-XX:ArchiveClassesAtExit=", :use "-XX:SharedArchiveFile="}))

(defn- next-file
  "Returns the name that an archive has while it is made."
  [archive]
  (str (:file archive) ".next"))

(defn- options [folder & more]
  (concat flags more ["-cp" (class-path folder)]))

(defn write-options
  "Writes the file java.options of the folder, for the JVM at `home`, with the archive or, when nil, without one."
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
      ;; A handler that asks AWS fails at once where there are no credentials, and doesn't look for a machine of AWS's 200 times.
      (.putIfAbsent "AWS_EC2_METADATA_DISABLED" "true")
      (.put "LAMBDA_TASK_ROOT" (.getAbsolutePath (io/file folder)))
      (.put "AWS_LAMBDA_FUNCTION_NAME" "training")
      (.put "AWS_LAMBDA_FUNCTION_VERSION" "$LATEST")
      (.put "AWS_LAMBDA_FUNCTION_MEMORY_SIZE" "1769"))
    (.start builder)))

(defn- fail
  "Throws with what the process printed, but for what JDK 25 tells of the cache that it makes at any end."
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
      (fail log (str "The training run ended early, with " (.exitValue process)))))
  (doseq [[handler {:keys [done]}] apis
          :let [failures @done]
          :when (seq failures)]
    (binding [*out* *err*]
      (println (str "karamon: " handler " failed " (count failures) " of its calls in training, so the archive may lack what it "
                    "needs; the first: " (first failures))))))

(defn- end-process
  "Ends the process, which writes its archive then, and puts that in the place of an earlier one."
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
  "Makes the archive of `folder` with the JVM at `home`, and writes java.options so that it is used. `training` is a map
  of handler's name to its events, as data. An earlier archive stays until this one is there. Throws ex-info of `:type`
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
  "The tools.cli options that say what to train with."
  [["-c" "--config FILE" "The service's functions and routes (default serverless.yml)" :default "serverless.yml" :default-desc ""]
   [nil "--handler NAME" "A handler to train with, instead of those of --config; may be given several times"
    :id :handlers :multi true :update-fn (fnil conj [])]
   ["-e" "--event NAME=FILE" (str "An event to call a handler with, as JSON, instead of the requests to its routes; may be "
                                  "given several times")
    :id :events :multi true :update-fn (fnil conj [])
    :parse-fn #(vec (rest (re-matches #"([^=]+)=(.+)" %))) :validate [seq "must be namespace/name=FILE"]]])

(def ^:private any-request
  "What a gateway handler without a route is called with: a request from each source that sends HTTP."
  (delay (mapv #(local/event {:source %}) [:rest :http :function-url :alb])))

(defn training
  "Returns what `train` takes, from the options that `specs` tell: each handler with its events; those without any are
  called with a plain GET."
  [{:keys [config handlers events]}]
  (let [given  (update-vals (group-by first events) #(mapv (comp event-file/read-event second) %))
        routes (if (and handlers (not (.isFile (io/file config)))) {} (service-events config))
        names  (distinct (concat (or handlers (keys routes)) (keys given)))]
    (when (empty? names)
      (throw (ex-info (str config " has no function with clj: namespace/name to train with: name one with --handler")
                      {:type ::no-handler})))
    (into (sorted-map)
          (for [handler names]
            [handler (or (seq (given handler)) (seq (routes handler)) @any-request)]))))

(defn run
  "Trains the folder that `arguments` name."
  [arguments]
  (when-let [{[folder] :arguments, :keys [options]}
             (options/parse "./karamon train [FOLDER] [OPTIONS]"
                            (conj specs [nil "--jdk HOME" "The JVM to train, where the folder has no jre (default: the one this runs on)"
                                         :default (System/getProperty "java.home") :default-desc ""])
                            [0 1] arguments)]
    (let [folder (io/file (or folder "target/karamon-image"))
          jre    (io/file folder "jre")]
      (when-not (.isFile (io/file folder "bootstrap"))
        (throw (ex-info (str "No " folder "/bootstrap: make the folder with ./karamon image") {:type ::no-image})))
      (train folder (if (.exists jre) jre (:jdk options)) (training options))))
  0)
