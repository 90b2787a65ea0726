(ns karamon.dev.gateway.parent
  "What a program that starts this one says to it: its first line of standard input is what to do, and the end of that
  input is the end of this process. A pipe ends with the program at its other end, however that one dies, so nothing is
  left running."
  (:import
   (java.io BufferedReader InputStreamReader)
   (java.nio.charset StandardCharsets)))

(set! *warn-on-reflection* true)

(defn follow!
  "Returns the first line of standard input, and has this process end when the input does. Throws ex-info of `:type`
  `:karamon.dev.gateway.parent/no-line` when the input has ended already."
  []
  (let [in   (BufferedReader. (InputStreamReader. System/in StandardCharsets/UTF_8))
        line (.readLine in)]
    (when-not line
      (throw (ex-info "Expected a line of standard input that says what to do, found its end" {:type ::no-line})))
    (doto (Thread. #(do (while (.readLine in)) (System/exit 0)) "parent")
      (.setDaemon true)
      (.start))
    line))
