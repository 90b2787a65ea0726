(ns karamon.table.process
  "Runs Clojure in separate JVMs, for tests of things that a JVM can do only once, or doesn't survive."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io File RandomAccessFile)
   (java.nio.file Files)
   (java.nio.file.attribute FileAttribute)
   (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

(defn- jar? [entry]
  (str/ends-with? entry ".jar"))

(def class-path
  "The entries of this JVM's class path, jars first: only they can be in an archive of classes."
  (let [{jars true, folders false} (group-by jar? (str/split (System/getProperty "java.class.path") (re-pattern File/pathSeparator)))]
    (into jars folders)))

(def flags
  "The flags of a session's JVM."
  [(str "@" (System/getProperty "karamon.table.options" "java.options")) "-XX:TieredStopAtLevel=1" "-Xmx1g"])

(defn new-folder
  "Returns a new folder, which is deleted when this JVM ends."
  ^File [prefix]
  (let [folder (.toFile (Files/createTempDirectory prefix (make-array FileAttribute 0)))]
    (.addShutdownHook (Runtime/getRuntime)
      (Thread. (fn [] (run! #(.delete ^File %) (reverse (file-seq folder))))))
    folder))

(defn- start-java
  "Starts a JVM as `start` does, which has defaults."
  [form {:keys [flags class-path folder environment before out]}]
  (let [folder  (or folder (new-folder "karamon-process"))
        out     (or out (io/file folder "out.txt"))
        command (concat before [(str (System/getProperty "java.home") "/bin/java")] flags
                        ["-cp" (str/join File/pathSeparator class-path) "clojure.main" "-e" (pr-str form)])
        builder (doto (ProcessBuilder. ^java.util.List (vec command))
                  (.directory folder)
                  (.redirectErrorStream true)
                  (.redirectOutput ^File out))
        process (do (.putAll (.environment builder) (or environment {}))
                    (.start builder))]
    {:process process, :out out, :folder folder}))

(defn await-output
  "Waits until a JVM that `start` returned prints a match of `pattern`, and returns the match. Fails when the JVM ends first, or
  after some seconds (default 60)."
  ([process pattern] (await-output process pattern 60))
  ([{:keys [^Process process out]} pattern seconds]
   (let [until (+ (System/currentTimeMillis) (* 1000 (long seconds)))]
     (loop []
       (or (re-find pattern (slurp out))
           (if (and (.isAlive process) (< (System/currentTimeMillis) until))
             (do (.waitFor process 10 TimeUnit/MILLISECONDS) (recur))
             (throw (ex-info (str "A JVM ended, or didn't print a match in time: " (slurp out)) {:type ::silent}))))))))

(defn end
  "Ends a JVM that `start` returned."
  [{:keys [^Process process]}]
  (.waitFor (.destroyForcibly process)))

(defn- java-of
  "Returns the handle of the JVM that a process is, or runs."
  ^java.lang.ProcessHandle [^Process process]
  (first (filter #(str/ends-with? (.orElse (.command (.info ^java.lang.ProcessHandle %)) "") "java")
           (cons (.toHandle process) (iterator-seq (.iterator (.descendants process)))))))

(defn- dump-threads
  "Has the JVM print its threads; waits for that some seconds."
  [{:keys [process] :as started}]
  (when-let [java (java-of process)]
    (.waitFor (.start (ProcessBuilder. ^"[Ljava.lang.String;" (into-array ["kill" "-QUIT" (str (.pid java))]))))
    (try
      (await-output started #"JNI global refs" 20)
      (catch clojure.lang.ExceptionInfo _))))

(defn finish
  "Waits until a JVM that `start` returned ends; returns its `:exit`, `:text` and `:folder`. Fails after some seconds (default 240),
  with a dump of the JVM's threads in its message, and ends the JVM."
  ([started] (finish started 240))
  ([{:keys [^Process process out folder] :as started} seconds]
   (when-not (.waitFor process seconds TimeUnit/SECONDS)
     (dump-threads started)
     (doseq [^java.lang.ProcessHandle below (vec (iterator-seq (.iterator (.descendants process))))]
       (.destroyForcibly below)
       (.join (.onExit below)))
     (end started)
     (throw (ex-info (str "A JVM didn't end within " seconds " s: " (slurp out)) {:type ::hangs})))
   {:exit (.exitValue process), :text (slurp out), :folder folder}))

(def ^:private training
  "A form that loads the classes of a session."
  (quote
    (do (require 'karamon.table)
        (with-open [session (karamon.table/session {:warehouse "w", :format (keyword (System/getProperty "karamon.table.format"))})]
          (karamon.table/create-table session "t" [[:id :bigint] [:city :string]])
          (karamon.table/insert! session "t" (for [i (range 9)] {:id i, :city "kyoto"}))
          (karamon.table/update! session "t" {:city "osaka"} {:id 1})
          (karamon.table/delete! session "t" {:id 2})
          (karamon.table/compact! session "t" :major)
          (assert (= 8 (count (karamon.table/sql session "SELECT * FROM t")))))
        (shutdown-agents))))

(defn- train
  "Writes an archive of the classes of a session that are in jars."
  [^File file]
  (let [part (io/file (str file ".part"))
        {:keys [exit text]} (finish (start-java training
                                      {:class-path (filter jar? class-path)
                                       :flags (conj flags (str "-Dkaramon.table.format=" (System/getProperty "karamon.table.format"))
                                                (str "-XX:ArchiveClassesAtExit=" part))}))]
    (when-not (and (= 0 exit) (.renameTo part file))
      (throw (ex-info (str "No archive was made: " text) {:type ::no-archive})))))

(def ^:private archive
  "The archive, which saves a third of the CPU of a session's start. The first JVM of tests that needs it makes it, after each build."
  (delay
    (let [file (io/file (System/getProperty "karamon.table.archive" "target/session.jsa"))]
      (with-open [locked (RandomAccessFile. (str file ".lock") "rw")]
        (.lock (.getChannel locked))
        (when-not (every? #(< (.lastModified (io/file %)) (.lastModified file)) (filter jar? class-path))
          (train file))
        file))))

(defn session-flags
  "Returns the flags of a session's JVM that has this JVM's class path, with an archive of classes."
  []
  (conj flags (str "-XX:SharedArchiveFile=" @archive)))

(defn start
  "Starts a JVM that evaluates `form`, and then ends. Its output and errors go to the file `:out`. Options:

  * `:flags` -- the JVM's (default `session-flags`, or `flags` with another class path)
  * `:class-path` -- its entries (default this JVM's)
  * `:folder` -- its current folder (default a new one)
  * `:before` -- words of the command before java's, which run it
  * `:environment` -- variables to add to this JVM's, strings to strings
  * `:out` -- default a file in that folder"
  [form options]
  (start-java form (merge {:flags      (cond (:flags options) nil (:class-path options) flags :else (session-flags))
                           :class-path class-path}
                     options)))

(defn run
  "Evaluates `form` in a new JVM, whose standard input is empty, and waits for its end as `finish` does. Options are those of
  `start`, and

  * `:seconds` -- how long to wait (default 240)"
  ([form] (run form {}))
  ([form options]
   (let [{:keys [^Process process] :as started} (start form (dissoc options :seconds))]
     (.close (.getOutputStream process))
     (finish started (:seconds options 240)))))
