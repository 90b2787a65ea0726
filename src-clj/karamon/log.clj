(ns karamon.log
  "Logs events of one line each, in the format of Lambda's own JSON logs:

      (log/info \"paid\" {:amount 3})
      ;; {\"timestamp\":\"…\",\"level\":\"INFO\",\"message\":\"paid\",\"logger\":\"shop.core\",\"AWSRequestId\":\"…\",…,\"amount\":3}
      (log/error e \"not paid\" {:order 7})

  `trace`, `debug`, `info`, `warn`, `error` and `fatal` take a message, which may be any value, and a map of data, whose
  entries are added to the event; an exception goes before both. Arguments are evaluated only if the level is enabled. No
  call throws. Values that JSON doesn't have are printed. Events are cut off after 256 KB, collections after 1,000 items.

  `AWS_LAMBDA_LOG_LEVEL` is the lowest level written (default INFO). `AWS_LAMBDA_LOG_FORMAT` chooses JSON or Text; the default
  is JSON on Lambda and text elsewhere. An event has the invocation's data of the thread that logs it, also in `future`, `pmap`,
  agents and core.async; `bound-fn` carries it to other threads. See docs/logging.md."
  (:import
   (com.amazonaws.services.lambda.runtime.logging LogLevel)
   (java.util Map)
   (karamon.log Bridges Log)))

(set! *warn-on-reflection* true)

(def ^:private levels
  {:trace LogLevel/TRACE, :debug LogLevel/DEBUG, :info LogLevel/INFO, :warn LogLevel/WARN, :error LogLevel/ERROR
   :fatal LogLevel/FATAL})

(defn- level ^LogLevel [k]
  (or (when (keyword? k) (levels k))
      (throw (ex-info (karamon.text.Options/unknown "level" k (keys levels)) {:type ::bad-level, :level k}))))

(defn enabled?
  "Returns whether events of a level are written: `:trace`, `:debug`, `:info`, `:warn`, `:error` or `:fatal`. Throws ex-info of
  `:type` `:karamon.log/bad-level` for any other level."
  [k]
  (.isEnabled (Log/ofTheProcess) (level k)))

(defn- write! [k logger message data thrown]
  (.write (Log/ofTheProcess) (level k) logger message
          (if (or (nil? data) (instance? Map data)) data {:data data})
          thrown))

(defn event!
  "Logs an event of the level `k` and the logger `logger`, a string or nil, as the macros of the levels do. `x`, `y` and `z`
  are a message; a message and data; an exception; or an exception, a message, and data. Returns nil. Throws ex-info of `:type`
  `:karamon.log/bad-level` for an unknown level."
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
  "Writes what `clojure.tools.logging`, SLF4J (2.0.9 or later), `System.Logger` and `java.util.logging` log to this log, in the
  same format and with the same level. The environment variable KARAMON_LOG_BRIDGE=true does so before any namespace is loaded.
  Call this before anything logs: SLF4J chooses its provider once, as soon as `clojure.tools.logging` is loaded. Logs a warning
  if SLF4J has chosen another provider before. Returns nil."
  []
  (when-let [other (Bridges/install)]
    (warn "SLF4J was in use before karamon.log/bridge! was called: its events don't come to this log"
          {:slf4j other, :remedy "Set KARAMON_LOG_BRIDGE=true in the function's environment"})))
