(ns karamon.s3.md5.tally
  "The progress of a run over many objects, as a value that stays small: `:listed`, `:bytes`, `:results` (to counts),
  `:failures` (the first of them), and the key up to which all objects are settled.

  Objects start in the listing's order and finish in any order. `:working` has the unfinished ones, by their number in the
  listing, each with the key before it: all objects up to the key of the first one are settled. Failed objects are to be tried
  again, so no object from the first failure on counts as settled.")

(set! *warn-on-reflection* true)

(def damage
  "Results that end a run: the next objects would have the same problem, or a worse one."
  #{:unsupported-by-server :unguarded :undone :differs})

(def ^:private failures
  "Results that somebody should look at."
  (into damage [:failed :unchecked :denied]))

(def ^:private max-failures
  "The number of failures that are listed one by one."
  100)

(defn tally
  "Returns the tally of a listing that starts after `key`, before its first object."
  [key]
  {:listed 0, :bytes 0, :results {}, :failures [], :working (sorted-map), :last-key key})

(defn begun
  "Records the start of an object, whose number is `:listed`."
  [{:keys [listed last-key] :as tally} key]
  (-> tally
      (assoc-in [:working listed] last-key)
      (assoc :last-key key)
      (update :listed inc)))

(defn passed
  "Records an object that needs no work according to its row of the listing."
  [tally {:keys [key size]} result]
  (-> tally
      (assoc :last-key key)
      (update :listed inc)
      (update-in [:results result] (fnil inc 0))
      (update :bytes + size)))

(defn finished
  "Records the result of an object."
  [{:keys [working] :as tally} number {:keys [result size] :as found}]
  (cond-> (-> tally
              (update :working dissoc number)
              (update-in [:results result] (fnil inc 0))
              (update :bytes + (or size 0)))
    (and (#{:failed :unchecked} result)
         (< number (:blocked tally Long/MAX_VALUE)))                (assoc :blocked number, :blocked-after (working number))
    (and (failures result) (< (count (:failures tally)) max-failures)) (update :failures conj found)))

(defn mark
  "Returns the key up to which all objects are settled."
  [{:keys [working blocked blocked-after last-key]}]
  (let [[number before] (first working)]
    (cond
      (and blocked (or (nil? number) (< blocked number))) blocked-after
      number                                              before
      :else                                               last-key)))

(defn report
  "Returns the data that is reported during the run."
  [tally]
  (select-keys tally [:listed :bytes :results]))
