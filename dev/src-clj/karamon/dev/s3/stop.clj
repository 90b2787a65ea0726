(ns karamon.dev.s3.stop
  "Lets a command clean up when its process gets a signal to end: SIGINT, as from Ctrl-C, or SIGTERM."
  (:import
   (java.util.concurrent CountDownLatch TimeUnit)))

(set! *warn-on-reflection* true)

(def ^:private seconds
  "How long a command that is waiting, such as for a stalled connection, may delay the end."
  3)

(defn call
  "Calls `f` with two functions and returns its result. The first returns whether the process is to end; then `f` should soon
  return or throw. The second takes a function, to call at that moment, and again if `f` hasn't ended some seconds later: it may be
  called twice, at the same time as `f` runs, and must not throw."
  [f]
  (let [stopped  (atom false)
        cleanups (atom [])
        ended    (CountDownLatch. 1)
        clean!   #(run! (fn [cleanup] (cleanup)) @cleanups)
        hook     (Thread. (fn []
                            (reset! stopped true)
                            (clean!)
                            (when-not (.await ended seconds TimeUnit/SECONDS)
                              (clean!))))]
    (.addShutdownHook (Runtime/getRuntime) hook)
    (try
      (f (fn [] @stopped) #(swap! cleanups conj %))
      (finally
        (.countDown ended)
        (when-not @stopped
          (try
            (.removeShutdownHook (Runtime/getRuntime) hook)
            (catch IllegalStateException _)))))))
