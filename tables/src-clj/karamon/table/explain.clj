(ns karamon.table.explain
  "Explains the files of a table: what each is, by its name, and which statement of the journal wrote it. Pure functions."
  (:require
   [clojure.string :as str]
   [karamon.table.journal :as journal]))

(set! *warn-on-reflection* true)

(def ^:private kinds
  "Pairs of a path pattern and what such a file is; the first match wins. $1 and so on stand for the pattern's groups."
  {:carbondata
   [[#"Fact/Part0/Segment_([^/]+)/.*\.carbondata"      "rows of segment $1: blocklets of pages, each with one column's values; the footer has minimum and maximum of each"]
    [#"Fact/Part0/Segment_([^/]+)/.*\.carbonindex"     "index of segment $1: where its blocklets are, and the minimum and maximum of each column in them"]
    [#"Fact/Part0/Segment_([^/]+)/.*\.carbonindexmerge" "all indexes of segment $1 in one file"]
    [#"Fact/Part0/Segment_([^/]+)/.*\.deletedelta"     "JSON: which rows of segment $1 are deleted, or moved by an update; by blocklet and page"]
    [#"Fact/Part0/Segment_([^/]+)/"                    "empty folder of segment $1"]
    [#"([^/=]+=.*)/[^/]*_batchno\d+-\d+-([^-/]+)-[^/]*\.carbondata"  "rows of segment $2 with $1: blocklets of pages, each with one column's values; the footer has minimum and maximum of each"]
    [#"([^/=]+=.*)/[^/]*_batchno\d+-\d+-([^-/]+)-[^/]*\.carbonindex" "index of segment $2 with $1: where its blocklets are, and the minimum and maximum of each column in them"]
    [#"([^/=]+=.*)/[^/]*\.carbonindexmerge"            "all indexes of a segment with $1 in one file"]
    [#"([^/=]+=.*)/[^/]*_batchno\d+-\d+-([^-/]+)-[^/]*\.deletedelta" "JSON: which rows of segment $2 with $1 are deleted, or moved by an update; by blocklet and page"]
    [#"Metadata/schema"                                "Thrift: columns, types and properties"]
    [#"Metadata/tablestatus"                           "JSON: the segments and the status of each; segments not listed here aren't read"]
    [#"Metadata/tablestatus\.history"                  "JSON: the segments that CLEAN FILES removed"]
    [#"Metadata/tableupdatestatus-(\d+)"               "JSON: which .deletedelta files are valid since $1"]
    [#"Metadata/segments/([^_]+)_(\d+)\.segment"       "JSON: the index files of segment $1"]
    [#"Metadata/.*\.write"                             "a new version of a file, not yet renamed into place"]
    [#"LockFiles/Segment_(.+)\.lock"                   "lock on segment $1, held while a process has it open"]
    [#"LockFiles/(.+)\.lock"                           "lock on $1, held while a process has it open"]
    [#".*/"                                            "empty folder"]]
   :iceberg
   [[#"data/.*\.parquet"                               "rows, by column"]
    [#"data/.*\.puffin"                                "deletion vectors: which rows of data files are deleted, or moved by an update"]
    [#"metadata/v(\d+)\.metadata\.json"                "JSON: version $1 of the table: its schema, properties and snapshots"]
    [#"metadata/snap-(\d+)-.*\.avro"                   "list of the manifests of snapshot $1"]
    [#"metadata/.*-m\d+\.avro"                         "manifest: data or delete files, and the minimum and maximum of each column in them"]
    [#"metadata/version-hint\.text"                    "the number of the latest version"]
    [#".*/"                                            "empty folder"]]})

(defn description
  "Returns what the file at a path in a table's folder is; nil when its name is unknown."
  [table-format path]
  (some (fn [[pattern text]]
          (when-let [found (re-matches pattern path)]
            (if (string? found)
              text
              (str/replace text #"\$(\d)" (fn [[_ i]] (nth found (parse-long i)))))))
        (kinds table-format)))

(defn writer
  "Returns the statement of the journal that wrote a file last changed at `modified`; nil when there is none."
  [statements table modified]
  (last (filter (fn [{:keys [began ended sql]}]
                  (and (<= began modified) (or (nil? ended) (<= modified ended)) (journal/names? sql table)))
                statements)))

(defn explained
  "Returns a map for each file of a tree: its `:file`, `:size`, `:what` it is and, if the journal has it, the `:statement` that
  wrote it last; `:cut-short` is true if that statement never ended."
  [table-format table tree statements]
  (for [[path {:keys [size modified]}] (:files tree)
        :let [{:keys [sql cut-short]} (when modified (writer statements table modified))]]
    (cond-> {:file path}
      size      (assoc :size size)
      :always   (assoc :what (description table-format path))
      sql       (assoc :statement sql)
      cut-short (assoc :cut-short true))))
