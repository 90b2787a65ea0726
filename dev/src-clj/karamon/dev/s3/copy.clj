(ns karamon.dev.s3.copy
  "`./karamon s3 cp`: copies a file to S3, an object to a file, or an object within S3, and verifies the copy."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.options :as options]
   [karamon.dev.s3.begun :as begun]
   [karamon.dev.s3.names :as names]
   [karamon.dev.s3.options :as s3-options]
   [karamon.dev.s3.progress :as progress]
   [karamon.dev.s3.sizes :as sizes]
   [karamon.dev.s3.stop :as stop]
   [karamon.etag :as etag]
   [karamon.s3 :as s3]
   [karamon.s3.client.address :as address])
  (:import
   (java.util.concurrent CancellationException)))

(set! *warn-on-reflection* true)

(def ^:private specs
  (into s3-options/common
        [(sizes/part-size "the default")
         ["-t" "--threads N" "The number of parts in transfer at once (default 8)" :parse-fn parse-long
          :validate [#(and % (<= 1 % 256)) "must be a whole number from 1 to 256"]]
         ["-r" "--resume" "Continue a copy that failed earlier; keep the parts done so far if this one fails"]
         ["-n" "--no-overwrite" "Fail if the object or file exists already"]]))

(defn- name-of [address]
  (last (str/split address #"/")))

(defn- transfer-options [{:keys [part-size threads resume]} stopped? progress]
  (cond-> {:progress progress, :cancelled? stopped?}
    part-size (assoc :layout part-size)
    threads   (assoc :threads threads)
    resume    (assoc :resume true)))

(defn- upload! [s3 from to {:keys [no-overwrite resume] :as options} stopped? on-stop!]
  (let [source (if (= "-" from) System/in from)
        send!  (fn [more]
                 (progress/call from (etag/size-of source)
                   #(s3/upload! s3 to source
                                (cond-> (merge (transfer-options options stopped? %) more) no-overwrite (assoc :if-none-match "*")))))]
    (if resume
      (send! {})
      (begun/call s3 (address/object to) on-stop! #(send! {:begun %})))))

(defn- download! [s3 from to options stopped? _]
  (progress/call from (:size (s3/head s3 from))
    #(s3/download! s3 from to (transfer-options options stopped? %))))

(defn- copy! [s3 from to {:keys [no-overwrite part-size threads resume]} _ _]
  (when (or part-size threads resume)
    (throw (options/wrong "--part-size, --threads and --resume are for files: within S3, S3 itself copies the whole object")))
  (let [head (s3/head s3 from)]
    (s3/copy! s3 from to (cond-> {:copy-source-if-match (:etag head)} no-overwrite (assoc :if-none-match "*")))))

(defn- destination
  "Returns the destination of `from`: `to` itself, or, if `to` is a folder or ends like one, the name of `from` in it."
  [from to]
  (if (or (re-matches #"s3://[^/]+|.*/" to) (and (not (s3-options/address? to)) (.isDirectory (io/file to))))
    (if (= "-" from)
      (throw (options/wrong (str "Standard input has no name: name the object, " (str/replace to #"/$" "") "/KEY")))
      (str (str/replace to #"/$" "") "/" (name-of from)))
    to))

(defn- print-done
  "Prints the result of a copy and returns the exit code."
  [{:keys [etag verified why file] :as done} to {:keys [json]}]
  (if json
    (s3-options/print-json (cond-> done file (update :file str)))
    (println (names/line #(str etag "  " %) to)))
  (if (false? verified)
    (do (s3-options/print-to-stderr (str to " couldn't be verified: " why)) 3)
    0))

(defn run
  "Copies and returns 0, or 3 if the copy couldn't be verified. If the process gets a signal to end, nothing of the copy is left, except
  with --resume."
  [arguments]
  (if-let [{:keys [options], [from to] :arguments} (options/parse "s3 cp FROM TO [OPTIONS]" specs [2 2] arguments)]
    (let [to        (destination from to)
          [from? to?] (map s3-options/address? [from to])]
      (when (= "-" to)
        (throw (options/wrong "Can't copy an object to standard output, which could end up with a part of it: name a file")))
      (when-not (or from? to?)
        (throw (options/wrong (str "Expected s3://BUCKET/KEY as FROM or TO, found " from " and " to))))
      (when (and from? (not to?) (:no-overwrite options) (.exists (io/file to)))
        (throw (ex-info (str to " exists already") {:type ::exists})))
      (with-open [s3 (s3-options/client options (map address/object (filter s3-options/address? [from to])))]
        (let [copy (cond (not from?) upload!, to? copy!, :else download!)]
          (stop/call (fn [stopped? on-stop!]
                       (try
                         (print-done (copy s3 from to options stopped? on-stop!) to options)
                         (catch CancellationException _
                           (s3-options/print-to-stderr (if (:resume options) "Stopped: --resume continues it" "Stopped"))
                           1)))))))
    0))
