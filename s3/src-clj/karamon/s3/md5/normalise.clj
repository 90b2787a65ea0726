(ns karamon.s3.md5.normalise
  "One object's multipart ETag is made an MD5 by copying the object onto itself; karamon.s3/md5-etag! tells how."
  (:require
   [karamon.s3.client.address :as address]
   [karamon.s3.client.retry :as retry]
   [karamon.s3.md5.ask :as ask]
   [karamon.s3.md5.carry-out :as carry-out]
   [karamon.s3.md5.ready :as ready]
   [karamon.s3.md5.surroundings :as surroundings])
  (:import
   (clojure.lang ExceptionInfo)
   (karamon.text Options)))

(set! *warn-on-reflection* true)

(def checks
  "The options of one object."
  {:dry-run               ["true or false" boolean?]
   :rewrite               ["true or false" boolean?]
   :force                 ["true or false" boolean?]
   :attempts              ["a whole number from 1 to 100" #(and (int? %) (<= 1 % 100))]
   :pause                 ["a number of seconds, at least 0" #(and (number? %) (<= 0 %))]
   :expected-bucket-owner ["an account's number of 12 digits" #(and (string? %) (re-matches #"\d{12}" %))]
   :request-payer         ["\"requester\"" #{"requester"}]})

(def ^:private thrown
  "Errors that are not about one object."
  #{:karamon.s3/bad-option :karamon.s3/bad-address :karamon.s3/no-bucket :karamon.s3/no-credentials :karamon.s3/no-region})

(defn- failure [e]
  (let [{:keys [type code operation status] :as data} (ex-data e)]
    (when (or (nil? type) (thrown type))
      (throw e))
    (merge {:why (ex-message e), :error (select-keys data [:type :status :code :operation :request-id])}
           (cond
             (= "InvalidObjectState" code)                          {:result :archived}
             (= :karamon.s3/denied type)                            {:result :denied}
             (and (= [:get-object 400] [operation status])
                  (re-find #"ncrypt" (ex-message e)))                   {:result :encrypted}
             ;; It is still what it was, or else that was told.
             (= :karamon.s3/precondition-failed type)               {:result :unguarded, :why "the server refuses it on a condition that holds"}
             (= :karamon.s3/not-found type)                         carry-out/replaced
             :else                                                  {:result :failed}))))

(defn outcome
  "Calls `f`, which works on the object at `address`, until it throws nothing that may pass, and returns its result with the
  address. An error becomes a result too, but for those that are not about one object."
  [asking address f]
  (merge address
         (try
           (ask/persist asking f)
           (catch ExceptionInfo e
             (failure e)))))

(defn md5-etag!
  "Makes one object's ETag an MD5; karamon.s3/md5-etag! tells the options and what is returned. `surroundings` is a function
  that returns the surroundings of an object."
  ([client address options]
   (Options/check options checks "md5-etag!" :karamon.s3/bad-option)
   (md5-etag! client (address/object address) #(surroundings/surroundings client % options) options))
  ([client address surroundings options]
   (let [asking (ask/asking client options (retry/policy options))]
     (outcome asking address
              #(carry-out/carry-out! asking (ready/ready asking address surroundings options) options)))))
