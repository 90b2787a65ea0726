(ns karamon.snapstart
  "Functions to call before Lambda takes a SnapStart snapshot of a function, and after each start from it. The snapshot
  includes all state of the namespaces. So close connections before it, and after it replace state that mustn't be stale or
  the same in every execution environment.

      (defonce pool (atom nil))

      (snapstart/before #(when-let [p (first (reset-vals! pool nil))] (close p)))
      (snapstart/after #(reset! pool (open)))

  Call both when the namespace loads. Without SnapStart the functions aren't called."
  (:import
   (org.crac Core Resource)))

(set! *warn-on-reflection* true)

(defonce ^{:private true, :doc "Keeps the resources alive: AWS's registry has only weak references."} registered (atom []))

(defn- register [^Resource resource]
  (swap! registered conj resource)
  (.register (Core/getGlobalContext) resource)
  nil)

(defn before
  "Registers `f`, a function of no arguments, to be called before the snapshot: after priming, and in reverse order of
  registration. If it throws, publishing the version fails. Returns nil."
  [f]
  (register (reify Resource
              (beforeCheckpoint [_ _] (f))
              (afterRestore [_ _]))))

(defn after
  "Registers `f`, a function of no arguments, to be called after each start from the snapshot, before the first request, in
  order of registration. All of them together have
  [10 seconds](https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-java.html). If it throws, that
  execution environment stops. Returns nil."
  [f]
  (register (reify Resource
              (beforeCheckpoint [_ _])
              (afterRestore [_ _] (f)))))
