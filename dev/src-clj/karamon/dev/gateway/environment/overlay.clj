(ns karamon.dev.gateway.environment.overlay
  "Other environment variables for what runs on this thread: `System/getenv` reads them too, and so does Java code of libraries.

  The JVM keeps its variables in an unmodifiable map. Here the map behind that is replaced with one that asks the thread. For that
  the process must be started with `--add-opens java.base/java.util=ALL-UNNAMED`."
  (:import
   (java.lang ReflectiveOperationException)
   (java.lang.reflect Field InaccessibleObjectException)
   (java.util AbstractMap AbstractSet HashMap Map)))

(set! *warn-on-reflection* true)

(def option
  "The options of a JVM in which `install!` works."
  ["--add-opens" "java.base/java.util=ALL-UNNAMED"])

(def ^:private ^:dynamic *own*
  "The variables of this thread, nil for those of the process. Clojure's futures and agents have them too."
  nil)

(def ^:private ^InheritableThreadLocal inherited
  "The variables of threads that were started on a thread with variables of its own."
  (InheritableThreadLocal.))

(defn- view
  "Returns a map that has the variables of the thread that reads it, by default those in `process`."
  ^Map [^Map process]
  (let [current (fn ^Map [] (or *own* (.get inherited) process))]
    (proxy [AbstractMap] []
      (get [k] (.get ^Map (current) k))
      (containsKey [k] (.containsKey ^Map (current) k))
      (entrySet []
        (proxy [AbstractSet] []
          (iterator [] (.iterator (.entrySet ^Map (current))))
          (size [] (.size ^Map (current))))))))

(defn- field ^Field [^Object target ^String name]
  (doto (.getDeclaredField (class target) name)
    (.setAccessible true)))

(defn- replace! []
  (let [seen    (System/getenv)
        process (.get (field seen "m") seen)]
    (.set (field seen "m") seen (view process))
    (doseq [cached ["keySet" "entrySet" "values"]]
      (.set (field seen cached) seen nil))))

(def ^:private installed
  (delay
    (try
      (replace!)
      true
      (catch InaccessibleObjectException _ false)
      (catch ReflectiveOperationException _ false))))

(defn install!
  "Makes `System/getenv` ask the thread. Returns false if this JVM doesn't allow it."
  []
  @installed)

(defn call-with
  "Calls `f` with the variables of the process and `variables`, a map of strings, which take precedence. Does nothing else if there are
  none, or if `install!` isn't possible."
  [variables f]
  (if (or (empty? variables) (not (install!)))
    (f)
    (let [own    (doto (HashMap. ^Map (System/getenv)) (.putAll variables))
          before (.get inherited)]
      (.set inherited own)
      (try
        (binding [*own* own] (f))
        (finally (if before (.set inherited before) (.remove inherited)))))))
