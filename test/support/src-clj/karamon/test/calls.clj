(ns karamon.test.calls
  "Handlers that count their calls, and calls that are made at once.")

(set! *warn-on-reflection* true)

(defn counted
  "Returns a handler whose answer says how often it ran, as the atom `calls` counts."
  [calls]
  (fn [_ _] {:status 200, :body {:calls (swap! calls inc)}}))

(defn all-at-once
  "Calls each function in its own thread, all at once, and returns their results."
  [fs]
  (let [start   (promise)
        answers (mapv (fn [f] (future @start (f))) fs)]
    (deliver start true)
    (mapv deref answers)))
