(ns karamon.dev.gateway.parent
  "Reads the task that the parent process writes to this one's standard input, and ends this process with the parent. The task
  is the first line. When the input ends, this process exits. A pipe ends when the program at its other end dies, for any
  reason, so nothing is left running."
  (:import
   (java.io BufferedReader InputStreamReader)
   (java.nio.charset StandardCharsets)))

(set! *warn-on-reflection* true)

(defn follow!
  "Returns the first line of standard input. From then on this process exits when the input ends. Throws ex-info of `:type`
  `:karamon.dev.gateway.parent/no-line` if the input is empty."
  []
  (let [in   (BufferedReader. (InputStreamReader. System/in StandardCharsets/UTF_8))
        line (.readLine in)]
    (when-not line
      (throw (ex-info "Expected a line with the task on standard input, found none" {:type ::no-line})))
    (doto (Thread. #(do (while (.readLine in)) (System/exit 0)) "parent")
      (.setDaemon true)
      (.start))
    line))
