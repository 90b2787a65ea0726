(ns karamon.s3.md5.normalise
  "Turns one object's multipart ETag into an MD5 by copying the object onto itself, as karamon.s3/md5-etag! documents."
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
  "The checks of the options for one object."
  {:dry-run               ["true or false" boolean?]
   :rewrite               ["true or false" boolean?]
   :force                 ["true or false" boolean?]
   :attempts              ["a whole number from 1 to 100" #(and (int? %) (<= 1 % 100))]
   :pause                 ["a number of seconds, at least 0" #(and (number? %) (<= 0 %))]
   :expected-bucket-owner ["an account number of 12 digits" #(and (string? %) (re-matches #"\d{12}" %))]
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
             ;; The object is unchanged: a changed one has its own result.
             (= :karamon.s3/precondition-failed type)               {:result :unguarded, :why "the server refuses a condition that holds"}
             (= :karamon.s3/not-found type)                         carry-out/replaced
             :else                                                  {:result :failed}))))

(defn outcome
  "Calls `f`, which processes the object at `address`, again while it throws an error that may pass. Returns its result with the
  address. Errors become results too, except those that are not about one object."
  [asking address f]
  (merge address
         (try
           (ask/persist asking f)
           (catch ExceptionInfo e
             (failure e)))))

(defn md5-etag!
  "Turns one object's ETag into an MD5; karamon.s3/md5-etag! documents the options and the result. `surroundings` is a function
  that returns the surroundings of an object."
  ([client address options]
   (Options/check options checks "md5-etag!" :karamon.s3/bad-option)
   (md5-etag! client (address/object address) #(surroundings/surroundings client % options) options))
  ([client address surroundings options]
   (let [asking (ask/asking client options (retry/policy options))]
     (outcome asking address
              #(carry-out/carry-out! asking (ready/ready asking address surroundings options) options)))))
