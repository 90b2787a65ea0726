(ns karamon.lambda.log
  "Karamon's own log messages while a lambda handler runs."
  {:no-doc true}
  (:import
   (com.amazonaws.services.lambda.runtime.logging LogLevel)
   (karamon.log Log)))

(set! *warn-on-reflection* true)

(defn error!
  "Logs the exception `e` as an error of this thread's invocation. `message` is a sentence."
  [message e]
  (.report (Log/ofTheProcess) LogLevel/ERROR message nil e))

(defn warn!
  "Logs a warning for this thread's invocation. `message` is a sentence."
  [message]
  (.report (Log/ofTheProcess) LogLevel/WARN message nil nil))
