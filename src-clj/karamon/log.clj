(ns karamon.log
  "Log events of one line each, in the form of Lambda's own JSON logs:

      (log/info \"paid\" {:amount 3})
      ;; {\"timestamp\":\"…\",\"level\":\"INFO\",\"message\":\"paid\",\"logger\":\"shop.core\",\"AWSRequestId\":\"…\",…,\"amount\":3}
      (log/error e \"not paid\" {:order 7})

  `trace`, `debug`, `info`, `warn`, `error` and `fatal` take a message, which may be any value, and a map of data, whose
  members stand beside those of the event; an exception goes before both. Arguments are evaluated only where the level is
  enabled. Whatever is logged, no call throws: what JSON can't say is printed, what doesn't fit into 256 KB is cut off, and so is
  a collection after 1,000 items.

  `AWS_LAMBDA_LOG_LEVEL` is the least level written (default INFO). `AWS_LAMBDA_LOG_FORMAT` chooses JSON or Text; by default it is
  JSON on Lambda and text elsewhere. An event knows the invocation of the thread that logs it, also in `future`, `pmap`,
  agents and core.async; `bound-fn` takes it to other threads. docs/logging.md tells more."
  (:import
   (com.amazonaws.services.lambda.runtime.logging LogLevel)
   (java.util Map)
   (karamon.log Bridges Log)))

(set! *warn-on-reflection* true)

(def ^:private levels
  {:trace LogLevel/TRACE, :debug LogLevel/DEBUG, :info LogLevel/INFO, :warn LogLevel/WARN, :error LogLevel/ERROR
   :fatal LogLevel/FATAL})

(defn- level ^LogLevel [k]
  (or (levels k)
      (throw (ex-info (karamon.text.Options/unknown "level" k (keys levels)) {:type ::bad-level, :level k}))))

(defn enabled?
  "Tells whether events of a level are written: `:trace`, `:debug`, `:info`, `:warn`, `:error` or `:fatal`. Throws ex-info of
  `:type` `:karamon.log/bad-level` for another."
  [k]
  (.isEnabled (Log/ofTheProcess) (level k)))

(defn- write! [k logger message data thrown]
  (.write (Log/ofTheProcess) (level k) logger message
          (if (or (nil? data) (instance? Map data)) data {:data data})
          thrown))

(defn event!
  "Logs an event, as the macros of the levels do: of the level `k` and the logger `logger`, a string or nil. `x`, `y` and `z`
  are a message; a message and data; an exception; or an exception, a message, and data. Returns nil. Throws ex-info of `:type`
  `:karamon.log/bad-level` for a level that there isn't."
  ([k logger x]
   (if (instance? Throwable x)
     (write! k logger nil nil x)
     (write! k logger x nil nil)))
  ([k logger x y]
   (cond
     (instance? Throwable x) (write! k logger y nil x)
     (instance? Throwable y) (write! k logger x nil y)
     :else                   (write! k logger x y nil)))
  ([k logger x y z]
   (cond
     (instance? Throwable x) (write! k logger y z x)
     (instance? Throwable z) (write! k logger x y z)
     :else                   (write! k logger y (if (nil? x) z {:data z, :exception x}) nil))))

(defn- expansion [k args]
  `(when (enabled? ~k)
     (event! ~k ~(str *ns*) ~@args)))

(defmacro trace
  "Logs an event of the level TRACE; see the namespace."
  {:arglists '([message] [message data] [exception] [exception message] [exception message data])}
  [x & more]
  (expansion :trace (cons x more)))

(defmacro debug
  "Logs an event of the level DEBUG; see the namespace."
  {:arglists '([message] [message data] [exception] [exception message] [exception message data])}
  [x & more]
  (expansion :debug (cons x more)))

(defmacro info
  "Logs an event of the level INFO; see the namespace."
  {:arglists '([message] [message data] [exception] [exception message] [exception message data])}
  [x & more]
  (expansion :info (cons x more)))

(defmacro warn
  "Logs an event of the level WARN; see the namespace."
  {:arglists '([message] [message data] [exception] [exception message] [exception message data])}
  [x & more]
  (expansion :warn (cons x more)))

(defmacro error
  "Logs an event of the level ERROR; see the namespace."
  {:arglists '([message] [message data] [exception] [exception message] [exception message data])}
  [x & more]
  (expansion :error (cons x more)))

(defmacro fatal
  "Logs an event of the level FATAL; see the namespace. The process goes on."
  {:arglists '([message] [message data] [exception] [exception message] [exception message data])}
  [x & more]
  (expansion :fatal (cons x more)))

(defn bridge!
  "Has what `clojure.tools.logging`, SLF4J (2.0.9 or later), `System.Logger` and `java.util.logging` log come in the same form
  and by the same level, as the environment variable KARAMON_LOG_BRIDGE=true does before any namespace is loaded. Call it
  before anything logs: SLF4J chooses once, which `clojure.tools.logging` has it do when that is loaded. Where it chose
  another provider before, a warning tells so. Returns nil."
  []
  (when-let [other (Bridges/install)]
    (warn "SLF4J was in use before karamon.log/bridge! was called: its events don't come to this log"
          {:slf4j other, :remedy "Set KARAMON_LOG_BRIDGE=true in the function's environment"})))
