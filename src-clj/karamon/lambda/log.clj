(ns karamon.lambda.log
  "What Karamon itself logs while a lambda handler runs."
  {:no-doc true}
  (:import
   (com.amazonaws.services.lambda.runtime.logging LogLevel)
   (karamon.log Log)))

(set! *warn-on-reflection* true)

(defn error!
  "Logs that something failed with `e`, for the invocation of this thread. `message` is a sentence."
  [message e]
  (.report (Log/ofTheProcess) LogLevel/ERROR message nil e))

(defn warn!
  "Logs a warning for the invocation of this thread. `message` is a sentence."
  [message]
  (.report (Log/ofTheProcess) LogLevel/WARN message nil nil))
