(ns karamon.s3.faults-test
  "Faults at a moment chosen by the run's seed: the object that was put last loses no byte, no metadata and no tag, and a resumed
  run turns its ETag into an MD5. -Dseeds sets the number of runs."
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.test :refer [deftest is testing]]
   [karamon.s3 :as s3]
   [karamon.s3.md5.journal :as journal]
   [karamon.s3.md5.plan :as plan]
   [karamon.s3.scripted :as scripted]
   [karamon.s3.scripted.object :as object]
   [karamon.test.temp :as temp])
  (:import
   (java.util Random)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(defn- pick [^Random random choices]
  (nth choices (.nextInt random (count choices))))

(defn- bytes-of ^bytes [^Random random]
  (let [bytes (byte-array (inc (.nextInt random 9)))]
    (.nextBytes random bytes)
    bytes))

(defn- written
  "Returns a random object, put in parts or whole."
  [^Random random in-parts?]
  (let [serial (.nextInt random 1000000)
        bodies (vec (repeatedly (if in-parts? (inc (.nextInt random 3)) 1) #(bytes-of random)))]
    (merge (if in-parts?
             {:bodies bodies}
             {:body (first bodies), :size (count (first bodies)), :etag (object/hex (object/md5 (first bodies)))})
           {:headers (merge {"x-amz-meta-serial" (str serial), "content-type" "text/plain"}
                            (pick random [nil {"x-amz-storage-class" "STANDARD_IA"} {"cache-control" "no-store"}
                                          {"expires" "Fri, 01 Jan 2100 00:00:00 GMT"} {"x-amz-website-redirect-location" "/x"}]))
            :tags    (pick random [[] [["a" "b"]] [["serial" (str serial)] ["c" "ü &="]]])})))

(def ^:private kept [:size :headers :tags :grants])

(defn- seen [object]
  (some-> object (select-keys kept) (update :tags set) (assoc :body (vec (:body object)))))

(defn- writers
  "Returns the actions of another writer, by name; each records the resulting object in `truth`."
  [server bucket truth ^Random random]
  (let [put!   (fn [in-parts?]
                 (scripted/add! server bucket "k" (written random in-parts?)))
        note!  (fn [] (swap! truth conj (scripted/object server bucket "k")))
        update-tags! (fn []
                       (swap! (:state server) update-in [:buckets bucket :objects "k"]
                              (fn [versions] (conj (pop versions) (assoc (peek versions) :tags [["other" (str (.nextInt random 99))]])))))]
    {:puts-whole    #(do (put! false) (note!))
     :puts-in-parts #(do (put! true) (note!))
     :tags          #(when (scripted/object server bucket "k") (update-tags!) (note!))
     :deletes       #(do
                       (swap! (:state server) update-in [:buckets bucket :objects] dissoc "k")
                       (note!))}))

(def ^:private operations [:head-object :get-object-tagging :copy-object :get-bucket-ownership-controls :put-object-tagging :put-object
                           :get-object :list-objects-v2 :delete-object])

(defn- fault
  "Returns the effect of a script, once."
  [^Random random writers]
  (let [writer (pick random (vals (into (sorted-map) writers)))]
    (pick random [{:answer {:status 503, :code "SlowDown"}}
                  {:answer {:status 500, :code "InternalError"}}
                  {:answer {:status 409, :code "OperationAborted"}}
                  {:reply {:status 500, :code "InternalError"}}
                  {:cut :before}
                  {:cut :after}
                  {:cut :after}
                  {:before writer}
                  {:before writer}
                  {:after writer}
                  {:after writer}
                  {:after writer, :cut :after}])))

(defn- scenario
  "Returns the settings of a server, and the options of a run."
  [^Random random]
  (pick random [{:aws? true, :quirks #{}}
                {:aws? true, :quirks #{}}
                {:aws? false, :quirks #{}}
                {:aws? false, :quirks #{:drops-tags}}
                {:aws? false, :quirks #{:keeps-parts :drops-tags}, :rewrite true}]))

(defn- run-of
  "Does a run with faults, then resumes it without them. Returns the resulting state."
  [server s3 folder seed]
  (let [random                        (Random. seed)
        {:keys [aws? quirks rewrite]} (scenario random)
        versioning                    (.nextBoolean random)
        bucket                        (scripted/bucket! server {:versioning versioning})
        truth                         (atom [(scripted/add! server bucket "k" (written random true))])
        ;; Afterwards, tags lost by the server look the same as tags removed by a writer.
        writers                       (cond-> (writers server bucket truth random) (:drops-tags quirks) (dissoc :tags))
        faults                        (into {} (repeatedly (inc (.nextInt random 3))
                                                           #(vector [(pick random operations) (inc (.nextInt random 3))] (fault random writers))))
        path                          (str (io/file folder (str seed)))
        options                       (cond-> {:journal path, :pause 0, :attempts 2, :concurrency 2} rewrite (assoc :rewrite true))
        client                        (assoc s3 :aws? aws?)
        go!                           (fn [more]
                                        (try
                                          (s3/md5-etags! client {:bucket bucket} (merge options more))
                                          (catch clojure.lang.ExceptionInfo e
                                            (ex-data e))))]
    (swap! (:state server) assoc :quirks quirks)
    (scripted/script! server (fn [{:keys [operation nth]}] (faults [operation nth])))
    (let [faulty   (go! {:resume true})
          readable (journal/state path)
          _        (scripted/script! server (constantly nil))
          resumed  (go! {:resume true})
          ;; An object that someone else put meanwhile was left alone; another run copies it.
          last-run (s3/md5-etags! client {:bucket bucket} (dissoc options :journal))]
      {:faults   faults
       :runs     [faulty resumed last-run]
       :run      (:run readable)
       :bucket   bucket
       :rewrite  rewrite
       :loses-tags (:drops-tags quirks)
       :truth    @truth
       :now      (scripted/object server bucket "k")
       :versions (when versioning (scripted/versions server bucket "k"))})))

(defn- runs-of
  "Does the runs of some seeds, one after another. Returns each seed with the resulting state."
  [folder seeds]
  (with-open [server (scripted/start)
              s3     (scripted/client server {:max-attempts 1})]
    (mapv #(vector % (run-of server s3 folder %)) seeds)))

(deftest nothing-is-lost-with-any-faults
  (temp/call-with-folder
    (fn [folder]
      (let [seeds (range (Depth/times "seeds" 40 200))
            lanes (mapv #(future (runs-of folder %)) [(filter even? seeds) (filter odd? seeds)])]
        (doseq [[seed {:keys [truth now versions] :as found}] (sort-by first (mapcat deref lanes))
                :let [last-put (peek truth)
                      ;; If a server loses tags, and has no versions, the tags may be put again onto an object that someone
                      ;; else puts at that moment: S3 has no condition for tags.
                      about    (if (and (:loses-tags found) (not versions) (next truth))
                                 #(dissoc (seen %) :tags)
                                 seen)]]
          (testing (str "seed " seed " " (:faults found) " " (:runs found))
            (is (= (about last-put) (about now)))
            (is (= {:bucket (:bucket found), :prefix ""} (:run found)))
            (when now
              (is (plan/md5? (:etag now)))
              (is (= (object/hex (object/md5 (:body now))) (:etag now))))
            (when (and versions last-put)
              (testing "nor any version since the object was put, and none was copied twice"
                (let [since (drop-while nil? (reverse (take-while some? (reverse truth))))
                      ids   (set (map :version-id versions))]
                  (is (every? ids (map :version-id since)))
                  ;; Except copies without effect, on servers where all copies have none.
                  (is (or (:rewrite found)
                          (<= (count versions) (+ (count (into #{} (map :version-id) since))
                                                 (count (into #{} (comp (filter :parts) (map :version-id)) since)))))))))))))))
