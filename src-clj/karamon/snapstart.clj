(ns karamon.snapstart
  "Functions to be called before Lambda takes a SnapStart snapshot of a function, and after it has started from one. What
  a namespace holds is in the snapshot: close connections before, make anew after what may not be old or the same on
  every machine.

      (defonce pool (atom nil))

      (snapstart/before #(when-let [p (first (reset-vals! pool nil))] (close p)))
      (snapstart/after #(reset! pool (open)))

  Call both where the namespace loads. Without SnapStart nothing is called."
  (:import
   (org.crac Core Resource)))

(set! *warn-on-reflection* true)

(defonce ^{:private true, :doc "AWS's registry holds what is registered weakly."} registered (atom []))

(defn- register [^Resource resource]
  (swap! registered conj resource)
  (.register (Core/getGlobalContext) resource)
  nil)

(defn before
  "Has `f`, a function of no arguments, called before the snapshot: the last one first, and all of them after priming.
  What it throws fails the publishing of the version. Returns nil."
  [f]
  (register (reify Resource
              (beforeCheckpoint [_ _] (f))
              (afterRestore [_ _]))))

(defn after
  "Has `f`, a function of no arguments, called after each start from the snapshot, before the first request: the first
  one first. All of them together have [10 seconds](https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-java.html).
  What it throws ends the machine. Returns nil."
  [f]
  (register (reify Resource
              (beforeCheckpoint [_ _])
              (afterRestore [_ _] (f)))))
