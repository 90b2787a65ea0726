(ns karamon.dev.s3.normalise
  "`./karamon s3 md5`: makes the ETags of objects that were put in parts the MD5s of their bytes."
  (:require
   [clojure.string :as str]
   [karamon.dev.options :as options]
   [karamon.dev.s3.options :as s3-options]
   [karamon.dev.s3.progress :as progress]
   [karamon.s3 :as s3]
   [karamon.s3.client.address :as address]))

(set! *warn-on-reflection* true)

(def ^:private specs
  (into s3-options/common
        [["-r" "--recursive" "Take all objects whose keys begin as the address says"]
         ["-n" "--dry-run" "Change nothing; tell what would be done"]
         [nil "--rewrite" "Where the server's copies keep the ETag, fetch the bytes and put them again"]
         [nil "--force" "Also where the server minds no conditions and keeps no versions, and what is restored from an archive"]
         ["-j" "--journal FILE" "With --recursive: write down what is begun and done"]
         [nil "--resume" "Go on where the run ended that wrote the journal"]
         ["-c" "--concurrency N" "With --recursive: how many objects at once" :parse-fn parse-long
          :validate [#(and % (<= 1 % 256)) "must be a whole number from 1 to 256"]]]))

(defn- code
  "Returns the exit code of a result: 0 done, 1 failed, 3 left out."
  [result]
  (case result
    (:done :already :planned)                             0
    (:failed :unchecked :denied :undone :differs :cancelled) 1
    3))

(defn- worst [codes]
  (let [codes (set codes)]
    (cond (codes 1) 1, (codes 3) 3, :else 0)))

(defn- tell [json {:keys [result was etag why] :as found}]
  (if json
    (s3-options/print-json (dissoc found :copy))
    (println (str (format "%-10s" (name result)) " " (address/text found)
                  (when (= :done result) (str "  " was " is now " etag))
                  (when why (str ": " why)))))
  (doseq [warning (:warnings found)]
    (s3-options/complain (str "  " warning)))
  (flush))

(defn- each [s3 {:keys [json] :as options} addresses]
  (worst (for [address addresses
               :let    [found (s3/md5-etag! s3 address (select-keys options [:dry-run :rewrite :force]))]]
           (do (tell json found)
               (code (:result found))))))

(defn- all [s3 {:keys [json] :as options} address]
  (let [done  (atom 0)
        found (progress/call address nil
                (fn [step]
                  (s3/md5-etags! s3 address
                    (assoc (select-keys options [:dry-run :rewrite :force :journal :resume :concurrency])
                           :on-result (bound-fn [found]
                                        (locking done
                                          (tell json found)))
                           :progress  (fn [{:keys [bytes]}]
                                        (let [[before] (swap-vals! done max bytes)]
                                          (step (max 0 (- bytes before)))))))))
        {:keys [listed results stopped]} found]
    (if json
      (s3-options/print-json (select-keys found [:listed :bytes :results :stopped]))
      (println (str listed " objects: " (if (seq results)
                                          (str/join ", " (for [[result n] (sort results)] (str n " " (name result))))
                                          "none was put in parts"))))
    (when stopped
      (s3-options/complain (str "Stopped: " (name stopped))))
    (worst (map code (concat (keys results) (when stopped [stopped]))))))

(defn- check [{:keys [recursive journal resume concurrency]} addresses]
  (when-not recursive
    (doseq [[option given] {"--journal" journal, "--resume" resume, "--concurrency" concurrency}
            :when given]
      (throw (options/wrong (str option " is for --recursive")))))
  (when (and resume (not journal))
    (throw (options/wrong "--resume goes on with the run of a --journal FILE: give that")))
  (when (and recursive (next addresses))
    (throw (options/wrong (str "--recursive takes one address, found " (str/join ", " addresses))))))

(defn run
  "Makes ETags MD5s, and returns 0 when all were, or are; 1 when one failed, else 3 when one was left out."
  [arguments]
  (if-let [{:keys [options], addresses :arguments} (options/parse "./karamon s3 md5 s3://BUCKET/KEY… [OPTIONS]" specs
                                                                  [1 Long/MAX_VALUE] arguments)]
    (do
      (check options addresses)
      (with-open [s3 (s3-options/client options (map (if (:recursive options) address/bucket address/object) addresses))]
        (if (:recursive options)
          (all s3 options (first addresses))
          (each s3 options addresses))))
    0))
