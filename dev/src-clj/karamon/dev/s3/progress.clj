(ns karamon.dev.s3.progress
  "A bar that shows how far a long piece of work is, where somebody looks on: the launcher says whether standard error is a
  terminal."
  (:import
   (me.tongfei.progressbar ConsoleProgressBarConsumer ProgressBar ProgressBarBuilder)))

(set! *warn-on-reflection* true)

(defn- bar ^ProgressBar [title size]
  (-> (ProgressBarBuilder.)
      (.setTaskName title)
      (.setInitialMax (or size -1))
      (.setUnit "MiB" 1048576)
      (.showSpeed)
      (.setConsumer (ConsoleProgressBarConsumer. System/err))
      (.clearDisplayOnFinish)
      (.build)))

(defn call
  "Calls `f` with a function of the bytes that are newly done, and shows them of `size`, which may be nil. Returns what `f`
  does."
  [title size f]
  (if (Boolean/getBoolean "karamon.terminal")
    (with-open [bar (bar title size)]
      (f (fn [n] (.stepBy bar n))))
    (f (fn [_]))))
