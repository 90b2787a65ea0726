(ns karamon.dev.s3.progress
  "A progress bar for long operations. It is shown only if standard error is a terminal, as the launcher reports in a system
  property."
  (:import
   (karamon.text Escaped)
   (me.tongfei.progressbar ConsoleProgressBarConsumer ProgressBar ProgressBarBuilder)))

(set! *warn-on-reflection* true)

(defn- bar ^ProgressBar [title size]
  (-> (ProgressBarBuilder.)
      (.setTaskName (Escaped/line (str title)))
      (.setInitialMax (or size -1))
      (.setUnit "MiB" 1048576)
      (.showSpeed)
      (.setConsumer (ConsoleProgressBarConsumer. System/err))
      (.clearDisplayOnFinish)
      (.build)))

(defn call
  "Calls `f` with a function that `f` calls with the number of bytes done since the last call. Shows the progress out of `size`
  bytes, or nil if unknown. Returns what `f` returns."
  [title size f]
  (if (Boolean/getBoolean "karamon.terminal")
    (with-open [bar (bar title size)]
      (f (fn [n] (.stepBy bar n))))
    (f (fn [_]))))
