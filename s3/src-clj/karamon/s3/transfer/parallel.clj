(ns karamon.s3.transfer.parallel
  "Runs a task on several threads and waits for all of them: if one piece fails, the others stop."
  (:import
   (java.util.concurrent CancellationException CountDownLatch)
   (java.util.concurrent.atomic AtomicReference)))

(set! *warn-on-reflection* true)

(defn check
  "Throws java.util.concurrent.CancellationException if the function `cancelled?`, which may be nil, returns true."
  [cancelled?]
  (when (and cancelled? (cancelled?))
    (throw (CancellationException. "The transfer was cancelled"))))

(defn- taker
  "Returns a function that takes the next of `xs`, nil at their end. Realizes them one by one, and doesn't hold the head."
  [xs]
  (let [left (volatile! xs)
        lock (Object.)]
    (fn []
      (locking lock
        (when-let [some-left (seq @left)]
          (vreset! left (rest some-left))
          (first some-left))))))

(defn each!
  "Calls `f` with each of `xs`, and with a function that throws if all are to stop; `f` calls it often. Realizes `xs` one by one,
  as a thread is free for the next. Returns nil when all are done. If a call fails, throws its exception, the first one of
  several, after all threads have ended.

  * `:threads` -- the number of threads
  * `:cancelled?` -- called regularly; when it returns true, this throws java.util.concurrent.CancellationException"
  [{:keys [threads cancelled?]} f xs]
  (let [failure (AtomicReference.)
        fail!   (fn [e] (.compareAndSet failure nil e))
        check   (fn []
                  (try
                    (check cancelled?)
                    (catch CancellationException e
                      (fail! e)))
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
