(ns karamon.idempotency.record
  "The records of karamon.idempotency, and their texts in a store. A record is a map:

  * `:state` -- `:running`; `:done`; `:failed` if the function threw
  * `:owner` -- the id of the call that wrote it; `:deadline` -- when that call ends, in milliseconds since 1970
  * `:payload` -- the hash of the request's payload, if there is one
  * `:expires`, and `:answer` or, if the answer can't be kept, `:unkept`, a message -- of a call that is `:done`"
  {:no-doc true}
  (:require
   [clojure.string :as str])
  (:import
   (karamon.data DataReader DataWriter NotData)))

(set! *warn-on-reflection* true)

(def ^:private data-kinds
  (str "data: nil, booleans, numbers, characters, strings, keywords, symbols, bytes, UUIDs, Dates, Instants, and sequences, "
       "maps and sets of these"))

(defn digest
  "Returns a hash of `x`, the key or payload of a request: the same for equal values, and only for these. Throws ex-info of
  `:type` `:karamon.idempotency/no-data` for anything but data."
  [what x]
  (let [bad (fn [found e]
              (ex-info (str "The " (name what) " of a request must be " data-kinds "; " found)
                       {:type :karamon.idempotency/no-data, :option what} e))]
    (try
      (DataWriter/hash x)
      (catch NotData e
        (throw (bad (str "found " (ex-message e)) e)))
      (catch RuntimeException e
        (throw (bad (str "reading it threw " (.getName (class e))) e)))
      (catch StackOverflowError e
        (throw (bad "reading it overflowed the stack" e))))))

(def ^:private ^String form
  "The beginning of each text. It changes with the form of the rest."
  "karamon 1 ")

(defn text
  "Returns the text of a record. Throws NotData if its answer isn't data."
  [record]
  (str form (DataWriter/text record)))

(defn- valid? [{:keys [state owner deadline expires]}]
  (and (string? owner) (int? deadline)
       (case state
         (:running :failed) true
         :done              (int? expires)
         false)))

(defn read-record
  "Returns the record of a text from a store, with its `:tag`; nil for nil. Throws ex-info of `:type`
  `:karamon.idempotency/bad-record` for any other text."
  [key {:keys [text tag] :as found}]
  (when found
    (try
      (when-not (str/starts-with? text form)
        (throw (IllegalArgumentException. (str "Expected a text that begins with " form))))
      (let [record (DataReader/read text (count form))]
        (when-not (and (map? record) (valid? record))
          (throw (IllegalArgumentException. "Expected a map with the state, the owner and the times of a call")))
        (assoc record :tag tag))
      (catch IllegalArgumentException e
        (throw (ex-info (str "The store has a text under " key " that isn't a record of this version of Karamon: delete it, so "
                             "that its request can run")
                        {:type :karamon.idempotency/bad-record, :key key} e))))))

(defn unkept-message
  "Returns why there is no text for an answer, from the exception that `text` threw."
  [e]
  (str "The answer can't be kept for later calls: "
       (if (instance? NotData e)
         (str "it must be " data-kinds "; found " (ex-message e))
         (str "reading it threw " (.getName (class e))))))

(defn stale?
  "Returns whether another call may replace the call of `record`, at a time in milliseconds since 1970."
  [{:keys [state deadline expires]} now]
  (case state
    :running (< deadline now)
    :done    (< expires now)
    :failed  true))

(defn answer
  "Returns the answer of a record that is `:done`. Throws ex-info of `:type` `:karamon.idempotency/unkept` if it has none."
  [{:keys [answer unkept]}]
  (if unkept
    (throw (ex-info unkept {:type :karamon.idempotency/unkept}))
    answer))
