(ns karamon.dev.failure
  "Tells in words what went wrong with somebody's code."
  (:require
   [clojure.string :as str])
  (:import
   (java.io PrintWriter StringWriter)))

(set! *warn-on-reflection* true)

(defn summary
  "Returns the exception's class and message in a line, such as \"java.lang.ArithmeticException: Divide by zero\"."
  [^Throwable e]
  (str (.getName (class e)) (when-let [message (ex-message e)] (str ": " message))))

(defn trace
  "Returns the exception's class, message and stack trace, and those of its causes."
  [^Throwable e]
  (let [out (StringWriter.)]
    (.printStackTrace e (PrintWriter. out))
    (str/trim-newline (str out))))

(defn load-text
  "Returns why a namespace isn't as its file says, from what `karamon.dev.gateway.reload/refresh` returned."
  [{:keys [namespace ^Throwable exception]}]
  (let [root (last (take-while some? (iterate ex-cause exception)))
        {:clojure.error/keys [source line column]} (ex-data exception)]
    (str namespace " doesn't load: " (ex-message root) (when line (str " (" source ":" line (when column (str ":" column)) ")")))))
