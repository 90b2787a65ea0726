(ns karamon.table.files.page
  "A page of HTML that draws the files of a table: their sizes, which hold rows, and which say that rows are deleted. It needs no
  network and no scripts. Pure functions."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.table.drawing :as drawing]
   [karamon.table.files :as files])
  (:import
   (java.util Locale)))

(set! *warn-on-reflection* true)

(def ^:private max-parts
  "At most so many parts are drawn."
  300)

(def ^:private max-rows
  "At most so many files are listed."
  3000)

(def ^:private kinds
  "Kind of file to its name, in the order of the legend."
  (array-map :rows "rows", :deletions "deletions", :index "indexes", :metadata "metadata", :lock "locks"))

(defn kind
  "Returns what a file is for: a key of `kinds`."
  [path]
  (condp re-find path
    #"\.deletedelta$|\.puffin$|-deletes\.\w+$" :deletions
    #"\.(carbondata|parquet|orc)$"             :rows
    #"\.carbonindex(merge)?$"                  :index
    #"^LockFiles/|\.lock$"                     :lock
    :metadata))

(defn part
  "Returns which part of a table a file belongs to: CarbonData's segment, such as \"Segment 0\", or Iceberg's data file; nil for
  metadata and locks. `refers-to` maps Iceberg's files of deletions to the files with the rows."
  [table-format refers-to path]
  (when (#{:rows :deletions :index} (kind path))
    (if (= :carbondata table-format)
      (some->> (or (re-find #"Segment_([^/]+)/" path) (re-find #"_batchno\d+-\d+-([^-/]+)-" path)) second (str "Segment "))
      (refers-to path path))))

(defn- escaped [text]
  (-> (drawing/harmless (str text))
      (str/replace "&" "&amp;")
      (str/replace "<" "&lt;")
      (str/replace ">" "&gt;")
      (str/replace "\"" "&quot;")
      (str/replace "'" "&#39;")))

(defn- total [files]
  (reduce + (keep :size files)))

(defn- percent [n all]
  (String/format Locale/ROOT "%.3f" (to-array [(if (pos? all) (/ (* 100.0 n) all) 0.0)])))

(defn- plural [n noun]
  (str n " " noun (when-not (= 1 n) "s")))

(defn- by-kind [files]
  (let [found (group-by (comp kind :file) files)]
    (for [[k title] kinds :when (found k)] [k title (found k)])))

(defn- summary [files]
  (str/join ", " (for [[_ title files] (by-kind files)]
                   (str title " " (files/size (total files)) " in " (plural (count files) "file")))))

(defn- bar
  "Returns a bar with a block for each file, as wide as its share of `all` bytes."
  [files all]
  (str "<div class=bar role=img aria-label=\"" (escaped (summary files)) "\">"
       (str/join (for [[k _ files] (by-kind files), {:keys [file size]} (sort-by (comp - :size) (filter #(pos? (or (:size %) 0)) files))]
                   (str "<span class=" (name k) " style=\"width:" (percent size all) "%\" title=\"" (escaped file) ": "
                        (files/size size) "\"></span>")))
       "</div>"))

(defn- part-item [{:keys [title note current files]} largest]
  (str "<li" (when-not current " class=past") "><div class=label><b>" (escaped title) "</b> "
       (when note (str "<span class=note>" (escaped note) "</span>")) "<span class=sum>" (files/size (total files)) "</span></div>"
       (bar files largest) "<div class=detail>" (escaped (summary files)) "</div></li>"))

(defn- parts-section [parts]
  (let [largest (reduce max 1 (map (comp total :files) parts))]
    (str "<section><h2>Parts</h2>"
         (if (seq parts)
           (str "<p>A block for each file, all to the same scale. Faded parts aren't read any more.</p><ul class=parts>"
                (str/join "\n" (map #(part-item % largest) (take max-parts parts))) "</ul>"
                (when-let [more (seq (drop max-parts parts))]
                  (str "<p>… and " (plural (count more) "smaller part") ", " (files/size (total (mapcat :files more))) ".</p>")))
           "<p>The table has no rows.</p>")
         "</section>")))

(defn- statements-section [files]
  (let [written (filter :statement files)
        found   (sort-by #(reduce min (map :modified (val %))) (group-by :statement written))]
    (when (seq found)
      (str "<section><h2>Statements</h2><p>What wrote the files that are there now, the earliest first.</p>"
           "<div class=scroll tabindex=0 role=region aria-label=Statements><table><thead><tr><th scope=col>Statement"
           "<th scope=col class=number>Files<th scope=col class=number>Size<th scope=col>Kinds</tr></thead><tbody>"
           (str/join "\n" (for [[statement files] found]
                            (str "<tr><td><code>" (escaped statement) "</code>"
                                 (when (some :cut-short files) " <em>cut short</em>")
                                 "<td class=number>" (count files) "<td class=number>" (files/size (total files))
                                 "<td>" (str/join ", " (map second (by-kind files))) "</tr>")))
           "</tbody></table></div></section>"))))

(defn- files-section [files]
  (str "<section><h2>Files</h2><div class=scroll tabindex=0 role=region aria-label=Files><table><thead><tr><th scope=col>File"
       "<th scope=col class=number>Size<th scope=col>What it is<th scope=col>Written by</tr></thead><tbody>"
       (str/join "\n" (for [{:keys [file size what statement cut-short]} (take max-rows files)]
                        (str "<tr><td class=path><i class=" (name (kind file)) "></i>" (str/replace (escaped file) "/" "/<wbr>")
                             "<td class=number>" (if size (files/size size) "") "<td>" (escaped what)
                             "<td>" (when statement (str "<code>" (escaped statement) "</code>"))
                             (when cut-short " <em>cut short</em>")
                             "</tr>")))
       "</tbody></table></div>"
       (when (< max-rows (count files)) (str "<p>… and " (- (count files) max-rows) " more.</p>"))
       "</section>"))

(defn html
  "Returns the page of a table: a map of its `:table` (the name), `:format` (its name), `:folder`, `:files`, as
  `karamon.table/explain-files` returns them with `:modified`, and `:parts`, maps of `:title`, `:note`, `:current` and `:files`."
  [{:keys [table format folder files parts]}]
  (str "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">"
       "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">"
       "<meta name=color-scheme content=\"light dark\"><title>" (escaped table) " – files</title><style>"
       (slurp (io/resource "karamon/table/files.css"))
       "</style></head><body><main><header><h1>" (escaped table) "</h1><p>" (escaped format) " · <span class=path>"
       (str/replace (escaped folder) "/" "/<wbr>") "</span></p></header>"
       "<section aria-label=Summary><p class=total><b>" (files/size (total files)) "</b> in " (plural (count files) "file") "</p>"
       (bar files (total files))
       "<ul class=legend>"
       (str/join (for [[k title files] (by-kind files)]
                   (str "<li><i class=" (name k) "></i>" title " <b>" (files/size (total files)) "</b> in " (plural (count files) "file"))))
       "</ul></section>"
       (parts-section parts) (statements-section files) (files-section files)
       "</main></body></html>\n"))
