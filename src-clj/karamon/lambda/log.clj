(ns karamon.lambda.log
  "Writes to the invocation's log, where a context has one, else to `*err*`."
  {:no-doc true}
  (:import
   (com.amazonaws.services.lambda.runtime Context)
   (java.io PrintWriter StringWriter)))

(set! *warn-on-reflection* true)

(defn log!
  "Logs a text, and the trace of `e` if given, for the context map `ctx`, which may be nil."
  ([ctx text]
   (if-let [context (:karamon/context (meta ctx))]
     (.log (.getLogger ^Context context) (str text "\n"))
     (binding [*out* *err*] (println text) (flush))))
  ([ctx text ^Throwable e]
   (let [trace (StringWriter.)]
     (.printStackTrace e (PrintWriter. trace))
     (log! ctx (str text "\n" trace)))))
