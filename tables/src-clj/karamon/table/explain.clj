(ns karamon.table.explain
  "What the files of a table are, by their names, and which statement of the journal wrote each. Pure."
  (:require
   [clojure.string :as str]
   [karamon.table.journal :as journal]))

(set! *warn-on-reflection* true)

(def ^:private kinds
  "Pattern of a path to what such a file is, the first that fits. $1 and so on are the pattern's groups."
  {:carbondata
   [[#"Fact/Part0/Segment_([^/]+)/.*\.carbondata"      "rows of segment $1: blocklets of pages, a page a column's values; its footer tells each one's least and most"]
    [#"Fact/Part0/Segment_([^/]+)/.*\.carbonindex"     "index of segment $1: where its blocklets are, and the least and most of each column in them"]
    [#"Fact/Part0/Segment_([^/]+)/.*\.carbonindexmerge" "all indexes of segment $1 in one file"]
    [#"Fact/Part0/Segment_([^/]+)/.*\.deletedelta"     "JSON: which rows of segment $1 are deleted, or stand elsewhere since an update; by blocklet and page"]
    [#"Fact/Part0/Segment_([^/]+)/"                    "folder of segment $1, with nothing in it"]
    [#"Metadata/schema"                                "Thrift: columns, types and properties"]
    [#"Metadata/tablestatus"                           "JSON: the segments, and the status of each; what it doesn't name isn't read"]
    [#"Metadata/tablestatus\.history"                  "JSON: the segments that CLEAN FILES took out"]
    [#"Metadata/tableupdatestatus-(\d+)"               "JSON: which .deletedelta files count since $1"]
    [#"Metadata/segments/([^_]+)_(\d+)\.segment"       "JSON: the index files of segment $1"]
    [#"Metadata/.*\.write"                             "what a writer was about to put in its place"]
    [#"LockFiles/Segment_(.+)\.lock"                   "lock on segment $1, taken while a process holds it open"]
    [#"LockFiles/(.+)\.lock"                           "lock on $1, taken while a process holds it open"]
    [#".*/"                                            "folder with nothing in it"]]
   :iceberg
   [[#"data/.*\.parquet"                               "rows, by column"]
    [#"data/.*\.puffin"                                "deletion vectors: which rows of data files are deleted, or stand elsewhere since an update"]
    [#"metadata/v(\d+)\.metadata\.json"                "JSON: version $1 of the table: its schema, properties and snapshots"]
    [#"metadata/snap-(\d+)-.*\.avro"                   "manifests that snapshot $1 consists of"]
    [#"metadata/.*-m\d+\.avro"                         "manifest: data or delete files, and the least and most of each column in them"]
    [#"metadata/version-hint\.text"                    "the number of the latest version"]
    [#".*/"                                            "folder with nothing in it"]]})

(defn what
  "Returns what the file at a path in a table's folder is; nil when its name tells nothing."
  [table-format path]
  (some (fn [[pattern text]]
          (when-let [found (re-matches pattern path)]
            (if (string? found)
              text
              (reduce (fn [text i] (str/replace text (str "$" i) (nth found i))) text (range 1 (count found))))))
        (kinds table-format)))

(defn writer
  "Returns the statement of the journal that wrote a file which changed last at `modified`; nil when none fits."
  [statements table modified]
  (last (filter (fn [{:keys [began ended sql]}]
                  (and (<= began modified) (or (nil? ended) (<= modified ended)) (journal/names? sql table)))
                statements)))

(defn explained
  "Returns for each file of a tree a map of its `:file`, `:size`, `:what` and, where the journal tells, the `:statement` that
  wrote it last; `:cut-short` is true when that one never ended."
  [table-format table tree statements]
  (for [[path {:keys [size modified]}] (:files tree)
        :let [{:keys [sql cut-short]} (when modified (writer statements table modified))]]
    (cond-> {:file path}
      size      (assoc :size size)
      :always   (assoc :what (what table-format path))
      sql       (assoc :statement sql)
      cut-short (assoc :cut-short true))))
