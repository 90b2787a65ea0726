(ns karamon.dev.s3.batch
  "`./karamon s3 batch`: uploads a manifest of the objects that were put in parts, and prints a job for S3 Batch Operations that
  processes them."
  (:require
   [karamon.dev.options :as options]
   [karamon.dev.s3.options :as s3-options]
   [karamon.s3 :as s3]
   [karamon.s3.batch :as batch]
   [karamon.s3.client.address :as address])
  (:import
   (karamon.file Draft)
   (karamon.json JsonWriter)))

(set! *warn-on-reflection* true)

(def ^:private specs
  (into (vec (butlast s3-options/common))
        [["-m" "--manifest ADDRESS" "The object to write the manifest to, such as s3://jobs/manifest.csv"]
         ["-r" "--report ADDRESS" "The prefix under which S3 writes its report about each object, such as s3://jobs/reports"]
         ["-a" "--account-id NUMBER" "The account that owns the job"]
         [nil "--role-arn ARN" "The role that the job runs as"]
         ["-l" "--invoke-lambda ARN" (str "Turn the ETags into MD5s with a function whose handler is karamon.s3.batch/normalise\n"
                                          "                             (default: S3 computes MD5 checksums, and rewrites nothing)")]
         ["-v" "--versions" "List the version of each object, so that the job changes no other version"]]))

(def ^:private needed [:manifest :report :account-id :role-arn])

(defn- manifest!
  "Puts the manifest and returns what put! returns. Prints the number of objects in it."
  [s3 address {:keys [manifest versions]} operation]
  (with-open [draft (Draft/temporary)]
    (let [file                    (.toFile (.resolve (.path draft) "manifest.csv"))
          {:keys [objects bytes]} (batch/manifest! s3 address file {:operation operation, :versions (boolean versions)})]
      (when (zero? objects)
        (throw (ex-info (str "No object under " address " has an ETag of parts: nothing to do") {:type ::nothing})))
      (s3-options/print-to-stderr (str objects " objects, " bytes " bytes"))
      (s3/put! s3 manifest file {:content-type "text/csv"}))))

(defn run
  "Prints a job and returns 0. Throws if there is nothing to do."
  [arguments]
  (if-let [{:keys [options], [address] :arguments}
           (options/parse "s3 batch s3://BUCKET[/PREFIX] --manifest … --report … --account-id … --role-arn … [OPTIONS]"
                          specs [1 1] arguments)]
    (let [operation (if (:invoke-lambda options) :invoke-lambda :compute-checksum)
          job       #(batch/job (cond-> (assoc (select-keys options [:report :account-id :role-arn]) :operation operation, :manifest %)
                                  (:versions options)      (assoc :versions true)
                                  (:invoke-lambda options) (assoc :function-arn (:invoke-lambda options))))]
      (doseq [option needed
              :when  (not (option options))]
        (throw (options/wrong (str "--" (name option) " is missing; " (options/command "s3 batch --help") " explains it"))))
      ;; Reports bad options before anything is put.
      (job (assoc (address/object (:manifest options)) :etag ""))
      (with-open [s3 (s3-options/client options [(address/bucket address)])]
        (println (JsonWriter/string (job (manifest! s3 address options operation)))))
      0)
    0))
