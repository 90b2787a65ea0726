(ns karamon.dev.s3.normalise
  "`./karamon s3 md5`: turns the ETags of objects that were put in parts into the MD5s of their bytes."
  (:require
   [clojure.string :as str]
   [karamon.dev.options :as options]
   [karamon.dev.s3.names :as names]
   [karamon.dev.s3.options :as s3-options]
   [karamon.dev.s3.progress :as progress]
   [karamon.s3 :as s3]
   [karamon.s3.client.address :as address])
  (:import
   (karamon.text Escaped)))

(set! *warn-on-reflection* true)

(def ^:private specs
  (into s3-options/common
        [["-r" "--recursive" "Process all objects whose keys begin with the address's key"]
         ["-n" "--dry-run" "Print what would be done, and what can't be known; change nothing"]
         [nil "--rewrite" "If the server's copies keep the ETag, download the bytes and put them again"]
         [nil "--force" (str "Proceed even if the server ignores conditional requests and keeps no versions, and with objects\n"
                             "                       restored from an archive")]
         ["-j" "--journal FILE" "With --recursive: record progress in this file"]
         [nil "--resume" "Continue the run that wrote the journal"]
         ["-c" "--concurrency N" "With --recursive: the number of objects at once" :parse-fn parse-long
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

(defn- print-result [json {:keys [result was etag why] :as found}]
  (if json
    (s3-options/print-json (dissoc found :copy))
    (println (names/line #(str (format "%-10s" (name result)) " " %
                               (when (= :done result) (str "  " was " is now " etag))
                               (when why (str ": " (Escaped/line why))))
                         (address/unescaped found))))
  (doseq [warning (:warnings found)]
    (s3-options/print-to-stderr (str "  " warning)))
  (flush))

(defn- each [s3 {:keys [json] :as options} addresses]
  (worst (for [address addresses
               :let    [found (s3/md5-etag! s3 address (select-keys options [:dry-run :rewrite :force]))]]
           (do (print-result json found)
               (code (:result found))))))

(defn- all [s3 {:keys [json] :as options} address]
  (let [done  (atom 0)
        found (progress/call address nil
                (fn [step]
                  (s3/md5-etags! s3 address
                    (assoc (select-keys options [:dry-run :rewrite :force :journal :resume :concurrency])
                           :on-result (bound-fn [found]
                                        (locking done
                                          (print-result json found)))
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
      (s3-options/print-to-stderr (str "Stopped: " (name stopped))))
    (worst (map code (concat (keys results) (when stopped [stopped]))))))

(defn- check [{:keys [recursive journal resume concurrency]} addresses]
  (when-not recursive
    (doseq [[option given] {"--journal" journal, "--resume" resume, "--concurrency" concurrency}
            :when given]
      (throw (options/wrong (str option " needs --recursive")))))
  (when (and resume (not journal))
    (throw (options/wrong "--resume continues the run of a --journal FILE: give that too")))
  (when (and recursive (next addresses))
    (throw (options/wrong (str "--recursive takes one address, found " (str/join ", " addresses))))))

(defn run
  "Turns ETags into MD5s. Returns 0 if all are MD5s now, 1 if one failed, else 3 if one was left out."
  [arguments]
  (if-let [{:keys [options], addresses :arguments} (options/parse "s3 md5 s3://BUCKET/KEY… [OPTIONS]" specs
                                                                  [1 Long/MAX_VALUE] arguments)]
    (do
      (check options addresses)
      (with-open [s3 (s3-options/client options (map (if (:recursive options) address/bucket address/object) addresses))]
        (if (:recursive options)
          (all s3 options (first addresses))
          (each s3 options addresses))))
    0))
