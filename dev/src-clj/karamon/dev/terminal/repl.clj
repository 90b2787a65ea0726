(ns karamon.dev.terminal.repl
  "The REPL on a terminal: line editing, history, completion, forms of several lines. Ctrl-C interrupts the running form, Ctrl-D
  ends. Errors and results are printed as `clojure.main/repl` does."
  (:require
   [clojure.main :as main]
   [clojure.string :as str]
   [karamon.dev.terminal :as terminal]
   [karamon.dev.terminal.complete :as complete])
  (:import
   (clojure.lang LineNumberingPushbackReader)
   (java.io InterruptedIOException PushbackReader StringReader Writer)
   (java.nio.channels ClosedByInterruptException)
   (java.util.concurrent CompletableFuture TimeUnit)
   (org.jline.reader Candidate Completer EOFError LineReader LineReader$Option LineReaderBuilder ParsedLine Parser Parser$ParseContext)
   (org.jline.terminal Terminal Terminal$Signal Terminal$SignalHandler)))

(set! *warn-on-reflection* true)

(def ^:private patience-ms
  "How long an interrupted form may take to end before it is left to itself."
  1000)

(def ^:private eof (Object.))

(defn- read-next [^PushbackReader in]
  (read {:read-cond :allow, :eof eof} in))

(defn complete?
  "Returns false if `text` ends within a form. Runs no code of readers' tags."
  [text]
  (let [in (PushbackReader. (StringReader. text))]
    (binding [*read-eval* false, *data-readers* {}, *default-data-reader-fn* tagged-literal]
      (try
        (while (not (identical? eof (read-next in))))
        true
        (catch RuntimeException e ; another error is reported when the form is read
          (not (str/starts-with? (str (ex-message e)) "EOF while reading")))))))

(def ^:private parser
  (reify Parser
    (parse [_ text cursor context]
      (when (and (= Parser$ParseContext/ACCEPT_LINE context) (not (complete? text)))
        (throw (EOFError. -1 -1 "The form is incomplete")))
      (terminal/parsed text cursor (complete/word text cursor)))))

(defn- candidate [^String name]
  (Candidate. name name nil nil nil nil (not (str/ends-with? name "/"))))

(def ^:private completer
  (reify Completer
    (complete [_ _ line candidates]
      (.addAll candidates (map candidate (complete/candidates (.word ^ParsedLine line) *ns*))))))

(defn- line-reader ^LineReader [terminal history]
  (cond-> (-> (LineReaderBuilder/builder)
              (.terminal terminal)
              (.appName "karamon")
              (.parser parser)
              (.completer completer)
              (.variable LineReader/SECONDARY_PROMPT_PATTERN "%P #_=> ")
              (.option LineReader$Option/DISABLE_EVENT_EXPANSION true)) ; an exclamation mark is part of names
    history (.variable LineReader/HISTORY_FILE history)
    true    (.build)))

(defn- interrupted-writer
  "Returns a writer to the terminal. It throws in the thread of `state` after an interrupt, so that printing can be interrupted."
  ^Writer [^Terminal terminal state]
  (let [out   (.writer terminal)
        check (fn []
                (let [current (Thread/currentThread)]
                  (when (and (identical? current (:thread @state)) (or (:left @state) (Thread/interrupted)))
                    (throw (InterruptedIOException. "Interrupted")))))]
    (proxy [Writer] []
      (write
        ([x]
         (check)
         (cond
           (string? x) (.write out ^String x)
           (int? x)    (.write out (int x))
           :else       (.write out ^chars x)))
        ([x start length]
         (check)
         (if (string? x)
           (.write out ^String x (int start) (int length))
           (.write out ^chars x (int start) (int length)))))
      (flush [] (.flush out))
      (close []))))

(defn- enter
  "Returns what `karamon.dev.terminal/read-text` does. Before that, the thread of `state` is no longer interrupted by Ctrl-C, and
  after it again."
  [state reader]
  (swap! state assoc :entry nil, :bindings (get-thread-bindings))
  (Thread/interrupted)
  (flush)
  (let [text (terminal/read-text reader (str (ns-name *ns*) "=> "))]
    (swap! state assoc :entry (Object.), :signalled false)
    text))

(defn- read-form
  "Returns the next form, or `exit` after Ctrl-D."
  [state reader exit]
  (if (:left @state)
    exit
    (let [form (if-let [in (:pending @state)]
                 (try
                   (read-next in)
                   (catch Throwable e
                     (swap! state dissoc :pending)
                     (throw e)))
                 eof)]
      (if-not (identical? eof form)
        form
        (if-let [text (enter state reader)]
          (do (swap! state assoc :pending (LineNumberingPushbackReader. (StringReader. text)))
              (recur state reader exit))
          exit)))))

(defn- interrupt?
  "Returns true if `e` comes from the interrupt of a thread."
  [e]
  (some #(or (instance? InterruptedException %) (instance? InterruptedIOException %) (instance? ClosedByInterruptException %))
        (take-while some? (iterate ex-cause e))))

(defn- caught [state print-error e]
  (if (and (:signalled @state) (interrupt? e))
    (do (swap! state dissoc :pending)
        (when-not (:left @state)
          (println "Interrupted.")))
    (print-error e)))

(defn- run-loop
  "Runs the REPL in this thread until Ctrl-D, or until its form was left to itself and has ended."
  [state ^Terminal terminal reader {:keys [init print-error]} bindings]
  (let [out (interrupted-writer terminal state)]
    (with-bindings (merge bindings {#'*in* (LineNumberingPushbackReader. (.reader terminal)), #'*out* out, #'*err* out})
      (main/repl :init init
                 :prompt (fn [])
                 :need-prompt (constantly false)
                 :read (fn [_ exit] (read-form state reader exit))
                 :caught #(caught state print-error %)))))

(defn- start
  "Starts a thread with a REPL. Its state, an atom that is returned, has a promise `:outcome`: of the bindings to go on with if its
  form is left to itself, or of nil at the end."
  [terminal reader functions bindings]
  (let [state  (atom {:outcome (promise)})
        thread (Thread. #(try
                           (run-loop state terminal reader functions bindings)
                           (finally (deliver (:outcome @state) nil)))
                        "repl")]
    (swap! state assoc :thread thread)
    (.start (doto thread (.setDaemon true)))
    state))

(defn- leave
  "Leaves the form of `entry` to itself, unless it has ended."
  [state entry]
  (let [[before] (swap-vals! state #(cond-> % (identical? entry (:entry %)) (assoc :left true)))]
    (when (identical? entry (:entry before))
      (deliver (:outcome before) (:bindings before)))))

(defn- interrupt
  "Interrupts the form that runs. Ends the process if nothing has been entered yet."
  [state]
  (let [{:keys [^Thread thread entry bindings]} (swap! state assoc :signalled true)]
    (cond
      entry          (do (.interrupt thread)
                         (.execute (CompletableFuture/delayedExecutor patience-ms TimeUnit/MILLISECONDS) #(leave state entry)))
      (not bindings) (System/exit 130))))

(defn- restore-results
  "Sets the results that `clojure.main/repl` begins without."
  [bindings]
  (set! *1 (bindings #'*1))
  (set! *2 (bindings #'*2))
  (set! *3 (bindings #'*3))
  (set! *e (bindings #'*e)))

(defn repl
  "Runs a REPL on a terminal until Ctrl-D. Calls `init` first. `history` is the path of a file, or nil. `print-error` prints an
  exception (default as Clojure's REPL does).

  A form that goes on for a second after Ctrl-C is left to itself, in its thread, and the REPL goes on in another: a JVM can't stop
  a thread that ignores interrupts."
  ([terminal history init] (repl terminal history init main/repl-caught))
  ([^Terminal terminal history init print-error]
   (let [reader  (line-reader terminal history)
         current (atom nil)]
     (.handle terminal Terminal$Signal/INT (reify Terminal$SignalHandler (handle [_ _] (some-> @current interrupt))))
     (loop [init init, bindings {}]
       (let [state (reset! current (start terminal reader {:init init, :print-error print-error} bindings))]
         (when-let [bindings @(:outcome @state)]
           (doto (.writer terminal)
             (.println "The form ignores the interrupt: it goes on in the background.")
             (.flush))
           (recur #(restore-results bindings) bindings)))))))
