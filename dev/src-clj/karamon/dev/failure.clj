(ns karamon.dev.failure
  "Describes failures of the user's code as text, whatever an exception holds and its methods do."
  (:import
   (karamon.text Failure Traces)))

(set! *warn-on-reflection* true)

(defn message
  "Returns the exception's message, nil if it has none."
  [e]
  (Failure/message e))

(defn summary
  "Returns the exception's class and message in one line, such as \"java.lang.ArithmeticException: Divide by zero\"."
  [e]
  (Traces/oneLine (Failure/summary e)))

(defn trace
  "Returns the exception's class, message and stack trace, and those of its causes."
  [e]
  (Traces/of e))

(defn load-text
  "Returns why a namespace doesn't load, as text. The argument is what `karamon.dev.gateway.reload/refresh` returns."
  [{:keys [namespace exception]}]
  (let [root (last (Failure/chain exception))
        {:clojure.error/keys [source line column]} (ex-data exception)]
    (str namespace " doesn't load: " (message root) (when line (str " (" source ":" line (when column (str ":" column)) ")")))))
