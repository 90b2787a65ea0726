(ns karamon.s3.client.address
  "The address of an object: `\"s3://bucket/key\"`, or a map of `:bucket`, `:key` and, for one version, `:version-id`."
  (:require
   [clojure.string :as str])
  (:import
   (karamon.text Escaped Nearest Shown)))

(set! *warn-on-reflection* true)

(defn- bad [address why]
  (ex-info (str "Expected " why ", such as \"s3://photos/2026/cat.jpg\" or {:bucket \"photos\" :key \"2026/cat.jpg\"}, found "
                (Shown/of address))
           {:type :karamon.s3/bad-address, :address address}))

(defn- split [address]
  (cond
    (string? address)
    (let [[_ bucket key] (re-matches #"(?s)s3://([^/]+)(?:/(.*))?" address)]
      (cond-> {:bucket bucket}
        (seq key) (assoc :key key)))
    (map? address)
    (do
      (doseq [k (keys address)]
        (when-not (#{:bucket :key :version-id} k)
          (throw (bad address (str "an address without " k (Nearest/hint (str k) [":bucket" ":key" ":version-id"]))))))
      address)))

(defn bucket
  "Returns the address of a bucket, or of the keys in it that begin with `:key`, as a map. Throws ex-info of `:type`
  `:karamon.s3/bad-address`."
  [address]
  (let [{:keys [bucket key] :as found} (split address)]
    (when-not (and (string? bucket) (not (str/blank? bucket)) (or (nil? key) (string? key)))
      (throw (bad address "a bucket")))
    found))

(defn object
  "Returns the address of an object as a map. Throws ex-info of `:type` `:karamon.s3/bad-address`."
  [address]
  (let [{:keys [key] :as found} (bucket address)]
    (when-not (seq key)
      (throw (bad address "an object's address")))
    found))

(defn unescaped
  "Returns an address as text, with whatever characters the key has."
  [{:keys [bucket key version-id]}]
  (str "s3://" bucket "/" key (when version-id (str " (version " version-id ")"))))

(defn text
  "Returns an address as text for people, in one line: escaped as a name by karamon.text.Escaped."
  [address]
  (Escaped/name (unescaped address)))
