(ns karamon.table.full-disk
  "Runs statements on a disk that has almost no space left. A test runs it in a process of its own, with its warehouse on a small
  disk."
  (:require
   [clojure.java.io :as io]
   [karamon.table :as table]
   [karamon.table.writer :as writer])
  (:import
   (java.io Closeable File IOException RandomAccessFile)
   (java.util Random)))

(set! *warn-on-reflection* true)

(def kinds
  "The tables, one for each kind of statement."
  ["insert" "load" "update" "delete" "compact" "overwrite" "alter" "clean"])

(def ^:private block-bytes 4096)

(defn- fill
  "Grows `file` until the disk is full, then gives back `blocks` blocks."
  [^File file blocks]
  (with-open [out (RandomAccessFile. file "rw")]
    (doseq [^bytes chunk [(byte-array 1048576) (byte-array block-bytes)]]
      (try
        (.seek out (.length out))
        (while true (.write out chunk))
        (catch IOException _)))
    (.setLength out (max 0 (- (* block-bytes (quot (.length out) block-bytes)) (* block-bytes (long blocks)))))))

(defn- prepare
  "Makes a table ready for its statement: one to compact needs several files, one to clean needs files to delete."
  [session kind run]
  (when (#{"compact" "clean"} kind)
    (dotimes [i 4]
      (table/insert! session kind [{:id (+ (* 10 (long run)) i), :city "new", :v i}])))
  (when (= "clean" kind)
    (table/compact! session kind :major)))

(defn- outcome [before after found failure]
  (cond
    (and (= before after) (= found before)) :same
    (= found before) (if failure :before :silently-before)
    (= found after)  :after
    :else            :between))

(defn- digest-or-error [session kind]
  (try
    (writer/digest session kind)
    (catch Exception e (ex-message e))))

(defn live
  "Creates the tables, then runs each kind of statement `runs` times with a random number of free blocks. Prints for each a
  line of the kind, `:before` (`:silently-before` without an error), `:after`, `:same` (if the statement doesn't change rows) or
  `:between`, the error, the free blocks, and the milliseconds it took; then `:found` with each table's digest, from this process and
  from another."
  [table-format warehouse runs seed]
  (let [random  (Random. seed)
        ^Closeable session (table/session {:warehouse warehouse, :format table-format})
        csv     (str warehouse "/rows.csv")
        ballast (io/file warehouse "ballast")]
    (writer/write-csv csv 0)
    (doseq [kind kinds]
      (table/create-table session kind [[:id :bigint] [:city :string] [:v :int]])
      (table/load-csv session kind csv))
    (dotimes [run runs]
      (doseq [kind kinds]
        (prepare session kind run)
        (let [[f after] (writer/statement session kind csv (if (= "load" kind) 0 (inc run)))
              before    (writer/digest session kind)
              after     (writer/digest session after)
              blocks    (.nextInt random 24)
              begun     (System/nanoTime)
              failure   (try
                          (fill ballast blocks)
                          (f)
                          nil
                          (catch Throwable e e)
                          (finally (.delete ballast)))
              ms        (quot (- (System/nanoTime) begun) 1000000)
              found     (digest-or-error session kind)]
          (prn kind (outcome before after found failure) (some-> ^Throwable failure ex-message)
            blocks ms)
          (flush))))
    (prn :found (mapv #(digest-or-error session %) kinds))
    (.close session))
  (shutdown-agents))

(defn look
  "Prints each table's digest, in a process that wrote none."
  [table-format warehouse]
  (with-open [^Closeable session (table/session {:warehouse warehouse, :format table-format})]
    (prn :found (mapv #(digest-or-error session %) kinds)))
  (shutdown-agents))
