(ns karamon.dev.s3.uploads
  "`./karamon s3 uploads`: lists the unfinished uploads below an address, whose parts S3 charges for, and aborts old ones."
  (:require
   [karamon.dev.options :as options]
   [karamon.dev.s3.names :as names]
   [karamon.dev.s3.options :as s3-options]
   [karamon.s3.client.address :as address]
   [karamon.s3.transfer.unfinished :as unfinished])
  (:import
   (clojure.lang ExceptionInfo)
   (java.time Duration Instant)
   (java.time.temporal ChronoUnit)
   (karamon.text Escaped)))

(set! *warn-on-reflection* true)

(def ^:private units
  "The units of durations, in seconds, the largest first."
  [["w" 604800] ["d" 86400] ["h" 3600] ["m" 60] ["s" 1]])

(defn duration
  "Returns the duration that a text such as 36h names; nil for any other text."
  ^Duration [text]
  (when-let [[_ number unit] (re-matches #"(\d{1,6})([smhdw])" text)]
    (Duration/ofSeconds (* (parse-long number) (get (into {} units) unit)))))

(defn- age-text
  "Returns an age in the largest unit of which it is at least two, such as 36h."
  [^Duration age]
  (let [seconds (max 0 (.toSeconds age))]
    (or (some (fn [[unit size]] (when (<= (* 2 size) seconds) (str (quot seconds size) unit))) units)
        (str seconds "s"))))

(def ^:private specs
  (into s3-options/common
        [[nil "--abort" "Abort the listed uploads: S3 deletes their parts. Needs --older-than"]
         [nil "--older-than AGE" "Only uploads begun longer ago than this, such as 1d, 36h or 90m; 0s is all"
          :parse-fn duration :validate [some? "must be a whole number and a unit, s, m, h, d or w, such as 1d"]]]))

(defn- listed
  "Returns the uploads that began before `until`, with the sizes of their parts. Leaves out one that ends meanwhile."
  [s3 address ^Instant until]
  (for [{:keys [^Instant initiated] :as upload} (unfinished/uploads s3 address {})
        :when (or (nil? until) (and initiated (.isBefore initiated until)))
        :let  [parts (unfinished/parts s3 (select-keys upload [:bucket :key :upload-id]) {})]
        :when parts]
    (assoc upload :parts (count parts), :size (transduce (map :size) + (vals parts)))))

(defn- aborted
  "Aborts an upload and returns it with `:result`, `:aborted` or `:failed`, and then `:why`."
  [s3 upload]
  (try
    (unfinished/abort! s3 upload {})
    (assoc upload :result :aborted)
    (catch ExceptionInfo e
      (assoc upload :result :failed, :why (ex-message e)))))

(defn- print-upload [{:keys [json]} ^Instant now {:keys [^Instant initiated key size result why] :as upload}]
  (if json
    (s3-options/print-json (select-keys upload [:bucket :key :upload-id :initiated :storage-class :parts :size :result :why]))
    (println (names/line #(str (when result (format "%-10s " (name result)))
                               (format "%-20s %5s %15d  %s"
                                       (if initiated (str (.truncatedTo initiated ChronoUnit/SECONDS)) "-")
                                       (if initiated (age-text (Duration/between initiated now)) "-")
                                       size %)
                               (when why (str ": " (Escaped/line why))))
                         key)))
  (flush))

(defn- all
  "Lists, and with `:abort` aborts, the uploads. Returns the exit code."
  [s3 address {:keys [abort older-than json] :as options}]
  (let [now   (Instant/now)
        total (reduce (fn [total upload]
                        (let [{:keys [result size] :as upload} (cond->> upload abort (aborted s3))]
                          (print-upload options now upload)
                          (-> total (update :count inc) (update :size + size) (update :failed #(or % (= :failed result))))))
                      {:count 0, :size 0, :failed false}
                      (listed s3 address (when-not (contains? #{nil Duration/ZERO} older-than)
                                           (.minus now ^Duration older-than))))]
    (when-not json
      (s3-options/print-to-stderr (str (:count total) " unfinished uploads, " (:size total) " bytes")))
    (if (:failed total) 1 0)))

(defn run
  "Lists or aborts unfinished uploads. Returns 1 if one couldn't be aborted."
  [arguments]
  (if-let [{:keys [options], [address] :arguments} (options/parse "s3 uploads s3://BUCKET[/PREFIX] [OPTIONS]" specs [1 1]
                                                                  arguments)]
    (do
      (when (and (:abort options) (not (:older-than options)))
        (throw (options/wrong (str "--abort needs --older-than, such as 1d: another process may still be sending what was begun a "
                                   "moment ago. With 0s, all are aborted"))))
      (with-open [s3 (s3-options/client options [(address/bucket address)])]
        (all s3 (address/bucket address) options)))
    0))
