(ns karamon.dev.failure
  "Describes failures of the user's code as text."
  (:require
   [clojure.string :as str])
  (:import
   (java.io PrintWriter StringWriter)))

(set! *warn-on-reflection* true)

(defn summary
  "Returns the exception's class and message in one line, such as \"java.lang.ArithmeticException: Divide by zero\"."
  [^Throwable e]
  (str (.getName (class e)) (when-let [message (ex-message e)] (str ": " message))))

(defn trace
  "Returns the exception's class, message and stack trace, and those of its causes."
  [^Throwable e]
  (let [out (StringWriter.)]
    (.printStackTrace e (PrintWriter. out))
    (str/trim-newline (str out))))

(defn load-text
  "Returns why a namespace doesn't load, as text. The argument is what `karamon.dev.gateway.reload/refresh` returns."
  [{:keys [namespace ^Throwable exception]}]
  (let [root (last (take-while some? (iterate ex-cause exception)))
        {:clojure.error/keys [source line column]} (ex-data exception)]
    (str namespace " doesn't load: " (ex-message root) (when line (str " (" source ":" line (when column (str ":" column)) ")")))))
