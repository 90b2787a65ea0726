(ns karamon.test.hostile
  "Values and exceptions that are hard to print: their code throws, waits or never ends, or they are deep, long or circular."
  (:import
   (java.util ArrayList HashMap Optional)
   (java.util.concurrent CompletableFuture CountDownLatch FutureTask)
   (java.util.concurrent.atomic AtomicReference)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(def ^:private released (atom (CountDownLatch. 1)))

(defn wait-until-released
  "Waits, even if it is interrupted, until `release` is called."
  []
  (let [^CountDownLatch latch @released]
    (while (pos? (.getCount latch))
      (try (.await latch) (catch InterruptedException _)))))

(defn release
  "A fixture: after each test, ends all threads that still wait for a value."
  [test]
  (try
    (test)
    (finally
      (.countDown ^CountDownLatch (first (reset-vals! released (CountDownLatch. 1)))))))

(defn done-in-time
  "Returns the result of `f`, or `:hangs` if it takes more than a minute. Calls it on a thread of its own."
  [f]
  (let [result         (promise)
        ^Runnable work (bound-fn [] (deliver result (try (f) (catch Throwable e e))))]
    (doto (Thread. work) (.setDaemon true) (.start))
    (deref result 60000 :hangs)))

(defn sampled
  "Returns every `nth` of `cases`, and at full depth every `full-nth`: all of them unless it is given."
  ([nth cases]
   (sampled nth 1 cases))
  ([nth full-nth cases]
   (take-nth (Depth/times nth full-nth) cases)))

(deftype Hostile [f]
  Object
  (toString [_] (f))
  (hashCode [_] (f))
  (equals [_ _] (f)))

(defrecord Order [id items])

(defn nested
  "Returns data of that depth."
  [n]
  (nth (iterate (fn [m] {:in m}) {}) n))

(def values
  "A description to a function that makes the value. No two values share state."
  {"an endless sequence"           #(range)
   "an endless lazy sequence"      #(map inc (range))
   "endless sequences in each"     (fn more [] (repeatedly more))
   "an endless key"                #(array-map (range) 1)
   "an endless set"                #(hash-set [1 (atom (range))])
   "deep data"                     #(nested 990)
   "data too deep for the stack"   #(nested 100000)
   "a deep sequence"               #(nth (iterate list 1) 100000)
   "an endless depth"              (fn deeper [] (lazy-seq (list (deeper))))
   "more data than memory"         #(nth (iterate (fn [x] {:all (vec (repeat 1000 x))}) {}) 9)
   "a sequence that throws"        #(map (fn [_] (throw (IllegalStateException. "in data"))) [1])
   "a sequence that throws later"  #(concat (range 40) (lazy-seq (throw (IllegalStateException. "in data"))))
   "a sequence too deep"           (fn [] (map (fn f [x] (inc (f x))) [1]))
   "a map that contains itself"    #(let [m (HashMap.)] (.put m "self" m) m)
   "a list that contains itself"   #(let [l (ArrayList.)] (.add l l) (.add l l) l)
   "an array that contains itself" #(let [a (object-array 2)] (aset a 0 a) (aset a 1 a) a)
   "an atom that contains itself"  #(let [a (atom nil)] (reset! a [a a]) a)
   "an endless atom"               #(atom (range))
   "an endless record"             #(->Order 7 (range))
   "endless metadata"              #(with-meta [1] {:all (range)})
   "an endless Optional"           #(Optional/of (range))
   "an endless AtomicReference"    #(AtomicReference. (range))
   "a pending promise"             #(promise)
   "a promise of itself"           #(let [p (promise)] (deliver p p) p)
   "a pending delay"               #(delay (wait-until-released))
   "a pending CompletableFuture"   #(CompletableFuture.)
   "a pending FutureTask"          #(FutureTask. ^Callable (fn []))
   "a text that throws"            #(->Hostile (fn [] (throw (IllegalStateException. "no text"))))
   "a text that is too deep"       #(->Hostile (fn f [] (str "x" (f))))
   "a text that is nil"            #(->Hostile (constantly nil))
   "a long text"                   #(->Hostile (constantly (.repeat "x" 10000000)))
   "a long string"                 #(.repeat "x" 100000000)
   "a long keyword"                #(keyword (.repeat "x" 10000000))
   "a long number"                 #(.shiftLeft BigInteger/ONE 10000000)
   "a long ratio"                  #(/ 1 (bigint (.shiftLeft BigInteger/ONE 100000)))
   "a map with a bad key"          #(array-map (->Hostile (fn [] (throw (IllegalStateException. "no key")))) 1)
   "a Java map that throws"        #(proxy [java.util.AbstractMap] [] (entrySet [] (throw (IllegalStateException. "no entries"))))
   "an iterator that throws"       #(reify Iterable (iterator [_] (throw (IllegalStateException. "no items"))))
   "halves of surrogate pairs"     #(.repeat "\ud800" 5000)
   "line ends"                     #(str "a\nERROR b\r\u2028c")})

(def slow-values
  "The same for values that take all the time that printing has, and leave a thread behind."
  {"a sequence that waits"     #(map (fn [_] (wait-until-released)) [1])
   "a text that waits"         #(->Hostile (fn [] (wait-until-released)))
   "a Java list that waits"    #(proxy [java.util.AbstractList] [] (size [] (wait-until-released)) (get [_] nil))})

(def exceptions
  "A description to a function that makes the exception; its message contains \"nasty\", if it has one."
  (into {"a cycle of causes"         #(let [a (RuntimeException. "nasty"), b (RuntimeException. "b" a)] (.initCause a b) a)
         "a cycle with suppressed"   #(let [a (RuntimeException. "nasty"), b (RuntimeException. "b" a)] (.addSuppressed a b) a)
         "many causes"               #(reduce (fn [e _] (RuntimeException. "nasty" e)) nil (range 5000))
         "many suppressed"           #(let [a (RuntimeException. "nasty")] (dotimes [_ 5000] (.addSuppressed a (ex-info "b" {:all (range)}))) a)
         "endless causes"            (fn make [] (proxy [RuntimeException] ["nasty"] (getCause [] (make))))
         "a message that throws"     #(proxy [RuntimeException] ["nasty"] (getMessage [] (throw (StackOverflowError.))))
         "a message that is nil"     #(proxy [RuntimeException] ["nasty"] (getMessage [] nil))
         "a text that throws"        #(proxy [RuntimeException] ["nasty"] (toString [] (throw (IllegalStateException. "no text"))))
         "a local message that throws" #(proxy [RuntimeException] ["nasty"] (getLocalizedMessage [] (throw (IllegalStateException. "no text"))))
         "a cause that throws"       #(proxy [RuntimeException] ["nasty"] (getCause [] (throw (IllegalStateException. "no cause"))))
         "a trace that throws"       #(proxy [RuntimeException] ["nasty"] (getStackTrace [] (throw (IllegalStateException. "no trace"))))
         "a trace that is nil"       #(proxy [RuntimeException] ["nasty"] (getStackTrace [] nil))
         "a long trace"              #(doto (RuntimeException. "nasty")
                                        (.setStackTrace (into-array StackTraceElement (repeat 1000000 (StackTraceElement. "a" "b" "c" 1)))))
         "a long message"            #(RuntimeException. ^String (str "nasty" (.repeat "x" 10000000)))
         "an overflown stack"        #(StackOverflowError. "nasty")
         "a nasty cause"             #(RuntimeException. "nasty" (ex-info "cause" {:all (range)}))
         "a suppressed one"          #(doto (RuntimeException. "nasty") (.addSuppressed (ex-info "other" {:all (range)})))}
        (for [[kind make] values]
          [(str "data with " kind) #(ex-info "nasty" {:data (make)})])))

(def slow-exceptions
  "The same for exceptions that take all the time that printing has, and leave a thread behind."
  (into {"a message that waits" #(proxy [RuntimeException] ["nasty"] (getMessage [] (wait-until-released)))
         "a cause that waits"   #(proxy [RuntimeException] ["nasty"] (getCause [] (wait-until-released)))}
        (for [[kind make] slow-values]
          [(str "data with " kind) #(ex-info "nasty" {:data (make)})])))
