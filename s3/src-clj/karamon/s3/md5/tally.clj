(ns karamon.s3.md5.tally
  "What a run over many objects has seen and done so far, as a value that stays small: `:listed`, `:bytes`, `:results` (to
  counts), `:failures` (the first of them), and up to which key all is settled.

  Objects come in the listing's order and are finished in any. `:working` has those that aren't finished, by their number in
  the listing, each with the key before it: up to the first one's all is settled. What failed is to be tried again, so nothing
  from the first failure on is ever settled.")

(set! *warn-on-reflection* true)

(def damage
  "Results that end a run: what comes next would fare no better, or worse."
  #{:unsupported-by-server :unguarded :undone :differs})

(def ^:private failures
  "Results that somebody should look at."
  (into damage [:failed :unchecked :denied]))

(def ^:private told
  "How many failures are told one by one."
  100)

(defn tally
  "Returns a tally of nothing, of a listing that begins after `key`."
  [key]
  {:listed 0, :bytes 0, :results {}, :failures [], :working (sorted-map), :last-key key})

(defn begun
  "An object, whose number is `:listed`, is to be worked on."
  [{:keys [listed last-key] :as tally} key]
  (-> tally
      (assoc-in [:working listed] last-key)
      (assoc :last-key key)
      (update :listed inc)))

(defn passed
  "An object needs no work, by its row of the listing."
  [tally {:keys [key size]} result]
  (-> tally
      (assoc :last-key key)
      (update :listed inc)
      (update-in [:results result] (fnil inc 0))
      (update :bytes + size)))

(defn finished
  "An object was worked on."
  [{:keys [working] :as tally} number {:keys [result size] :as found}]
  (cond-> (-> tally
              (update :working dissoc number)
              (update-in [:results result] (fnil inc 0))
              (update :bytes + (or size 0)))
    (and (#{:failed :unchecked} result)
         (< number (:blocked tally Long/MAX_VALUE)))                (assoc :blocked number, :blocked-after (working number))
    (and (failures result) (< (count (:failures tally)) told)) (update :failures conj found)))

(defn mark
  "Returns the key up to which all is settled."
  [{:keys [working blocked blocked-after last-key]}]
  (let [[number before] (first working)]
    (cond
      (and blocked (or (nil? number) (< blocked number))) blocked-after
      number                                              before
      :else                                               last-key)))

(defn report
  "Returns what is told while it goes on."
  [tally]
  (select-keys tally [:listed :bytes :results]))
