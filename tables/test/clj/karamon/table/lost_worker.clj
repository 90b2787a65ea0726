(ns karamon.table.lost-worker
  "Runs statements on a cluster of two workers, and kills one in the middle of each. A test runs it in a process of its own."
  (:require
   [clojure.java.io :as io]
   [karamon.table :as table]
   [karamon.table.fixture :refer [carbondata? cluster-config table-format]]
   [karamon.table.standalone :as standalone]
   [karamon.table.writer :as writer])
  (:import
   (java.io Closeable)
   (java.util Random)
   (java.util.concurrent.locks LockSupport)
   (org.apache.spark.sql SparkSession)))

(set! *warn-on-reflection* true)

(def kinds
  "The tables, one for each kind of statement."
  ["load" "update" "delete" "compact"])

(defn- write-csvs
  "Writes `rows` rows in four files, so that both workers have some to load."
  [folder rows]
  (dotimes [file 4]
    (with-open [out (io/writer (io/file folder (str file ".csv")))]
      (.write out "id,city,v\n")
      (doseq [i (range file rows 4)]
        (.write out (str i ",city" (mod i 17) "," (mod (* i 31) 10007) "\n"))))))

(defn- load-csvs [session table folder]
  (if carbondata?
    (table/sql session (str "LOAD DATA INPATH '" folder "' INTO TABLE " table))
    (table/load-csv session table (str folder))))

(defn- statement
  "Returns the statement as a function, and SQL for the rows expected after it."
  [session kind folder round]
  (case kind
    "load"    [#(load-csvs session kind folder)
               "(SELECT * FROM load UNION ALL SELECT * FROM original)"]
    "update"  [#(table/update! session kind {:city (str "city" round)} ["id % 7 = ?" (mod round 7)])
               (str "(SELECT id, CASE WHEN id % 7 = " (mod round 7) " THEN 'city" round "' ELSE city END AS city, v FROM update)")]
    "delete"  [#(table/delete! session kind ["id % 101 = ?" (mod round 101)])
               (str "(SELECT * FROM delete WHERE id % 101 <> " (mod round 101) ")")]
    "compact" [#(table/compact! session kind :major) kind]))

(defn- prepare [session kind folder]
  (when (= "compact" kind)
    (table/sql session "INSERT OVERWRITE TABLE compact SELECT * FROM original")
    (load-csvs session kind folder)))

(defn- await-executors [^SparkSession spark n]
  (let [until (+ (System/nanoTime) 60000000000)]
    (while (not= (inc (long n)) (.size (.getExecutorMemoryStatus (.sparkContext spark))))
      (when (neg? (- until (System/nanoTime)))
        (throw (ex-info (str "No " n " executors in time") {:type ::no-executors})))
      (LockSupport/parkNanos 20000000))))

(defn- ms [f]
  (let [start (System/nanoTime)]
    (f)
    (quot (- (System/nanoTime) start) 1000000)))

(defn- outcome [before after found]
  (cond
    (= before after found) :same
    (= found before)       :before
    (= found after)        :after
    :else                  :between))

(defn- run-and-kill
  "Runs a statement; kills `worker` `after-ms` milliseconds after its start. Returns whether the statement was running then, and its
  error."
  [f worker after-ms]
  (let [done (future (try (f) nil (catch Throwable e (or (ex-message e) (str e)))))]
    (LockSupport/parkNanos (* 1000000 (long after-ms)))
    (let [running? (not (realized? done))]
      (standalone/kill worker)
      [running? @done])))

(defn- digests [session]
  (mapv #(writer/digest session %) kinds))

(defn- live-on [url warehouse rows rounds seed]
  (let [random  (Random. seed)
        times   (atom {})
        hosts   ["127.0.0.1" "127.0.0.2"]
        workers (atom (mapv #(standalone/start-worker url %) hosts))
        folder  (doto (io/file warehouse "csv") .mkdirs)
        options {:warehouse warehouse, :format table-format}]
    (write-csvs folder rows)
    (try
      (with-open [^Closeable session (table/session (assoc options :master url :config cluster-config))]
        (doseq [table (cons "original" kinds)]
          (table/create-table session table [[:id :bigint] [:city :string] [:v :int]])
          (load-csvs session table folder))
        (dotimes [round (inc (long rounds))]
          (doseq [kind kinds]
            (await-executors (:spark session) 2)
            (prepare session kind folder)
            (let [[f after] (statement session kind folder round)
                  before    (writer/digest session kind)
                  after     (writer/digest session after)]
              (if (zero? round)
                (prn kind :undisturbed (get (swap! times assoc kind (ms f)) kind))
                (let [lost           (.nextInt random 2)
                      after-ms       (.nextInt random (max 1 (quot (long (@times kind)) 2)))
                      start          (System/nanoTime)
                      [running? failure] (run-and-kill f (@workers lost) after-ms)
                      took           (quot (- (System/nanoTime) start) 1000000)]
                  (prn kind (outcome before after (writer/digest session kind)) failure running? after-ms took)
                  (swap! workers assoc lost (standalone/start-worker url (hosts lost)))))
              (flush))))
        (prn :found (digests session)))
      (finally
        (run! standalone/kill @workers)))
    (with-open [^Closeable session (table/session options)]
      (prn :found (digests session)))))

(defn live
  "Creates the tables with `rows` rows, and runs each kind of statement once undisturbed. Then runs each `rounds` times, and kills a
  worker meanwhile, within half the time that it took undisturbed (as the first of its kind, it was slower). Prints for each a line
  of the kind; `:before`, `:after`, `:same` (if the statement doesn't change rows) or `:between`; the error; whether the statement
  was running at the kill; the times of the kill and of the end, in milliseconds. Prints `:found` with the tables' digests at the
  end, and again in a session without the cluster."
  [warehouse rows rounds seed]
  (standalone/call-with-master #(live-on % warehouse rows rounds seed))
  (shutdown-agents))
