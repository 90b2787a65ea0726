(ns karamon.s3.transfer.parallel
  "Work on several threads that begins and ends as one: once a piece of it fails, the others stop."
  (:import
   (java.util.concurrent CancellationException CountDownLatch)
   (java.util.concurrent.atomic AtomicReference)))

(set! *warn-on-reflection* true)

(defn- taker
  "Returns a function that takes the next of `xs`, nil at their end. They are realized one by one, and none is held."
  [xs]
  (let [left (volatile! xs)
        lock (Object.)]
    (fn []
      (locking lock
        (when-let [some-left (seq @left)]
          (vreset! left (rest some-left))
          (first some-left))))))

(defn each!
  "Calls `f` with each of `xs`, and with a function that throws once all are to stop, which `f` calls as often as it may. `xs`
  are realized one by one, as a thread is free for the next. Returns nil when all are done. Throws what the first that failed
  threw, once all threads have ended.

  * `:threads` -- how many at once
  * `:cancelled?` -- is asked now and then; once it answers true this throws java.util.concurrent.CancellationException"
  [{:keys [threads cancelled?]} f xs]
  (let [failure (AtomicReference.)
        fail!   (fn [e] (.compareAndSet failure nil e))
        check   (fn []
                  (when (and cancelled? (cancelled?))
                    (fail! (CancellationException. "The transfer was cancelled")))
                  (when-let [e (.get failure)]
                    (throw e)))
        next!   (taker xs)
        ended   (CountDownLatch. threads)
        work    (bound-fn []
                  (try
                    (loop []
                      (check)
                      (when-some [x (next!)]
                        (f x check)
                        (recur)))
                    (catch Throwable e
                      (fail! e))
                    (finally
                      (.countDown ended))))]
    (dotimes [n threads]
      (doto (Thread. ^Runnable work (str "karamon-s3-" n))
        (.setDaemon true)
        (.start)))
    (try
      (.await ended)
      (catch InterruptedException e
        (fail! e)
        (.await ended)))
    (when-let [e (.get failure)]
      (throw e))))
