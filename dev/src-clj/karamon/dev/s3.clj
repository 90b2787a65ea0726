(ns karamon.dev.s3
  "`./karamon s3`: describes the ETags of objects, verifies files against objects, and makes verified copies. Exit codes: 0 equal
  or success; 1 different or failure; 2 usage error; 3 undecided or left out."
  (:require
   [clojure.string :as str]
   [karamon.dev.options :as options]
   [karamon.dev.s3.names :as names]
   [karamon.dev.s3.options :as s3-options]
   [karamon.dev.s3.progress :as progress]
   [karamon.etag :as etag]
   [karamon.s3 :as s3]
   [karamon.s3.client.address :as address])
  (:import
   (clojure.lang ExceptionInfo)
   (karamon.text Escaped Nearest)))

(set! *warn-on-reflection* true)

(defn- properties
  "Returns the properties of an object that S3 returned, as pairs of a label and a text."
  [head kind]
  (into [["etag" (:etag head)]
         ["kind" (str (name (:kind kind)) ": " (:why kind))]]
        (for [[k v] (sort (dissoc head :etag :bucket :key))]
          [(str/replace (name k) "-" " ") (if (map? v) (str/join ", " (map #(str/join ": " %) (sort v))) (str v))])))

(defn- stat-one [s3 {:keys [json]} address]
  (if-let [head (s3/head s3 address {:checksum-mode "ENABLED"})]
    (let [found (s3/etag-kind head)
          kind  (if (= :likely-md5 (:kind found)) (s3/etag-kind s3 address {:confirm true}) found)]
      (if json
        (s3-options/print-json (assoc head :kind kind))
        (do
          (println (names/line identity address))
          (doseq [[label text] (properties head kind)]
            (println (format "  %-22s %s" label (Escaped/line text))))))
      true)
    (s3-options/print-to-stderr (str "No object " address))))

(defn- stat
  "Prints the properties of objects."
  [arguments]
  (if-let [{:keys [options arguments]} (options/parse "s3 stat s3://BUCKET/KEY… [OPTIONS]" s3-options/common
                                                      [1 Long/MAX_VALUE] arguments)]
    (with-open [s3 (s3-options/client options (map address/object arguments))]
      (if (every? true? (mapv #(stat-one s3 options %) arguments)) 0 1))
    0))

(defn- ls
  "Lists objects with the kinds of their ETags."
  [arguments]
  (when-let [{:keys [options], [address] :arguments} (options/parse "s3 ls s3://BUCKET[/PREFIX] [OPTIONS]"
                                                                    s3-options/common [1 1] arguments)]
    (with-open [s3 (s3-options/client options [(address/bucket address)])]
      (doseq [object (s3/list s3 address)
              :let   [kind (s3/etag-kind object)]]
        (if (:json options)
          (s3-options/print-json (assoc object :kind kind))
          (println (names/line #(format "%-38s %-10s %15d  %s" (:etag object) (name (:kind kind)) (:size object) %) (:key object)))))))
  0)

(def ^:private verify-specs
  (into s3-options/common
        [["-d" "--download" "Download the object if nothing else decides"]
         ["-t" "--threads N" "The number of threads that hash (default: one for each core)" :parse-fn parse-long
          :validate [#(and % (<= 1 % 1024)) "must be a whole number from 1 to 1024"]]]))

(defn- print-verdict [file address {:keys [result why] :as verdict} json]
  (if json
    (s3-options/print-json (assoc verdict :file file))
    (println (names/line #(str %1
                               (case result
                                 :match        " is "
                                 :mismatch     " is not "
                                 :inconclusive " may be or not be ")
                               %2 ": " (Escaped/line why))
                         file address)))
  (case result :match 0, :mismatch 1, :inconclusive 3))

(defn- verify
  "Prints whether a file equals an object."
  [arguments]
  (if-let [{:keys [options], [file address] :arguments}
           (options/parse "s3 verify FILE s3://BUCKET/KEY [OPTIONS]" verify-specs [2 2] arguments)]
    (with-open [s3 (s3-options/client options [(address/object address)])]
      (let [source (if (= "-" file) System/in file)]
        (if-let [verdict (progress/call file (etag/size-of source)
                           #(s3/verify s3 source address (assoc (select-keys options [:download :threads]) :progress %)))]
          (print-verdict file address verdict (:json options))
          (do (s3-options/print-to-stderr (str "No object " address)) 1))))
    0))

(def ^:private commands
  (array-map
    "ls"     ["List objects with the kinds of their ETags" #'ls]
    "stat"   ["Print the properties of an object and the kind of its ETag" #'stat]
    "verify" ["Check whether a file equals an object, without downloading it" #'verify]
    "cp"     ["Copy a file to S3, an object to a file, or within S3, and verify the copy" 'karamon.dev.s3.copy/run]
    "uploads" ["List the unfinished uploads that S3 charges for, and abort old ones" 'karamon.dev.s3.uploads/run]
    "md5"    ["Turn the ETags of objects that were put in parts into MD5s" 'karamon.dev.s3.normalise/run]
    "batch"  ["Write a job for S3 Batch Operations that does the same, or computes MD5s" 'karamon.dev.s3.batch/run]))

(def ^:private usage
  (str "Usage: " (options/command "s3 COMMAND …\n\n")
       (str/join (for [[command [what]] commands] (format "  %-8s %s\n" command what)))
       "\n" (options/command "s3 COMMAND --help") " lists a command's options."))

(defn- call [f arguments]
  (try
    ((if (symbol? f) (requiring-resolve f) f) arguments)
    (catch ExceptionInfo e
      (throw (if (#{:karamon.s3/bad-address :karamon.s3/bad-option} (:type (ex-data e)))
               (options/wrong (ex-message e))
               e)))))

(defn run
  "Runs one of the commands and returns its exit code."
  [[command & arguments]]
  (cond
    (contains? #{nil "--help" "-h" "help"} command) (do (println usage) 0)
    (commands command) (call (second (commands command)) arguments)
    :else (throw (options/wrong (str "No command s3 " command "." (Nearest/hint command (keys commands)) "\n\n" usage)))))
