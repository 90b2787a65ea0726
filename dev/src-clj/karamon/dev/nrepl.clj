(ns karamon.dev.nrepl
  "An nREPL server in this process, for editors. nREPL comes from the user's class path: it is on Clojars, which Karamon's own
  dependencies don't need. The server listens on 127.0.0.1 only, and writes its port to `.nrepl-port`, where editors look for it."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.failure :as failure]
   [karamon.dev.options :as options])
  (:import
   (java.io Closeable IOException)
   (java.net BindException)
   (java.nio.file Files Path)
   (karamon.file Draft)))

(set! *warn-on-reflection* true)

(def option
  "The tools.cli spec of the option that starts a server. `karamon.dev.options/optional` makes its value optional."
  (into [nil "--nrepl [PORT]" "Also start an nREPL server on 127.0.0.1, for editors; without PORT, on a free one"] options/port))

(defn arguments
  "Returns a command's arguments in which `--nrepl` has a value."
  [arguments]
  (options/optional arguments "--nrepl" "0"))

(def ^:private version
  "The version of nREPL to recommend."
  "1.7.0")

(def ^:private lines-to-add
  "Build file to what to add to it."
  (array-map
    "deps.edn"    (str "nrepl/nrepl {:mvn/version \"" version "\"} to the :extra-deps of your alias :karamon")
    "project.clj" (str "[nrepl/nrepl \"" version "\"] to the :dependencies of your profile :karamon")
    "pom.xml"     (str "<dependency><groupId>nrepl</groupId><artifactId>nrepl</artifactId><version>" version
                       "</version><scope>provided</scope></dependency> to <dependencies>, and "
                       "<repository><id>clojars</id><url>https://repo.clojars.org</url></repository> to <repositories>")))

(defn missing-text
  "Returns what to add to the build file in `folder` so that nREPL is on the class path; for each build tool if there is none."
  [folder]
  (let [present (filter #(.isFile (io/file folder (key %))) lines-to-add)]
    (str "--nrepl needs nREPL, which isn't on the class path. Add it:\n\n"
         (str/join "\n" (for [[file line] (or (seq present) lines-to-add)] (str "  " file ": add " line))))))

(defn- on-class-path? [path]
  (boolean (or (io/resource (str path ".clj")) (io/resource (str path "__init.class")))))

(defn check
  "Throws ex-info of `:type` `:karamon.dev.options/wrong` that says what to add, if nREPL isn't on the class path."
  []
  (when-not (on-class-path? "nrepl/server")
    (throw (options/wrong (missing-text ".")))))

(defn- middleware-vars
  "Returns the vars of middleware that `sym` names: it, or those that its value lists."
  [sym]
  (let [found (try
                (requiring-resolve sym)
                (catch Exception e
                  (throw (ex-info (str "The nREPL middleware " sym " doesn't load: " (failure/message e)) {:type ::bad-middleware} e))))]
    (cond
      (nil? found)         (throw (ex-info (str "No nREPL middleware " sym ": see :middleware in .nrepl.edn") {:type ::bad-middleware}))
      (sequential? @found) (mapcat middleware-vars @found)
      :else                [found])))

(defn- config
  "Returns what nREPL's own configuration files say."
  []
  (try
    @(requiring-resolve 'nrepl.config/config)
    (catch Exception e
      (throw (ex-info (str "nREPL can't read its configuration, .nrepl.edn here or nrepl.edn in ~/.nrepl: " (failure/message (last (take-while some? (iterate ex-cause e)))))
                      {:type ::bad-config}
                      e)))))

(defn- middleware
  "Returns the symbols of middleware: those in nREPL's own configuration files, and CIDER's if that is on the class path."
  []
  (let [configured (:middleware (config))]
    (distinct (concat (when (on-class-path? "cider/nrepl") ['cider.nrepl/cider-middleware])
                      (if (sequential? configured) configured (some-> configured list))))))

(defn- listen [port]
  (let [handler (apply (requiring-resolve 'nrepl.server/default-handler) (distinct (mapcat middleware-vars (middleware))))]
    (try
      ((requiring-resolve 'nrepl.server/start-server) :bind "127.0.0.1" :port port :handler handler)
      (catch BindException _
        (throw (ex-info (str "Port " port " on 127.0.0.1 is taken: choose another with --nrepl PORT, or leave out PORT")
                        {:type ::port-taken, :port port}))))))

(defn- write-port
  "Writes the port to `file`. If that fails, prints why: editors can connect by the port."
  [^Path file port]
  (try
    (with-open [draft (Draft/file file)]
      (spit (.toFile (.path draft)) (str port))
      (.moveTo draft file))
    (catch IOException e
      (binding [*out* *err*]
        (println (str "Can't write " file ", where editors look for the port: " (failure/summary e)))))))

(defn- remove-port
  "Deletes `file` unless it has the port of another server, which started later."
  [^Path file port]
  (when (and (Files/isRegularFile file (make-array java.nio.file.LinkOption 0))
             (= (str port) (str/trim (slurp (.toFile file)))))
    (Files/deleteIfExists file)))

(defn start
  "Starts an nREPL server on `port` of 127.0.0.1 (0 picks a free one), writes `.nrepl-port`, and prints the address as nREPL does,
  which editors read. Returns an AutoCloseable that has `:port`; closing it stops the server and removes the file. So does the end
  of the process. nREPL's configuration files may name middleware, and CIDER's is used if it is on the class path.

  Throws ex-info of `:type` `:karamon.dev.options/wrong` if nREPL isn't on the class path, of
  `:karamon.dev.nrepl/port-taken` if another program listens on the port, of `:karamon.dev.nrepl/bad-config`, and of
  `:karamon.dev.nrepl/bad-middleware`."
  ^Closeable [port]
  (check)
  (let [server (listen port)
        port   (:port server)
        file   (.toPath (.getAbsoluteFile (io/file ".nrepl-port")))
        ended  (delay (remove-port file port)
                      (.close ^Closeable server))]
    (.addShutdownHook (Runtime/getRuntime) (Thread. #(deref ended)))
    (write-port file port)
    (println (str "nREPL server started on port " port " on host localhost - nrepl://localhost:" port))
    (flush)
    (reify
      clojure.lang.ILookup
      (valAt [_ k] (when (= :port k) port))
      (valAt [this k default] (or (get this k) default))
      Closeable
      (close [_] @ended))))
